"""Write a trained model as an ONNX file, which runs without torch and this package."""
from __future__ import annotations

import argparse
import json

from ous_mmaction import command_line
from ous_mmaction.apis import init_model
from ous_mmaction.export import export_onnx
from ous_mmaction.features.use_bank import read_pixels
from ous_mmaction.progress import progress_bar

EXAMPLE = """example:
  python tools/export.py configs/ous_demo.py work_dirs/demo/epoch_12.pth --out ous.onnx
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config that the model was trained with')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('--out', required=True, metavar='FILE', help='ONNX file to write')
    command_line.add_option_arguments(parser, data_root=False)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    with progress_bar(total=2, desc='export') as bar:
        model = init_model(read_pixels(command_line.read_config(args)), args.checkpoint)
        bar.update()
        exported = export_onnx(model, args.out)
        bar.update()
    inputs = ', '.join(f'{name} ({", ".join(map(str, shape))})'
                       for name, shape in exported.inputs.items())
    print(f'{args.out}: {exported.megabytes:.1f} MB, reads {inputs}, scores '
          f'{", ".join(json.loads(exported.metadata["classes"]))}. Its logits differ by at most '
          f'{exported.difference:.1g} from those of the checkpoint')


if __name__ == '__main__':
    command_line.run(parse_args, main)
