import numpy as np
import pytest
import torch

from ous_mmaction.models.layers.ous import MCFE
from ous_mmaction.models.layers.ous.attention_recorder import (
    SOURCES,
    record_attention,
    sum_by_source,
)

from ...reference import array, attention_weights, layer_norm
from .test_fusion import randomize

TOKENS = ['face'] * 4 + ['scene', 'polarity']
VARIANTS = [dict(), dict(residual='inner', shared_query=False), dict(reads='previous'),
            dict(reads='previous', residual='tokens', num_queries=6, act='QuickGELU',
                 max_positions=6)]


@pytest.mark.parametrize('variant', VARIANTS)
def test_shares_follow_the_equation(variant):
    """The reference is eq. 15 in numpy on the inputs of each block. Padding gets no weight."""
    mcfe = randomize(MCFE(channels=16, num_blocks=3, num_heads=2, **variant)).double()
    tokens = torch.randn(2, 6, 16).double()
    valid = torch.tensor([[True] * 6, [True, True, False, False, True, True]])
    inputs = []
    hooks = [block.register_forward_pre_hook(lambda _, args: inputs.append(args))
             for block in mcfe.blocks]
    with torch.no_grad(), record_attention(mcfe) as recorded:
        mcfe(tokens, ~valid)
    for hook in hooks:
        hook.remove()
    sources = mcfe.block_sources(TOKENS)
    assert len(recorded) == len(sources) == len(inputs) == 3
    for block, result, names, (query, kv, padding) in zip(mcfe.blocks, recorded, sources, inputs):
        shares = sum_by_source(result.weights, names)
        np.testing.assert_allclose(array(shares.sum(-1)), 1, atol=1e-12)
        for clip in range(2):
            real = np.ones(len(names), bool) if padding is None else ~padding[clip].numpy()
            assert result.valid[clip].tolist() == real.tolist()
            assert (result.weights[clip][:, ~real] == 0).all()
            expected = attention_weights(array(query[clip]),
                                         layer_norm(array(kv[clip]), block.ln_1), block.attn,
                                         real).mean(0)
            for column, source in enumerate(SOURCES):
                member = [name == source for name in names]
                np.testing.assert_allclose(array(shares[clip, :, column]),
                                           expected[:, member].sum(-1), rtol=1e-9, atol=1e-12)


def test_names_of_what_is_read():
    size = dict(channels=8, num_blocks=2)
    assert MCFE(**size).block_sources(TOKENS) == [TOKENS, TOKENS + ['previous'] * 2]
    assert MCFE(**size, reads='previous').block_sources(TOKENS) == [TOKENS, ['previous'] * 2]
    released = MCFE(**size, reads='previous', residual='tokens')
    assert released.block_sources(['face', 'scene']) == [['face', 'scene']] * 2


@pytest.mark.parametrize('variant', VARIANTS)
@pytest.mark.parametrize('training', [True, False])
def test_recording_changes_nothing(variant, training):
    """Output and gradients are bit-identical, and no hook is left behind."""
    mcfe = randomize(MCFE(channels=16, num_blocks=3, num_heads=2, **variant)).train(training)
    tokens, padding = torch.randn(2, 6, 16), torch.tensor([[False] * 6, [True] * 2 + [False] * 4])

    def outcome():
        mcfe.zero_grad()
        output = mcfe(tokens, padding)
        output.square().sum().backward()
        return output.detach(), mcfe.queries.grad.clone()

    before = outcome()
    with record_attention(mcfe) as recorded:
        during = outcome()
    after = outcome()
    assert len(recorded) == 3
    for first, second, third in zip(before, during, after):
        assert torch.equal(first, second) and torch.equal(first, third)
