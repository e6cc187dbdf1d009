"""The face detectors that are known by name."""
from __future__ import annotations

import argparse
from pathlib import Path

from ..rendered import WEIGHTS

CONFIGS = Path(__file__).parents[2] / 'configs' / 'detectors'
# Name -> config and weights; None stands for the weights that the config names.
DETECTORS = {
    'mtcnn': (CONFIGS / 'mtcnn.py', None),
    'yolox': (CONFIGS / 'yolox_s_coco_face.py', None),
    'demo': (CONFIGS / 'yolox_film.py', WEIGHTS / 'face_detector.pth'),
}


def add_detector_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that :func:`chosen_detector` reads, and the threshold of new faces."""
    parser.add_argument('--detector', default='mtcnn', metavar='NAME',
                        help='mtcnn (default), yolox, demo (for drawn faces), or an mmdet config')
    parser.add_argument('--detector-checkpoint', metavar='FILE',
                        help='weights of the detector; default: those that its config names')
    parser.add_argument('--score-thr', type=float, default=0.5,
                        help='lowest score of the face of a new person; default: %(default)s')
    parser.add_argument('--face-class', metavar='CLASS', help='name or index of the class of the '
                        'detector that stands for faces; default: the one that it calls a face')


def chosen_detector(args: argparse.Namespace) -> dict:
    """Return the arguments of :class:`DFERInferencer` that describe the detector."""
    return dict(detector=args.detector, detector_checkpoint=args.detector_checkpoint,
                score_thr=args.score_thr, face_class=args.face_class)
