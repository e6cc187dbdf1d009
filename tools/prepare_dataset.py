"""Write annotation files for a dataset in its official layout, and report its faults."""
from __future__ import annotations

import argparse
import inspect
from pathlib import Path

from ous_mmaction import command_line
from ous_mmaction.datasets.preparation import prepare
from ous_mmaction.datasets.readers import READERS
from ous_mmaction.datasets.readers.split import take_few

EXAMPLE = """example:
  python tools/prepare_dataset.py dfew data/dfew --workers 8
  python tools/prepare_dataset.py list videos --list videos.csv --subject-folds 5
The first writes data/dfew/annotations/fold{1..5}_{train,test}.json and report.txt. The files of the
dataset are only read."""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('dataset', choices=READERS,
                        help='name of the dataset; `folders` reads '
                        '[split/]class/[subject/]clip, `list` a table of your own')
    parser.add_argument('root', type=Path, help='folder that holds the dataset')
    parser.add_argument('--out', type=Path, help='annotation folder (default: ROOT/annotations)')
    parser.add_argument('--folds', type=int, nargs='+', choices=[1, 2, 3, 4, 5],
                        help='folds of dfew and mafw (default: all)')
    parser.add_argument('--source', help='folder of the clips, relative to ROOT (default: where '
                        'the dataset has its full frames)')
    parser.add_argument('--faces', help='folder of face crops that pair up with the frames, '
                        'relative to ROOT, for ferv39k and mafw; none: leave them out (default: '
                        'where the dataset has them)')
    parser.add_argument('--classes', nargs='+', help='class folders in label order, for folders '
                        '(default: all, sorted by name)')
    parser.add_argument('--list', help='table with the columns path,label[,subject[,split]], for '
                        'list; the paths start from ROOT')
    parser.add_argument('--subject-folds', type=command_line.positive, metavar='K',
                        help='divide the clips into K folds by subject, for folders and list '
                             'without splits of their own')
    parser.add_argument('--small', action='store_true',
                        help='only about 20 clips of the first fold, for a rehearsal; the default '
                             'of --out is then ROOT/annotations_small')
    parser.add_argument('--workers', type=command_line.positive, default=2,
                        help='number of processes that decode (default: 2)')
    parser.add_argument('--timeout', type=float, default=60,
                        help='seconds that a clip may take to decode (default: 60)')
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    read = READERS[args.dataset]
    options = {name: getattr(args, name) for name in
               ('folds', 'source', 'faces', 'classes', 'list', 'subject_folds')
               if getattr(args, name) is not None}
    unread = [name for name in options if name not in inspect.signature(read).parameters]
    if unread:
        raise ValueError(f'--{unread[0].replace("_", "-")}: the dataset {args.dataset} has no such '
                         'option. Leave it out')
    splits = read(args.root, **options)
    if args.small:
        splits = take_few(splits, args.root)
    out = args.out or args.root / ('annotations_small' if args.small else 'annotations')
    print(prepare(splits, args.root, out, args.workers, args.timeout), end='')
    print(f'wrote {len(splits)} annotation files and report.txt to {out}')


if __name__ == '__main__':
    command_line.run(parse_args, main)
