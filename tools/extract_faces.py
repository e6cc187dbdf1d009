"""Find the face of every clip of a dataset by an mmdet detector and write the boxes to a file.

Interrupt it at any time: the same command goes on where it stopped. On several GPUs, or CPU processes
where there is none: tools/dist_run.sh extract_faces PROCESSES CONFIG ... Processes take the GPUs in
turn, so that two can share one: while one decodes, the other detects.
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

  tools/dist_run.sh extract_faces 4 ...   four processes, on two GPUs two each
"""


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('config', help='mmdet config, such as one of configs/detectors/')
    parser.add_argument('--checkpoint', help='weights of the detector, file or URL; default: those '
                                             'that the config names')
    parser.add_argument('--ann-files', required=True, nargs='+', help='annotation files')
    parser.add_argument('--data-root', required=True, help='folder of the clips')
    parser.add_argument('--out', required=True, help='boxes file to write (.jsonl)')
    parser.add_argument('--sheet', help='picture to draw: doubtful clips with their boxes')
    parser.add_argument('--device', help="where to detect, such as 'cuda:0'; default: a GPU if "
                                         'there is one')
    parser.add_argument('--stride', type=positive, default=2, help='search every so many frames')
    parser.add_argument('--batch-size', type=positive, default=32, help='frames per batch')
    parser.add_argument('--score-thr', type=float, default=0.5, help='least score of a face')
    parser.add_argument('--launcher', choices=['none', 'pytorch'], default='none',
                        help='job launcher')
    return parser.parse_args()


def positive(text: str) -> int:
    """A number from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f'{number} is not at least 1')
    return number


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
