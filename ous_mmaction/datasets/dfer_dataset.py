from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Callable, Optional, Union

import torch
from mmaction.datasets import BaseActionDataset
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.fileio import join_path

from ..checks import one_of
from ..video import VideoError
from .annotation import read_annotations
from .face_boxes import read_face_boxes
from .random_state import random_state
from .selection import annotation_files, split_source, stratified_holdout
from .verification import SOURCES, check_digests, find_change

Pipeline = Union[Mapping[str, Optional[dict]], Sequence[Union[dict, Callable]]]


@DATASETS.register_module()
class DFERDataset(BaseActionDataset):
    """Clips of facial expressions, as ``tools/prepare_dataset.py`` lists them.

    Args:
        pipeline (dict[str, dict] | list[dict]): Transforms in their order, each with a name, so
            that a config or ``--cfg-options`` can change one of them. A step that is None is left
            out. A list without names works as well.
        split (str): What the clips are for: ``'train'``, ``'val'`` or ``'test'``.
        fold (int, optional): Number of the fold; None for a dataset with one official split.
        selection (str): What chooses the checkpoint: ``'test'``, the test fold, as in the
            literature; ``'holdout'``, a part of the training fold; ``'validation'``, a validation
            split of the dataset itself. Defaults to ``'test'``.
        data_root (str): Folder that ``filename``, ``frame_dir``, ``face_dir`` and relative
            ``ann_dir``, ``ann_file`` and ``boxes_file`` start from.
        ann_dir (str): Folder of the annotation files ``[fold<k>_]<split>.json``. Defaults to
            ``'annotations'``.
        ann_file (str | list[str], optional): Annotation files to read instead of those.
        boxes_file (str, optional): Face boxes that ``tools/extract_faces.py`` wrote. Every record
            then carries the boxes of its clip, for :class:`LoadFaceBoxes`.
        classes (Sequence[str], optional): Class names in the order that the model expects. The
            annotation must have the same. Defaults to the classes of the annotation.
        crops (str, optional): Which face crops the files must be: ``'native'``, at the rate of the
            video, or ``'16f'``, the aligned crops with 16 frames per clip. Weights that were
            trained on one kind lose many points on the other. Defaults to no check.
        holdout_share (float): Share of each class that is held out. Defaults to 0.1.
        holdout_seed (int): Seed that draws the clips that are held out. Defaults to 0.
        verify (bool): Whether to compare each clip, on its first read, with the digest in the
            annotation. Defaults to False.
        test_mode (bool, optional): Test mode of the base class. Defaults to True for validation and
            testing.

    Attributes:
        views (int, optional): Number of augmented views in the feature bank that the samples come
            from; None for a dataset that reads pixels.

    Raises:
        FileNotFoundError: If an annotation file or the boxes file is missing.
        ValueError: If one of them is not valid, the classes differ from ``classes``, the clips are
            not of the kind ``crops``, or the boxes belong to another dataset.
    """

    def __init__(self,
                 *,
                 pipeline: Pipeline,
                 split: str = 'train',
                 fold: int | None = None,
                 selection: str = 'test',
                 data_root: str = '',
                 ann_dir: str = 'annotations',
                 ann_file: str | Sequence[str] | None = None,
                 boxes_file: str | None = None,
                 classes: Sequence[str] | None = None,
                 crops: str | None = None,
                 holdout_share: float = 0.1,
                 holdout_seed: int = 0,
                 verify: bool = False,
                 test_mode: bool | None = None,
                 **kwargs) -> None:
        self.views: int | None = None
        _, self.part = split_source(split, selection)
        ann_files = annotation_files(
            dict(ann_dir=ann_dir, ann_file=ann_file, split=split, selection=selection, fold=fold))
        self.ann_files = [join_path(data_root, file) for file in ann_files]
        self.split = split
        self.holdout_share, self.holdout_seed = holdout_share, holdout_seed
        one_of('DFERDataset.crops', crops, (None, 'native', '16f'))
        self.crops = crops
        self.classes = None if classes is None else list(classes)
        # Shared with worker processes that outlive an epoch.
        self._epoch_and_seed = torch.tensor([-1, 0]).share_memory_()
        self.boxes_file = boxes_file and join_path(data_root, boxes_file)
        self.verify = verify
        kwargs.setdefault('data_prefix', dict(video=''))
        super().__init__(
            ann_files[0], pipeline=pipeline_steps(pipeline), data_root=data_root,
            test_mode=split != 'train' if test_mode is None else test_mode, **kwargs)
        if verify:
            self._verified = torch.zeros(len(self), dtype=torch.bool).share_memory_()

    def set_epoch(self, epoch: int, seed: int = 0) -> None:
        """Choose the augmentation of an epoch, also in workers that are already running.

        Args:
            epoch (int): Number of the epoch.
            seed (int): Seed of the training run.
        """
        self._epoch_and_seed.copy_(torch.tensor([epoch, seed]))

    def prepare_data(self, idx: int) -> dict:
        """Run the pipeline on a clip.

        After a call of :meth:`set_epoch`, the random numbers depend only on seed, epoch and clip.

        Args:
            idx (int): Index of the clip.

        Returns:
            dict: Output of the pipeline.

        Raises:
            VideoError: If the clip is to be verified and is not the one that was prepared.
        """
        if self.verify and not self._verified[idx]:
            change = find_change(self.get_data_info(idx))
            if change:
                raise VideoError(change)
            self._verified[idx] = True
        epoch, seed = self._epoch_and_seed.tolist()
        return super().prepare_data(idx) if epoch < 0 else self.draw(idx, epoch, seed)

    def draw(self, idx: int, epoch: int, seed: int = 0) -> dict:
        """Return a clip as the pipeline gives it in one epoch of a training run.

        Args:
            idx (int): Index of the clip.
            epoch (int): Number of the epoch.
            seed (int): Seed of the training run.

        Returns:
            dict: Output of the pipeline.
        """
        with random_state((seed, epoch, idx)):
            return super().prepare_data(idx)

    def load_data_list(self) -> list[dict]:
        """Return the records of the clips, with paths that start from ``data_root``."""
        metainfo, records = read_annotations(self.ann_files)
        if self.classes is not None and self.classes != list(metainfo['classes']):
            raise ValueError(f'{self.ann_file}: its classes are {metainfo["classes"]}, but the '
                             f'config has `classes` = {self.classes}. Names and order must be the '
                             'same')
        for key, value in metainfo.items():
            self._metainfo.setdefault(key, value)
        self._check_crops(records)
        if self.part != 'all':
            records = self._take_part(records)
        if self.verify:
            check_digests(records)
        present = {record['label'] for record in records}
        absent = [name for label, name in enumerate(metainfo['classes']) if label not in present]
        if absent:
            # UARWARMetric refuses them before the first epoch.
            self._metainfo['absent_classes'] = absent
        for record in records:
            for source in SOURCES:
                if source in record:
                    record[source] = join_path(self.data_prefix['video'], record[source])
        if self.boxes_file is not None:
            self._attach_boxes(metainfo.get('dataset'), records)
        return records

    def _check_crops(self, records: list[dict]) -> None:
        """Raise a ValueError if the clips are not of the kind that ``crops`` names."""
        aligned = all(record['total_frames'] == 16 for record in records)
        if self.crops == 'native' and aligned and records:
            raise ValueError(f'{self.ann_file}: all {len(records)} clips have 16 frames, so these '
                             'are the aligned 16-frame crops, but the config needs crops at the '
                             'rate of the video (key `crops`). Prepare those with '
                             '`tools/prepare_dataset.py --source`')
        if self.crops == '16f' and not aligned:
            raise ValueError(f'{self.ann_file}: not all clips have 16 frames, but the config needs '
                             'the aligned 16-frame crops (key `crops`). Prepare those with '
                             '`tools/prepare_dataset.py --source`')

    def _take_part(self, records: list[dict]) -> list[dict]:
        """Return the records that are held out, or those that are not."""
        try:
            held_out = stratified_holdout([record['clip_id'] for record in records],
                                          [record['label'] for record in records],
                                          self.holdout_share, self.holdout_seed)
        except ValueError as error:
            raise ValueError(f'{self.ann_file}: {error}') from None
        return [record for record in records
                if (record['clip_id'] in held_out) == (self.part == 'holdout')]

    def _attach_boxes(self, dataset: str, records: list[dict]) -> None:
        """Add the key ``clip_boxes``, a :class:`FaceBoxes`, to every record."""
        header, boxes = read_face_boxes(self.boxes_file)
        if header['dataset'] != dataset:
            raise ValueError(f'{self.boxes_file}: these are face boxes of {header["dataset"]}, but '
                             f'the annotation is of {dataset}. Correct `boxes_file`')
        for record in records:
            clip_id, frames = record['clip_id'], record['total_frames']
            if clip_id not in boxes:
                raise ValueError(f'{self.boxes_file}: clip {clip_id} has no face boxes. Run '
                                 'tools/extract_faces.py again, which adds what is missing')
            if len(boxes[clip_id].boxes) != frames:
                raise ValueError(f'{self.boxes_file}: the boxes of clip {clip_id} are for '
                                 f'{len(boxes[clip_id].boxes)} frames, but the clip has {frames}. '
                                 'They belong to another copy of the dataset')
            record['clip_boxes'] = boxes[clip_id]


