"""Convert a published checkpoint to one of this package; its tensors tell the method."""
import argparse
from pathlib import Path

from ous_mmaction import command_line
from ous_mmaction.converters import convert_checkpoint

CONFIGS = Path(__file__).parents[1] / 'configs'
EXAMPLE = """example:
  python tools/convert_checkpoint.py released.ckpt --out ous_released.pth
  python tools/test.py configs/released/ous_released_dfew.py ous_released.pth
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('source', help='published checkpoint')
    parser.add_argument('--out', required=True, help='file to write')
    parser.add_argument('--config', help='config of the model and the dataset of the checkpoint; '
                                         "default: the family's, if the tensors tell which one")
    command_line.add_option_arguments(parser, data_root=False)
    args = parser.parse_args()
    if args.cfg_options and not args.config:
        parser.error('--cfg-options changes keys of a config, so it needs --config')
    return args


def main(args: argparse.Namespace) -> None:
    config = command_line.read_config(args) if args.config else None
    checkpoint = convert_checkpoint(args.source, args.out, CONFIGS, config)
    state, converted = checkpoint['state_dict'], checkpoint['meta']['converted']
    values = sum(value.numel() for value in state.values())
    print(f'{args.out}: {converted["family"]} ({converted["license"]}), {len(state)} tensors, '
          f'{values / 1e6:.2f} M values, classes {", ".join(converted["class_names"])}')


if __name__ == '__main__':
    command_line.run(parse_args, main)
