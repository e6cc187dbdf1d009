"""Measure speed and memory against the usual alternatives and print a table in Markdown.

The measurements need no GPU and no download: they use random weights and rendered clips. The calls
that are compared take turns, so that the ratios hold even if others use the machine too.
"""
import argparse
import datetime
import sys
import tempfile
from pathlib import Path

from maintenance import speed
from ous_mmaction import command_line
from ous_mmaction.evaluation.tables import grid
from ous_mmaction.progress import progress_bar

EXAMPLE = """example:
  python -m maintenance.measure_speed
  python -m maintenance.measure_speed --sections loader faces --repeats 3
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('--sections', nargs='+', choices=speed.SECTIONS,
                        default=list(speed.SECTIONS), help='what to measure; default: everything')
    parser.add_argument('--repeats', type=int, default=5,
                        help='number of measurements, whose median is printed; default: 5')
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    command = ' '.join(['python -m maintenance.measure_speed', *sys.argv[1:]])
    print(f'{datetime.date.today()}, `{command}`, medians of {args.repeats} or more repeats.\n\n'
          f'{speed.describe_machine()}.\n', flush=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        bench = speed.Workbench(Path(__file__).parents[1] / 'configs', Path(folder), args.repeats)
        for section in progress_bar(args.sections, desc='sections'):
            rows += [row.cells() for row in speed.SECTIONS[section](bench)]
    print(grid(speed.HEADER, ['---'] * len(speed.HEADER), rows))


if __name__ == '__main__':
    command_line.run(parse_args, main)
