"""Train and test every fold of a dataset, and print mean, deviation and pooled figures.

Finished folds are kept and interrupted folds continue. The tables show the measured row beside the
rows that other papers print. They are written to results.md, results.tex and results.json.
"""
import argparse
from pathlib import Path

from ous_mmaction import command_line
from ous_mmaction.datasets.selection import SELECTIONS
from ous_mmaction.evaluation.tables import markdown
from ous_mmaction.experiments.cross_validation import cross_validate
from ous_mmaction.experiments.protocol import add_views_argument, apply_protocol, has_folds
from ous_mmaction.features.extraction import ensure_bank

EXAMPLE = """example:
  python tools/cross_validate.py configs/ous_dfew.py --jobs 4
  python tools/cross_validate.py configs/ous_dfew.py --bank data/dfew/features --selection holdout
"""

FOLDS = [1, 2, 3, 4, 5]


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config file of any fold')
    parser.add_argument('--folds', type=int, nargs='+',
                        help='numbers of the folds; default: 1 to 5, for datasets with folds')
    parser.add_argument('--selection', choices=SELECTIONS,
                        help="what chooses the model: the test fold, as in the literature, or a "
                             "tenth of the training fold; default: the config's")
    parser.add_argument('--checkpoint', choices=['best', 'last'], default='best',
                        help='test the checkpoint with the best validation loss (default), or that '
                             'of the last epoch')
    parser.add_argument('--bank', metavar='DIR', help='read the features in this folder in place '
                                                      'of pixels; they are extracted if missing')
    add_views_argument(parser)
    parser.add_argument('--seed', type=int, help='random seed')
    parser.add_argument('--jobs', type=command_line.positive, default=1,
                        help='number of folds at a time; each uses one GPU if there are any')
    command_line.add_config_arguments(parser)
    args = parser.parse_args()
    if args.views is not None and not args.bank:
        parser.error('--views is only read with --bank. Add --bank DIR')
    return args


def main(args: argparse.Namespace) -> None:
    config = command_line.read_config(args)
    if args.bank:
        ensure_bank(config, args.bank, args.views)
    apply_protocol(config, bank=args.bank)
    if args.seed is not None:
        config.randomness.seed = args.seed
    work_dir = Path(args.work_dir or Path('work_dirs', Path(args.config).stem))
    if args.folds and not has_folds(config):
        raise ValueError(f'--folds: {args.config} has one official split. Leave it out')
    tables = cross_validate(config, args.folds or FOLDS, work_dir, args.selection, args.checkpoint,
                            args.jobs)
    print('\n'.join(map(markdown, tables)) + f'\n{work_dir}/results.md .tex .json')


if __name__ == '__main__':
    command_line.run(parse_args, main)
