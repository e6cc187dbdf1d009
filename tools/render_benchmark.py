"""Render the benchmark: drawn clips in the layout of DFEW, with known ceilings."""
from __future__ import annotations

import argparse
from dataclasses import fields

from ous_mmaction import command_line
from ous_mmaction.rendered import BenchmarkSpec, render_benchmark

EXAMPLE = """example:
  python tools/render_benchmark.py data/rendered --clips-per-class 150 --seed 0
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('root', help='folder to render into: new, empty or incomplete')
    default = BenchmarkSpec()
    parser.add_argument('--clips-per-class', type=int, default=default.clips_per_class)
    parser.add_argument('--ambiguous-share', type=float, default=default.ambiguous_share,
                        help='share of clips of a paired class whose face alone does not reveal it')
    parser.add_argument('--folds', type=int, default=default.folds)
    parser.add_argument('--size', type=int, default=default.size, help='side of a frame in pixels')
    parser.add_argument('--frames', type=int, nargs=2, default=default.frames,
                        metavar=('LEAST', 'GREATEST'), help='number of frames per clip')
    parser.add_argument('--fps', type=int, default=default.fps)
    parser.add_argument('--seed', type=int, default=default.seed)
    parser.add_argument('--workers', type=command_line.positive,
                        help='number of processes (default: one per core)')
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    spec = BenchmarkSpec(**{field.name: getattr(args, field.name)
                            for field in fields(BenchmarkSpec)})
    print(render_benchmark(args.root, spec, args.workers))


if __name__ == '__main__':
    command_line.run(parse_args, main)
