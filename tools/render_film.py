"""Render a film of several people with its ground truth: cuts, occlusions, changes of expression.

The truth is written beside the film, as NAME.truth.json.
"""
from __future__ import annotations

import argparse
from dataclasses import fields

from ous_mmaction import command_line
from ous_mmaction.rendered import FilmSpec, render_film

EXAMPLE = """examples:
  python tools/render_film.py film.mp4
  python tools/render_film.py long.mp4 --seconds 7200 --fps 12 --people 2 --variable-rate --tone
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    default = FilmSpec()
    parser.add_argument('out', help='film to write (.mp4)')
    parser.add_argument('--seconds', type=float, default=default.seconds, help='length')
    parser.add_argument('--people', type=int, default=default.people, help='number of people')
    parser.add_argument('--size', type=int, nargs=2, default=default.size,
                        metavar=('WIDTH', 'HEIGHT'), help='of the frames in pixels')
    parser.add_argument('--fps', type=int, default=default.fps, help='frames per second')
    parser.add_argument('--variable-rate', action='store_true',
                        help='let the time from frame to frame vary')
    parser.add_argument('--tone', action='store_true', help='add a sound track: a quiet tone')
    parser.add_argument('--shot-seconds', type=float, nargs=2, default=default.shot_seconds,
                        metavar=('LEAST', 'GREATEST'), help='length of a shot')
    parser.add_argument('--expression-seconds', type=float, nargs=2,
                        default=default.expression_seconds, metavar=('LEAST', 'GREATEST'),
                        help='time from one expression to the next')
    parser.add_argument('--occluded-share', type=float, default=default.occluded_share,
                        help='share of the shots in which something passes before the people')
    parser.add_argument('--leaving-share', type=float, default=default.leaving_share,
                        help='share of the appearances that end within a shot')
    parser.add_argument('--seed', type=int, default=default.seed)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    spec = FilmSpec(**{field.name: getattr(args, field.name) for field in fields(FilmSpec)})
    print(render_film(args.out, spec))


if __name__ == '__main__':
    command_line.run(parse_args, main)
