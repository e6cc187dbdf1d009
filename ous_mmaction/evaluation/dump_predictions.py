from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from ..atomic_files import write_atomically
from .predictions import dump_csv, dump_json


@METRICS.register_module()
class DumpPredictions(BaseMetric):
    """Write the prediction of every clip as JSON or CSV, ordered by clip.

    A file that ends in ``.csv`` has the columns ``clip_id,label,prediction`` and one per class with
    its score; labels and predictions are names. Any other file is ``{"classes": [...],
    "predictions": [{"clip_id", "label", "prediction", "scores"}, ...]}``.

    Args:
        out_file (str): File to write. Its folder is created.
        collect_device (str): Device on which the ranks collect the results. Defaults to ``'cpu'``.
    """

    default_prefix: str | None = ''  # without one MMEngine warns, and there is no metric to name

    def __init__(self, out_file: str, collect_device: str = 'cpu') -> None:
        super().__init__(collect_device=collect_device)
        self.out_file = Path(out_file)
        self.failure: OSError | None = None

    def process(self, data_batch: object, data_samples: Sequence[dict]) -> None:
        """Keep the entry of every clip of a batch.

        Args:
            data_batch (object): Not used.
            data_samples (Sequence[dict]): Samples with ``pred_score`` of shape (K,), ``gt_label``
                and ``clip_id``.
        """
        for sample in data_samples:
            scores = sample['pred_score']
            self.results.append(dict(
                clip_id=sample['clip_id'], label=int(sample['gt_label']),
                prediction=int(scores.argmax()), scores=[round(s, 6) for s in scores.tolist()]))

    def compute_metrics(self, results: list[dict]) -> dict:
        """Write the file, which takes its name only when it is whole.

        A failure does not end the test, whose metrics would be lost with it.
        """
        results = sorted(results, key=lambda item: item['clip_id'])
        dump = dump_csv if self.out_file.suffix == '.csv' else dump_json
        try:
            self.out_file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.out_file, [dump(list(self.dataset_meta['classes']), results)])
        except OSError as error:
            self.failure = error
            print_log(str(error), 'current', logging.ERROR)
        return {}


def raise_dump_failures(metrics: Sequence[BaseMetric]) -> None:
    """Raise the error that kept a :class:`DumpPredictions` from writing, after the test.

    Args:
        metrics (Sequence[BaseMetric]): Metrics of the test.

    Raises:
        OSError: If a file could not be written.
    """
    for metric in metrics:
        if isinstance(metric, DumpPredictions) and metric.failure is not None:
            raise metric.failure
