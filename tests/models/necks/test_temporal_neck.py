from math import erf, sqrt

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from torch import nn

from ..reference import array, layer_norm, linear, lstm, sigmoid, softmax


def build(**neck):
    return MODELS.build(dict(type='TemporalNeck', **neck)).double()


def tokens(maps):
    """(B, C, T, H, W) -> (B, T, C), averaged by loops over pixels."""
    b, c, t, h, w = maps.shape
    total = sum(array(maps)[..., i, j] for i in range(h) for j in range(w))
    return total.transpose(0, 2, 1) / (h * w)


def gru(sequence, cell):
    """The last state of a GRU, from its gates, on (T, D)."""
    w_x, w_h = array(cell.weight_ih_l0), array(cell.weight_hh_l0)
    b_x, b_h = array(cell.bias_ih_l0), array(cell.bias_hh_l0)
    h = np.zeros(w_h.shape[1])
    for x in sequence:
        (r_x, z_x, n_x), (r_h, z_h, n_h) = (np.split(y, 3) for y in (w_x @ x + b_x, w_h @ h + b_h))
        r, z = sigmoid(r_x + r_h), sigmoid(z_x + z_h)
        h = (1 - z) * np.tanh(n_x + r * n_h) + z * h
    return h


@pytest.mark.parametrize('kind', ['lstm', 'gru'])
def test_last_state_against_the_gates(kind):
    neck = build(in_channels=6, kind=kind, hidden_size=5)
    maps = torch.randn(2, 6, 4, 2, 3).double()
    features, aux = neck([None, maps])
    assert features.shape == (2, 5, 1) and aux == {}
    for clip, feature in zip(tokens(maps), features):
        expected = lstm(clip, neck.layers)[-1] if kind == 'lstm' else gru(clip, neck.layers)
        np.testing.assert_allclose(array(feature)[:, 0], expected, rtol=1e-9)


@pytest.mark.parametrize('kind, layer', [('lstm', nn.LSTM), ('gru', nn.GRU)])
def test_further_arguments_are_torchs(kind, layer):
    neck = build(in_channels=6, kind=kind, hidden_size=5, num_layers=2)
    reference = layer(6, 5, 2, batch_first=True).double()
    reference.load_state_dict(neck.layers.state_dict())
    maps = torch.randn(2, 6, 4, 1, 1).double()
    expected = reference(maps[..., 0, 0].transpose(1, 2))[1]
    expected = (expected[0] if kind == 'lstm' else expected)[-1]
    torch.testing.assert_close(neck([maps])[0][..., 0], expected)
    assert build(in_channels=6, kind=kind).layers.hidden_size == 256


def test_transformer_against_written_out_attention():
    neck = build(in_channels=6, kind='transformer', max_frames=5, depth=2, num_heads=2,
                 head_channels=4, mlp_channels=12)
    maps = torch.randn(2, 6, 4, 2, 2).double()
    features, _ = neck([maps])
    assert features.shape == (2, 6, 1)
    net = neck.layers
    for clip, feature in zip(tokens(maps), features):
        x = np.concatenate([array(net.class_token)[None],
                            clip + array(net.positions.weight)[:4]])
        for layer in net.layers:
            q, k, v = np.split(layer_norm(x, layer.ln_1) @ array(layer.attn.qkv.weight).T, 3, -1)
            heads = [softmax(q[:, h:h + 4] @ k[:, h:h + 4].T / 2) @ v[:, h:h + 4] for h in (0, 4)]
            x = x + linear(np.concatenate(heads, -1), layer.attn.out)
            y = linear(layer_norm(x, layer.ln_2), layer.mlp[0])
            y = y * np.vectorize(lambda z: (1 + erf(z / sqrt(2))) / 2)(y)
            x = x + linear(y, layer.mlp[2])
        np.testing.assert_allclose(array(feature)[:, 0], x[0], rtol=1e-9)


@pytest.mark.parametrize('kind', ['lstm', 'gru', 'transformer'])
def test_order_and_number_of_frames_count(kind):
    neck = build(in_channels=8, kind=kind)
    maps = torch.randn(1, 8, 4, 1, 1).double()
    feature = neck([maps])[0]
    assert not torch.allclose(neck([maps.flip(2)])[0], feature)
    assert not torch.allclose(neck([maps[:, :, :3]])[0], feature)


@pytest.mark.parametrize('kind', ['lstm', 'gru', 'transformer'])
def test_in_mmactions_recognizer(kind):
    """Training reaches every parameter, and the result of a clip does not depend on the batch."""
    model = MODELS.build(dict(
        type='Recognizer2D',
        backbone=dict(type='ResNet', depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1),
                      out_indices=(0, 1)),
        neck=dict(type='TemporalNeck', in_channels=128, kind=kind),
        cls_head=dict(type='I3DHead', num_classes=7, in_channels=128 if kind == 'transformer'
                      else 256, spatial_type=None, average_clips='prob')))
    clips = torch.randn(2, 4, 3, 32, 32)
    samples = [ActionDataSample().set_gt_label(label) for label in (1, 6)]
    model.train()
    model(clips, samples, mode='loss')['loss_cls'].backward()
    unused = [name for name, p in model.named_parameters() if p.grad is None]
    assert unused == []
    model.eval()
    with torch.no_grad():
        both = [s.pred_score for s in model(clips, samples, mode='predict')]
        alone = model(clips[1:], samples[1:], mode='predict')[0].pred_score
    assert both[0].shape == (7,)
    torch.testing.assert_close(alone, both[1], rtol=1e-4, atol=1e-6)


def test_unknown_kind():
    with pytest.raises(ValueError, match="must be one of lstm, gru, transformer, but got 'rnn'"):
        build(in_channels=4, kind='rnn')


def test_another_width():
    with pytest.raises(ValueError, match='gives 5 channels per frame, but the neck expects 4'):
        build(in_channels=4, kind='gru')([torch.randn(1, 5, 2, 1, 1).double()])
