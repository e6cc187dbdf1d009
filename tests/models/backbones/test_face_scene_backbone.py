import pytest
import torch
from mmaction.registry import MODELS

from ous_mmaction.models.backbones.face_scene_backbone import resample_mask

RESNET = dict(type='ResNet', depth=18, num_stages=2, strides=(1, 2), dilations=(1, 1),
              out_indices=(0, 1))
SLOW = dict(type='ResNet3dSlowOnly', depth=18, pretrained=None, num_stages=2,
            spatial_strides=(1, 2), temporal_strides=(1, 1), dilations=(1, 1), inflate=(0, 1),
            out_indices=(0, 1), pool1_stride_t=2)


def build(backbone, dims, clip_shape=(4, 32, 32)):
    return MODELS.build(dict(type='FaceSceneBackbone', backbone=backbone, dims=dims,
                             clip_shape=clip_shape))


def test_2d_backbone_sees_each_frame_by_itself(batch):
    model = build(RESNET, 2).eval()
    streams = model.encode_streams(**batch)
    for b, frames in enumerate((4, 4, 2)):
        stages = []
        for t in range(frames):
            for stream, features in ((batch['face'], streams.face),
                                     (batch['scene'], streams.scene)):
                early, last = model.backbone(stream[b, t][None])
                torch.testing.assert_close(features[b, t], last[0].mean((1, 2)),
                                           rtol=1e-4, atol=1e-5)
            stages.append(early[0].mean((1, 2)))  # of the scene
        torch.testing.assert_close(streams.taps[b, 0], torch.stack(stages).mean(0),
                                   rtol=1e-4, atol=1e-5)
    assert streams.face.shape == (3, 4, 128) and streams.taps.shape == (3, 1, 64)
    assert streams.mask is batch['mask']


def test_2d_padding_reaches_neither_features_nor_batch_statistics(batch):
    model = build(RESNET, 2).train()
    state = {name: value.clone() for name, value in model.state_dict().items()}
    results = []
    for padding in (0., 99.):
        model.load_state_dict(state)
        for stream in ('face', 'scene'):
            batch[stream][2, 2:] = padding
        streams = model.encode_streams(**batch)
        results.append([streams.face, streams.scene, streams.taps,
                        model.backbone.conv1.bn.running_mean.clone()])
    for first, second in zip(*results):
        assert torch.equal(first, second)
    assert not torch.equal(results[0][3], state['backbone.conv1.bn.running_mean'])


