"""The paper's equations written out in float64 numpy, from their text alone."""
import numpy as np


def array(tensor):
    return tensor.detach().double().cpu().numpy()


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def layer_norm(x, norm):
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(var + norm.eps) * array(norm.weight) + array(norm.bias)


def linear(x, layer):
    return x @ array(layer.weight).T + array(layer.bias)


def attention_weights(query, kv, attn, valid=None):
    """Softmax of eq. 15 per head, on (Q, D) queries and (N, D) keys of one clip."""
    weight, bias = array(attn.in_proj_weight), array(attn.in_proj_bias)
    dim, heads = query.shape[-1], attn.num_heads
    q, k = (x @ weight[i * dim:(i + 1) * dim].T + bias[i * dim:(i + 1) * dim]
            for i, x in enumerate((query, kv)))
    weights = []
    for h in range(heads):
        part = slice(h * dim // heads, (h + 1) * dim // heads)
        scores = q[:, part] @ k[:, part].T / np.sqrt(dim // heads)
        if valid is not None:
            scores[:, ~valid] = -np.inf
        weights.append(softmax(scores))
    return np.stack(weights)


def attention(query, kv, attn, valid=None, values=None):
    """Eq. 15 per head, on (Q, D) queries and (N, D) keys and values of one clip."""
    dim = query.shape[-1]
    values = kv if values is None else values
    v = values @ array(attn.in_proj_weight)[2 * dim:].T + array(attn.in_proj_bias)[2 * dim:]
    values = np.split(v, attn.num_heads, -1)
    outputs = [w @ x for w, x in zip(attention_weights(query, kv, attn, valid), values)]
    return linear(np.concatenate(outputs, -1), attn.out_proj)


def lstm(sequence, cell):
    """Eq. 13 with the gates of an LSTM, on (T, D)."""
    w_x, w_h = array(cell.weight_ih_l0), array(cell.weight_hh_l0)
    bias = array(cell.bias_ih_l0) + array(cell.bias_hh_l0)
    h = c = np.zeros(w_h.shape[1])
    outputs = []
    for x in sequence:
        i, f, g, o = np.split(w_x @ x + w_h @ h + bias, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        outputs.append(h)
    return np.stack(outputs)


def frames_encoder(frames, encoder, valid, skip=True):
    """Pre-norm transformer with QuickGELU over the valid frames of one clip, on (T, D)."""
    y = frames + array(encoder.positions.weight)[:len(frames)]
    for layer in encoder.layers:
        z = layer_norm(y, layer.ln_1)
        y = y + attention(z, z, layer.attn, valid)
        z = linear(layer_norm(y, layer.ln_2), layer.mlp.c_fc)
        y = y + linear(z / (1 + np.exp(-1.702 * z)), layer.mlp.c_proj)
    return y + frames * skip


def alignment(tokens, layer, valid=None):
    """Convolution over the tokens of one clip, with zeros for padding, then linear, on (T, D)."""
    kernel = array(layer.conv.weight)  # (out, in, tap)
    reach = kernel.shape[-1] // 2
    padded = np.zeros((len(tokens) + 2 * reach, tokens.shape[-1]))
    padded[reach:reach + len(tokens)] = tokens if valid is None else tokens * valid[:, None]
    convolved = np.stack([sum(kernel[:, :, k] @ padded[t + k] for k in range(2 * reach + 1))
                          for t in range(len(tokens))])
    return linear(convolved + array(layer.conv.bias), layer.linear)


def log_softmax(x):
    return np.log(softmax(x))


def unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)
