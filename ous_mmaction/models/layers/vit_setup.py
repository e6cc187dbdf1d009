"""How vision transformers start: their initial weights and the drop-path of their blocks."""
from __future__ import annotations

# As VideoMAE draws them.
VIT_INIT = [
    dict(type='TruncNormal', layer=['Linear', 'Conv1d', 'Conv2d', 'Conv3d'], std=0.02, bias=0.0),
    dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.0)]


def drop_path_rates(last: float, depth: int) -> list[float]:
    """Return the drop-path of each block, which rises linearly from 0.

    Args:
        last (float): Drop-path of the last block.
        depth (int): Number of blocks.

    Returns:
        list[float]: One rate per block.

    Examples:
        >>> drop_path_rates(0.5, depth=3)
        [0.0, 0.25, 0.5]
    """
    return [last * block / max(1, depth - 1) for block in range(depth)]
