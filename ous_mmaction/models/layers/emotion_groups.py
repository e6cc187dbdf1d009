from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ...emotions import POLARITIES, polarity_of_classes


class EmotionGroups(nn.Module):
    """Sums of emotions per sentiment, by the grouping of :mod:`ous_mmaction.emotions`.

    Args:
        class_names (Sequence[str]): Emotions in the dataset's class order.
        polarity (Mapping[str, str], optional): Maps emotions to ``positive``, ``neutral`` or
            ``negative`` where they differ from AEN's groups.

    Attributes:
        group_of_class (Tensor): Index into ``POLARITIES`` of each class, of shape (K,).
        members (Tensor): Bool of shape (K, 3), True where the class belongs to the sentiment.
    """

    def __init__(self, class_names: Sequence[str],
                 polarity: Mapping[str, str] | None = None) -> None:
        super().__init__()
        groups = torch.tensor(polarity_of_classes(class_names, polarity))
        members = groups[:, None] == torch.arange(len(POLARITIES))
        self.register_buffer('group_of_class', groups, persistent=False)
        self.register_buffer('members', members, persistent=False)

    def sum(self, probabilities: Tensor) -> Tensor:
        """Sum the probabilities of each sentiment.

        Args:
            probabilities (Tensor): Probabilities of the emotions, of shape (..., K).

        Returns:
            Tensor: Probabilities of ``POLARITIES``, of shape (..., 3).
        """
        return probabilities @ self.members.to(probabilities.dtype)

    def mean(self, values: Tensor) -> Tensor:
        """Average values of the emotions of each sentiment.

        Args:
            values (Tensor): Values of the emotions, of shape (..., K).

        Returns:
            Tensor: Means of shape (..., 3), in the order of ``POLARITIES``.
        """
        return self.sum(values) / self.members.sum(0)

    def log_sum(self, log_probabilities: Tensor) -> Tensor:
        """Do the same with log-probabilities, without leaving the logarithm.

        Args:
            log_probabilities (Tensor): Log-probabilities of the emotions, of shape (..., K).

        Returns:
            Tensor: Log-probabilities of ``POLARITIES``, of shape (..., 3).
        """
        return log_probabilities[..., None].masked_fill(~self.members, -torch.inf).logsumexp(-2)
