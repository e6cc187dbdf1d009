import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ous_mmaction.models.layers.masked_mean import masked_mean
from ous_mmaction.models.layers.ous import (
    FramesEncoder,
    PolarityEncoder,
    StreamAlignment,
    StreamLSTM,
)

from ...reference import alignment, array, frames_encoder, layer_norm, linear, lstm


def plain_cell(sequence, cell):
    """Eq. 13 as printed: h = sigma(W_h [h_prev, x] + b_h) from a zero state, on (T, D)."""
    weight = np.concatenate([array(cell.weight_hh_l0), array(cell.weight_ih_l0)], 1)
    bias = array(cell.bias_hh_l0) + array(cell.bias_ih_l0)
    h, outputs = np.zeros(len(weight)), []
    for x in sequence:
        h = np.tanh(weight @ np.concatenate([h, x]) + bias)
        outputs.append(h)
    return np.stack(outputs)


@pytest.mark.parametrize('residual', [True, False])
@pytest.mark.parametrize('cell,reference', [('lstm', lstm), ('rnn', plain_cell)])
def test_recurrence_over_time_is_eq_13(cell, reference, residual):
    layer = StreamLSTM(8, 'time', residual, cell).double()
    streams = torch.randn(2, 3, 5, 8).double()
    outputs = layer(*streams)
    for stream, output in zip(streams, outputs):
        for clip, result in zip(stream, output):
            expected = reference(array(clip), layer.lstm) + residual * array(clip)
            np.testing.assert_allclose(array(result), expected, rtol=1e-9)


def test_streams_meet_along_the_stream_axis_alone():
    face, scene, other = torch.randn(3, 2, 4, 8)
    for axis, meets in (('time', False), ('stream', True)):
        layer = StreamLSTM(8, axis)
        assert torch.equal(layer(face, scene)[0], layer(face, other)[0])
        assert torch.equal(layer(face, scene)[1], layer(other, scene)[1]) != meets


def test_unknown_keys_of_the_lstm_are_named():
    with pytest.raises(ValueError, match="`StreamLSTM.cell` must be one of lstm, rnn, but got 'g"):
        StreamLSTM(8, cell='gru')


def test_lstm_over_streams_runs_from_face_to_scene_in_each_frame():
    layer = StreamLSTM(8, 'stream', residual=True).double()
    face, scene = torch.randn(2, 3, 5, 8).double()
    outputs = layer(face, scene)
    for b in range(3):
        for t in range(5):
            pair = np.stack([array(face[b, t]), array(scene[b, t])])
            expected = lstm(pair, layer.lstm) + pair
            np.testing.assert_allclose(array(outputs[0][b, t]), expected[0], rtol=1e-9)
            np.testing.assert_allclose(array(outputs[1][b, t]), expected[1], rtol=1e-9)


def test_lstm_over_time_keeps_padding_out_of_valid_frames():
    layer = StreamLSTM(8)
    face = torch.randn(1, 4, 8)
    changed = face.clone()
    changed[:, 2:] = 9.
    torch.testing.assert_close(layer(face, face)[0][:, :2], layer(changed, changed)[0][:, :2])


@pytest.mark.parametrize('skip', [True, False])
def test_frames_encoder_against_numpy(skip):
    encoder = FramesEncoder(channels=16, max_frames=6, num_layers=2, num_heads=4,
                            skip=skip).double()
    x = torch.randn(1, 5, 16).double()
    mask = torch.tensor([[True] * 3 + [False] * 2])
    expected = frames_encoder(array(x[0]), encoder, mask[0].numpy(), skip)
    np.testing.assert_allclose(array(encoder(x, mask))[0], expected, rtol=1e-9, atol=1e-12)


def test_frames_encoder_names_the_key_for_long_clips():
    with pytest.raises(ValueError,
                       match='9 frames.*table has 4 .*`frames_encoder.max_frames` to 9'):
        FramesEncoder(channels=8, max_frames=4, num_layers=1)(torch.randn(1, 9, 8))


def test_scene_mean_is_eq_14():
    x = torch.randn(2, 6, 3).double()
    mask = torch.ones(2, 6, dtype=torch.bool)
    np.testing.assert_allclose(array(masked_mean(x, mask)), array(x).sum(1) / 6, rtol=1e-12)
    mask[1, 4:] = False
    np.testing.assert_allclose(array(masked_mean(x, mask))[1], array(x)[1, :4].sum(0) / 4,
                               rtol=1e-12)


def test_alignment_is_convolution_and_linear():
    layer = StreamAlignment(4, kernel_size=3).double()
    x, mask = torch.randn(1, 5, 4).double(), torch.tensor([[True] * 4 + [False]])
    expected = alignment(array(x[0]), layer, mask[0].numpy())
    np.testing.assert_allclose(array(layer(x, mask))[0], expected, rtol=1e-9, atol=1e-12)


def test_alignment_without_convolution_is_linear():
    layer = StreamAlignment(4, kernel_size=None)
    x = torch.randn(2, 3, 4)
    torch.testing.assert_close(layer(x), F.linear(x, layer.linear.weight, layer.linear.bias))


def test_alignment_refuses_even_kernels():
    with pytest.raises(ValueError, match='`StreamAlignment.kernel_size` must be odd, .* got 2'):
        StreamAlignment(4, kernel_size=2)


def test_polarity_encoder_against_numpy():
    encoder = PolarityEncoder(6, 4, 8).double()
    taps = torch.randn(2, 4, 6).double()
    y = layer_norm(array(taps), encoder.norm).reshape(2, -1)
    y = linear(np.maximum(linear(y, encoder.mlp[0]), 0), encoder.mlp[2])
    polarity, logits = encoder(taps)
    np.testing.assert_allclose(array(polarity), y, rtol=1e-9)
    np.testing.assert_allclose(array(logits), linear(y, encoder.classifier), rtol=1e-9)
