"""Measure speed and memory beside what one would use instead; prints a Markdown table.

Without a GPU, with random weights and rendered clips: nothing is downloaded. What is compared takes
turns, so that the ratios hold on a machine that others use too.
"""
import argparse
import datetime
import sys
import tempfile
from pathlib import Path

from maintenance import speed
from ous_mmaction import command_line


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--sections', nargs='+', choices=speed.SECTIONS,
                        default=list(speed.SECTIONS), help='what to measure; default: all')
    parser.add_argument('--repeats', type=int, default=5, help='measurements; medians are printed')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    command = ' '.join(['python tools/speed.py', *sys.argv[1:]])
    print(f'{datetime.date.today()}, `{command}`, medians of {args.repeats} or more repeats.\n\n'
          f'{speed.machine()}.\n')
    print(speed.HEAD, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        bench = speed.Workbench(Path(__file__).parents[1] / 'configs', Path(folder),
                                    args.repeats)
        for section in args.sections:
            for row in speed.SECTIONS[section](bench):
                print(row, flush=True)


if __name__ == '__main__':
    command_line.run(main)
