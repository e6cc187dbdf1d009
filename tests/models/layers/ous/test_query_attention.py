import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from ous_mmaction.models.layers.ous.query_attention import query_attention


@pytest.mark.parametrize('num_queries,num_tokens,heads', [(1, 1, 1), (2, 18, 8), (6, 5, 2)])
def test_equals_torchs_attention_with_gradients(num_queries, num_tokens, heads):
    attn = nn.MultiheadAttention(16, heads, batch_first=True).double()
    nn.init.normal_(attn.in_proj_bias)
    query, kv = (torch.randn(3, count, 16, dtype=torch.float64, requires_grad=True)
                 for count in (num_queries, num_tokens))
    padding = torch.zeros(3, num_tokens, dtype=torch.bool)
    padding[1, 1:] = True  # each clip keeps at least one token
    leaves = [query, kv, *attn.parameters()]
    results = []
    for output, weights in (
            query_attention(attn, query, kv, padding),
            attn(query, kv, kv, key_padding_mask=padding, average_attn_weights=False)):
        gradients = torch.autograd.grad(output.sin().sum() + weights.square().sum(), leaves,
                                        retain_graph=True)
        results.append([output, weights, *gradients])
    for ours, stock in zip(*results):
        torch.testing.assert_close(ours, stock, rtol=1e-10, atol=1e-10)


def test_costs_less_than_projecting_the_keys_and_values():
    """The paper's size: 2 queries and 18 tokens of 768 channels."""
    attn, query, kv = nn.MultiheadAttention(768, 8), torch.randn(1, 2, 768), torch.randn(1, 18, 768)
    with FlopCounterMode(display=False) as counter:
        query_attention(attn, query, kv)
    projections = 2 * (2 * 2 + 2 * 18) * 768 ** 2  # queries and outputs, keys and values
    assert counter.get_total_flops() < projections / 4
