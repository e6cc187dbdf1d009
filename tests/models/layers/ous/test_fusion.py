import numpy as np
import pytest
import torch

from ous_mmaction.models.layers.ous import MCFE, FusionBlock

from ...reference import array, attention, layer_norm, linear


def relu(x):
    return np.maximum(x, 0)


def quick_gelu(x):
    return x / (1 + np.exp(-1.702 * x))


def block_reference(query, kv, block, residual, act, valid=None, values=None):
    """Eqs. 5 and 7-10 on one clip."""
    normed = None if values is None else layer_norm(values, block.ln_1)
    attended = attention(query, layer_norm(kv, block.ln_1), block.attn, valid, normed)
    mlp = lambda x: linear(act(linear(x, block.mlp.c_fc)), block.mlp.c_proj)  # noqa: E731, eq. 9
    if residual == 'tokens':
        hidden = kv + attended
        return hidden + mlp(layer_norm(hidden, block.ln_2))
    hidden = layer_norm(attended, block.ln_2)
    output = mlp(hidden) + (hidden if residual == 'inner' else 0)
    return layer_norm(output, block.ln_3)


def randomize(module):
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return module


@pytest.mark.parametrize('residual,act,reference_act', [
    ('none', 'ReLU', relu), ('inner', 'ReLU', relu), ('tokens', 'QuickGELU', quick_gelu)])
def test_block_follows_the_equations(residual, act, reference_act):
    block = randomize(FusionBlock(channels=16, num_heads=4, residual=residual,
                                  act=act)).double()
    query, kv = torch.randn(2, 5, 16).double(), torch.randn(2, 5, 16).double()
    valid = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    output = array(block(query, kv, ~valid))
    for i in range(2):
        expected = block_reference(array(query[i]), array(kv[i]), block, residual, reference_act,
                                   valid[i].numpy())
        np.testing.assert_allclose(output[i], expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize('reads', ['tokens+previous', 'previous'])
@pytest.mark.parametrize('shared', [True, False])
def test_mcfe_stacks_blocks_on_what_they_read(reads, shared):
    mcfe = randomize(MCFE(channels=16, num_blocks=3, num_heads=2, num_queries=2, reads=reads,
                          shared_query=shared)).double()
    tokens = torch.randn(1, 6, 16).double()
    valid = np.array([True] * 4 + [False] * 2)
    kv, kv_valid = array(tokens[0]), valid
    for i, block in enumerate(mcfe.blocks):
        query = array(mcfe.queries[0 if shared else i])
        output = block_reference(query, kv, block, 'none', relu, kv_valid)
        kv, kv_valid = ((output, None) if reads == 'previous' else
                        (np.concatenate([array(tokens[0]), output]),
                         np.concatenate([valid, [True, True]])))
    result = mcfe(tokens, torch.from_numpy(~valid)[None])
    np.testing.assert_allclose(array(result)[0], output.mean(0), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize('reads', ['tokens+previous', 'previous'])
def test_keys_and_values_may_differ(reads):
    """Eq. 15 with a K and a V of its own; what a block gives is key and value of the next."""
    mcfe = randomize(MCFE(channels=16, num_blocks=3, num_heads=2, reads=reads,
                          max_positions=6)).double()
    keys, values = torch.randn(2, 1, 6, 16).double()
    valid = np.array([True] * 4 + [False, True])
    first_k, first_v = (array(x[0] + mcfe.positions.weight) for x in (keys, values))
    k, v, kv_valid = first_k, first_v, valid
    for block in mcfe.blocks:
        output = block_reference(array(mcfe.queries[0]), k, block, 'none', relu, kv_valid, v)
        k = v = output
        kv_valid = None
        if reads == 'tokens+previous':
            k, v = np.concatenate([first_k, output]), np.concatenate([first_v, output])
            kv_valid = np.concatenate([valid, [True, True]])
    result = mcfe(keys, torch.from_numpy(~valid)[None], values)
    np.testing.assert_allclose(array(result)[0], output.mean(0), rtol=1e-9, atol=1e-9)


def test_query_is_one_gaussian_parameter_for_all_blocks():
    mcfe = MCFE(channels=64, num_blocks=12, num_queries=256, query_mean=0.5, query_std=2.)
    assert mcfe.queries.shape == (1, 256, 64)
    assert mcfe.queries.mean().item() == pytest.approx(0.5, abs=0.05)
    assert mcfe.queries.std().item() == pytest.approx(2., abs=0.05)
    mcfe(torch.randn(2, 3, 64)).sum().backward()
    assert mcfe.queries.grad.abs().sum() > 0


def test_padding_does_not_reach_the_output():
    mcfe = MCFE(channels=16, num_blocks=2, num_heads=2)
    tokens, padding = torch.randn(1, 5, 16), torch.tensor([[False] * 3 + [True] * 2])
    changed = tokens.clone()
    changed[:, 3:] = 100.
    torch.testing.assert_close(mcfe(tokens, padding), mcfe(changed, padding))
    torch.testing.assert_close(mcfe(tokens, padding), mcfe(tokens[:, :3]))


def test_keys_out_of_range_are_named():
    with pytest.raises(ValueError, match='key `FusionBlock.residual`'):
        FusionBlock(channels=8, residual='outer')
    with pytest.raises(ValueError, match='key `MCFE.reads`'):
        MCFE(channels=8, reads='tokens')
    with pytest.raises(ValueError,
                       match="`MCFE.residual` is 'tokens'.*Set `MCFE.reads` to 'previous'"):
        MCFE(channels=8, residual='tokens')
