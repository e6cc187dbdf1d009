import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, recall_score

from ous_mmaction.evaluation.folds import summarize_folds
from ous_mmaction.evaluation.functional import confusion_matrix


def test_mean_of_folds_and_pooled_agree_with_scikit_learn():
    """The folds differ in size and composition, so that the two ways differ."""
    random = np.random.default_rng(0)
    folds = []
    for count in (80, 120, 300):
        labels = np.concatenate([np.arange(4), random.choice(4, count, p=[.5, .3, .15, .05])])
        right = random.random(len(labels)) < 0.6
        folds.append((labels, np.where(right, labels, random.integers(0, 4, len(labels)))))
    summary = summarize_folds([confusion_matrix(predicted, labels, 4)
                               for labels, predicted in folds])
    labels, predicted = (np.concatenate(arrays) for arrays in zip(*folds))
    assert pytest.approx([balanced_accuracy_score(*fold) for fold in folds]) == summary.UAR
    assert pytest.approx([accuracy_score(*fold) for fold in folds]) == summary.WAR
    assert summary.pooled_UAR == pytest.approx(balanced_accuracy_score(labels, predicted))
    assert summary.pooled_WAR == pytest.approx(accuracy_score(labels, predicted))
    assert summary.recalls == pytest.approx(
        np.mean([recall_score(*fold, average=None) for fold in folds], axis=0))
    assert summary.pooled_recalls == pytest.approx(recall_score(labels, predicted, average=None))
    assert abs(np.mean(summary.UAR) - summary.pooled_UAR) > 1e-3
