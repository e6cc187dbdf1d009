from __future__ import annotations

import hashlib
from typing import Optional, Sequence

from mmaction.registry import DATASETS
from mmengine.config import ConfigDict
from torch.utils.data import Dataset

from ..datasets.dfer_dataset import DFERDataset


class ClipViews(Dataset):
    """Every view of every clip of some annotation files, each clip once.

    Item ``clip * (1 + views) + view``: view 0 is the clip as the test pipeline gives it, view v
    > 0 as the train pipeline gives it in epoch v - 1 of a training with ``seed``.

    Args:
        test (ConfigDict): Config of a test dataset.
        ann_files (Sequence[str]): Annotation files of one dataset, such as its splits and folds.
        train (ConfigDict, optional): Config of a train dataset; needed for augmented views.
        views (int): How many augmented views a clip has. Defaults to 0.
        seed (int): Of the training that the augmented views are of. Defaults to 0.

    Attributes:
        clips (list[tuple[str, int]]): Id and number of frames of each clip.
        boxes (str): 32 hex digits over the clips' face boxes.
        name (str): Of the dataset.

    Raises:
        ValueError: If annotation files are of different datasets, or disagree about a clip.
    """

    def __init__(self, test: ConfigDict, ann_files: Sequence[str],
                 train: Optional[ConfigDict] = None, views: int = 0, seed: int = 0) -> None:
        self.views, self.seed = views, seed
        self.clips: list[tuple[str, int]] = []
        self._places: list[tuple[int, int]] = []
        self._test = [_build(test, ann_file) for ann_file in ann_files]
        self._train = [_build(train, ann_file) for ann_file in ann_files] if views else []
        self.name = self._test[0].metainfo.get('dataset')
        first: dict[str, int] = {}
        boxes = hashlib.blake2b(digest_size=16)
        for number, (dataset, ann_file) in enumerate(zip(self._test, ann_files)):
            if dataset.metainfo.get('dataset') != self.name:
                raise ValueError(f'{ann_file}: clips of {dataset.metainfo.get("dataset")} where '
                                 f'the files before are of {self.name}; a bank is of one dataset')
            for idx in range(len(dataset)):
                info = dataset.get_data_info(idx)
                clip = (info['clip_id'], info['total_frames'])
                row = first.setdefault(clip[0], len(self.clips))
                if row == len(self.clips):
                    self.clips.append(clip)
                    self._places.append((number, idx))
                    if 'clip_boxes' in info:
                        boxes.update(info['clip_boxes'].to_json().encode())
                elif self.clips[row] != clip:
                    raise ValueError(f'{ann_file}: clip {clip[0]} differs from the clip of that '
                                     'name in the files before; write them with one run of '
                                     'tools/prepare_dataset.py')
        self.boxes = boxes.hexdigest()

    def __len__(self) -> int:
        return len(self.clips) * (1 + self.views)

    def __getitem__(self, item: int) -> dict:
        row, view = divmod(item, 1 + self.views)
        number, idx = self._places[row]
        if view == 0:
            return self._test[number].draw(idx, 0)
        return self._train[number].draw(idx, view - 1, self.seed)


def _build(config: ConfigDict, ann_file: str) -> DFERDataset:
    return DATASETS.build(dict(config, ann_file=ann_file, indices=None, part='all'))
