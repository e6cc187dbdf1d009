from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ...emotions import POLARITIES, polarity_of_classes


class EmotionGroups(nn.Module):
    """Emotions summed up to sentiments, by the grouping of :mod:`ous_mmaction.emotions`.

    Args:
        class_names: In the dataset's class order.
        polarity: Emotion -> ``positive``, ``neutral`` or ``negative``, laid over AEN's groups.
    """

    def __init__(self, class_names: Sequence[str],
                 polarity: Mapping[str, str] | None = None) -> None:
        super().__init__()
        groups = torch.tensor(polarity_of_classes(class_names, polarity))
        members = groups[:, None] == torch.arange(len(POLARITIES))
        self.register_buffer('of_class', groups, persistent=False)
        self.register_buffer('members', members, persistent=False)

    def sum(self, probabilities: Tensor) -> Tensor:
        """(..., K) probabilities of the emotions -> (..., 3) of ``POLARITIES``."""
        return probabilities @ self.members.to(probabilities.dtype)

    def log_sum(self, log_probabilities: Tensor) -> Tensor:
        """The same of log-probabilities, without leaving the logarithm."""
        return log_probabilities[..., None].masked_fill(~self.members, -torch.inf).logsumexp(-2)
