import pytest
import torch
from mmaction.registry import MODELS
from torch import nn
from torch.nn import functional as F
from torchvision.models import vgg11, vgg13_bn

from ous_mmaction.models.backbones.p3d import P3DBlock


def shapes(module, kind):
    """Output shapes of the layers of a kind, in the order in which they run."""
    outputs = []
    for layer in module.modules():
        if isinstance(layer, kind):
            layer.register_forward_hook(lambda _, __, y: outputs.append(tuple(y.shape[1:])))
    return outputs


def run(module, *shape):
    with torch.device('meta'), torch.no_grad():
        return module(torch.empty(shape))


def build(**config):
    with torch.device('meta'):
        return MODELS.build(config)


def batch_norm(x, norm):
    return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias,
                        eps=norm.eps)


@pytest.mark.parametrize('stride', [1, 2])
@pytest.mark.parametrize('kind', ['A', 'B', 'C', None])
def test_p3d_block_is_its_kind(kind, stride):
    """The reference are the formulas T(S(x)), S(x) + T(x), S(x) + T(S(x)) and S(x)."""
    block = P3DBlock(in_channels=8, channels=4, kind=kind, stride=stride).double().eval()
    block.expand.bn.weight.data.uniform_()
    x = torch.randn(2, 8, 3, 6, 6).double()

    def unit(layer, y, stride=1, act=True):
        padding = [size // 2 for size in layer.conv.kernel_size]
        y = batch_norm(F.conv3d(y, layer.conv.weight, None, (1, stride, stride), padding), layer.bn)
        return F.relu(y) if act else y

    y = unit(block.reduce, x, stride)
    s = unit(block.spatial, y)
    t = kind and unit(block.temporal, y if kind == 'B' else s)
    middle = {'A': t, 'B': s if t is None else s + t, 'C': s if t is None else s + t, None: s}[kind]
    residual = unit(block.shortcut, x, stride, act=False)
    expected = F.relu(unit(block.expand, middle, act=False) + residual)
    torch.testing.assert_close(block(x), expected)
    assert expected.shape == (2, 16, 3, 6 // stride, 6 // stride)


def test_p3d_block_keeps_its_input_where_the_shape_stays():
    assert isinstance(P3DBlock(in_channels=16, channels=4, kind='A').shortcut, nn.Identity)


def test_p3d63_takes_turns_and_ends_in_2d():
    model = build(type='P3D')
    kinds = [''.join(block.kind or '-' for block in stage) for stage in model.stages]
    assert kinds == ['ABC', 'ABCA', 'BCABCA', '---']
    pools = shapes(model, nn.MaxPool3d)
    assert run(model, 1, 3, 16, 160, 160).shape == (1, 2048, 1, 5, 5)
    assert pools == [(64, 8, 40, 40), (256, 4, 40, 40), (512, 2, 20, 20), (1024, 1, 10, 10)]
    assert model.feat_dim == 2048


def test_i3d_maps_are_the_papers():
    """Carreira and Zisserman, Fig. 3, give the sizes for a clip of 64 frames."""
    model = build(type='InceptionI3D')
    pools = shapes(model.layers, nn.MaxPool3d)
    y = run(model, 1, 3, 64, 224, 224)
    assert y.shape == (1, 1024, 8, 7, 7)
    halved = [shape for shape in pools if shape[0] in (64, 192, 480, 832)]
    assert [shape[1:] for shape in dict.fromkeys(halved)] == [
        (32, 56, 56), (32, 28, 28), (16, 14, 14), (8, 7, 7)]
    assert run(model, 1, 3, 16, 112, 112).shape == (1, 1024, 2, 4, 4)


def test_hara_takes_its_maximum_over_time_too():
    model = build(type='HaraResNet3d', pretrained=None)
    assert model.conv1.conv.kernel_size == (7, 7, 7)
    x = torch.randn(1, 2, 6, 6, 6)
    torch.testing.assert_close(model.maxpool(x), F.max_pool3d(x, 3, 2, 1))
    stages = shapes(model, type(model.layer1))
    assert run(model, 1, 3, 16, 112, 112).shape == (1, 512, 1, 4, 4)
    assert stages == [(64, 8, 28, 28), (128, 4, 14, 14), (256, 2, 7, 7), (512, 1, 4, 4)]


@pytest.mark.parametrize('depth, norm, reference', [(11, False, vgg11), (13, True, vgg13_bn)])
def test_vgg_is_torchvisions_before_its_classifier(depth, norm, reference):
    model = build(type='VGG', depth=depth, batch_norm=norm)
    with torch.device('meta'):
        net = reference()
    widths = [p.shape for p in net.parameters()][:-2]
    assert [p.shape for p in model.parameters()] == widths


def test_vgg_against_torchvision():
    model = MODELS.build(dict(type='VGG', depth=11, base_channels=4, fc_channels=(16, 8),
                              pool_size=2)).eval()
    x = torch.randn(3, 3, 64, 64)
    y = F.adaptive_avg_pool2d(model.features(x), 2).flatten(1)
    for layer in (layer for layer in model.fc if isinstance(layer, nn.Linear)):
        y = F.relu(F.linear(y, layer.weight, layer.bias))
    (feature,) = model(x)
    torch.testing.assert_close(feature, y[..., None, None])
    assert model.features(x).shape == (3, 32, 2, 2)


def test_vgg_of_unknown_depth():
    with pytest.raises(ValueError, match='`VGG.depth` must be one of 11, 13, 16, 19, but got 12'):
        build(type='VGG', depth=12)
