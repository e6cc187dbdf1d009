"""Layers of vision transformers by the names of released tensors, written out in plain torch."""
import math

import torch


def linear(x, state, name):
    y = x @ state[name + '.weight'].T
    return y + state[name + '.bias'] if name + '.bias' in state else y


def layer_norm(x, state, name, eps=1e-6):
    centered = x - x.mean(-1, keepdim=True)
    scaled = centered / (centered.pow(2).mean(-1, keepdim=True) + eps).sqrt()
    return scaled * state[name + '.weight'] + state[name + '.bias']


def gelu(x):
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


def mlp(x, state, name):
    return linear(gelu(linear(x, state, name + '.fc1')), state, name + '.fc2')


def attend(q, k, v, heads):
    """Attend from (..., Q, C) to (..., N, C), one head after the other."""
    width = q.shape[-1] // heads
    outputs = []
    for h in range(heads):
        part = slice(h * width, (h + 1) * width)
        scores = torch.einsum('...qc,...nc->...qn', q[..., part], k[..., part]) / math.sqrt(width)
        outputs.append(torch.einsum('...qn,...nc->...qc', scores.softmax(-1), v[..., part]))
    return torch.cat(outputs, -1)


def videomae_attention(x, context, state, name, heads):
    """The sheet's QB with separate queries: the key bias is zero."""
    k_weight, v_weight = state[name + '.kv.weight'].chunk(2)
    q = x @ state[name + '.q.weight'].T + state[name + '.q_bias']
    v = context @ v_weight.T + state[name + '.v_bias']
    return linear(attend(q, context @ k_weight.T, v, heads), state, name + '.proj')


def fused_attention(x, state, name, heads):
    """The sheet's VB, or QB where the file has a query and a value bias."""
    q, k, v = linear(x, state, name + '.qkv').chunk(3, -1)
    if name + '.q_bias' in state:
        q, v = q + state[name + '.q_bias'], v + state[name + '.v_bias']
    return linear(attend(q, k, v, heads), state, name + '.proj')


def vit_block(x, state, name, heads):
    x = x + fused_attention(layer_norm(x, state, name + '.norm1'), state, name + '.attn', heads)
    return x + mlp(layer_norm(x, state, name + '.norm2'), state, name + '.mlp')


def tubelets(clip, state, patch):
    """Tokens (N, C) of a clip (3, T, H, W), with their positions; one tubelet after the other."""
    weight = state['patch_embed.proj.weight'].flatten(1)
    frames, height, width = clip.shape[1:]
    tokens = []
    for t in range(0, frames, 2):
        for y in range(0, height, patch):
            for x in range(0, width, patch):
                tubelet = clip[:, t:t + 2, y:y + patch, x:x + patch].flatten()
                tokens.append(weight @ tubelet + state['patch_embed.proj.bias'])
    channels = len(weight)
    positions = torch.tensor([
        [(math.cos if j % 2 else math.sin)(p / 10000 ** (2 * (j // 2) / channels))
         for j in range(channels)] for p in range(len(tokens))])
    return torch.stack(tokens) + positions.float().to(clip)  # rounded to float32, as released
