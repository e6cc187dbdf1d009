from __future__ import annotations

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from ...emotions import POLARITIES
from ..structures import LevelFeatures
from .aen_head import AENHead, AENLogits


@MODELS.register_module()
class AENReleasedHead(AENHead):
    """AEN's top-down branch as its authors' code computes it, which differs from the paper's words.

    It reads the class tokens of level 1, level 3 and the clip. The clip vector attends to the
    class token of level 1 and, with a linear copy of itself added, goes to the sentiment head. Then
    it attends to that of level 3, with itself added, and goes to the emotion head. What the code
    calls attention relates the channels of two vectors, see :func:`attend_channels`. The prediction
    mixes log-probabilities. The losses read the logits of the 2D model.

    Args:
        kwargs: Arguments of :class:`AENHead`. ``num_heads`` has no effect, and ``loss_token`` is
            normally an ``AENSummedFrameLoss``.
    """

    def _build_branch(self, in_channels: int, level_channels: int, num_heads: int) -> None:
        self.lift = nn.Linear(in_channels, level_channels)
        self.query_low = nn.Linear(in_channels, level_channels)
        self.query_high, self.out_low, self.out_high = (
            nn.Linear(level_channels, level_channels) for _ in range(3))
        self.classify_sentiment = nn.Linear(level_channels, len(POLARITIES))
        self.classify_emotion = nn.Linear(level_channels, self.num_classes)
        self.classify_overall = nn.Linear(in_channels, self.num_classes)

    def classify(self, features: LevelFeatures) -> AENLogits:
        """Compute the logits of the three heads.

        Args:
            features (LevelFeatures): Features from :class:`AENNeck` with levels 1 and 3.

        Returns:
            AENLogits: Logits of the sentiment, the emotion and the global head.
        """
        low, *_, high, clip = (tokens[:, 0] for tokens in features.tokens)
        sentiment = self.out_low(attend_channels(self.query_low(clip), low)) + self.lift(clip)
        emotion = self.out_high(attend_channels(self.query_high(sentiment), high)) + sentiment
        return AENLogits(self.classify_sentiment(sentiment), self.classify_emotion(emotion),
                         self.classify_overall(clip))

    def combine(self, logits: AENLogits) -> Tensor:
        """Mix the log-probabilities of the emotion head and the global head.

        Args:
            logits (AENLogits): Logits of the three heads.

        Returns:
            Tensor: Mix of shape (B, K), at least float32.
        """
        emotion, overall = (
            x.to(torch.promote_types(x.dtype, torch.float32)).log_softmax(1)
            for x in (logits.emotion, logits.overall))
        return self.mix * emotion + (1 - self.mix) * overall

    def loss(self, feats: LevelFeatures, data_samples: list, frame_scores: Tensor,
             **kwargs) -> dict:
        """Compute the losses of a batch, each times its weight.

        Args:
            feats (LevelFeatures): Features from :class:`AENNeck` with levels 1 and 3.
            data_samples (list[ActionDataSample]): Samples with ``gt_label``.
            frame_scores (Tensor): Logits of the 2D model, of shape (B, T, K), zeros where a frame
                is padding.
            kwargs: Not used; part of mmaction's interface.

        Returns:
            dict: As from :meth:`AENHead.loss`.
        """
        labels = torch.cat([sample.gt_label for sample in data_samples]).to(frame_scores.device)
        logits, mask = self.classify(feats), feats.mask
        sentiment, emotion, overall = (x.float().log_softmax(1) for x in logits)
        true_scores = frame_scores.gather(
            2, labels[:, None, None].expand(-1, mask.shape[1], 1))[..., 0]
        clip_scores = (frame_scores * mask[..., None]).sum(1).softmax(1)
        return dict(
            loss_sentiment=self.loss_sentiment(sentiment, self.groups.mean(overall),
                                               self.groups.group_of_class[labels]),
            loss_emotion=self.loss_cls(emotion, overall, labels),
            loss_s2t=self.loss_token([level[:, 0] for level in feats.tokens], feats.frames,
                                     true_scores, mask),
            loss_e3=self.loss_sentiment_scores.compare(logits.sentiment,
                                                       self.groups.mean(clip_scores)),
            loss_e7=self.loss_emotion_scores.compare(logits.emotion, clip_scores),
            acc=(self.combine(logits).detach().argmax(1) == labels).float().mean())


def attend_channels(query: Tensor, vector: Tensor) -> Tensor:
    """Let the channels of a vector attend to those of a query, as AEN's released code does.

    With M_ij = q_i v_j / sqrt(C) and its softmax over i, the result is sum_j M_ij v_j.

    Args:
        query (Tensor): q of shape (B, C).
        vector (Tensor): v of shape (B, C).

    Returns:
        Tensor: Vector of shape (B, C).

    Examples:
        >>> attend_channels(torch.zeros(1, 2), torch.tensor([[1., 3.]]))
        tensor([[2., 2.]])
    """
    scores = query[:, :, None] * vector[:, None] / query.shape[1] ** 0.5
    return (scores.softmax(1) @ vector[..., None])[..., 0]
