"""Write the tables of the model zoo into README.md and docs/zoo.md.

The tables are drawn from the metafiles next to the configs. To add a config, first write its Name,
Config, In Collection, Architecture and Training Data into a metafile; --measure adds its size and
its time per clip. Measured results come from docs/zoo/results.json, published ones from
ous_mmaction/evaluation/published.json.
"""
import argparse
from pathlib import Path

from mmengine.registry import init_default_scope

from maintenance.zoo import Zoo
from maintenance.zoo_measurement import measure_models
from maintenance.zoo_pages import draw_pages
from ous_mmaction import command_line
from ous_mmaction.progress import progress_bar

EXAMPLE = """example:
  python -m maintenance.write_zoo
  python -m maintenance.write_zoo --measure configs/c3d/c3d_dfew.py
  python -m maintenance.write_zoo --measure all --keep-times
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('--measure', nargs='+', metavar='CONFIG', default=[],
                        help='build the models of these configs with random weights and measure '
                             'their parameters, multiply-accumulates and time per clip; `all` '
                             'measures every config')
    parser.add_argument('--keep-times', action='store_true',
                        help='keep the times per clip, for a machine that is not quiet')
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    init_default_scope('mmaction')
    zoo = Zoo(Path(__file__).parents[1])
    measure_models(zoo, progress_bar(zoo.select_models(args.measure), disable=None),
                   times=not args.keep_times)
    zoo.update_schedules()
    zoo.update_results()
    zoo.write(zoo.metafile_texts())
    zoo.write(draw_pages(zoo))


if __name__ == '__main__':
    command_line.run(parse_args, main)
