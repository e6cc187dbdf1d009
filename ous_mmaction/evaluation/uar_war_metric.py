from __future__ import annotations

from collections.abc import Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from .functional import confusion_matrix, summarize


@METRICS.register_module()
class UARWARMetric(BaseMetric):
    """UAR, WAR and the recall of every class, over the whole split and the dataset's class set.

    The keys are ``acc/UAR``, ``acc/WAR`` and ``acc/recall_<class>``, fractions of 1. UAR is the
    mean of the recalls over the whole split, not over batches. A mean over batches of 32 is several
    points higher on DFEW.
    """

    default_prefix: str | None = 'acc'

    @property
    def dataset_meta(self) -> dict | None:
        """Meta information of the dataset, with ``classes``."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        # The loops hand it over when they are built: before the first epoch, not after it.
        check_present(dataset_meta.get('absent_classes'), dataset_meta['classes'])
        self._dataset_meta = dataset_meta

    def process(self, data_batch: object, data_samples: Sequence[dict]) -> None:
        """Keep the prediction and label of every clip of a batch.

        Args:
            data_batch (object): Not used.
            data_samples (Sequence[dict]): Samples with ``pred_score`` of shape (K,) and
                ``gt_label``.
        """
        for sample in data_samples:
            self.results.append((int(sample['pred_score'].argmax()), int(sample['gt_label'])))

    def compute_metrics(self, results: list[tuple[int, int]]) -> dict[str, float]:
        """Compute the figures of the whole split.

        Args:
            results (list[tuple[int, int]]): Prediction and label of every clip.

        Returns:
            dict[str, float]: ``UAR``, ``WAR`` and ``recall_<class>`` of every class.

        Raises:
            ValueError: If a class has no clip in the split, so that UAR is undefined.
        """
        classes = self.dataset_meta['classes']
        confusion = confusion_matrix(*zip(*results), num_classes=len(classes))
        absent = [name for name, total in zip(classes, confusion.sum(1)) if not total]
        check_present(absent, classes)
        return summarize(confusion, classes)


def check_present(absent: Sequence[str] | None, classes: Sequence[str]) -> None:
    """Raise a ValueError if UAR is undefined because classes are absent from the split."""
    if absent:
        raise ValueError(f'The split has no clip of {", ".join(absent)}, so UAR over '
                         f'{len(classes)} classes is undefined. Check its annotation file, and the '
                         'label files that tools/prepare_dataset.py read (MAFW: take no_caption)')
