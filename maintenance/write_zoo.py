"""Draw the model zoo's tables in README.md and docs/zoo.md from the metafiles beside the configs.

A new config is entered by hand in a metafile of configs/metafiles: Name, Config, In Collection,
Architecture and Training Data. --measure adds its size and the time of a clip; measured results
come from docs/zoo/results.json, published ones from ous_mmaction/evaluation/published.json.
"""
import argparse
from pathlib import Path

from mmengine.registry import init_default_scope
from tqdm import tqdm

from maintenance import zoo
from ous_mmaction import command_line

EXAMPLE = """example:
  python -m maintenance.write_zoo
  python -m maintenance.write_zoo --measure configs/baselines/c3d_dfew.py
  python -m maintenance.write_zoo --measure all
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLE,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--measure', nargs='+', metavar='CONFIG', default=[],
                        help='build these models with random weights and count parameters, '
                             'multiply-accumulates and time of a clip; `all`: of every config')
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    init_default_scope('mmaction')
    book = zoo.Zoo(Path(__file__).parents[1])
    zoo.measure(book, tqdm(book.choose(args.measure), disable=None))
    book.enter_schedules()
    book.enter_results()
    book.write(book.metafile_texts())
    book.write(book.pages())


if __name__ == '__main__':
    command_line.run(main)
