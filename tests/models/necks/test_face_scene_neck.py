import numpy as np
import pytest
import torch

from ous_mmaction.models import FaceSceneNeck
from ous_mmaction.models.layers.masked_mean import masked_mean

from ..reference import alignment, array, frames_encoder, layer_norm, linear, lstm


@pytest.fixture
def neck():
    return FaceSceneNeck(in_channels=32, tap_channels=48,
                         frames_encoder=dict(max_frames=4, num_layers=1))


def test_equations_in_the_papers_order(neck, streams):
    """From the text: LSTM per stream; frames encoder, then alignment; mean, then alignment."""
    neck, streams = neck.double(), streams._replace(
        **{name: getattr(streams, name).double() for name in ('face', 'scene', 'taps')})
    out = neck(streams)
    for clip, valid in enumerate(streams.mask.numpy()):
        face, scene = (x + lstm(x, neck.lstm.lstm)
                       for x in (array(streams.face[clip]), array(streams.scene[clip])))
        tokens = frames_encoder(face, neck.frames_encoder, valid)
        tokens = alignment(tokens, neck.face_align, valid)
        scene = alignment(scene[valid].mean(0)[None], neck.scene_align)[0]
        y = layer_norm(array(streams.taps[clip]), neck.polarity_encoder.norm).reshape(-1)
        y = linear(np.maximum(linear(y, neck.polarity_encoder.mlp[0]), 0),
                   neck.polarity_encoder.mlp[2])
        for value, expected in [(out.tokens[clip, valid], tokens[valid]),
                                (out.face[clip], tokens[valid].mean(0)),
                                (out.scene[clip], scene), (out.polarity[clip], y),
                                (out.polarity_logits[clip],
                                 linear(y, neck.polarity_encoder.classifier))]:
            np.testing.assert_allclose(array(value), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize('field,layers,inputs', [
    ('tokens', {'lstm', 'frames_encoder', 'face_align'}, {'face'}),
    ('face', {'lstm', 'frames_encoder', 'face_align'}, {'face'}),
    ('scene', {'lstm', 'scene_align'}, {'scene'}),
    ('polarity_logits', {'polarity_encoder'}, {'taps'})])
def test_what_each_output_is_made_of(neck, streams, field, layers, inputs):
    sources = {name: getattr(streams, name).requires_grad_() for name in ('face', 'scene', 'taps')}
    getattr(neck(streams), field).square().sum().backward()
    reached = {name.split('.')[0] for name, p in neck.named_parameters() if p.grad is not None}
    assert reached == layers
    assert {name for name, x in sources.items() if x.grad is not None and x.grad.any()} == inputs


def test_padding_does_not_reach_the_pooled_features(neck, streams):
    face, scene = streams.face.clone(), streams.scene.clone()
    face[2, 2:] = scene[2, 2:] = 7.
    out, changed = neck(streams), neck(streams._replace(face=face, scene=scene))
    torch.testing.assert_close(out.face, changed.face)
    torch.testing.assert_close(out.scene, changed.scene)


def test_layers_can_be_left_out(streams):
    neck = FaceSceneNeck(in_channels=32, lstm=None, frames_encoder=None, face_align=None,
                         scene_align=None)
    out = neck(streams)
    assert not list(neck.parameters())
    torch.testing.assert_close(out.tokens, streams.face)
    torch.testing.assert_close(out.scene, masked_mean(streams.scene, streams.mask))
    assert out.polarity is None and out.polarity_logits is None


def test_scene_mean_may_run_over_padding_too(streams):
    neck = FaceSceneNeck(in_channels=32, lstm=None, frames_encoder=None, scene_align=None,
                         scene_frames='all')
    torch.testing.assert_close(neck(streams).scene, streams.scene.sum(1) / 4)


def test_senseless_scopes_are_named():
    with pytest.raises(ValueError, match='`FaceSceneNeck.similarity_scope` must be one of all, '):
        FaceSceneNeck(in_channels=32, similarity_scope='lstm')
    with pytest.raises(ValueError, match="`FaceSceneNeck.similarity_scope` is 'alignment', but .*"
                                         'would train nothing'):
        FaceSceneNeck(in_channels=32, frames_encoder=None, face_align=None, scene_align=None,
                      similarity_scope='alignment')


def test_projects_where_the_width_differs(streams):
    neck = FaceSceneNeck(in_channels=32, channels=16, frames_encoder=None)
    assert neck(streams).tokens.shape == (3, 4, 16)


def test_widths_that_do_not_meet_are_named_with_both_numbers(neck, streams):
    wide = torch.randn(3, 4, 40)
    with pytest.raises(ValueError, match='gives 40 .* expects 32.*`neck.in_channels`'):
        neck(streams._replace(face=wide, scene=wide))
    with pytest.raises(ValueError, match='taps of 20 .* expects taps of 48.*`neck.tap_channels`'):
        neck(streams._replace(taps=torch.randn(3, 4, 20)))
    with pytest.raises(ValueError, match='no taps'):
        neck(streams._replace(taps=None))
