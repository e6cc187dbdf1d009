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
    """What AEN's three heads say.

    Attributes:
        sentiment: (B, 3) in the order of ``POLARITIES``.
        emotion: (B, K), after the sentiment's level.
        overall: (B, K), the global head.
    """

    sentiment: Tensor
    emotion: Tensor
    overall: Tensor


@MODELS.register_module()
class AENHead(ClassOrder, BaseHead):
    """AEN's top-down branch, its three heads, losses and prediction.

    The clip's feature, the class token of the highest level, goes to the global head. It attends to
    the tokens of level 1, and with what it finds there added, to the sentiment head; then to those
    of level 3, and with that added, to the emotion head. The prediction is a fixed mix of the
    global and the emotion head's probabilities.

    Args:
        class_names (Sequence[str]): Emotions in the dataset's class order.
        in_channels (int): Width of the highest level.
        level_channels (int): Width of the levels below, see :class:`AENNeck`.
        num_heads (int): Attention heads.
        mix (float): Share of the emotion head in the prediction; the global head has the rest.
        polarity (Mapping[str, str], optional): Emotion -> ``positive``, ``neutral`` or
            ``negative``, laid over AEN's groups.
        loss_sentiment (dict): P1.
        loss_cls (dict): P2.
        loss_token (dict): L_S2T.
        loss_sentiment_scores (dict): L_e3.
        loss_emotion_scores (dict): L_e7.
    """

    def __init__(self, class_names: Sequence[str], in_channels: int = 512,
                 level_channels: int = 784, num_heads: int = 8, mix: float = 0.5,
                 polarity: Mapping[str, str] | None = None,
                 loss_sentiment: dict = dict(type='AENTwoHeadLoss', loss_weight=0.6),
                 loss_cls: dict = dict(type='AENTwoHeadLoss', loss_weight=1.4),
                 loss_token: dict = dict(type='AENFrameTokenLoss', loss_weight=0.4),
                 loss_sentiment_scores: dict = dict(type='AENFrameScoreLoss', loss_weight=0.7),
                 loss_emotion_scores: dict = dict(type='AENFrameScoreLoss', loss_weight=0.3),
                 average_clips: str = 'prob', init_cfg: dict | None = None) -> None:
        if not 0 <= mix <= 1:
            raise ValueError(f'the key `mix` of AENHead is {mix}: it must lie in [0, 1]')
        super().__init__(len(class_names), in_channels, loss_cls=loss_cls,
                         average_clips=average_clips, init_cfg=init_cfg)
        self.keep_class_order(class_names)
        self.mix = mix
        self.groups = EmotionGroups(class_names, polarity)
        self.attend_low, self.attend_high = (
            nn.MultiheadAttention(in_channels, num_heads, kdim=level_channels,
                                  vdim=level_channels, batch_first=True) for _ in range(2))
        self.classify_sentiment = nn.Linear(in_channels, len(POLARITIES))
        self.classify_emotion = nn.Linear(in_channels, self.num_classes)
        self.classify_overall = nn.Linear(in_channels, self.num_classes)
        self.loss_sentiment = MODELS.build(loss_sentiment)
        self.loss_token = MODELS.build(loss_token)
        self.loss_sentiment_scores = MODELS.build(loss_sentiment_scores)
        self.loss_emotion_scores = MODELS.build(loss_emotion_scores)

    def classify(self, features: LevelFeatures) -> AENLogits:
        """Logits of the three heads.

        Raises:
            ValueError: A level has another width than ``level_channels``.
        """
        low, _, high, clip = features.tokens
        if low.shape[-1] != self.attend_low.kdim:
            raise ValueError(f'the head meets level tokens of {low.shape[-1]} channels and expects '
                             f'{self.attend_low.kdim}: set the key `cls_head.level_channels`')
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
        """(B, K) float32 log-probabilities of the emotions, the two heads mixed."""
        emotion, overall = logits.emotion.float(), logits.overall.float()
        mixed = self.mix * emotion.softmax(1) + (1 - self.mix) * overall.softmax(1)
        return mixed.clamp_min(torch.finfo(mixed.dtype).tiny).log()

    def forward(self, feats: LevelFeatures, **kwargs) -> Tensor:
        """(B, K) log-probabilities of the emotions."""
        return self.combine(self.classify(feats))

    def loss(self, feats: LevelFeatures, data_samples: list, frame_scores: Tensor,
             **kwargs) -> dict:
        """Losses of a batch, each times its weight.

        At weight zero a loss keeps its graph, so that DDP finds every parameter used.

        Args:
            feats: The neck's features.
            data_samples: With ``gt_label``.
            frame_scores: (B, T, K) the 2D model's probabilities, its pseudo labels.
        """
        labels = torch.cat([sample.gt_label for sample in data_samples]).to(frame_scores.device)
        logits, mask = self.classify(feats), feats.mask
        sentiment, emotion, overall = (x.float().log_softmax(1) for x in logits)
        true_scores = frame_scores.gather(
            2, labels[:, None, None].expand(-1, mask.shape[1], 1))[..., 0]
        tokens = [level[:, 0] for level in feats.tokens]
        return dict(
            loss_sentiment=self.loss_sentiment(sentiment, self.groups.log_sum(overall),
                                               self.groups.of_class[labels]),
            loss_emotion=self.loss_cls(emotion, overall, labels),
            loss_s2t=self.loss_token(tokens, feats.frames, true_scores, mask),
            loss_e3=self.loss_sentiment_scores(logits.sentiment, self.groups.sum(frame_scores),
                                               mask),
            loss_e7=self.loss_emotion_scores(logits.emotion, frame_scores, mask),
            acc=(self.combine(logits).detach().argmax(1) == labels).float().mean())

    def predict(self, feats: LevelFeatures, data_samples: list, **kwargs) -> list:
        """Class probabilities and labels into the data samples.

        Each also gets ``sentiment_score``, (3,) probabilities of the sentiment head.
        """
        logits = self.classify(feats)
        for sample, score in zip(data_samples, logits.sentiment.float().softmax(1)):
            sample.set_field(score, 'sentiment_score')
        return self.predict_by_feat(self.combine(logits), data_samples)
