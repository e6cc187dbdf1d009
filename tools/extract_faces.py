"""Find the face in every clip of a dataset with an mmdet detector, and write the boxes to a file.

You can interrupt it at any time: the same command continues. To use several GPUs, or several CPU
processes without a GPU, run tools/dist_run.sh extract_faces PROCESSES CONFIG ... Two processes can
share a GPU: while one decodes, the other detects.
"""
import argparse
from functools import partial
from pathlib import Path

from ous_mmaction import command_line
from ous_mmaction.detection import FaceDetector
from ous_mmaction.detection.extraction import extract_faces
from ous_mmaction.visualization.faces_sheet import draw_doubtful_clips
from ous_mmaction.work_sharing import join_launcher

EXAMPLE = """examples:
  python tools/extract_faces.py configs/detectors/yolox_s_coco_face.py \\
      --ann-files data/dfew/annotations/fold1_*.json --data-root data/dfew \\
      --out data/dfew/faces.jsonl --sheet data/dfew/faces.png

  tools/dist_run.sh extract_faces 4 ...   four processes; with two GPUs, two on each
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='mmdet config, such as one of configs/detectors/')
    parser.add_argument('--checkpoint', help='file or URL of the weights of the detector; default: '
                                             'those that the config names')
    parser.add_argument('--ann-files', required=True, nargs='+', help='annotation files')
    parser.add_argument('--data-root', required=True, help='folder of the clips')
    parser.add_argument('--out', required=True, help='boxes file to write (.jsonl)')
    parser.add_argument('--sheet', help='picture to draw: doubtful clips with their boxes')
    parser.add_argument('--device', help="device of the detector, such as 'cuda:0'; default: a "
                                         'GPU if there is one')
    parser.add_argument('--stride', type=command_line.positive, default=2,
                        help='search every STRIDE-th frame')
    parser.add_argument('--batch-size', type=command_line.positive, default=32,
                        help='frames per batch')
    parser.add_argument('--score-thr', type=float, default=0.5, help='lowest score of a face')
    parser.add_argument('--launcher', choices=['none', 'pytorch'], default='none',
                        help='job launcher')
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    device = join_launcher(args.launcher, args.device)
    weights = f' with {Path(args.checkpoint).name}' if args.checkpoint else ''
    name = (f'{Path(args.config).stem}{weights}, score >= {args.score_thr:g}, '
            f'stride {args.stride}')
    make_detector = partial(FaceDetector, args.config, args.checkpoint, device, args.score_thr)
    summary = extract_faces(make_detector, name, args.ann_files, args.data_root, args.out,
                            args.stride, args.batch_size)
    if summary is not None:
        print(summary.report())
        if args.sheet:
            draw_doubtful_clips(args.out, args.ann_files, args.data_root, args.stride, args.sheet)


if __name__ == '__main__':
    command_line.run(parse_args, main)
