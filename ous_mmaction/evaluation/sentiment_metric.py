from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ..checks import one_of
from ..emotions import POLARITIES, polarity_of_classes
from .functional import confusion_matrix, group_confusion, summarize


@METRICS.register_module()
class SentimentMetric(BaseMetric):
    """UAR, WAR and recalls of the sentiment: positive, neutral or negative.

    The keys are ``sentiment/UAR``, ``sentiment/WAR`` and ``sentiment/recall_<polarity>``, fractions
    of 1. By default the metric reads the predictions of any method, and the sentiment of a clip is
    that of the predicted emotion.

    Args:
        polarity (Mapping[str, str], optional): Emotion -> ``'positive'``, ``'neutral'`` or
            ``'negative'``. These entries override the groups of AEN
            (:mod:`ous_mmaction.emotions`).
        scores (str): ``'pred_score'``, or ``'sentiment_score'``, the output of AEN's sentiment
            head, which needs its own ``prefix`` to tell the two apart.
        collect_device (str): Device on which the ranks collect the results. Defaults to ``'cpu'``.
        prefix (str, optional): Prefix of the keys. Defaults to ``'sentiment'``.

    Raises:
        ValueError: If ``scores`` is unknown.
    """

    default_prefix: str | None = 'sentiment'

    def __init__(self, polarity: Mapping[str, str] | None = None, scores: str = 'pred_score',
                 collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        one_of('SentimentMetric.scores', scores, ('pred_score', 'sentiment_score'))
        self.polarity = polarity
        self.scores = scores

    def process(self, data_batch: object, data_samples: Sequence[dict]) -> None:
        """Keep the prediction and emotion label of every clip of a batch.

        Args:
            data_batch (object): Not used.
            data_samples (Sequence[dict]): Samples with ``gt_label`` and, as the key ``scores``
                says, ``pred_score`` of shape (K,) or ``sentiment_score`` of shape (3,).

        Raises:
            ValueError: If the model has no sentiment head.
        """
        for sample in data_samples:
            if self.scores not in sample:
                raise ValueError(f'A prediction has no `{self.scores}`. SentimentMetric reads it '
                                 'from a model with a sentiment head. For another model, set '
                                 "`SentimentMetric.scores` to 'pred_score'")
            self.results.append((int(sample[self.scores].argmax()), int(sample['gt_label'])))

    def compute_metrics(self, results: list[tuple[int, int]]) -> dict[str, float]:
        """Compute the figures of the whole split.

        Args:
            results (list[tuple[int, int]]): Prediction and emotion label of every clip.

        Returns:
            dict[str, float]: ``UAR``, ``WAR`` and ``recall_<polarity>`` of every polarity.

        Raises:
            ValueError: If a sentiment has no clip in the split, so that UAR is undefined.
        """
        classes = self.dataset_meta['classes']
        groups = polarity_of_classes(classes, self.polarity)
        predictions, labels = zip(*results)
        if self.scores == 'pred_score':
            confusion = group_confusion(confusion_matrix(predictions, labels, len(classes)),
                                        groups, len(POLARITIES))
        else:
            confusion = confusion_matrix(predictions, [groups[label] for label in labels],
                                         len(POLARITIES))
        absent = [name for name, total in zip(POLARITIES, confusion.sum(1)) if not total]
        if absent:
            raise ValueError(f'The split has no {" and no ".join(absent)} clip, so UAR over the '
                             'sentiments is undefined. Leave SentimentMetric out')
        return summarize(confusion, POLARITIES)
