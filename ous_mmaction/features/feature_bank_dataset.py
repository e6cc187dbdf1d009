from __future__ import annotations

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmaction.structures import ActionDataSample

from ..datasets.dfer_dataset import DFERDataset, Pipeline, pipeline_steps
from .feature_bank import open_bank


@DATASETS.register_module()
class FeatureBankDataset(DFERDataset):
    """Clips of a :class:`DFERDataset` as numbers of records in a feature bank.

    It takes that dataset's arguments, so that a config has to change its type and name the bank.
    :class:`FeatureBankBackbone` reads the records.

    In training, epoch e takes the augmented view ``e % views`` of each clip, or a random one where
    :meth:`set_epoch` is not called; from a bank without such views it takes what the test pipeline
    gave.

    Args:
        pipeline (dict[str, dict] | list[dict]): Transforms from pixels; not run, but compared with
            those that the features were made by.
        bank (str): Folder of the bank.
        boxes_file (str, optional): Not read: the features show the faces.

    Raises:
        ValueError: If the bank is of another dataset, pipeline or copy of the clips, or lacks a
            clip.
    """

    def __init__(self, *, pipeline: Pipeline, bank: str, boxes_file: str | None = None,
                 split: str = 'train', **kwargs) -> None:
        self.bank = open_bank(bank)
        if split != 'train':
            self.bank.check_pipeline('test', pipeline_steps(pipeline))
        elif self.bank.views:
            self.bank.check_pipeline('train', pipeline_steps(pipeline))
        super().__init__(pipeline=[], split=split, **kwargs)

    def load_data_list(self) -> list[dict]:
        records = super().load_data_list()
        made_of, dataset = self.bank.header['dataset'], self._metainfo.get('dataset')
        if made_of != dataset:
            raise ValueError(f'{self.bank.path}: features of {made_of}, {self.ann_file} is of '
                             f'{dataset}; correct the key `bank`')
        lengths = dict(self.bank.header['clips'])
        for record in records:
            clip_id, frames = record['clip_id'], record['total_frames']
            if clip_id not in lengths:
                raise ValueError(f'{self.bank.path}: no features of clip {clip_id} of '
                                 f'{self.ann_file}; extract with all annotation files in '
                                 '--ann-files')
            if lengths[clip_id] != frames:
                raise ValueError(f'{self.bank.path}: clip {clip_id} had {lengths[clip_id]} frames, '
                                 f'{self.ann_file} says {frames}; the features are of another copy '
                                 'of the dataset')
        return records

    def prepare_data(self, idx: int) -> dict:
        """``inputs`` with ``record`` (), the number of a record, and the clip's data sample."""
        info = self.get_data_info(idx)
        views, view = self.bank.views, 0
        if views and self.split == 'train':
            epoch = int(self._epoch_and_seed[0])
            view = 1 + (np.random.randint(views) if epoch < 0 else epoch % views)
        sample = ActionDataSample().set_gt_label(info['label'])
        sample.set_metainfo(dict(clip_id=info['clip_id']))
        record = self.bank.rows[info['clip_id']] * (1 + views) + view
        return dict(inputs=dict(record=torch.tensor(record)), data_samples=sample)
