"""Write the features that the frozen CLIP model computes for every clip, for training by --bank.

You can interrupt it at any time: the same command continues. To use several GPUs, or several CPU
processes without a GPU, run tools/dist_run.sh extract_features PROCESSES CONFIG ...
"""
import argparse
import time
from pathlib import Path

from mmengine.dist import is_main_process

from ous_mmaction import command_line
from ous_mmaction.experiments.protocol import add_views_argument
from ous_mmaction.features import open_bank
from ous_mmaction.features.extraction import choose_precision, extract_features
from ous_mmaction.models.tower_precision import PRECISIONS
from ous_mmaction.work_sharing import join_launcher

EXAMPLE = """example:
  python tools/extract_features.py configs/ous_dfew.py
  python tools/train.py configs/ous_dfew.py --bank data/dfew/features
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config that trains from pixels')
    parser.add_argument('--out', help='folder of the bank; default: features/ in the data_root')
    parser.add_argument('--ann-files', nargs='+', metavar='FILE',
                        help='annotation files, relative to the data_root; default: those of the '
                             "config's loaders. The files of one fold hold the clips of every fold")
    add_views_argument(parser)
    parser.add_argument('--dtype', choices=['float16', 'float32'], default='float16')
    parser.add_argument('--precision', choices=['auto', *PRECISIONS], default='auto',
                        help="precision in which CLIP computes; default: the config's, or else the "
                             'one in which the hardware is fastest: fp16 on GPUs, bf16 on CPUs '
                             'that have instructions for it')
    parser.add_argument('--batch-size', type=int, default=8, help='number of views per batch')
    parser.add_argument('--device', help="such as 'cuda:0'; default: a GPU if there is one")
    command_line.add_option_arguments(parser)
    parser.add_argument('--launcher', choices=['none', 'pytorch'], default='none',
                        help='job launcher')
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    config = command_line.read_config(args)
    device = join_launcher(args.launcher, args.device)
    out = args.out or Path(config.test_dataloader.dataset.data_root, 'features')
    begin = time.monotonic()
    precision = (choose_precision(config, out, device) if args.precision == 'auto' else
                 args.precision)
    index = extract_features(config, out, args.ann_files, args.views, args.dtype, args.batch_size,
                             device, precision)
    if is_main_process():
        bank = open_bank(index.parent)
        print(f'{bank.path}: {len(bank.rows)} clips, {bank.views} augmented views of each, '
              f'{bank.records.nbytes / 1e6:.1f} MB, computed in {bank.precision}, '
              f'{time.monotonic() - begin:.0f} s')


if __name__ == '__main__':
    command_line.run(parse_args, main)
