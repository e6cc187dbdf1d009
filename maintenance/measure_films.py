"""Measure on rendered films which changes of emotion are found in time."""
import argparse
import json
import tempfile
from pathlib import Path

from maintenance.film_changes import emotion_changes, match_changes, match_people
from ous_mmaction import command_line
from ous_mmaction.apis import DFERInferencer
from ous_mmaction.evaluation.tables import Table, markdown
from ous_mmaction.progress import progress_bar
from ous_mmaction.rendered import WEIGHTS, FilmSpec, render_film

DETECTOR = Path(__file__).parents[1] / 'configs' / 'detectors' / 'yolox_film.py'
EXAMPLE = """example:
  python -m maintenance.measure_films configs/ous_demo.py work_dirs/demo/epoch_12.pth --length 0.2
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='config that the model was trained with')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('--seeds', type=int, nargs='+', default=[1, 2, 3, 4, 5],
                        help='seeds of the films; default: 1 to 5')
    parser.add_argument('--seconds', type=float, default=60., help='length of a film; default: 60')
    parser.add_argument('--length', type=float, nargs='+', default=[0.2, 0.4],
                        help='lengths of the windows in seconds; default: 0.2 0.4')
    parser.add_argument('--stride', type=float, default=0.1,
                        help='time from window to window; default: 0.1')
    parser.add_argument('--tolerance', type=float, default=0.2,
                        help='greatest distance of a found change in seconds; default: 0.2')
    return parser.parse_args()


def count(inferencer: DFERInferencer, film: Path, truth: dict, args: argparse.Namespace,
          length: float) -> tuple[int, int, int]:
    """Return the numbers of true changes, of those found in time, and of found changes."""
    result = inferencer(str(film), length=length, stride=args.stride, return_frames=True,
                        progress=False)['predictions'][0]
    people = match_people(truth['frames'], result['frames'])
    true = emotion_changes(truth['frames'])
    found = [(change['time'], people.get(change['person']), change['after'])
             for change in result['changes']]
    return len(true), match_changes(true, found, args.tolerance), len(found)


def main(args: argparse.Namespace) -> None:
    inferencer = DFERInferencer(args.config, args.checkpoint, DETECTOR,
                                WEIGHTS / 'face_detector.pth')
    counts: dict[float, list] = {length: [] for length in args.length}
    with tempfile.TemporaryDirectory() as folder:
        for seed in progress_bar(args.seeds, desc='films', unit='film'):
            film = Path(folder) / f'{seed}.mp4'
            render_film(film, FilmSpec(
                seconds=args.seconds, people=2, shot_seconds=(8, 12), expression_seconds=(2, 3.5),
                occluded_share=0., leaving_share=0., seed=seed), progress=False)
            truth = json.loads(film.with_suffix('.truth.json').read_text())
            for length in args.length:
                counts[length].append(count(inferencer, film, truth, args, length))
    rows = []
    for length, numbers in counts.items():
        true, matched, found = map(sum, zip(*numbers))
        rows.append([f'{length:g} s', str(true), f'{matched} ({matched / true:.1%})',
                     f'{min(m / t for t, m, _ in numbers):.1%}', str(found - matched)])
    print(markdown(Table(f'{len(args.seeds)} films of {args.seconds:g} s, stride {args.stride:g} s',
                ['window', 'changes', f'found within {args.tolerance:g} s, with the emotion',
                 'worst film', 'other changes'], rows)))


if __name__ == '__main__':
    command_line.run(parse_args, main)
