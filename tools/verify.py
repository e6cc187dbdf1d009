"""Compare the clips of a dataset with the sizes and digests that prepare_dataset.py recorded.

A flipped bit can leave a valid stream with wrong pictures, which no decoder detects. It is found
here, as are clips that are missing or were replaced. The dataset is only read.
"""
import argparse
import sys

from ous_mmaction import command_line
from ous_mmaction.datasets.annotation import read_annotations
from ous_mmaction.datasets.verification import verify_clips
from ous_mmaction.progress import progress_bar

EXAMPLE = """example:
  python tools/verify.py --ann-files data/dfew/annotations/fold1_*.json --data-root data/dfew
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('--ann-files', required=True, nargs='+', help='annotation files')
    parser.add_argument('--data-root', required=True, help='folder of the clips')
    parser.add_argument('--workers', type=command_line.positive, default=2,
                        help='number of threads that read (default: 2)')
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    _, records = read_annotations(args.ann_files)
    with progress_bar(total=len(records), desc='verifying', unit='clip') as bar:
        changes = verify_clips(records, args.data_root, args.workers, bar.update)
    for change in changes:
        print(change, file=sys.stderr)
    if changes:
        raise ValueError(f'{len(changes)} of {len(records)} clips are not those that were prepared')
    print(f'{len(records)} clips are those that were prepared')


if __name__ == '__main__':
    command_line.run(parse_args, main)