def pipeline_steps(pipeline: Pipeline) -> list[dict | Callable]:
    """Return the steps of a pipeline in their order, without named steps that are None.

    Args:
        pipeline (Pipeline): Steps by name, or a list of steps.

    Returns:
        list[dict | Callable]: The steps.

    Raises:
        ValueError: If a step has no type, for example because an option names a step that does not
            exist.

    Examples:
        >>> pipeline_steps(dict(read=dict(type='ReadClip'), flip=None))
        [{'type': 'ReadClip'}]
    """
    if not isinstance(pipeline, Mapping):
        return list(pipeline)
    for name, step in pipeline.items():
        if step is not None and 'type' not in step:
            raise ValueError(f'The pipeline step `{name}` has no `type`. The steps of this '
                             f'pipeline are {", ".join(pipeline)}')
    return [step for step in pipeline.values() if step is not None]


def describe_input(views: int | None) -> str:
    """Describe what a model reads, as every table of results prints it.

    Args:
        views (int, optional): Number of augmented views in the feature bank; None for pixels.

    Returns:
        str: The description.

    Examples:
        >>> describe_input(None), describe_input(4)
        ('pixels', 'bank, 4 views')
    """
    return 'pixels' if views is None else f'bank, {views} views'


def list_pipelines(config: Config) -> None:
    """Turn the named steps of a config's pipelines into lists, in place.

    MMEngine sorts the keys of a config that it writes into the work dir. The steps would lose their
    order, and the written config could not be used.

    Args:
        config (Config): Config that no option changes any more.
    """
    for name in config:
        if name.endswith('_dataloader') and config[name]:
            dataset = config[name].dataset
            if isinstance(dataset.get('pipeline'), Mapping):
                dataset.pipeline = pipeline_steps(dataset.pipeline)
