from pathlib import Path

import open_clip
import pytest
import torch
from mmaction.registry import MODELS

from ous_mmaction.models import OpenCLIPBackbone


def stock_blocks(visual, images):
    """Outputs of the tower's blocks from open_clip's own forward_intermediates."""
    blocks = len(visual.transformer.resblocks)
    out = visual.forward_intermediates(images, indices=list(range(blocks)), output_fmt='NLC',
                                       output_extra_tokens=True)
    return [torch.cat(pair, 1) for pair in zip(out['image_intermediates_prefix'],
                                               out['image_intermediates'])]


def test_embeds_frames_as_stock_open_clip(clip_model_cfg, batch):
    backbone = OpenCLIPBackbone(clip_model_cfg)
    streams = backbone.encode_streams(**batch)
    clip = backbone.clip_model.model
    for name in ('face', 'scene'):
        for b in range(3):
            for t in range(4):
                expected = clip.encode_image(batch[name][b, t][None])[0]
                torch.testing.assert_close(getattr(streams, name)[b, t], expected,
                                           rtol=1e-4, atol=1e-5)


def test_patch_embedding_is_eq_12(clip_model_cfg):
    visual = OpenCLIPBackbone(clip_model_cfg).clip_model.model.visual
    image = torch.randn(1, 3, 32, 32)
    patches = image.unfold(2, 8, 8).unfold(3, 8, 8)  # (1, 3, 4, 4, 8, 8)
    patches = patches.permute(0, 2, 3, 1, 4, 5).reshape(16, -1)
    tokens = torch.cat([visual.class_embedding[None], patches @ visual.conv1.weight.flatten(1).t()])
    expected = visual.ln_pre(tokens + visual.positional_embedding)
    inputs = []
    hook = visual.transformer.register_forward_pre_hook(lambda module, args: inputs.append(args[0]))
    visual(image)
    hook.remove()
    torch.testing.assert_close(inputs[0][0], expected, rtol=1e-4, atol=1e-5)


def test_taps_are_token_means_of_the_first_blocks_over_valid_scene_frames(clip_model_cfg, batch):
    backbone = OpenCLIPBackbone(clip_model_cfg, num_taps=4)
    taps = backbone.encode_streams(**batch).taps
    assert taps.shape == (3, 4, 48)
    visual = backbone.clip_model.model.visual
    for b, frames in enumerate((4, 4, 2)):
        blocks = stock_blocks(visual, batch['scene'][b, :frames])
        expected = torch.stack([block.mean((0, 1)) for block in blocks[:4]])
        torch.testing.assert_close(taps[b], expected, rtol=1e-4, atol=1e-5)


def test_is_frozen_in_eval_mode_and_outside_the_checkpoint(clip_model_cfg, batch):
    backbone = OpenCLIPBackbone(clip_model_cfg).train()
    backbone.init_weights()
    assert list(backbone.state_dict()) == ['clip_fingerprint']
    assert not list(backbone.parameters())
    assert not any(module.training for module in backbone.clip_model.model.modules())
    assert not any(p.requires_grad for p in backbone.clip_model.model.parameters())
    assert not backbone.encode_streams(**batch).face.requires_grad


def test_moves_with_the_module(clip_model_cfg):
    backbone = OpenCLIPBackbone(clip_model_cfg)
    backbone.double()
    assert backbone.clip_model.model.visual.conv1.weight.dtype == torch.float64
    backbone.float()
    assert backbone.clip_model.model.visual.conv1.weight.dtype == torch.float32


def test_feature_map_form_fits_a_stock_recognizer(clip_model_cfg):
    model = MODELS.build(dict(
        type='Recognizer2D', backbone=dict(type='OpenCLIPBackbone', clip_model=clip_model_cfg),
        cls_head=dict(type='TSNHead', num_classes=7, in_channels=32)))
    logits, _ = model.extract_feat(torch.randn(2, 3, 3, 32, 32), stage='head')
    assert logits.shape == (2, 7)


