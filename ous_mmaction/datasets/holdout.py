"""A part of the training fold that chooses the model, so that the test fold need not."""

from __future__ import annotations

from typing import Sequence

import numpy as np


def stratified_holdout(clip_ids: Sequence[str], labels: Sequence[int], share: float,
                       seed: int) -> set[str]:
    """Clips to hold out: the same share of every class, drawn by seed.

    The order of the clips does not matter, nor do the clips of other classes.

    Args:
        clip_ids (Sequence[str]): N ids, each once.
        labels (Sequence[int]): N class indices.
        share (float): Share of each class, in (0, 1); at least one clip a class is held out.
        seed (int): Not negative.

    Returns:
        set[str]: Ids of the clips that are held out.

    Raises:
        ValueError: If a class has one clip alone, or ``share`` leaves nothing to train on.
    """
    if not 0 < share < 1:
        raise ValueError(f'the key `holdout_share` is {share}: it must lie between 0 and 1')
    held_out: set[str] = set()
    for label in sorted(set(labels)):
        members = sorted(clip for clip, other in zip(clip_ids, labels) if other == label)
        count = max(1, round(share * len(members)))
        if count == len(members):
            raise ValueError(f'class {label} has {len(members)} clips, of which a `holdout_share` '
                             f'of {share} leaves none to train on; take a smaller share, or '
                             'select by the test fold')
        chosen = np.random.default_rng((seed, label)).permutation(len(members))[:count]
        held_out.update(members[index] for index in chosen)
    return held_out
