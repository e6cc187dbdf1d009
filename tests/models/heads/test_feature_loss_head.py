import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

LABELS = (0, 2, 2, 6)


@pytest.fixture
def samples():
    return [ActionDataSample().set_gt_label(label) for label in LABELS]


def build(**head):
    return MODELS.build(dict(type='FeatureLossHead', num_classes=7, in_channels=5,
                             dropout_ratio=0., average_clips='prob', **head))


@pytest.mark.parametrize('spatial_type, shape', [('avg', (4, 5, 2, 3, 3)), (None, (4, 5))])
@pytest.mark.parametrize('loss', [dict(type='CenterLoss', num_classes=7, channels=5),
                                  dict(type='ECSTFLLoss')])
def test_adds_its_loss_on_the_feature_to_cross_entropy(samples, spatial_type, shape, loss):
    head = build(spatial_type=spatial_type, loss_feature=loss)
    maps = torch.randn(shape, requires_grad=True)
    losses = head.loss(maps, samples)
    pooled = maps.mean((2, 3, 4)) if spatial_type else maps
    labels = torch.tensor(LABELS)
    expected = torch.nn.functional.cross_entropy(head.fc_cls(pooled), labels)
    torch.testing.assert_close(losses['loss_cls'], expected)
    torch.testing.assert_close(losses['loss_feature'], head.loss_feature(pooled, labels))
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(p.grad is not None for p in head.parameters())


def test_one_class_in_the_batch_trains_every_parameter(samples):
    head = build(loss_feature=dict(type='ECSTFLLoss'))
    losses = head.loss(torch.randn(2, 5, 1, 2, 2), samples[1:3])
    assert float(losses['loss_feature']) == 0
    (losses['loss_cls'] + losses['loss_feature']).backward()
    assert all(p.grad is not None for p in head.parameters())
