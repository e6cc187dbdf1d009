from __future__ import annotations

import hashlib

from torch import nn


def fingerprint_of(model: nn.Module) -> str:
    """Return the fingerprint of a model's weights.

    Args:
        model (nn.Module): The model. Its device and dtype do not matter beyond rounding.

    Returns:
        str: BLAKE2 hash of 32 hex digits over the names and float32 values of all weights, in the
        order of the names.
    """
    digest = hashlib.blake2b(digest_size=16)
    for name, value in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().float().reshape(-1).numpy())
    return digest.hexdigest()
