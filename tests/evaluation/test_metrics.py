import json

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator
from sklearn import metrics

from ous_mmaction.evaluation import ClipLossMetric, DumpPredictions, UARWARMetric


def split(count=40, num_classes=7, seed=0):
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % num_classes
    scores = torch.randn(count, num_classes, generator=generator).softmax(1)
    return labels, scores


def evaluate(metric, labels, scores, class_names, batch=16):
    evaluator = Evaluator(metric)
    evaluator.dataset_meta = dict(classes=class_names)
    for start in range(0, len(labels), batch):
        evaluator.process([
            ActionDataSample(metainfo=dict(clip_id=f'{start + i:03d}')).set_gt_label(int(label))
            .set_pred_score(score)
            for i, (label, score) in enumerate(zip(labels[start:start + batch],
                                                   scores[start:start + batch]))])
    return evaluator.evaluate(len(labels))


def test_uar_and_war_of_the_whole_split(class_names):
    labels, scores = split()
    result = evaluate(UARWARMetric(), labels, scores, class_names)
    predictions = scores.argmax(1)
    assert result['acc/UAR'] == pytest.approx(metrics.balanced_accuracy_score(labels, predictions))
    assert result['acc/WAR'] == pytest.approx(metrics.accuracy_score(labels, predictions))
    recalls = metrics.recall_score(labels, predictions, average=None)
    assert [result[f'acc/recall_{name}'] for name in class_names] == pytest.approx(recalls)


def test_uar_is_not_a_mean_over_batches(class_names):
    """The batches are sorted by class, where a macro recall per batch goes wrong."""
    labels, scores = split()
    order = labels.argsort()
    labels, scores = labels[order], scores[order]
    assert (evaluate(UARWARMetric(), labels, scores, class_names, batch=8)
            == evaluate(UARWARMetric(), labels, scores, class_names, batch=40))


def test_absent_class_is_named(class_names):
    labels, scores = split(num_classes=7)
    keep = labels != 5
    with pytest.raises(ValueError, match='no clip of Disgust'):
        evaluate(UARWARMetric(), labels[keep], scores[keep], class_names)


def test_clip_loss_is_the_cross_entropy_of_the_logits(class_names):
    labels, _ = split()
    logits = torch.randn(40, 7) * 5
    result = evaluate(ClipLossMetric(), labels, logits.softmax(1), class_names)
    expected = torch.nn.functional.cross_entropy(logits.double(), labels)
    assert result['val/loss'] == pytest.approx(float(expected), rel=1e-5)


def test_clip_loss_stays_finite_and_needs_probabilities(class_names):
    scores = torch.tensor([[1., 0., 0., 0., 0., 0., 0.]])
    loss = evaluate(ClipLossMetric(), torch.tensor([3]), scores, class_names)['val/loss']
    assert np.isfinite(loss) and loss > 80
    with pytest.raises(ValueError, match="average_clips='prob'"):
        evaluate(ClipLossMetric(), torch.tensor([3]), scores * 3, class_names)


def test_predictions_are_dumped_in_class_and_clip_order(tmp_path, class_names):
    labels, scores = split()
    path = tmp_path / 'new folder' / 'predictions.json'
    evaluate([DumpPredictions(str(path)), UARWARMetric()], labels, scores, class_names)
    content = json.loads(path.read_text())
    assert content['classes'] == class_names
    assert [p['clip_id'] for p in content['predictions']] == [f'{i:03d}' for i in range(40)]
    assert [p['label'] for p in content['predictions']] == labels.tolist()
    np.testing.assert_allclose([p['scores'] for p in content['predictions']], scores, atol=1e-6)
    assert [p['prediction'] for p in content['predictions']] == scores.argmax(1).tolist()
