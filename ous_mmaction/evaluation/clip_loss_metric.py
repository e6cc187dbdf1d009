from __future__ import annotations

from collections.abc import Sequence

import torch
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric


@METRICS.register_module()
class ClipLossMetric(BaseMetric):
    """Validation loss: -log of the probability given to a clip's class, averaged over clips.

    Key ``val/loss``, in nats. As a metric it is gathered over ranks, without the clips that pad
    the sampler, and is the same everywhere: schedules and checkpoints on it act alike on every
    rank.
    """

    default_prefix: str | None = 'val'

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Keep the loss of every clip; ``pred_score`` holds (K,) probabilities."""
        for sample in data_samples:
            score = sample['pred_score'].double()
            if not torch.isclose(score.sum(), score.new_ones(()), atol=1e-3):
                raise ValueError(f'pred_score sums to {float(score.sum()):.3f}, not to 1: '
                                 "ClipLossMetric needs a head with average_clips='prob'")
            probability = score[int(sample['gt_label'])]
            # A float32 softmax may underflow to zero, where the true loss is finite.
            floor = torch.finfo(torch.float32).tiny
            self.results.append(float(-probability.clamp_min(floor).log()))

    def compute_metrics(self, results: list) -> dict[str, float]:
        return dict(loss=sum(results) / len(results))
