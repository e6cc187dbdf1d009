"""The parts of the VideoMAE line against stock layers, and what their backbones refuse."""
import pytest
import torch
from mmaction.registry import MODELS
from torch import nn

from ous_mmaction.models.layers.attention import Attention
from ous_mmaction.models.layers.tubelet_embedding import TubeletEmbedding
from ous_mmaction.models.layers.vit_block import ViTBlock

SMALL = dict(channels=16, num_heads=2, num_frames=4, image_size=8, patch_size=4)


@pytest.mark.parametrize('bias', ['all', 'query_value', 'none'])
@pytest.mark.parametrize('context', [None, 5])
def test_attention_is_torchs(bias, context):
    ours, torchs = Attention(16, 4, bias), nn.MultiheadAttention(16, 4, batch_first=True)
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    with torch.no_grad():
        torchs.in_proj_weight.copy_(ours.qkv.weight)
        biases = [torch.zeros(16) if b is None else b for b in ours._biases()]
        torchs.in_proj_bias.copy_(torch.cat(biases))
    torchs.out_proj.load_state_dict(ours.proj.state_dict())
    x = torch.randn(2, 7, 16)
    other = x if context is None else torch.randn(2, context, 16)
    expected, _ = torchs(x, other, other)
    torch.testing.assert_close(ours(x, None if context is None else other), expected)
    with pytest.raises(ValueError, match='`Attention.bias` must be one of'):
        Attention(16, 4, 'some')


def test_block_is_torchs():
    ours = ViTBlock(16, 4)
    torchs = nn.TransformerEncoderLayer(16, 4, 64, 0., nn.functional.gelu, layer_norm_eps=1e-6,
                                        batch_first=True, norm_first=True)
    names = {'attn.qkv.weight': 'self_attn.in_proj_weight', 'attn.qkv.bias':
             'self_attn.in_proj_bias', 'attn.proj': 'self_attn.out_proj', 'mlp.c_fc': 'linear1',
             'mlp.c_proj': 'linear2'}
    state = {}
    for name, value in ours.state_dict().items():
        for part, torchs_part in names.items():
            name = name.replace(part, torchs_part)
        state[name] = value
    torchs.load_state_dict(state)
    x = torch.randn(2, 7, 16)
    torch.testing.assert_close(ours(x), torchs(x))


def test_drop_path_skips_branches_in_training_only():
    block = ViTBlock(16, 4, drop_path=0.9)
    x = torch.randn(64, 7, 16)
    skipped = (block(x) == x).all(2).all(1)
    assert 0.6 < skipped.float().mean() < 1
    assert not (block.eval()(x) == x).any()


def test_positions_follow_time_rows_and_columns():
    embed = TubeletEmbedding(8, num_frames=4, image_size=8, patch_size=4)
    nn.init.zeros_(embed.proj.bias)
    frames = torch.zeros(1, 3, 4, 8, 8)
    frames[0, :, 2:, :4, 4:] = 1  # second time step, first row, second column
    marked = (embed(frames) - embed.positions)[0].abs().sum(1)
    assert marked.nonzero().tolist() == [[1 * 4 + 0 * 2 + 1]]


@pytest.mark.parametrize('config, message', [
    (dict(type='LGIFormer', regions=(4, 2, 1), **SMALL),
     r'`LGIFormer.regions` is \(4, 2, 1\), but it must divide the grid .* \(2, 2, 2\)'),
    (dict(type='SVFAPTransformer', depths=(1, 1, 1), **dict(SMALL, num_frames=6)),
     'have 3 time steps. Set `num_frames` to a multiple of 8')])
def test_sizes_that_do_not_fit_are_refused(config, message):
    with pytest.raises(ValueError, match=message):
        MODELS.build(config)


@pytest.mark.parametrize('config', [
    dict(type='LGIFormer', regions=(2, 1, 1), depth=1),
    dict(type='SVFAPTransformer', depths=(1, 1)),
    dict(type='S2DTransformer', depth=1, adapter_heads=2,
         landmark_net=dict(channels=4, depths=(1, 1))),
    dict(type='FRUTransformer', depth=1, adapter_channels=8)])
def test_clips_of_another_size_are_refused(config):
    model = MODELS.build(dict(SMALL, **config))
    model.init_weights()
    assert model(torch.zeros(3, 3, 4, 8, 8)).shape == (3, 16)
    for shape in ((1, 3, 6, 8, 8), (1, 3, 4, 12, 12)):
        with pytest.raises(ValueError, match='Set its keys `num_frames` and `image_size`'):
            model(torch.zeros(shape))
