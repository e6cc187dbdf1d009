"""AEN written out in float64 numpy from its description, on single clips."""
import math

import numpy as np

from .reference import array, layer_norm, linear, sigmoid, softmax


def gelu(x):
    return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2


def self_attention(x, attn, valid):
    """Self-attention on (N, C) tokens, whose heads have their own width."""
    heads = attn.num_heads
    q, k, v = np.split(x @ array(attn.qkv.weight).T, 3, axis=-1)
    width = q.shape[-1] // heads
    outputs = []
    for h in range(heads):
        part = slice(h * width, (h + 1) * width)
        scores = q[:, part] @ k[:, part].T / math.sqrt(width)
        scores[:, ~valid] = -np.inf
        outputs.append(softmax(scores) @ v[:, part])
    return linear(np.concatenate(outputs, -1), attn.out)


def temporal_transformer(frames, valid, model):
    """(T, C) vectors of frames -> (1 + T, C), the class token first."""
    x = np.concatenate([array(model.class_token)[None],
                        frames + array(model.positions.weight)[:len(frames)]])
    valid = np.concatenate([[True], valid])
    for layer in model.layers:
        x = x + self_attention(layer_norm(x, layer.ln_1), layer.attn, valid)
        x = x + linear(gelu(linear(layer_norm(x, layer.ln_2), layer.mlp[0])), layer.mlp[2])
    return x


def cross_attention(query, tokens, valid, attn):
    """Attention of one query (D,) to (N, C) tokens of another width."""
    bias = np.split(array(attn.in_proj_bias), 3)
    q = array(attn.q_proj_weight) @ query + bias[0]
    k = tokens @ array(attn.k_proj_weight).T + bias[1]
    v = tokens @ array(attn.v_proj_weight).T + bias[2]
    width, outputs = len(query) // attn.num_heads, []
    for h in range(attn.num_heads):
        part = slice(h * width, (h + 1) * width)
        scores = k[:, part] @ q[part] / math.sqrt(width)
        scores[~valid] = -np.inf
        outputs.append(softmax(scores) @ v[:, part])
    return linear(np.concatenate(outputs), attn.out_proj)


def top_down(levels, valid, head):
    """Logits of the sentiment, emotion and global heads from four (1 + T, C_l) levels."""
    valid = np.concatenate([[True], valid])
    clip = levels[3][0]
    sentiment = clip + cross_attention(clip, levels[0], valid, head.attend_low)
    emotion = sentiment + cross_attention(sentiment, levels[2], valid, head.attend_high)
    return (linear(sentiment, head.classify_sentiment), linear(emotion, head.classify_emotion),
            linear(clip, head.classify_overall))


def grouped(probabilities, groups):
    return np.array([sum(p for p, g in zip(probabilities, groups) if g == group)
                     for group in range(3)])


def two_head_loss(head, overall, label, share=0.7):
    """P1 or P2 of one clip, from probabilities."""
    return -share * np.log(head[label]) - (1 - share) * np.log(overall[label])


def frame_token_loss(tokens, frames, scores, valid, scale=3):
    """L_S2T of one clip: tokens (C_l,) and frames (T, C_l) of each level, scores (T,)."""
    total = 0
    for token, level in zip(tokens, frames):
        target, weight = 0, 0
        for frame, score, counts in zip(level, scores, valid):
            if counts:
                target, weight = target + score * frame, weight + score
        total += scale * np.mean(np.abs(token - target / weight))
    return total


def frame_score_loss(logits, scores, valid):
    """L_e of one clip: logits (G,), scores (T, G)."""
    target = softmax(sum(score for score, counts in zip(scores, valid) if counts))
    return np.mean(np.abs(sigmoid(logits) - target))
