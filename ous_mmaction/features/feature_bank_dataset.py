from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmaction.structures import ActionDataSample
from mmengine.fileio import join_path
from mmengine.logging import print_log

from ..datasets.dfer_dataset import DFERDataset, Pipeline, pipeline_steps
from ..datasets.face_boxes import boxes_digests
from .feature_bank import json_round_trip, open_bank


@DATASETS.register_module()
class FeatureBankDataset(DFERDataset):
    """Clips of a :class:`DFERDataset` as indices of records in a feature bank.

    The class takes that dataset's arguments, so that a config only changes the type and names the
    bank. :class:`FeatureBankBackbone` reads the records.

    In training, epoch e uses the augmented view ``e % views`` of each clip, or a random view if
    :meth:`set_epoch` is not called. If the bank has no augmented views, training uses the view of
    the test pipeline.

    Args:
        pipeline (dict[str, dict] | list[dict]): Transforms from pixels. They are not run but
            compared with the transforms that the features were made with.
        bank (str): Folder of the bank.
        boxes_file (str, optional): Face boxes. They are not read for samples, since the features
            already show the faces, but compared with those that the features were made with.
        split (str): Split of the dataset. Defaults to ``'train'``.
        **kwargs: Further arguments of :class:`DFERDataset`.

    Raises:
        ValueError: If ``verify`` is set, or the bank belongs to another dataset, pipeline, copy of
            the clips or other face boxes, or lacks a clip.
    """

    def __init__(self, *, pipeline: Pipeline, bank: str, boxes_file: str | None = None,
                 split: str = 'train', **kwargs) -> None:
        if kwargs.get('verify'):
            raise ValueError(f'{bank}: the key `verify` needs pixels, which training from a bank '
                             'does not read. Leave it out, or run tools/verify.py')
        self.bank = open_bank(bank)
        self._compared_boxes = boxes_file and join_path(kwargs.get('data_root', ''), boxes_file)
        if split != 'train':
            self.bank.check_pipeline('test', pipeline_steps(pipeline))
        elif self.bank.views:
            self.bank.check_pipeline('train', pipeline_steps(pipeline))
        elif json_round_trip(pipeline_steps(pipeline)) != self.bank.header['pipelines']['test']:
            print_log(f'{self.bank.path}: the bank has no augmented views, so that training sees '
                      'every clip as it is tested, without the random steps of the train pipeline. '
                      'Extract with --views 4 or more', 'current', logging.WARNING)
        super().__init__(pipeline=[], split=split, **kwargs)
        self.views = self.bank.views

    def load_data_list(self) -> list[dict]:
        """Read the annotation files and check that the bank has all of their clips.

        Returns:
            list[dict]: One record per clip.

        Raises:
            ValueError: If the bank belongs to another dataset, copy of the clips or other face
                boxes, or lacks a clip.
        """
        records = super().load_data_list()
        bank_dataset, dataset = self.bank.header['dataset'], self._metainfo.get('dataset')
        if bank_dataset != dataset:
            raise ValueError(f'{self.bank.path}: the features belong to {bank_dataset}, but '
                             f'{self.ann_file} belongs to {dataset}. Correct the key `bank`')
        lengths = dict(self.bank.header['clips'])
        for record in records:
            clip_id, frames = record['clip_id'], record['total_frames']
            if clip_id not in lengths:
                raise ValueError(f'{self.bank.path}: the bank has no features of clip {clip_id} of '
                                 f'{self.ann_file}. Extract with all annotation files in '
                                 '--ann-files')
            if lengths[clip_id] != frames:
                raise ValueError(f'{self.bank.path}: clip {clip_id} had {lengths[clip_id]} frames, '
                                 f'but {self.ann_file} says {frames}. The features belong to '
                                 'another copy of the dataset. Correct the key `bank`, or extract '
                                 'again')
        self._compare_sources(records)
        return records

    def _compare_sources(self, records: list[dict]) -> None:
        """Compare files and face boxes of the clips with those that the features were made from."""
        self.bank.check_sources('files', self.ann_file, {
            record['clip_id']: record.get('digest') for record in records})
        boxes = self._compared_boxes
        if not boxes:
            return
        if not Path(boxes).is_file():
            print_log(f'{boxes}: the face boxes file was not found, so that it is not compared '
                      f'with the bank {self.bank.path}', 'current', logging.WARNING)
            return
        digests = boxes_digests(boxes)
        self.bank.check_sources('boxes', boxes, {
            record['clip_id']: digests.get(record['clip_id']) for record in records})

    def prepare_data(self, idx: int) -> dict:
        """Return the sample of a clip.

        Args:
            idx (int): Index of the clip.

        Returns:
            dict: ``inputs`` with ``record``, the index of a record as an int64 tensor of shape (),
            and ``data_samples``, the clip's data sample.
        """
        info = self.get_data_info(idx)
        views, view = self.bank.views, 0
        if views and self.split == 'train':
            epoch = int(self._epoch_and_seed[0])
            view = 1 + (np.random.randint(views) if epoch < 0 else epoch % views)
        sample = ActionDataSample().set_gt_label(info['label'])
        sample.set_metainfo(dict(clip_id=info['clip_id']))
        record = self.bank.rows[info['clip_id']] * (1 + views) + view
        return dict(inputs=dict(record=torch.tensor(record)), data_samples=sample)
