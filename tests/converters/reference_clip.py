"""The forward passes of the facts sheet, written out in numpy's float64."""
import numpy as np

from ..models.reference import sigmoid, softmax


def norm(x, state, name, eps=1e-5):
    y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + eps)
    return y * state[name + '.weight'] + state[name + '.bias']


def linear(x, state, name):
    return x @ state[name + '.weight'].T + state.get(name + '.bias', 0.)


def attend(q, k, v, heads, mask=0.):
    """Multi-head attention with contiguous heads; (..., N, heads * width) each."""
    def split(x):
        return np.stack(np.split(x, heads, -1), -3)
    q, k, v = split(q), split(k), split(v)
    scores = softmax(q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1]) + mask)
    return np.concatenate([x[..., 0, :, :] for x in np.split(scores @ v, heads, -3)], -1)


def clip_block(x, state, name, heads, mask=0.):
    """A residual block of CLIP with QuickGELU."""
    y = norm(x, state, name + 'ln_1')
    qkv = y @ state[name + 'attn.in_proj_weight'].T + state[name + 'attn.in_proj_bias']
    x = x + linear(attend(*np.split(qkv, 3, -1), heads, mask), state, name + 'attn.out_proj')
    hidden = linear(norm(x, state, name + 'ln_2'), state, name + 'mlp.c_fc')
    return x + linear(hidden * sigmoid(1.702 * hidden), state, name + 'mlp.c_proj')


def clip_image(images, state, name, heads, layers):
    """Embed images (N, 3, S, S): conv, class token, positions, blocks, projected class token."""
    conv = state[name + 'conv1.weight']
    patch, count = conv.shape[-1], images.shape[-1] // conv.shape[-1]
    tiles = images.reshape(len(images), 3, count, patch, count, patch)
    tokens = np.einsum('nchiwj,dcij->nhwd', tiles, conv).reshape(len(images), count * count, -1)
    first = np.broadcast_to(state[name + 'class_embedding'], (len(images), 1, len(conv)))
    x = np.concatenate([first, tokens], 1) + state[name + 'positional_embedding']
    x = norm(x, state, name + 'ln_pre')
    for i in range(layers):
        x = clip_block(x, state, f'{name}transformer.resblocks.{i}.', heads)
    return norm(x[:, 0], state, name + 'ln_post') @ state[name + 'proj']


def clip_text(embedded, ends, state, name, heads, layers):
    """Encode embedded prompts (K, 77, W) by the causal text tower."""
    x = embedded + state[name + 'positional_embedding']
    mask = np.triu(np.full((x.shape[1],) * 2, -np.inf), 1)
    for i in range(layers):
        x = clip_block(x, state, f'{name}transformer.resblocks.{i}.', heads, mask)
    x = norm(x, state, name + 'ln_final')[np.arange(len(x)), ends]
    return x @ state[name + 'text_projection']


def gelu_tanh(x):
    return x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))


def pre_norm_layers(x, state, name, heads, depth):
    """TB of the facts sheet: layers without a norm at the end."""
    for i in range(depth):
        b = f'{name}{i}.'
        qkv = norm(x, state, b + '0.fn.norm') @ state[b + '0.fn.fn.to_qkv.weight'].T
        x = x + linear(attend(*np.split(qkv, 3, -1), heads), state, b + '0.fn.fn.to_out.0')
        hidden = gelu_tanh(linear(norm(x, state, b + '1.fn.norm'), state, b + '1.fn.fn.net.0'))
        x = x + linear(hidden, state, b + '1.fn.fn.net.3')
    return x


def temporal(x, state, name, heads, depth, layers='temporal_transformer'):
    """Class token first, positions on all, layers, token 0: (B, T, D) -> (B, D)."""
    first = np.broadcast_to(state[name + 'cls_token'][0], (len(x), 1, x.shape[-1]))
    x = np.concatenate([first, x], 1)
    x = x + state[name + 'pos_embedding'][0, :x.shape[1]]
    return pre_norm_layers(x, state, f'{name}{layers}.layers.', heads, depth)[:, 0]
