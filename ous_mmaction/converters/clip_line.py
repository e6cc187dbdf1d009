"""What the converters of methods on a CLIP of their own share."""
from __future__ import annotations

from collections.abc import Mapping

import open_clip
import torch
from torch import Tensor

# CLIP's start and end tokens.
START, END = 49406, 49407

# CLIP's second copy in a file. Its image tower and most of its text tower repeat the trained ones.
COPIES = {
    'clip_model_.visual.': 'image_encoder.',
    'clip_model_.transformer.': 'text_encoder.transformer.',
    'clip_model_.positional_embedding': 'text_encoder.positional_embedding',
    'clip_model_.ln_final.': 'text_encoder.ln_final.',
    'clip_model_.text_projection': 'text_encoder.text_projection'}
TABLE = 'clip_model_.token_embedding.weight'

# (pattern of the layer in a file, ours), of a transformer of Former-DFER's authors.
_LAYER = {'0.fn.norm.': 'ln_1.', '0.fn.fn.to_qkv.': 'attn.qkv.', '0.fn.fn.to_out.0.': 'attn.out.',
          '1.fn.norm.': 'ln_2.', '1.fn.fn.net.0.': 'mlp.0.', '1.fn.fn.net.3.': 'mlp.2.'}


def transformer_names(theirs: str, ours: str, depth: int) -> dict[str, str]:
    """Return the prefixes of the layers of a transformer, for :func:`rename`.

    Args:
        theirs (str): Prefix of the layers in the file.
        ours (str): Prefix of the layers in the model.
        depth (int): Number of layers.

    Returns:
        dict[str, str]: Our prefix by theirs.

    Examples:
        >>> transformer_names('t.layers.', 'neck.layers.', 1)['t.layers.0.0.fn.norm.']
        'neck.layers.0.ln_1.'
    """
    return {f'{theirs}{index}.{part}': f'{ours}{index}.{own}'
            for index in range(depth) for part, own in _LAYER.items()}


def temporal_net(tensors: Mapping[str, Tensor], prefix: str, ours: str) -> dict[str, Tensor]:
    """Convert a class token and its positions; the layers are renamed elsewhere.

    Args:
        tensors (Mapping[str, Tensor]): Tensors by name, changed neither in number nor in value.
        prefix (str): Prefix of the net in the file.
        ours (str): Prefix of the :class:`TemporalTransformer`.

    Returns:
        dict[str, Tensor]: All tensors, with the two under our names and in our shapes.
    """
    tensors = dict(tensors)
    for name, own in ((f'{prefix}cls_token', f'{ours}class_token'),
                      (f'{prefix}pos_embedding', f'{ours}positions.weight')):
        if name in tensors:
            value = tensors.pop(name)
            tensors[own] = value.flatten() if own.endswith('token') else value.flatten(0, -2)
    return tensors


def recover_tokens(start: Tensor, suffix: Tensor, table: Tensor) -> Tensor:
    """Recover the token ids of prompts, which files do not hold, from their embeddings.

    Args:
        start (Tensor): Embedded start tokens of shape (K, 1, W).
        suffix (Tensor): Embedded tokens behind the learned vectors, of shape (K, L, W).
        table (Tensor): Token embeddings of shape (V, W).

    Returns:
        Tensor: Token ids of start and suffix, int64 of shape (K, 1 + L).

    Raises:
        ValueError: If a row is not in the table, or start or end token are not where they belong.
    """
    rows = torch.cat([start, suffix], 1)
    unique, inverse = rows.flatten(0, 1).unique(dim=0, return_inverse=True)
    nearest = torch.cdist(unique.double(), table.double()).argmin(1)
    if not torch.equal(table[nearest], unique):
        raise ValueError('the embedded prompts are not rows of the token embedding in the file, so '
                         'their texts cannot be recovered. The file is damaged or of another code')
    tokens = nearest[inverse].reshape(rows.shape[:2])
    ends = (tokens == END).sum(1)
    if (tokens[:, 0] != START).any() or (ends != 1).any():
        raise ValueError('the recovered prompts do not start with the start token and hold one end '
                         'token. The file is damaged or of another code')
    return tokens


def decode(tokens: Tensor) -> list[str]:
    """Decode the texts between start and end token.

    Args:
        tokens (Tensor): Token ids of shape (K, L).

    Returns:
        list[str]: K texts.
    """
    tokenizer = open_clip.SimpleTokenizer()
    texts = [tokenizer.decode(row[1:row.argmax()].tolist()).strip() for row in tokens]
    return [text.replace(' ,', ',').replace(' .', '.') for text in texts]
