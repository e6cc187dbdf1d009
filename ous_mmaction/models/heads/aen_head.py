from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from mmaction.models.heads import BaseHead
from mmaction.registry import MODELS
from torch import Tensor, nn

from ...emotions import POLARITIES
from ..class_order import ClassOrder
from ..layers.emotion_groups import EmotionGroups
from ..structures import LevelFeatures


class AENLogits(NamedTuple):
    """Logits of AEN's three heads.

    Attributes:
        sentiment (Tensor): Sentiment head, of shape (B, 3), in the order of ``POLARITIES``.
        emotion (Tensor): Emotion head, which follows the level of the sentiment head, of shape
            (B, K).
        overall (Tensor): Global head, of shape (B, K).
    """

    sentiment: Tensor
    emotion: Tensor
    overall: Tensor


@MODELS.register_module()
class AENHead(ClassOrder, BaseHead):
    """AEN's top-down branch with its three heads, losses and prediction.

    The feature of the clip, which is the class token of the highest level, goes to the global head.
    It attends to the tokens of level 1 and, with the result added, goes to the sentiment head.
    Then it attends to the tokens of level 3 and, with that result added as well, goes to the
    emotion head. The prediction is a fixed mix of the probabilities of the global and the emotion
    head.

    Args:
        class_names (Sequence[str]): Emotions in the dataset's class order.
        in_channels (int): Width of the highest level. Defaults to 512.
        level_channels (int): Width of the levels below, see :class:`AENNeck`. Defaults to 784.
        num_heads (int): Number of attention heads. Defaults to 8.
        mix (float): Share of the emotion head in the prediction, in [0, 1]. The global head has
            the rest. Defaults to 0.5.
        polarity (Mapping[str, str], optional): Maps emotions to ``positive``, ``neutral`` or
            ``negative`` where they differ from AEN's groups.
        loss_sentiment (dict): Config of P1.
        loss_cls (dict): Config of P2.
        loss_token (dict): Config of L_S2T.
        loss_sentiment_scores (dict): Config of L_e3.
        loss_emotion_scores (dict): Config of L_e7.
        average_clips (str): How mmaction averages the clips of a video. Defaults to ``prob``.
        init_cfg (dict, optional): Initialization config of MMEngine's ``BaseModule``.

    Raises:
        ValueError: If ``mix`` is outside [0, 1].
    """

    def __init__(self, *, class_names: Sequence[str], in_channels: int = 512,
                 level_channels: int = 784, num_heads: int = 8, mix: float = 0.5,
                 polarity: Mapping[str, str] | None = None,
                 loss_sentiment: dict = dict(type='AENTwoHeadLoss', loss_weight=0.6),
                 loss_cls: dict = dict(type='AENTwoHeadLoss', loss_weight=1.4),
                 loss_token: dict = dict(type='AENFrameTokenLoss', loss_weight=0.4),
                 loss_sentiment_scores: dict = dict(type='AENFrameScoreLoss', loss_weight=0.7),
                 loss_emotion_scores: dict = dict(type='AENFrameScoreLoss', loss_weight=0.3),
                 average_clips: str = 'prob', init_cfg: dict | None = None) -> None:
        if not 0 <= mix <= 1:
            raise ValueError(f'The key `AENHead.mix` must lie in [0, 1], but got {mix}')
        super().__init__(len(class_names), in_channels, loss_cls=loss_cls,
                         average_clips=average_clips, init_cfg=init_cfg)
        self.keep_class_order(class_names)
        self.mix = mix
        self.groups = EmotionGroups(class_names, polarity)
        self._build_branch(in_channels, level_channels, num_heads)
        self.loss_sentiment = MODELS.build(loss_sentiment)
        self.loss_token = MODELS.build(loss_token)
        self.loss_sentiment_scores = MODELS.build(loss_sentiment_scores)
        self.loss_emotion_scores = MODELS.build(loss_emotion_scores)

    def _build_branch(self, in_channels: int, level_channels: int, num_heads: int) -> None:
        """Build the layers of the top-down branch and the three heads."""
        self.attend_low, self.attend_high = (
            nn.MultiheadAttention(in_channels, num_heads, kdim=level_channels,
                                  vdim=level_channels, batch_first=True) for _ in range(2))
        self.classify_sentiment = nn.Linear(in_channels, len(POLARITIES))
        self.classify_emotion = nn.Linear(in_channels, self.num_classes)
        self.classify_overall = nn.Linear(in_channels, self.num_classes)

    def classify(self, features: LevelFeatures) -> AENLogits:
        """Compute the logits of the three heads.

        Args:
            features (LevelFeatures): Features from :class:`AENNeck`.

        Returns:
            AENLogits: Logits of the sentiment, the emotion and the global head.

        Raises:
            ValueError: If the width of a level is not ``level_channels``.
        """
        low, *_, high, clip = features.tokens
        if low.shape[-1] != self.attend_low.kdim:
            raise ValueError(f'The head expects level tokens of {self.attend_low.kdim} channels, '
                             f'but gets {low.shape[-1]}. Set the key `cls_head.level_channels` to '
                             f'{low.shape[-1]}')
        padding = ~torch.nn.functional.pad(features.mask, (1, 0), value=True)
        overall = clip[:, :1]
        sentiment = overall + self.attend_low(overall, low, low, key_padding_mask=padding,
                                              need_weights=False)[0]
        emotion = sentiment + self.attend_high(sentiment, high, high, key_padding_mask=padding,
                                               need_weights=False)[0]
        return AENLogits(self.classify_sentiment(sentiment[:, 0]),
                         self.classify_emotion(emotion[:, 0]),
                         self.classify_overall(overall[:, 0]))

    def combine(self, logits: AENLogits) -> Tensor:
        """Mix the emotion head and the global head.

        Args:
            logits (AENLogits): Logits of the three heads.

        Returns:
            Tensor: Float32 log-probabilities of the emotions, of shape (B, K).
        """
        emotion, overall = logits.emotion.float(), logits.overall.float()
        mixed = self.mix * emotion.softmax(1) + (1 - self.mix) * overall.softmax(1)
        return mixed.clamp_min(torch.finfo(mixed.dtype).tiny).log()

    def forward(self, feats: LevelFeatures, **kwargs) -> Tensor:
        """Compute the log-probabilities of the emotions.

        Args:
            feats (LevelFeatures): Features from :class:`AENNeck`.
            kwargs: Not used; part of mmaction's interface.

        Returns:
            Tensor: Float32 log-probabilities of shape (B, K).
        """
        return self.combine(self.classify(feats))

    def loss(self, feats: LevelFeatures, data_samples: list, frame_scores: Tensor,
             **kwargs) -> dict:
        """Compute the losses of a batch, each times its weight.

        A loss with weight zero keeps its graph, so that DDP finds every parameter used.

        Args:
            feats (LevelFeatures): Features from :class:`AENNeck`.
            data_samples (list[ActionDataSample]): Samples with ``gt_label``.
            frame_scores (Tensor): Probabilities of the 2D model, of shape (B, T, K): the pseudo
                labels of the frames.
            kwargs: Not used; part of mmaction's interface.

        Returns:
            dict: ``loss_sentiment`` (P1), ``loss_emotion`` (P2), ``loss_s2t``, ``loss_e3``,
            ``loss_e7`` and the accuracy ``acc``, each of shape ().
        """
        labels = torch.cat([sample.gt_label for sample in data_samples]).to(frame_scores.device)
        logits, mask = self.classify(feats), feats.mask
        sentiment, emotion, overall = (x.float().log_softmax(1) for x in logits)
        true_scores = frame_scores.gather(
            2, labels[:, None, None].expand(-1, mask.shape[1], 1))[..., 0]
        tokens = [level[:, 0] for level in feats.tokens]
        return dict(
            loss_sentiment=self.loss_sentiment(sentiment, self.groups.log_sum(overall),
                                               self.groups.group_of_class[labels]),
            loss_emotion=self.loss_cls(emotion, overall, labels),
            loss_s2t=self.loss_token(tokens, feats.frames, true_scores, mask),
            loss_e3=self.loss_sentiment_scores(logits.sentiment, self.groups.sum(frame_scores),
                                               mask),
            loss_e7=self.loss_emotion_scores(logits.emotion, frame_scores, mask),
            acc=(self.combine(logits).detach().argmax(1) == labels).float().mean())

    def predict(self, feats: LevelFeatures, data_samples: list, **kwargs) -> list:
        """Write class probabilities and labels into the data samples.

        Each sample also gets ``sentiment_score``, the probabilities of the sentiment head, of shape
        (3,).

        Args:
            feats (LevelFeatures): Features from :class:`AENNeck`.
            data_samples (list[ActionDataSample]): Samples to fill.
            kwargs: Not used; part of mmaction's interface.

        Returns:
            list[ActionDataSample]: The samples.
        """
        logits = self.classify(feats)
        for sample, score in zip(data_samples, logits.sentiment.float().softmax(1)):
            sample.set_field(score, 'sentiment_score')
        return self.predict_by_feat(self.combine(logits), data_samples)
