"""A random FRU-Adapter in the released layout, its computation written out, and its conversion."""
import pytest
import torch

from ous_mmaction.converters import convert_checkpoint

from ..running import ROOT
from .forged import check_forged, video_mae_line
from .layouts import converted_model, count, draw, shapes_of
from .vit_reference import layer_norm, linear, vit_block

C, DEPTH, HEADS, INNER, FRAMES, PATCH, SIDE = 16, 3, 2, 8, 16, 4, 2
SIZES = {f'model.backbone.{key}': value for key, value in dict(
    channels=C, depth=DEPTH, num_heads=HEADS, adapter_channels=INNER, patch_size=PATCH,
    image_size=PATCH * SIDE).items()} | {'model.cls_head.in_channels': C}


def layout(c=C, depth=DEPTH, patch=PATCH, places=SIDE ** 2, inner=INNER, classes=7):
    block, adapter = f'blocks.{{0..{depth - 1}}}.', f'tsea_blocks.{{0..{depth - 1}}}.'
    former = adapter + 'TFormer.{proj_Q,proj_K,proj_V,proj_output}.'
    return shapes_of([
        ('cls_token', (1, 1, c)), ('pos_embed', (1, 1 + places, c)),
        ('patch_embed.proj.weight', (c, 3, patch, patch)), ('patch_embed.proj.bias', (c,)),
        (block + '{norm1,norm2}.{weight,bias}', (c,)),
        (block + 'attn.qkv.weight', (3 * c, c)), (block + 'attn.qkv.bias', (3 * c,)),
        (block + 'attn.proj.weight', (c, c)), (block + 'attn.proj.bias', (c,)),
        (block + 'mlp.fc1.weight', (4 * c, c)), (block + 'mlp.fc1.bias', (4 * c,)),
        (block + 'mlp.fc2.weight', (c, 4 * c)), (block + 'mlp.fc2.bias', (c,)),
        ('fc_norm.{weight,bias}', (c,)), ('head.weight', (1000, c)), ('head.bias', (1000,)),
        ('classifier.norm.{weight,bias}', (c,)), ('classifier.fc1.weight', (c, c)),
        ('classifier.fc1.bias', (c,)), ('classifier.fc2.weight', (classes, c)),
        ('classifier.fc2.bias', (classes,)),
        (adapter + 'linear1.weight', (inner, c)), (adapter + 'linear1.bias', (inner,)),
        (adapter + 'linear2.weight', (c, inner)), (adapter + 'linear2.bias', (c,)),
        (adapter + 'T_linear1.weight', (FRAMES, FRAMES)), (adapter + 'T_linear1.bias', (FRAMES,)),
        (adapter + 'ln.{weight,bias}', (inner,)), (former + 'weight', (inner, inner)),
        (former + 'bias', (inner,)), (adapter + 'TFormer.norm.{weight,bias}', (inner,))])


def adapt(x, state, name):
    """The sheet's A on (T, 197, C), one place after the other."""
    h = layer_norm(linear(x, state, name + '.linear1'), state, name + '.ln', eps=1e-5)
    gate = linear(h.mean((1, 2)), state, name + '.T_linear1').softmax(0)
    h = h * gate[:, None, None]
    out = torch.empty_like(h)
    for place in range(h.shape[1]):
        n = layer_norm(h[:, place], state, name + '.TFormer.norm', eps=1e-5)
        q, k, v = (linear(n, state, f'{name}.TFormer.proj_{letter}') for letter in 'QKV')
        scores = (q * INNER ** -0.5) @ k.T
        attended = linear(scores.softmax(-1) @ v, state, name + '.TFormer.proj_output')
        out[:, place] = attended + h[:, place]
    return linear(out, state, name + '.linear2')


def reference(clip, state):
    """Logits (7,) of one clip (3, T, S, S), by the sheet's steps and released names."""
    weight = state['patch_embed.proj.weight'].flatten(1)
    x = torch.stack([
        clip[:, :, PATCH * r:PATCH * (r + 1), PATCH * c:PATCH * (c + 1)].transpose(0, 1).flatten(1)
        @ weight.T for r in range(SIDE) for c in range(SIDE)], 1) + state['patch_embed.proj.bias']
    x = torch.cat([state['cls_token'].expand(FRAMES, -1, -1), x], 1) + state['pos_embed']
    for i in range(DEPTH):
        x = vit_block(x, state, f'blocks.{i}', HEADS) + adapt(x, state, f'tsea_blocks.{i}')
    frames = linear(layer_norm(x[:, 1:].mean(1), state, 'fc_norm'), state, 'classifier.fc1')
    return linear(layer_norm(frames.mean(0), state, 'classifier.norm', eps=1e-5), state,
                  'classifier.fc2')


def test_layout_is_the_sheets():
    assert count(layout(1024, 24, 16, 196, 128)) == (734, 313_308_527)


@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-6), (torch.float32, 1e-5)])
def test_logits_are_the_released_models(dtype, tolerance, tmp_path):
    state = draw(layout())
    model, checkpoint = converted_model(
        video_mae_line(state, data_set='DFEW', sampling_rate=4), tmp_path,
        'fru_adapter/fru_adapter_dfew.py', SIZES)
    assert checkpoint['meta']['converted']['dataset'] == 'DFEW'
    views = torch.randn(2, 2, 3, FRAMES, PATCH * SIDE, PATCH * SIDE)
    expected = torch.stack([reference(clip, {n: x.double() for n, x in state.items()})
                            for clip in views.double().flatten(0, 1)])
    logits, _ = model.to(dtype).extract_feat(views.to(dtype), stage='head')
    torch.testing.assert_close(logits.double(), expected, atol=tolerance, rtol=0)
    assert expected.std(0).max() > 1e-2  # they depend on the input


def test_kind_of_dfew_is_not_guessed(tmp_path):
    """Files on native crops and on 16 frames have the same tensors and name the same dataset."""
    content = video_mae_line(draw(layout()), data_set='DFEW')
    model, checkpoint = converted_model(content, tmp_path, 'fru_adapter/fru_adapter_dfew_16f.py',
                                        SIZES)
    assert 'SortFramesAsStrings' in checkpoint['meta']['converted']['input']
    path = tmp_path / 'released.pth'
    with pytest.raises(ValueError, match='do not tell which dataset.*fru_adapter_dfew.py or '):
        convert_checkpoint(path, tmp_path / 'other.pth', ROOT / 'configs')
    with pytest.raises(ValueError, match='trained on DFEW, but the config is for FERV39k'):
        converted_model(content, tmp_path, 'fru_adapter/fru_adapter_ferv39k.py', SIZES)


def test_planted_calls_are_not_executed(tmp_path):
    check_forged(video_mae_line(draw(layout()), data_set='DFEW'), tmp_path)
