"""A random SVFAP in the released layout, its computation written out, and its conversion."""
import pytest
import torch

from .forged import check_forged, video_mae_line
from .layouts import converted_model, count, draw, shapes_of
from .vit_reference import (
    layer_norm,
    linear,
    mlp,
    tubelets,
    videomae_attention,
    vit_block,
)

C, DEPTHS, HEADS, PATCH = 16, (2, 3, 2), 2, 4
SIZES = {'model.backbone.channels': C, 'model.backbone.depths': DEPTHS,
         'model.backbone.num_heads': HEADS, 'model.backbone.patch_size': PATCH,
         'model.backbone.image_size': 8, 'model.cls_head.in_channels': C}


def layout(c=C, depths=DEPTHS, patch=PATCH, classes=7):
    last = sum(depths) - 1
    block, cross = f'blocks.{{0..{last}}}.', f'blocks.{{{depths[0]}..{last}}}.cross_'
    return shapes_of([
        ('patch_embed.proj.weight', (c, 3, 2, patch, patch)), ('patch_embed.proj.bias', (c,)),
        (block + '{norm1,norm2}.{weight,bias}', (c,)), (block + 'attn.{q_bias,v_bias}', (c,)),
        (block + 'attn.qkv.weight', (3 * c, c)), (block + 'attn.proj.weight', (c, c)),
        (block + 'attn.proj.bias', (c,)),
        (block + 'mlp.fc1.weight', (4 * c, c)), (block + 'mlp.fc1.bias', (4 * c,)),
        (block + 'mlp.fc2.weight', (c, 4 * c)), (block + 'mlp.fc2.bias', (c,)),
        (cross + 'attn.{q_bias,v_bias}', (c,)), (cross + 'attn.q.weight', (c, c)),
        (cross + 'attn.kv.weight', (2 * c, c)), (cross + 'attn.proj.weight', (c, c)),
        (cross + 'attn.proj.bias', (c,)), (cross + '{norm1,norm2}.{weight,bias}', (c,)),
        ('temporal_downsamples.{0,1}.weight', (c, c, 2)), ('temporal_downsamples.{0,1}.bias', (c,)),
        ('spatial_downsamples.{0,1}.norm.{weight,bias}', (c,)),
        ('spatial_downsamples.{0,1}.mlp.fc1.weight', (c // 4, c)),
        ('spatial_downsamples.{0,1}.mlp.fc1.bias', (c // 4,)),
        ('spatial_downsamples.{0,1}.mlp.fc2.weight', (8, c // 4)),
        ('spatial_downsamples.{0,1}.mlp.fc2.bias', (8,)),
        ('fc_norm.{weight,bias}', (c,)), ('head.weight', (classes, c)), ('head.bias', (classes,))])


def crossed(x, context, state, name):
    x = x + videomae_attention(layer_norm(x, state, name + '.cross_norm1'),
                               layer_norm(context, state, name + '.cross_norm2'), state,
                               name + '.cross_attn', HEADS)
    return vit_block(x, state, name, HEADS)


def reference(clip, state):
    """Logits (7,) of one clip (3, T, S, S), by the sheet's steps and released names."""
    x = tubelets(clip, state, PATCH)
    for index in range(DEPTHS[0]):
        x = vit_block(x, state, f'blocks.{index}', HEADS)
    steps, index = clip.shape[1] // 2, DEPTHS[0]
    for stage, depth in enumerate(DEPTHS[1:]):
        early, late = state[f'temporal_downsamples.{stage}.weight'].unbind(-1)
        grid = x.view(steps, -1, C)
        z = grid[0::2] @ early.T + grid[1::2] @ late.T + state[f'temporal_downsamples.{stage}.bias']
        steps //= 2
        name = f'spatial_downsamples.{stage}'
        weights = mlp(layer_norm(z, state, name + '.norm'), state, name + '.mlp').softmax(1)
        u = torch.einsum('tpm,tpc->tmc', weights, z).flatten(0, 1)
        z = z.flatten(0, 1)
        for _ in range(depth - 1):
            u, index = crossed(u, z, state, f'blocks.{index}'), index + 1
        x, index = crossed(z, u, state, f'blocks.{index}'), index + 1
    return linear(layer_norm(x.mean(0), state, 'fc_norm'), state, 'head')


def test_layout_is_the_sheets():
    assert count(layout(512, (12, 6, 3), 16)) == (385, 77_635_351)


@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-6), (torch.float32, 1e-5)])
def test_logits_are_the_released_models(dtype, tolerance, tmp_path):
    state = draw(layout())
    model, checkpoint = converted_model(
        video_mae_line(state, data_set='DFEW', sampling_rate=4), tmp_path,
        'svfap/svfap_dfew.py', SIZES)
    assert checkpoint['meta']['converted']['family'] == 'SVFAP'
    views = torch.randn(2, 2, 3, 16, 8, 8)
    expected = torch.stack([reference(clip, {n: x.double() for n, x in state.items()})
                            for clip in views.double().flatten(0, 1)])
    logits, _ = model.to(dtype).extract_feat(views.to(dtype), stage='head')
    torch.testing.assert_close(logits.double(), expected, atol=tolerance, rtol=0)
    assert expected.std(0).max() > 1e-2  # they depend on the input


def test_planted_calls_are_not_executed(tmp_path):
    check_forged(video_mae_line(draw(layout()), data_set='DFEW'), tmp_path)
