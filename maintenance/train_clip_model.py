"""Train the demo's tiny CLIP on drawn frames and save it for open_clip."""
from __future__ import annotations

import argparse
from pathlib import Path

import open_clip
import torch
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from safetensors.torch import save_file

from maintenance.clip_model_training import embed, probe, render_views, train_clip
from ous_mmaction import command_line

EXAMPLE = """example:
  python -m maintenance.train_clip_model work_dirs/vit_demo.safetensors
"""
CONFIG = Path(__file__).parents[1] / 'ous_mmaction/rendered/weights/vit_demo.json'


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('out', type=Path, help='safetensors file to write')
    parser.add_argument('--config', type=Path, default=CONFIG, help="open_clip's model config")
    parser.add_argument('--frames', type=int, default=12000, help='drawn frames to train on')
    parser.add_argument('--steps', type=int, default=800, help='number of batches of 256 images')
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    if not args.config.is_file():
        raise FileNotFoundError(f'{args.config}: the model config was not found. Correct --config')
    torch.manual_seed(args.seed)
    open_clip.add_model_config(args.config)
    model = open_clip.create_model(args.config.stem)
    tokenizer = open_clip.get_tokenizer(args.config.stem)
    size, pixels = model.visual.image_size[0], (OPENAI_DATASET_MEAN, OPENAI_DATASET_STD)

    train = render_views(2 * args.seed, args.frames, size)
    train_clip(model, tokenizer, train, *pixels, args.steps, seed=args.seed)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, args.out)

    held_out = render_views(2 * args.seed + 1, 3000, size)
    for stream, label in (('faces', 'expression'), ('scenes', 'mood')):
        accuracy = probe(*(value for views in (train, held_out) for value in (
            embed(model, getattr(views, stream)[:6000], *pixels),
            [getattr(meaning, label) for meaning in views.meanings[:6000]])))
        print(f'linear probe on {len(held_out.meanings)} held-out {stream}: '
              f'{label} {accuracy:.4f}')


if __name__ == '__main__':
    command_line.run(parse_args, main)