def test_3d_backbone_has_its_own_time_axis(batch):
    model = build(SLOW, 3).eval()
    batch['mask'] = torch.tensor([[True] * 4, [True] * 3 + [False], [True] + [False] * 3])
    streams = model.encode_streams(**batch)
    assert streams.mask.tolist() == [[True, True], [True, True], [True, False]]
    for b, steps in enumerate((2, 2, 1)):
        early, last = model.backbone(batch['scene'][b].transpose(0, 1)[None])
        torch.testing.assert_close(streams.scene[b], last[0].mean((2, 3)).t(),
                                   rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(streams.taps[b, 0], early[0, :, :steps].mean((1, 2, 3)),
                                   rtol=1e-4, atol=1e-5)
    last = model.backbone(batch['face'][1].transpose(0, 1)[None])[1]
    torch.testing.assert_close(streams.face[1], last[0].mean((2, 3)).t(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('backbone, dims', [(RESNET, 2), (SLOW, 3)])
def test_one_forward_trains_on_both_streams(batch, backbone, dims):
    model = build(backbone, dims).train()
    calls = []
    model.backbone.register_forward_hook(lambda *_: calls.append(1))
    face, scene = (batch[name].requires_grad_() for name in ('face', 'scene'))
    streams = model.encode_streams(face, scene, batch['mask'])
    (streams.face.square().sum() + streams.scene.square().sum()).backward()
    assert len(calls) == 1
    assert face.grad[0].abs().sum() > 0 and scene.grad[0].abs().sum() > 0
    assert all(p.grad is not None for p in model.parameters())


def test_single_stage_gives_no_taps(batch):
    streams = build(dict(RESNET, out_indices=(1,)), 2).encode_streams(**batch)
    assert streams.taps is None and streams.face.shape == (3, 4, 128)


def test_a_vector_per_clip_is_one_time_step(batch):
    model = build(dict(type='VisionTransformer', img_size=32, num_frames=4, embed_dims=24, depth=1,
                       num_heads=2), 3)
    streams = model.encode_streams(**batch)
    assert streams.face.shape == (3, 1, 24)
    assert streams.mask.tolist() == [[True]] * 3


def test_backbone_that_shifts_along_time_gets_whole_clips(batch):
    tsm = dict(type='ResNetTSM', depth=50)
    model = build(dict(tsm, num_segments=4), 2).eval()
    streams = model.encode_streams(**batch)
    alone = model.backbone(batch['face'][2]).mean((2, 3))
    torch.testing.assert_close(streams.face[2], alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('mask, steps, expected', [
    ([1, 1, 1, 0, 0, 0], 3, [1, 1, 0]), ([1, 1, 1, 1, 0], 2, [1, 1]), ([1, 0, 0, 0], 1, [1]),
    ([1, 0], 4, [1, 1, 0, 0]), ([1, 1, 0], 3, [1, 1, 0])])
def test_a_step_is_valid_where_any_of_its_frames_is(mask, steps, expected):
    assert resample_mask(torch.tensor([mask]).bool(), steps).int().tolist() == [expected]


@pytest.mark.parametrize('backbone, dims', [
    (RESNET, 2), (dict(RESNET, out_indices=(1,)), 2), (SLOW, 3),
    (dict(type='VisionTransformer', img_size=32, num_frames=4, embed_dims=24, depth=1,
          num_heads=2), 3)])
def test_blank_streams_are_shaped_as_those_of_a_clip(batch, backbone, dims):
    model = build(backbone, dims)
    streams = model.encode_streams(**{name: value[:1] for name, value in batch.items()})
    for blank, encoded in zip(model.blank_streams(), streams):
        assert (blank is None) == (encoded is None)
        assert encoded is None or blank.shape == encoded.shape


def test_building_computes_nothing_and_changes_nothing():
    model = build(dict(type='ResNet3dSlowOnly', depth=50, pretrained=None, norm_eval=False), 3,
                  (64, 1024, 1024))  # 5 TMACs
    assert all(module.training for module in model.modules())
    assert all(p.device.type == 'cpu' and p.requires_grad for p in model.parameters())
    assert not model.backbone.conv1.bn.num_batches_tracked


def test_clips_of_another_shape_are_refused(batch):
    with pytest.raises(ValueError, match=r'= \(8, 32, 32\), but the clips have \(4, 32, 32\).*'
                                         r'`backbone.clip_shape` to \(4, 32, 32\)'):
        build(RESNET, 2, (8, 32, 32)).encode_streams(**batch)


def test_dims_out_of_range():
    with pytest.raises(ValueError, match='`FaceSceneBackbone.dims` must be one of 2, 3, but got 4'):
        build(RESNET, 4)


@pytest.fixture
def mixed(clip_model_cfg, class_names):
    def build_mixed(**neck):
        return MODELS.build(dict(
            type='OUSRecognizer', backbone=dict(type='FaceSceneBackbone', backbone=RESNET, dims=2,
                                                 clip_shape=(4, 32, 32)),
            neck=dict(type='FaceSceneNeck', frames_encoder=dict(num_layers=1), **neck),
            cls_head=dict(type='MCFEHead', class_names=class_names, clip_model=clip_model_cfg,
                          num_prompt_tokens=2, mcfe=dict(num_blocks=1),
                          loss_similarity=dict(type='FaceSceneSimilarityLoss'),
                          loss_polarity=dict(type='PolarityLoss'))))
    return build_mixed


def test_widths_are_projected_by_the_neck(mixed, batch, samples):
    model = mixed(in_channels=128, channels=32, tap_channels=64, num_taps=1).train()
    losses = model(batch, samples, mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert {'loss_contrast', 'loss_similarity', 'loss_polarity'} < set(losses)
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize('neck, message', [
    (dict(in_channels=32), 'gives 128 channels per frame, but the neck expects 32'),
    (dict(in_channels=128), 'expects tokens of 32 channels, but gets 128'),
    (dict(in_channels=128, channels=32, tap_channels=48),
     'taps of 64 channels.*expects taps of 48')])
def test_widths_that_do_not_meet_are_refused_with_both_numbers(mixed, neck, message):
    with pytest.raises(ValueError, match=message):
        mixed(**neck)
