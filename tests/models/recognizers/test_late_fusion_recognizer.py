import pytest
import torch
from mmaction.registry import MODELS

RESNET = dict(depth=18, num_stages=2, dilations=(1, 1))
STREAMS = {
    2: dict(type='Recognizer2D',
            backbone=dict(type='ResNet', strides=(1, 2), out_indices=(0, 1), **RESNET),
            neck=dict(type='TemporalNeck', in_channels=128, kind='gru', hidden_size=16)),
    3: dict(type='Recognizer3D',
            backbone=dict(type='HaraResNet3d', pretrained=None, spatial_strides=(1, 2),
                          temporal_strides=(1, 2), out_indices=(1,), **RESNET))}
WIDTHS = {2: 16, 3: 128}


@pytest.fixture(params=[2, 3])
def dims(request):
    return request.param


@pytest.fixture
def model(dims):
    return MODELS.build(dict(
        type='LateFusionRecognizer', stream=STREAMS[dims],
        cls_head=dict(type='I3DHead', num_classes=7, in_channels=2 * WIDTHS[dims],
                      spatial_type=None, average_clips='prob')))


def test_feature_is_that_of_two_stock_recognizers(model, batch, dims):
    model.eval()
    features, _ = model.extract_feat(batch)
    for part, stream, name in zip(features.split(WIDTHS[dims], 1),
                                  (model.backbone, model.scene_backbone), ('face', 'scene')):
        frames = batch[name] if dims == 2 else batch[name].transpose(1, 2)[:, None]
        expected = stream.extract_feat(frames)[0]
        expected = expected if dims == 2 else expected.mean((2, 3, 4))
        torch.testing.assert_close(part, expected)
    torch.testing.assert_close(model.extract_feat(batch, stage='head')[0],
                               model.cls_head(features))


def test_streams_share_nothing(model):
    face, scene = (dict(part.named_parameters()) for part in (model.backbone,
                                                              model.scene_backbone))
    assert face.keys() == scene.keys()
    assert not {id(p) for p in face.values()} & {id(p) for p in scene.values()}
    model.init_weights()
    weights = (p for name, p in face.items() if name.endswith('conv1.conv.weight'))
    scene_weights = (p for name, p in scene.items() if name.endswith('conv1.conv.weight'))
    assert not any(torch.equal(a, b) for a, b in zip(weights, scene_weights))


def test_training_reaches_every_parameter(model, batch, samples):
    model.init_weights()
    model.train()
    model(batch, samples, mode='loss')['loss_cls'].backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_predicts(model, batch, samples):
    model.eval()
    with torch.no_grad():
        results = model(batch, samples, mode='predict')
    assert [float(sample.pred_score.sum()) for sample in results] == pytest.approx([1] * 3)
