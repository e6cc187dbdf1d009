"""Find the face of every clip of a dataset by an mmdet detector and write the boxes to a file.

Interrupt it at any time: the same command goes on where it stopped.
"""
import argparse
from pathlib import Path

from ous_mmaction.apis import command_line
from ous_mmaction.detection import FaceDetector
from ous_mmaction.detection.extract import extract_faces


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('config', help='mmdet config, such as one of configs/detectors/')
    parser.add_argument('--checkpoint', help='weights of the detector, file or URL; default: those '
                                             'that the config names')
    parser.add_argument('--ann-files', required=True, nargs='+', help='annotation files')
    parser.add_argument('--data-root', required=True, help='folder of the clips')
    parser.add_argument('--out', required=True, help='boxes file to write (.jsonl)')
    parser.add_argument('--stride', type=int, default=2, help='search every so many frames')
    parser.add_argument('--batch-size', type=int, default=32, help='frames a batch')
    parser.add_argument('--score-thr', type=float, default=0.5, help='least score of a face')
    parser.add_argument('--device', default='cpu', help="such as 'cuda:0'")
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    weights = f' with {Path(args.checkpoint).name}' if args.checkpoint else ''
    name = (f'{Path(args.config).stem}{weights}, score >= {args.score_thr:g}, '
            f'stride {args.stride}')
    detector = FaceDetector(args.config, args.checkpoint, args.device, args.score_thr)
    print(extract_faces(detector, name, args.ann_files, args.data_root, args.out, args.stride,
                        args.batch_size))


if __name__ == '__main__':
    command_line.run(main)
