from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from ..checks import one_of
from ..emotions import POLARITIES, polarity_of_classes
from .functional import confusion_matrix, group_confusion, summarise


@METRICS.register_module()
class SentimentMetric(BaseMetric):
    """UAR, WAR and recalls of the sentiment: positive, neutral or negative.

    Keys: ``sentiment/UAR``, ``sentiment/WAR``, ``sentiment/recall_<polarity>``, fractions of 1. By
    default it reads any method's predictions: a clip's sentiment is that of the predicted emotion.

    Args:
        polarity (Mapping[str, str], optional): Emotion -> ``positive``, ``neutral`` or
            ``negative``, laid over AEN's groups (:mod:`ous_mmaction.emotions`).
        scores (str): ``pred_score``; or ``sentiment_score``, what AEN's sentiment head says, for
            which a ``prefix`` of its own tells the two apart.
        prefix (str, optional): Before the keys. Defaults to ``sentiment``.
    """

    default_prefix: str | None = 'sentiment'

    def __init__(self, polarity: Mapping[str, str] | None = None, scores: str = 'pred_score',
                 collect_device: str = 'cpu', prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        one_of('SentimentMetric.scores', scores, ('pred_score', 'sentiment_score'))
        self.polarity = polarity
        self.scores = scores

    def process(self, data_batch, data_samples: Sequence[dict]) -> None:
        """Keep prediction and emotion label of every clip.

        Raises:
            ValueError: The model has no sentiment head.
        """
        for sample in data_samples:
            if self.scores not in sample:
                raise ValueError(f'a prediction has no `{self.scores}`: SentimentMetric reads it '
                                 "from a model with a sentiment head; set `scores='pred_score'`")
            self.results.append((int(sample[self.scores].argmax()), int(sample['gt_label'])))

    def compute_metrics(self, results: list) -> dict[str, float]:
        """Raises:
        ValueError: A sentiment has no clip in the split, so that UAR is undefined.
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
            raise ValueError(f'the split has no {" and no ".join(absent)} clip: UAR over the '
                             'sentiments is undefined; leave SentimentMetric out')
        return summarise(confusion, POLARITIES)
