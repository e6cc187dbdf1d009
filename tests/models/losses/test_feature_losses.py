import numpy as np
import pytest
import torch

from ous_mmaction.models.losses import CenterLoss, ECSTFLLoss

from ..reference import array


@pytest.fixture
def features():
    return torch.randn(6, 5).double().requires_grad_()


LABELS = torch.tensor([0, 2, 2, 0, 3, 2])


def test_center_loss_is_half_the_squared_distance(features):
    loss = CenterLoss(4, 5, loss_weight=0.3).double()
    loss.centers.data.normal_()
    x, c = array(features), array(loss.centers)
    expected = 0.3 * np.mean([((x[i] - c[k]) ** 2).sum() / 2 for i, k in enumerate(LABELS)])
    value = loss(features, LABELS)
    assert value.item() == pytest.approx(expected, rel=1e-12)
    value.backward()
    own = c[LABELS]
    np.testing.assert_allclose(array(features.grad), 0.3 * (x - own) / 6, rtol=1e-12)


def test_centers_take_the_papers_step(features):
    """Wen et al., eq. 4: the sum of c - x over the class, divided by one plus its number."""
    loss = CenterLoss(4, 5).double()
    loss.centers.data.normal_()
    x, c = array(features), array(loss.centers)
    loss(features, LABELS).backward()
    for k in range(4):
        own = [x[i] for i in range(6) if LABELS[i] == k]
        step = sum((c[k] - value for value in own), np.zeros(5)) / (1 + len(own))
        np.testing.assert_allclose(array(loss.centers.grad)[k], step, rtol=1e-12, atol=1e-15)


def ec_stfl(x, labels):
    """Eq. 9, computed by loops over pairs."""
    number = {k: sum(label == k for label in labels) for k in labels}
    same = different = 0.
    for i, a in enumerate(labels):
        for j, b in enumerate(labels):
            distance = np.sqrt(((x[i] - x[j]) ** 2).sum())
            if a == b:
                same += distance / number[a]
            else:
                different += distance / number[b]
    return same / different


def test_ec_stfl_is_eq_9(features):
    value = ECSTFLLoss(loss_weight=2.)(features, LABELS)
    assert value.item() == pytest.approx(2 * ec_stfl(array(features), LABELS.tolist()), rel=1e-12)
    torch.autograd.gradcheck(lambda x: ECSTFLLoss()(x, LABELS), features)


def test_ec_stfl_of_equal_features_has_finite_gradients():
    features = torch.zeros(4, 3).double()
    features[2:] = 1.
    features.requires_grad_()
    value = ECSTFLLoss()(features, torch.tensor([0, 0, 1, 1]))
    value.backward()
    assert value.item() == 0 and features.grad.isfinite().all()


def test_ec_stfl_of_many_clips_is_exact():
    """With more than 25 rows, torch would compute distances from products by default."""
    features, labels = 100 + torch.randn(40, 8).double(), torch.arange(40) % 7
    expected = 10 * ec_stfl(array(features), labels.tolist())
    assert float(ECSTFLLoss()(features.float(), labels)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize('labels', [[3] * 6, None])
def test_ec_stfl_without_pairs_keeps_its_graph(features, labels):
    """The batch has only one class, or only one clip."""
    x, labels = (features, labels) if labels else (features[:1], [3])
    value = ECSTFLLoss()(x, torch.tensor(labels))
    value.backward()
    assert value.item() == 0 and (features.grad == 0).all()


def test_ec_stfl_of_one_clip_per_class_is_zero(features):
    assert ECSTFLLoss()(features, torch.arange(6)).item() == 0
