import pytest
import torch

from ous_mmaction.models import FaceSceneNeck
from ous_mmaction.models.layers.masked_mean import masked_mean


@pytest.fixture
def neck():
    return FaceSceneNeck(in_channels=32, tap_channels=48,
                         frames_encoder=dict(max_frames=4, num_layers=1))


def test_composes_its_layers_in_the_papers_order(neck, streams):
    out = neck(streams)
    face, scene = neck.lstm(streams.face, streams.scene)
    face = neck.face_align(neck.frames_encoder(face, streams.mask), streams.mask)
    scene = neck.scene_align(masked_mean(scene, streams.mask)[:, None])[:, 0]
    polarity, logits = neck.polarity_encoder(streams.taps)
    torch.testing.assert_close(out.tokens, face)
    torch.testing.assert_close(out.face, masked_mean(face, streams.mask))
    torch.testing.assert_close(out.scene, scene)
    torch.testing.assert_close(out.polarity, polarity)
    torch.testing.assert_close(out.polarity_logits, logits)


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
