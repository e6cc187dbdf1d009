from __future__ import annotations

import hashlib
from collections.abc import Sequence

from mmaction.registry import DATASETS
from mmengine.config import ConfigDict
from torch.utils.data import Dataset


class ClipViews(Dataset):
    """All views of all clips of some annotation files, each clip once.

    A view has the index ``clip * (1 + views) + view``. View 0 is the clip as the test pipeline
    returns it. View v > 0 is the clip as the train pipeline returns it in epoch v - 1 of a training
    run with ``seed``.

    Args:
        test (ConfigDict): Config of a test dataset.
        ann_files (Sequence[str]): Annotation files of one dataset, such as its splits and folds,
            relative to its ``data_root``.
        train (ConfigDict, optional): Config of a train dataset, required for augmented views.
        views (int): Number of augmented views per clip. Defaults to 0.
        seed (int): Seed of the training run that the augmented views are taken from. Defaults to 0.

    Attributes:
        clips (list[tuple[str, int]]): Id and number of frames of each clip.
        boxes_digest (str): Hash of the clips' face boxes, 32 hex digits.
        sources (dict[str, list[str | None]]): By clip, the hash of its face boxes (``boxes``) and
            that of its files (``files``). None if it has no boxes, or if the annotation does not
            hold the hash.
        dataset_name (str): Name of the dataset.

    Raises:
        ValueError: If the annotation files belong to different datasets or disagree about a clip.
    """

    def __init__(self, test: ConfigDict, ann_files: Sequence[str],
                 train: ConfigDict | None = None, views: int = 0, seed: int = 0) -> None:
        self.views, self.seed = views, seed
        # All clips, regardless of their fold and of their split in training.
        all_clips = dict(ann_file=list(ann_files), split='test', indices=None)
        self._test = DATASETS.build(dict(test, **all_clips))
        self._train = DATASETS.build(dict(train, **all_clips)) if views else None
        self.dataset_name = self._test.metainfo.get('dataset')
        self.clips: list[tuple[str, int]] = []
        self.sources: dict[str, list[str | None]] = dict(boxes=[], files=[])
        digest = hashlib.blake2b(digest_size=16)
        for index in range(len(self._test)):
            record = self._test.get_data_info(index)
            self.clips.append((record['clip_id'], record['total_frames']))
            boxes = record.get('clip_boxes')
            if boxes is not None:
                digest.update(boxes.to_json().encode())
            self.sources['boxes'].append(None if boxes is None else boxes.digest())
            self.sources['files'].append(record.get('digest'))
        self.boxes_digest = digest.hexdigest()

    def __len__(self) -> int:
        return len(self.clips) * (1 + self.views)

    def __getitem__(self, item: int) -> dict:
        index, view = divmod(item, 1 + self.views)
        if view == 0:
            return self._test.draw(index, 0)
        return self._train.draw(index, view - 1, self.seed)
