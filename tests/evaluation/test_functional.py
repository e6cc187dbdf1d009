import numpy as np
import pytest
from sklearn import metrics

from ous_mmaction.evaluation import functional


@pytest.mark.parametrize('seed', range(5))
def test_against_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(7), rng.integers(0, 7, 200)])
    predictions = np.where(rng.random(207) < 0.5, labels, rng.integers(0, 7, 207))
    confusion = functional.confusion_matrix(predictions, labels, 7)
    np.testing.assert_array_equal(confusion, metrics.confusion_matrix(labels, predictions))
    np.testing.assert_allclose(functional.class_recalls(confusion),
                               metrics.recall_score(labels, predictions, average=None))
    assert functional.uar(confusion) == pytest.approx(
        metrics.balanced_accuracy_score(labels, predictions))
    assert functional.war(confusion) == pytest.approx(metrics.accuracy_score(labels, predictions))


def test_absent_class_has_no_recall():
    confusion = functional.confusion_matrix([0, 1], [0, 0], 2)
    np.testing.assert_array_equal(functional.class_recalls(confusion), [0.5, np.nan])
    assert np.isnan(functional.uar(confusion))


@pytest.mark.parametrize('predictions,labels,message', [
    ([0], [7], 'A label lies outside the 7 classes'),
    ([-1], [0], 'A prediction lies outside the 7 classes'),
    ([0, 1], [0], 'There are 2 predictions, but 1 labels')])
def test_bad_indices_are_named(predictions, labels, message):
    with pytest.raises(ValueError, match=message):
        functional.confusion_matrix(predictions, labels, 7)
