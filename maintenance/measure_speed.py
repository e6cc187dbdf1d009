"""Measure speed and memory against the usual alternatives and print a table in Markdown.

The measurements need no GPU and no download: they use random weights and rendered clips. The calls
that are compared take turns. A machine that others use is refused.
"""
import argparse
import datetime
import sys
import tempfile
from pathlib import Path

from maintenance import speed
from maintenance.speed.quiet_machine import require_quiet_machine
from ous_mmaction import command_line
from ous_mmaction.evaluation.tables import grid
from ous_mmaction.progress import progress_bar

EXAMPLE = """example:
  python -m maintenance.measure_speed
  python -m maintenance.measure_speed --wait
  python -m maintenance.measure_speed --sections loader faces --repeats 3 --loaded-anyway
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('--sections', nargs='+', choices=speed.SECTIONS,
                        default=list(speed.SECTIONS), help='what to measure; default: everything')
    parser.add_argument('--repeats', type=int, default=5,
                        help='number of rounds; default: 5')
    busy = parser.add_mutually_exclusive_group()
    busy.add_argument('--wait', action='store_true',
                      help='wait before each section until others leave the machine alone')
    busy.add_argument('--loaded-anyway', action='store_true',
                      help='measure although others use the machine, and say how much they use')
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    command = ' '.join(['python -m maintenance.measure_speed', *sys.argv[1:]])
    shares = [require_quiet_machine(args.wait, args.loaded_anyway)]
    print(f'{datetime.date.today()}, `{command}`. A line shows the round of {args.repeats} or more '
          'whose ratio, ours / baseline, is the median, and in brackets the least and the greatest '
          f'ratio.\n\n{speed.describe_machine()}.\n', flush=True)
    rows = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            bench = speed.Workbench(Path(__file__).parents[1] / 'configs', Path(folder),
                                    args.repeats)
            for section in progress_bar(args.sections, desc='sections'):
                shares.append(require_quiet_machine(args.wait, anyway=not args.wait))
                rows += [row.cells() for row in speed.SECTIONS[section](bench)]
    finally:
        print(grid(speed.HEADER, ['---'] * len(speed.HEADER), rows))
        print(f'\nBefore a section, other processes used at most {max(shares):.0%} of the '
              'processors.')


if __name__ == '__main__':
    command_line.run(parse_args, main)
