"""Recognize the emotion in a video: print the probabilities and draw what the model saw."""
import argparse
from pathlib import Path

import torch

from ous_mmaction import command_line
from ous_mmaction.apis import count_frames, infer_video, init_model
from ous_mmaction.detection import DetectFaces
from ous_mmaction.rendered import WEIGHTS

CONFIGS = Path(__file__).parents[1] / 'configs' / 'detectors'
# Name -> config and weights; None stands for the weights that the config names.
DETECTORS = {
    'mtcnn': (CONFIGS / 'mtcnn.py', None),
    'yolox': (CONFIGS / 'yolox_s_coco_face.py', None),
    'demo': (CONFIGS / 'yolox_demo.py', WEIGHTS / 'face_detector.pth'),
}
EXAMPLE = """example:
  python tools/infer.py clip.mp4 --config configs/ous_dfew.py --checkpoint epoch_60.pth
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('video', help='video file or folder of frames')
    parser.add_argument('--config', required=True, help='config that the model was trained with')
    parser.add_argument('--checkpoint', required=True, help='its checkpoint')
    parser.add_argument('--detector', default='mtcnn', metavar='NAME',
                        help='mtcnn (default), yolox, demo (for drawn faces), or an mmdet config')
    parser.add_argument('--detector-checkpoint', metavar='FILE',
                        help='weights of the detector; default: those that its config names')
    parser.add_argument('--score-thr', type=float, default=0.5, help='lowest score of a face')
    parser.add_argument('--out', metavar='PICTURE', help='picture to write; default '
                                                         'work_dirs/infer/<video name>.png')
    parser.add_argument('--device', default='cuda:0' if torch.cuda.is_available() else 'cpu',
                        help='default: a GPU if there is one')
    command_line.add_option_arguments(parser, data_root=False)
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    count_frames(args.video)  # before the model is built, which takes a while
    out = Path(args.out or Path('work_dirs', 'infer', f'{Path(args.video).stem}.png'))
    detector, weights = DETECTORS.get(args.detector, (args.detector, None))
    weights = args.detector_checkpoint or weights
    detect_faces = DetectFaces(str(detector), weights and str(weights), args.device,
                               args.score_thr)
    config = command_line.read_config(args)
    seen = infer_video(init_model(config, args.checkpoint, args.device), args.video, detect_faces)
    out.parent.mkdir(parents=True, exist_ok=True)
    seen.draw(out)
    print(f'{args.video}: {seen.report()}\n{out}')


if __name__ == '__main__':
    command_line.run(parse_args, main)
