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
