from __future__ import annotations

from typing import Callable, Sequence

from mmaction.datasets import BaseActionDataset
from mmaction.registry import DATASETS
from mmengine.fileio import join_path

from ous_mmaction.datasets.annotation import read_annotation


@DATASETS.register_module()
class DFERDataset(BaseActionDataset):
    """Clips of facial expressions, as ``tools/prepare_dataset.py`` lists them.

    Args:
        ann_file (str): Annotation of one split (:mod:`ous_mmaction.datasets.annotation`).
        pipeline (list[dict | Callable]): Transforms.
        data_root (str): Folder that ``filename``, ``frame_dir`` and a relative ``ann_file`` start
            from.
        classes (Sequence[str], optional): Class names in the order that the model expects. The
            annotation must have the same. Defaults to the annotation's.
        test_mode (bool): True for validation and testing.

    Raises:
        FileNotFoundError: If the annotation file is missing.
        ValueError: If it is not valid, or its classes are not ``classes``.
    """

    def __init__(self,
                 ann_file: str,
                 pipeline: list[dict | Callable],
                 data_root: str = '',
                 classes: Sequence[str] | None = None,
                 test_mode: bool = False,
                 **kwargs) -> None:
        self.classes = None if classes is None else list(classes)
        kwargs.setdefault('data_prefix', dict(video=''))
        super().__init__(
            ann_file, pipeline=pipeline, data_root=data_root, test_mode=test_mode, **kwargs)

    def load_data_list(self) -> list[dict]:
        metainfo, records = read_annotation(self.ann_file)
        if self.classes is not None and self.classes != list(metainfo['classes']):
            raise ValueError(f'{self.ann_file}: its classes are {metainfo["classes"]}, the config '
                             f'has `classes` = {self.classes}; names and order must be the same')
        for key, value in metainfo.items():
            self._metainfo.setdefault(key, value)
        for record in records:
            source = 'filename' if 'filename' in record else 'frame_dir'
            record[source] = join_path(self.data_prefix['video'], record[source])
            record['dataset'] = metainfo.get('dataset')
        return records
