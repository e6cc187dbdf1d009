"""Convert a checkpoint of the released OUS code to one of this package."""
import argparse
from pathlib import Path

from ous_mmaction import command_line
from ous_mmaction.converters.ous import convert_checkpoint

CONFIG = Path(__file__).parents[1] / 'configs' / 'released' / 'ous_released_dfew.py'
EXAMPLE = """example:
  python tools/convert_released_checkpoint.py released.ckpt ous_released.pth
  python tools/test.py configs/released/ous_released_dfew.py ous_released.pth
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('source', help='Lightning checkpoint of the released code')
    parser.add_argument('destination', help='file to write')
    parser.add_argument('--config', default=str(CONFIG),
                        help='config of the model in the checkpoint; default: '
                             'configs/released/ous_released_dfew.py')
    command_line.add_option_arguments(parser, data_root=False)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    config = command_line.read_config(args)
    state = convert_checkpoint(args.source, args.destination, config)['state_dict']
    values = sum(value.numel() for value in state.values())
    print(f'{args.destination}: {len(state)} tensors, {values / 1e6:.2f} M values')


if __name__ == '__main__':
    command_line.run(parse_args, main)
