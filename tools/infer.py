"""Recognize the emotions of the people in videos, over time."""
from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from ous_mmaction import command_line
from ous_mmaction.apis import OUTPUTS, DFERInferencer, find_films
from ous_mmaction.apis.film_summary import summary_line, summary_table
from ous_mmaction.apis.known_detectors import add_detector_arguments, chosen_detector
from ous_mmaction.atomic_files import check_writable
from ous_mmaction.progress import print_above

EXAMPLE = """examples:
  python tools/infer.py film.mp4 --config configs/ous_dfew.py --checkpoint epoch_60.pth --out html
  python tools/infer.py films/ --config configs/ous_dfew.py --checkpoint epoch_60.pth \\
      --length 2 --stride 0.5 --people largest --out json csv mp4 --out-dir results
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('videos', nargs='+', metavar='VIDEO',
                        help='video file, folder of frames, or folder of videos')
    parser.add_argument('--config', required=True, help='config that the model was trained with')
    parser.add_argument('--checkpoint', required=True, help='its checkpoint')
    add_detector_arguments(parser)
    parser.add_argument('--length', type=float, metavar='SECONDS',
                        help="length of a window; default: an eighth of a second for each frame "
                             'that the config samples')
    parser.add_argument('--stride', type=float, metavar='SECONDS',
                        help='time from window to window; default: a quarter of the length')
    parser.add_argument('--people', type=whom, default='all', metavar='all|largest|N',
                        help='whom a window scores; default: %(default)s')
    parser.add_argument('--min-visible', type=float, default=0.5, metavar='SHARE',
                        help='share of the frames of a window in which a face must be visible; '
                             'default: %(default)s')
    parser.add_argument('--smoothing', type=float, default=0., metavar='SECONDS',
                        help='width of a moving average over time steps; default: off')
    parser.add_argument('--max-fps', type=float, metavar='N',
                        help='analyze at most N frames per second; default: all')
    parser.add_argument('--fps', type=float, default=25., metavar='N',
                        help='frame rate of a folder of frames; default: %(default)s')
    parser.add_argument('--out', nargs='+', choices=tuple(OUTPUTS), default=['json', 'html'],
                        help='what to write for each video; default: json html')
    parser.add_argument('--out-dir', default=Path('work_dirs', 'infer'), type=Path, metavar='DIR',
                        help='folder with one folder per video; a run that was interrupted goes on '
                             'there; default: %(default)s')
    parser.add_argument('--device', default='cuda:0' if torch.cuda.is_available() else 'cpu',
                        help='default: a GPU if there is one')
    command_line.add_option_arguments(parser, data_root=False)
    return parser.parse_args()


def whom(text: str) -> str | int:
    """Read ``--people``."""
    return int(text) if text.isdigit() else text


def main(args: argparse.Namespace) -> None:
    check_writable(args.out_dir / 'summary.csv')
    films = find_films(list(args.videos) if len(args.videos) > 1 else args.videos[0])
    inferencer = DFERInferencer(command_line.read_config(args), args.checkpoint,
                                device=args.device, **chosen_detector(args))
    outcomes = []
    for outcome in inferencer.analyze(
            films, args.out_dir, args.out, fps=args.fps, length=args.length, stride=args.stride,
            people=args.people, min_visible=args.min_visible, smoothing=args.smoothing,
            max_fps=args.max_fps):
        outcomes.append(outcome)
        if outcome.error is not None and len(films) == 1:
            raise outcome.error
        print_above(summary_line(outcome), sys.stderr if outcome.error else sys.stdout)
    if len(outcomes) > 1:
        print(summary_table(outcomes, args.out_dir / 'summary.csv'))
    failed = sum(outcome.error is not None for outcome in outcomes)
    if failed:
        raise ValueError(f'{failed} of {len(films)} videos failed; the others are done. Mend or '
                         'remove them, then run the same command again')


if __name__ == '__main__':
    command_line.run(parse_args, main)
