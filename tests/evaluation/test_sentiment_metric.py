import json

import numpy as np
import pytest
import torch
from sklearn import metrics

from ous_mmaction.emotions import POLARITIES, polarity_of_classes
from ous_mmaction.evaluation import DumpPredictions, SentimentMetric, UARWARMetric
from ous_mmaction.evaluation.functional import confusion_matrix, group_confusion

from .test_metrics import evaluate, split


def test_figures_of_seven_and_three_classes_come_of_one_prediction_file(tmp_path, class_names):
    labels, scores = split(count=80)
    path = tmp_path / 'predictions.json'
    result = evaluate([DumpPredictions(str(path)), UARWARMetric(), SentimentMetric()],
                      labels, scores, class_names)
    content = json.loads(path.read_text())
    true, predicted = zip(*[(p['label'], p['prediction']) for p in content['predictions']])
    groups = dict(Happy='positive', Surprise='positive', Neutral='neutral', Sad='negative',
                  Angry='negative', Disgust='negative', Fear='negative')
    true_3, predicted_3 = ([groups[content['classes'][index]] for index in indices]
                           for indices in (true, predicted))
    assert result['acc/UAR'] == pytest.approx(metrics.balanced_accuracy_score(true, predicted))
    assert result['acc/WAR'] == pytest.approx(metrics.accuracy_score(true, predicted))
    assert result['sentiment/UAR'] == pytest.approx(
        metrics.balanced_accuracy_score(true_3, predicted_3))
    assert result['sentiment/WAR'] == pytest.approx(metrics.accuracy_score(true_3, predicted_3))
    recalls = metrics.recall_score(true_3, predicted_3, labels=POLARITIES, average=None)
    assert [result[f'sentiment/recall_{name}'] for name in POLARITIES] == pytest.approx(recalls)
    assert result['sentiment/WAR'] > result['acc/WAR']  # a right emotion has the right sentiment


def test_grouped_confusion_is_that_of_the_groups(class_names):
    labels, scores = split()
    predictions, groups = scores.argmax(1), torch.tensor(polarity_of_classes(class_names))
    np.testing.assert_array_equal(
        group_confusion(confusion_matrix(predictions, labels, 7), groups, 3),
        metrics.confusion_matrix(groups[labels], groups[predictions]))


def test_polarity_is_a_key(class_names):
    labels, scores = split()
    result = evaluate(SentimentMetric(polarity=dict(surprise='neutral')), labels, scores,
                      class_names)
    groups = torch.tensor(polarity_of_classes(class_names, dict(surprise='neutral')))
    assert result['sentiment/UAR'] == pytest.approx(metrics.balanced_accuracy_score(
        groups[labels], groups[scores.argmax(1)]))


def test_reads_a_sentiment_head(class_names):
    """Its three scores are compared with the group of the label, under a separate prefix."""
    metric = SentimentMetric(scores='sentiment_score', prefix='sentiment_head')
    metric.dataset_meta = dict(classes=class_names)
    labels = torch.arange(40) % 7
    scores = torch.randn(40, 3)
    metric.process(None, [dict(sentiment_score=score, gt_label=label)
                          for score, label in zip(scores, labels)])
    result = metric.evaluate(40)
    groups = torch.tensor(polarity_of_classes(class_names))[labels]
    assert result['sentiment_head/UAR'] == pytest.approx(
        metrics.balanced_accuracy_score(groups, scores.argmax(1)))
    assert result['sentiment_head/WAR'] == pytest.approx(
        metrics.accuracy_score(groups, scores.argmax(1)))


def test_wrong_use_is_told(class_names):
    labels, scores = split()
    message = '`SentimentMetric.scores` must be one of pred_score, sentiment_score'
    with pytest.raises(ValueError, match=message):
        SentimentMetric(scores='logits')
    with pytest.raises(ValueError, match='no `sentiment_score`.*sentiment head'):
        evaluate(SentimentMetric(scores='sentiment_score'), labels, scores, class_names)
    keep = labels != 2
    with pytest.raises(ValueError, match='no neutral clip'):
        evaluate(SentimentMetric(), labels[keep], scores[keep], class_names)
