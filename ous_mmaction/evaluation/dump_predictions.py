from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ..atomic_files import write_atomically


@METRICS.register_module()
class DumpPredictions(BaseMetric):
    """Writes every clip's prediction as JSON, ordered by clip.

    The file is ``{"classes": [...], "predictions": [{"clip_id", "label", "prediction",
    "scores"}, ...]}``.

    Args:
        out_file (str): Path of the file; its folder is created.
    """

    def __init__(self, out_file: str, collect_device: str = 'cpu') -> None:
        super().__init__(collect_device=collect_device)
        self.out_file = Path(out_file)

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Keep what the file holds."""
        for sample in data_samples:
            scores = sample['pred_score']
            self.results.append(dict(
                clip_id=sample['clip_id'], label=int(sample['gt_label']),
                prediction=int(scores.argmax()), scores=[round(s, 6) for s in scores.tolist()]))

    def compute_metrics(self, results: list) -> dict:
        """Write the file, whole or not at all."""
        self.out_file.parent.mkdir(parents=True, exist_ok=True)
        lines = ',\n'.join(json.dumps(item, ensure_ascii=False) for item in
                           sorted(results, key=lambda item: item['clip_id']))
        classes = json.dumps(list(self.dataset_meta['classes']), ensure_ascii=False)
        write_atomically(self.out_file,
                         [f'{{"classes": {classes}, "predictions": [\n{lines}\n]}}\n'])
        return {}
