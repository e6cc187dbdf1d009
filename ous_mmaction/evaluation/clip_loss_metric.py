from __future__ import annotations

from collections.abc import Sequence

import torch
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric


@METRICS.register_module()
class ClipLossMetric(BaseMetric):
    """Validation loss: -log of the probability that a clip's class gets, averaged over the clips.

    The key is ``val/loss``, in nats. Because this is a metric, the loss is gathered over the ranks
    without the clips that pad the sampler, and is the same on every rank. Schedules and checkpoints
    that depend on it therefore act alike everywhere.
    """

    default_prefix: str | None = 'val'

    def process(self, data_batch: object, data_samples: Sequence[dict]) -> None:
        """Keep the loss of every clip of a batch.

        Args:
            data_batch (object): Not used.
            data_samples (Sequence[dict]): Samples with ``pred_score``, probabilities of shape (K,),
                and ``gt_label``.

        Raises:
            ValueError: If the scores of a clip do not sum to 1.
        """
        for sample in data_samples:
            score = sample['pred_score'].double()
            if not torch.isclose(score.sum(), score.new_ones(()), atol=1e-3):
                raise ValueError(f'ClipLossMetric expects probabilities, but `pred_score` sums to '
                                 f"{float(score.sum()):.3f}. Use a head with average_clips='prob'")
            probability = score[int(sample['gt_label'])]
            # A float32 softmax may underflow to zero where the true loss is finite.
            floor = torch.finfo(torch.float32).tiny
            self.results.append(float(-probability.clamp_min(floor).log()))

    def compute_metrics(self, results: list[float]) -> dict[str, float]:
        """Average the losses of all clips."""
        return dict(loss=sum(results) / len(results))
