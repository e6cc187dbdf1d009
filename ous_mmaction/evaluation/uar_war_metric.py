from __future__ import annotations

from collections.abc import Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from .functional import confusion_matrix, summarise


@METRICS.register_module()
class UARWARMetric(BaseMetric):
    """UAR, WAR and the recall of every class, over the whole split and the dataset's class set.

    Keys: ``acc/UAR``, ``acc/WAR``, ``acc/recall_<class>``, fractions of 1. UAR is the mean of the
    recalls of the whole split, not of batches: a mean over batches of 32 reads several points
    higher on DFEW.
    """

    default_prefix: str | None = 'acc'

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Keep prediction and label of every clip."""
        for sample in data_samples:
            self.results.append((int(sample['pred_score'].argmax()), int(sample['gt_label'])))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Raises:
        ValueError: A class has no clip in the split, so that UAR is undefined.
        """
        classes = self.dataset_meta['classes']
        confusion = confusion_matrix(*zip(*results), num_classes=len(classes))
        absent = [name for name, total in zip(classes, confusion.sum(1)) if not total]
        if absent:
            raise ValueError(f'the split has no clip of {", ".join(absent)}: UAR over '
                             f'{len(classes)} classes is undefined; check its annotation file')
        return summarise(confusion, classes)
