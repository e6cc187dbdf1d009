"""Former-DFER: a file in the published layout computes here what the facts sheet writes out."""
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config

from ous_mmaction.checkpoints import load_state_dict
from ous_mmaction.converters import convert_checkpoint, read_for_config

from ..models.reference import array
from ..running import ROOT
from .forged import check_forged, dfer_clip_line, save
from .layouts_clip import layer_shapes, random_tensors
from .reference_clip import linear, pre_norm_layers, temporal

CONFIGS = ROOT / 'configs'
CONFIG = CONFIGS / 'former_dfer' / 'former_dfer_dfew.py'


def resnet_shapes(prefix, norms=('weight', 'bias', 'running_mean', 'running_var')):
    """Names and shapes of torchvision's ResNet-18 without its classifier."""
    shapes = {}

    def conv_and_norm(conv, bn, out, into, size):
        shapes[f'{prefix}{conv}.weight'] = (out, into, size, size)
        shapes.update({f'{prefix}{bn}.{part}': (out,) for part in norms})
        shapes[f'{prefix}{bn}.num_batches_tracked'] = ()

    conv_and_norm('conv1', 'bn1', 64, 3, 7)
    width = 64
    for stage in range(1, 5):
        out = 32 * 2 ** stage
        for block in range(2):
            name = f'layer{stage}.{block}.'
            conv_and_norm(name + 'conv1', name + 'bn1', out, out if block else width, 3)
            conv_and_norm(name + 'conv2', name + 'bn2', out, out, 3)
            if stage > 1 and not block:
                conv_and_norm(name + 'downsample.0', name + 'downsample.1', out, width, 1)
        width = out
    return shapes


def former_dfer_shapes(depth=1):
    shapes = {**resnet_shapes('s_former.'), 's_former.pos_embedding': (1, 49, 256),
              **layer_shapes('s_former.spatial_transformer.layers.', 256, 256, 512, depth),
              't_former.cls_token': (1, 1, 512), 't_former.pos_embedding': (1, 17, 512),
              **layer_shapes('t_former.spatial_transformer.layers.', 512, 512, 1024, 3)}
    return {**shapes, 'fc.weight': (7, 512), 'fc.bias': (7,)}


def former_dfer_tensors(depth=1):
    tensors = random_tensors(former_dfer_shapes(depth), scale=0.04)
    for name, x in tensors.items():
        if name.endswith('num_batches_tracked'):
            tensors[name] = torch.tensor(1234)
        elif name.endswith('running_var'):
            tensors[name] = 1 + 5 * x.abs()
        elif '.bn' in name and name.endswith('weight') or 'downsample.1.weight' in name:
            tensors[name] = 1 + x
        elif x.dim() == 4:
            tensors[name] = x * (2 / x[0].numel()) ** .5 / 0.04
    return tensors


def residual_block(x, state, name):
    """torchvision's BasicBlock in eval mode."""
    def norm(y, bn):
        mean, var, weight, bias = (state[f'{name}{bn}.{part}'] for part in
                                   ('running_mean', 'running_var', 'weight', 'bias'))
        return F.batch_norm(y, mean, var, weight, bias, eps=1e-5)
    first = state[name + 'conv1.weight']
    stride = 2 if first.shape[0] != first.shape[1] else 1
    y = F.relu(norm(F.conv2d(x, first, stride=stride, padding=1), 'bn1'))
    y = norm(F.conv2d(y, state[name + 'conv2.weight'], padding=1), 'bn2')
    if name + 'downsample.0.weight' in state:
        x = norm(F.conv2d(x, state[name + 'downsample.0.weight'], stride=stride), 'downsample.1')
    return F.relu(x + y)


def reference(clips, tensors, depth=1):
    """Logits of clips (B, T, 3, S, S): torch's convolutions in float64, the rest in numpy."""
    state = {name[9:]: x.double() for name, x in tensors.items() if name.startswith('s_former.')}
    x = F.conv2d(clips.double().flatten(0, 1), state['conv1.weight'], stride=2, padding=3)
    x = F.relu(F.batch_norm(x, *(state[f'bn1.{part}'] for part in (
        'running_mean', 'running_var', 'weight', 'bias'))))
    x = F.max_pool2d(x, 3, 2, 1)
    for stage in range(1, 5):
        for block in range(2):
            x = residual_block(x, state, f'layer{stage}.{block}.')
        if stage == 3:
            side, arrays = x.shape[-1], {name: array(value) for name, value in tensors.items()}
            tokens = array(x).reshape(len(x), 256, -1).transpose(0, 2, 1)
            tokens = pre_norm_layers(tokens + arrays['s_former.pos_embedding'], arrays,
                                     's_former.spatial_transformer.layers.', 8, depth)
            x = torch.from_numpy(tokens.transpose(0, 2, 1).reshape(-1, 256, side, side).copy())
    frames = array(x.mean((2, 3))).reshape(*clips.shape[:2], -1)
    return linear(temporal(frames, arrays, 't_former.', 8, 3, 'spatial_transformer'), arrays, 'fc')