def test_a_face_that_fills_the_frame_is_encoded_once(clip_model_cfg, batch):
    """Two of the twelve frames have equal streams; each frame alone is the reference."""
    backbone = OpenCLIPBackbone(clip_model_cfg)
    batch['face'][1, 2:] = batch['scene'][1, 2:]
    encoded = []
    hook = backbone.clip_model.model.visual.register_forward_pre_hook(
        lambda _, args: encoded.append(len(args[0])))
    streams = backbone.encode_streams(**batch)
    hook.remove()
    assert encoded == [2 * 12 - 2]
    assert torch.equal(streams.face[1, 2:], streams.scene[1, 2:])
    visual = backbone.clip_model.model.visual
    for name in ('face', 'scene'):
        for b in range(3):
            for t in range(4):
                torch.testing.assert_close(getattr(streams, name)[b, t],
                                           visual(batch[name][b, t][None])[0],
                                           rtol=1e-4, atol=1e-5)
    blocks = stock_blocks(visual, batch['scene'][1])
    torch.testing.assert_close(streams.taps[1], torch.stack([b.mean((0, 1)) for b in blocks[:4]]),
                               rtol=1e-4, atol=1e-5)


def test_features_can_stand_before_trained_layers(clip_model_cfg, batch):
    """The tower runs in the inference mode, whose tensors autograd would refuse."""
    streams = OpenCLIPBackbone(clip_model_cfg).encode_streams(**batch)
    for features in (streams.face, streams.scene, streams.taps):
        layer = torch.nn.Linear(features.shape[-1], 3)
        layer(features).sum().backward()
        assert layer.weight.grad.abs().sum() > 0


@pytest.mark.parametrize('precision,least', [('bf16', 0.9999), ('fp16', 0.999999)])
@pytest.mark.parametrize('clip_model', [dict(name='vit_demo', pretrained='rendered'), 'ViT-B/32'])
def test_half_precision_keeps_the_direction_of_the_features(precision, least, clip_model):
    if clip_model == 'ViT-B/32':
        clip_model = dict(name='vit_b32_small')
        open_clip.add_model_config(Path(__file__).parents[2] / 'assets' / 'vit_b32_small.json')
    exact, half = (OpenCLIPBackbone(clip_model, precision=p) for p in ('fp32', precision))
    size = exact.clip_model.model.visual.image_size[0]
    images = torch.randn(4, 3, size, size)
    for reference, output in zip(exact.encode_images(images), half.encode_images(images)):
        assert output.dtype == torch.float32
        assert not torch.equal(output, reference)
        assert torch.cosine_similarity(output, reference, dim=-1).min() > least


def test_half_precision_leaves_the_shared_model_alone(clip_model_cfg, batch):
    """The text tower, its prompts and other holders of the same model stay in float32."""
    half, exact = (OpenCLIPBackbone(clip_model_cfg, precision=p) for p in ('bf16', 'fp32'))
    before = exact.encode_streams(**batch)
    half.encode_streams(**batch)
    assert {p.dtype for p in half.clip_model.model.parameters()} == {torch.float32}
    for a, b in zip(before, exact.encode_streams(**batch)):
        assert torch.equal(a, b)
    assert list(half.state_dict()) == ['clip_fingerprint']


def test_an_unknown_precision_is_named(clip_model_cfg):
    with pytest.raises(ValueError, match="`OpenCLIPBackbone.precision` must be one of fp32, bf16"):
        OpenCLIPBackbone(clip_model_cfg, precision='int8')


@pytest.mark.full
@pytest.mark.parametrize('precision', ['fp32', 'bf16'])
def test_compiled_blocks_give_the_same_features(clip_model_cfg, batch, precision):
    plain = OpenCLIPBackbone(clip_model_cfg, precision=precision).encode_streams(**batch)
    compiled = OpenCLIPBackbone(clip_model_cfg, precision=precision, compile=True)
    tolerance = dict(rtol=1e-4, atol=1e-5) if precision == 'fp32' else dict(rtol=0.05, atol=0.02)
    for _ in range(2):
        for a, b in zip(compiled.encode_streams(**batch), plain):
            torch.testing.assert_close(a, b, **tolerance)
