"""Train the face detector of the rendered benchmark with mmdet's own Runner and save its weights.

The tool draws labeled frames, trains configs/detectors/yolox_demo.py, writes the weights (tensors
only, float16) and measures the detector on frames that are drawn like those of the benchmark.
"""
import argparse
import itertools
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from PIL import Image

from ous_mmaction import command_line
from ous_mmaction.detection import FaceDetector
from ous_mmaction.detection.tracks import box_iou
from ous_mmaction.progress import progress_bar
from ous_mmaction.rendered.samples import Sample, render_frames

ROOT = Path(__file__).resolve().parents[1]
TRAIN_SEED, VAL_SEED = 1, 2
EXAMPLE = """example:
  python -m maintenance.train_face_detector --out work_dirs/face_detector.pth
"""


def write_coco(samples: Iterable[Sample], total: int, folder: Path, split: str) -> None:
    """Write frames as ``folder/split/*.jpg`` and their boxes in COCO's format as ``split.json``.

    Args:
        samples (Iterable[Sample]): Drawn frames.
        total (int): Number of frames.
        folder (Path): Folder of the data.
        split (str): Name of the split.
    """
    images, annotations = [], []
    (folder / split).mkdir(parents=True, exist_ok=True)
    for index, sample in enumerate(progress_bar(samples, f'draw {split}', total)):
        name = f'{index:05d}.jpg'
        Image.fromarray(sample.image).save(folder / split / name, quality=90)
        height, width = sample.image.shape[:2]
        images.append(dict(id=index, file_name=name, height=height, width=width))
        if sample.box is not None:
            left, top, right, bottom = sample.box.tolist()
            box = [left, top, right - left, bottom - top]
            annotations.append(dict(id=len(annotations) + 1, image_id=index, category_id=1,
                                    bbox=box, area=box[2] * box[3], iscrowd=0))
    content = dict(images=images, annotations=annotations, categories=[dict(id=1, name='face')])
    (folder / f'{split}.json').write_text(json.dumps(content))


def evaluate(detector: FaceDetector, samples: Iterable[Sample], batch_size: int = 32) -> dict:
    """Evaluate a detector on drawn frames.

    Args:
        detector (FaceDetector): The detector.
        samples (Iterable[Sample]): Drawn frames.
        batch_size (int): Frames per batch. Defaults to 32.

    Returns:
        dict: Number of ``faces``, ``recall`` at an IoU of 0.7, ``mean_iou`` and ``worst_iou`` of
        the best box of each face, and the number of ``false_faces``.
    """
    best_ious, false_faces = [], 0
    samples = iter(samples)
    while batch := list(itertools.islice(samples, batch_size)):
        for sample, faces in zip(batch, detector.detect([sample.image for sample in batch])):
            if sample.box is None:
                false_faces += len(faces)
                continue
            best_ious.append(box_iou(sample.box[None], faces).max() if len(faces) else 0)
            false_faces += max(len(faces) - 1, 0)
    ious = np.array(best_ious)
    return dict(faces=len(ious), recall=float((ious >= 0.7).mean()), mean_iou=float(ious.mean()),
                worst_iou=float(ious.min()), false_faces=false_faces)


def parse_args() -> argparse.Namespace:
    parser = command_line.make_parser(__doc__, EXAMPLE)
    parser.add_argument('--config', default=str(ROOT / 'configs/detectors/yolox_demo.py'))
    parser.add_argument('--work-dir', default='work_dirs/demo_detector')
    parser.add_argument('--frames', type=int, default=8000, help='frames to train on')
    parser.add_argument('--val-frames', type=int, default=1000, help='frames per measurement')
    parser.add_argument(
        '--out', default=str(ROOT / 'ous_mmaction/rendered/weights/face_detector.pth'))
    return parser.parse_args()


def main(args: argparse.Namespace) -> None:
    folder = Path(args.work_dir)
    half = args.frames // 2
    drawn = itertools.chain(
        render_frames(TRAIN_SEED, half, varied=True, least_intensity=0),
        render_frames(TRAIN_SEED + 10, args.frames - half, least_intensity=0))
    write_coco(drawn, args.frames, folder, 'train')
    write_coco(render_frames(VAL_SEED, args.val_frames, varied=True, least_intensity=0),
               args.val_frames, folder, 'val')

    config = Config.fromfile(args.config)
    config.work_dir = args.work_dir
    config.data_root = f'{args.work_dir}/'
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        loader.dataset.data_root = f'{args.work_dir}/'
    for evaluator in (config.val_evaluator, config.test_evaluator):
        evaluator.ann_file = f'{args.work_dir}/val.json'
    runner = Runner.from_cfg(config)
    runner.train()

    weights = {name: tensor.half() if tensor.is_floating_point() else tensor
               for name, tensor in runner.model.cpu().state_dict().items()}
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    torch.save(dict(state_dict=weights), args.out)
    print(f'{args.out}: {Path(args.out).stat().st_size / 2**20:.2f} MiB')

    detector = FaceDetector(args.config, args.out)
    for name, varied in (('as in the benchmark', False), ('varied', True)):
        frames = render_frames(VAL_SEED + 10, args.val_frames, varied=varied, least_intensity=0)
        print(f'held-out frames, {name}: {evaluate(detector, frames)}')


if __name__ == '__main__':
    command_line.run(parse_args, main)