@pytest.fixture(scope='module')
def converted(tmp_path_factory):
    """Tensors of a file of full size, converted by the tool's defaults, and the model."""
    folder, tensors = tmp_path_factory.mktemp('former_dfer'), former_dfer_tensors()
    path = save(dfer_clip_line(tensors), folder / 'published.pth')
    checkpoint = convert_checkpoint(path, folder / 'ours.pth', CONFIGS)
    config = Config.fromfile(CONFIG)
    model = MODELS.build(config.model).eval()
    load_state_dict(model, read_for_config(str(folder / 'ours.pth'), config)['state_dict'],
                    'ours.pth')
    return tensors, checkpoint, model


def test_layout_is_that_of_the_sheet():
    shapes = former_dfer_shapes()
    assert (len(shapes), sum(map(math.prod, shapes.values()))) == (169, 18_041_563)


@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-8), (torch.float32, 1e-5)])
def test_logits_are_those_of_the_sheet(converted, dtype, tolerance):
    """Two views of 3 frames; the frames of the sheet's rule on short clips repeat."""
    tensors, _, model = converted
    clips = torch.rand(2, 3, 3, 112, 112)[:, [0, 1, 0, 1, 2]]
    expected = reference(clips, tensors)
    assert np.ptp(expected, axis=0).max() > 1e-3  # the clips differ
    try:
        model.to(dtype)
        with torch.no_grad():
            logits, _ = model.extract_feat(clips.to(dtype).transpose(1, 2)[None], stage='head')
    finally:
        model.float()
    np.testing.assert_allclose(array(logits), expected, rtol=0, atol=tolerance)


def test_every_tensor_of_the_file_is_used(converted):
    tensors, checkpoint, model = converted
    state = checkpoint['state_dict']
    assert state.keys() == model.state_dict().keys()
    assert sum(x.numel() for x in state.values()) == 18_041_563
    assert sorted(x.double().sum().item() for x in state.values()) == sorted(
        x.double().sum().item() for x in tensors.values())
    meta = checkpoint['meta']['converted']
    assert (meta['family'], meta['dataset'], meta['input']['FaceSceneSplit']['size']) == (
        'Former-DFER', 'DFEW', 112)


def test_three_spatial_layers_need_their_config(tmp_path):
    tensors = former_dfer_tensors(depth=3)
    path = save(dfer_clip_line(tensors), tmp_path / 'published.pth')
    with pytest.raises(ValueError, match='no place for backbone.frame.spatial.layers.1.ln_1.we'):
        convert_checkpoint(path, tmp_path / 'ours.pth', CONFIGS)
    config = Config.fromfile(CONFIG)
    config.merge_from_dict({'model.backbone.frame.spatial.depth': 3})
    convert_checkpoint(path, tmp_path / 'ours.pth', CONFIGS, config)


def test_planted_calls_are_not_executed(tmp_path):
    tensors = {name: torch.zeros(1) for name in former_dfer_shapes()}
    check_forged(dfer_clip_line(tensors), tmp_path, ('top', 'tensors', 'dtype'))


def test_gradients_reach_every_parameter():
    config = Config.fromfile(CONFIGS / 'former_dfer' / 'former_dfer_demo.py')
    model = MODELS.build(config.model).train()
    losses = model(torch.rand(2, 1, 3, 8, 64, 64), [ActionDataSample().set_gt_label(label)
                                                    for label in (0, 3)], mode='loss')
    losses['loss_cls'].backward()
    assert [name for name, p in model.named_parameters()
            if p.grad is None or not p.grad.abs().sum() > 0] == []


def test_another_size_names_the_key():
    config = Config.fromfile(CONFIGS / 'former_dfer' / 'former_dfer_demo.py')
    model = MODELS.build(config.model)
    with pytest.raises(ValueError, match='3x3 places, but .* 16 rows. Set the key `spatial.map_s'):
        model.backbone(torch.rand(1, 3, 1, 48, 48))
