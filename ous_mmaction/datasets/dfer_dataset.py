from __future__ import annotations

import random
from contextlib import contextmanager
from typing import Callable, Iterator, Sequence

import numpy as np
import torch
from mmaction.datasets import BaseActionDataset
from mmaction.registry import DATASETS
from mmengine.fileio import join_path

from ous_mmaction.datasets.annotation import read_annotation
from ous_mmaction.datasets.holdout import stratified_holdout
from ous_mmaction.detection.face_boxes import read_face_boxes


@contextmanager
def random_state(entropy: Sequence[int]) -> Iterator[None]:
    """Seed Python's, numpy's and torch's global generators, and restore them afterwards.

    Args:
        entropy (Sequence[int]): Non-negative integers; each tuple gives streams of its own.
    """
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    seed = int(np.random.SeedSequence(entropy).generate_state(1)[0])
    random.seed(seed)
    np.random.seed(seed)
    torch.random.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


@DATASETS.register_module()
class DFERDataset(BaseActionDataset):
    """Clips of facial expressions, as ``tools/prepare_dataset.py`` lists them.

    Args:
        ann_file (str): Annotation of one split (:mod:`ous_mmaction.datasets.annotation`).
        pipeline (list[dict | Callable]): Transforms.
        data_root (str): Folder that ``filename``, ``frame_dir``, ``face_dir`` and relative
            ``ann_file`` and ``boxes_file`` start from.
        boxes_file (str, optional): Face boxes written by ``tools/extract_faces.py``. Every record
            then carries its clip's, for :class:`LoadFaceBoxes`.
        classes (Sequence[str], optional): Class names in the order that the model expects. The
            annotation must have the same. Defaults to the annotation's.
        part (str): Clips of the annotation: ``'all'``, the ``'holdout'`` that chooses the model
            (:func:`stratified_holdout`), or the rest, ``'train'``. Defaults to ``'all'``.
        holdout_share (float): Share of each class that is held out. Defaults to 0.1.
        holdout_seed (int): Draws the clips that are held out. Defaults to 0.
        test_mode (bool): True for validation and testing.

    Raises:
        FileNotFoundError: If the annotation or boxes file is missing.
        ValueError: If either is not valid, the classes are not ``classes``, or the boxes belong
            to something else.
    """

    def __init__(self,
                 ann_file: str,
                 pipeline: list[dict | Callable],
                 data_root: str = '',
                 boxes_file: str | None = None,
                 classes: Sequence[str] | None = None,
                 part: str = 'all',
                 holdout_share: float = 0.1,
                 holdout_seed: int = 0,
                 test_mode: bool = False,
                 **kwargs) -> None:
        if part not in ('all', 'train', 'holdout'):
            raise ValueError(f"the key `part` of {type(self).__name__} is {part!r}: it takes all, "
                             'train or holdout')
        self.part, self.holdout_share, self.holdout_seed = part, holdout_share, holdout_seed
        self.classes = None if classes is None else list(classes)
        # Shared with worker processes that outlive an epoch.
        self._epoch_and_seed = torch.tensor([-1, 0]).share_memory_()
        self.boxes_file = boxes_file and join_path(data_root, boxes_file)
        kwargs.setdefault('data_prefix', dict(video=''))
        super().__init__(
            ann_file, pipeline=pipeline, data_root=data_root, test_mode=test_mode, **kwargs)

    def set_epoch(self, epoch: int, seed: int = 0) -> None:
        """Choose the augmentation of an epoch, also in workers that run already."""
        self._epoch_and_seed.copy_(torch.tensor([epoch, seed]))

    def prepare_data(self, idx: int) -> dict:
        """Run the pipeline on a clip.

        Once :meth:`set_epoch` was called, the random numbers depend on seed, epoch and clip alone.
        """
        epoch, seed = self._epoch_and_seed.tolist()
        return super().prepare_data(idx) if epoch < 0 else self.draw(idx, epoch, seed)

    def draw(self, idx: int, epoch: int, seed: int = 0) -> dict:
        """A clip as the pipeline gives it in an epoch of a training with a seed."""
        with random_state((seed, epoch, idx)):
            return super().prepare_data(idx)

    def load_data_list(self) -> list[dict]:
        metainfo, records = read_annotation(self.ann_file)
        if self.classes is not None and self.classes != list(metainfo['classes']):
            raise ValueError(f'{self.ann_file}: its classes are {metainfo["classes"]}, the config '
                             f'has `classes` = {self.classes}; names and order must be the same')
        for key, value in metainfo.items():
            self._metainfo.setdefault(key, value)
        if self.part != 'all':
            try:
                held_out = stratified_holdout([record['clip_id'] for record in records],
                                              [record['label'] for record in records],
                                              self.holdout_share, self.holdout_seed)
            except ValueError as error:
                raise ValueError(f'{self.ann_file}: {error}') from None
            records = [record for record in records
                       if (record['clip_id'] in held_out) == (self.part == 'holdout')]
        for record in records:
            for source in ('filename', 'frame_dir', 'face_dir'):
                if source in record:
                    record[source] = join_path(self.data_prefix['video'], record[source])
        if self.boxes_file is not None:
            self._attach_boxes(metainfo.get('dataset'), records)
        return records

    def _attach_boxes(self, dataset: str, records: list[dict]) -> None:
        header, boxes = read_face_boxes(self.boxes_file)
        if header['dataset'] != dataset:
            raise ValueError(f'{self.boxes_file}: face boxes of {header["dataset"]}, the '
                             f'annotation is of {dataset}; correct `boxes_file`')
        for record in records:
            clip_id, frames = record['clip_id'], record['total_frames']
            if clip_id not in boxes:
                raise ValueError(f'{self.boxes_file}: no face boxes for clip {clip_id}; '
                                 'run tools/extract_faces.py again, it adds what is missing')
            if len(boxes[clip_id].boxes) != frames:
                raise ValueError(f'{self.boxes_file}: boxes of clip {clip_id} are for '
                                 f'{len(boxes[clip_id].boxes)} frames, the clip has {frames}; they '
                                 'are of another copy of the dataset')
            record['clip_boxes'] = boxes[clip_id]
