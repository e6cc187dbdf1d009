"""Train and test every row of tables of variants with several seeds, and print the tables.

Finished runs are kept and interrupted runs continue. Rows of the same name in several tables are
the same row and run once.
"""
import argparse
from pathlib import Path

import torch

from ous_mmaction import command_line
from ous_mmaction.datasets.selection import SELECTIONS
from ous_mmaction.evaluation.tables import write_tables
from ous_mmaction.experiments.ablation import ablation_table, read_table, run_ablation
from ous_mmaction.experiments.coverage import describe_coverage
from ous_mmaction.experiments.protocol import add_views_argument, apply_protocol, ceilings_of

EXAMPLE = """example:
  python tools/ablate.py configs/ous_demo.py configs/ablations/table3.py --jobs 2
  python tools/ablate.py configs/ous_dfew.py configs/ablations/*.py --jobs 4 --bank data/dfew/bank
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config that trains from pixels')
    parser.add_argument('tables', nargs='+', metavar='TABLE',
                        help='file that lists variants, such as those in configs/ablations/')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0, 1, 2])
    parser.add_argument('--selection', choices=SELECTIONS, default='holdout',
                        help='what chooses the checkpoint: a tenth of the training fold (default), '
                             'or the test fold, as in the literature')
    parser.add_argument('--bank', help='folder for the features of the frozen CLIP; default: '
                                       'bank/ in the work dir')
    add_views_argument(parser)
    parser.add_argument('--pixels', action='store_true', help='train from pixels, without a bank')
    parser.add_argument('--jobs', type=command_line.positive, default=1,
                        help='number of runs at a time; each uses one GPU if there are any')
    parser.add_argument('--work-dir', help='default: work_dirs/ablations/<config name>')
    command_line.add_option_arguments(parser)
    args = parser.parse_args()
    for name in ('bank', 'views'):
        if args.pixels and getattr(args, name) is not None:
            parser.error(f'--{name} is not read with --pixels. Leave one of them out')
    return args


def main(args: argparse.Namespace) -> None:
    config = command_line.read_config(args)
    work_dir = Path(args.work_dir or Path('work_dirs/ablations', Path(args.config).stem))
    tables = [read_table(path) for path in args.tables]
    bank = None if args.pixels else Path(args.bank or work_dir / 'bank')
    results = run_ablation(args.config, [row for _, rows in tables for row in rows], args.seeds,
                           work_dir, bank, args.selection, command_line.config_options(args),
                           args.jobs, 'cuda' if torch.cuda.is_available() else 'cpu', args.views)
    apply_protocol(config, selection=args.selection, bank=bank)
    coverage = describe_coverage([config])
    finished = [ablation_table(title, rows, results, ceilings_of(config), coverage)
                for title, rows in tables]
    print(write_tables(finished, work_dir / 'tables', [table.as_dict() for table in finished]))


if __name__ == '__main__':
    command_line.run(parse_args, main)
