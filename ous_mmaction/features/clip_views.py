from __future__ import annotations

import hashlib
from collections.abc import Sequence

from mmaction.registry import DATASETS
from mmengine.config import ConfigDict
from torch.utils.data import Dataset


class ClipViews(Dataset):
    """Every view of every clip of some annotation files, each clip once.

    Item ``clip * (1 + views) + view``: view 0 is the clip as the test pipeline gives it, view v
    > 0 as the train pipeline gives it in epoch v - 1 of a training with ``seed``.

    Args:
        test (ConfigDict): Config of a test dataset.
        ann_files (Sequence[str]): Annotation files of one dataset, such as its splits and folds,
            relative to its ``data_root``.
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
                 train: ConfigDict | None = None, views: int = 0, seed: int = 0) -> None:
        self.views, self.seed = views, seed
        # Every clip, whatever the fold and the part that it has in training.
        everything = dict(ann_file=list(ann_files), split='test', indices=None)
        self._test = DATASETS.build(dict(test, **everything))
        self._train = DATASETS.build(dict(train, **everything)) if views else None
        self.name = self._test.metainfo.get('dataset')
        self.clips: list[tuple[str, int]] = []
        boxes = hashlib.blake2b(digest_size=16)
        for index in range(len(self._test)):
            record = self._test.get_data_info(index)
            self.clips.append((record['clip_id'], record['total_frames']))
            if 'clip_boxes' in record:
                boxes.update(record['clip_boxes'].to_json().encode())
        self.boxes = boxes.hexdigest()

    def __len__(self) -> int:
        return len(self.clips) * (1 + self.views)

    def __getitem__(self, item: int) -> dict:
        index, view = divmod(item, 1 + self.views)
        if view == 0:
            return self._test.draw(index, 0)
        return self._train.draw(index, view - 1, self.seed)
