"""Which clips a checkpoint was trained on, as plain data in its ``meta['trained_clips']``."""
from __future__ import annotations

import hashlib
from collections.abc import Sequence

import torch


def describe_clips(dataset: str, annotation: Sequence[str], clip_ids: Sequence[str]) -> dict:
    """Describe a set of clips by the hashes of their ids.

    Args:
        dataset (str): Name of the dataset, since ids repeat between datasets.
        annotation (Sequence[str]): Names of the files that list the clips.
        clip_ids (Sequence[str]): Ids of N clips, in any order.

    Returns:
        dict: ``annotation``, the names; ``digest`` of the set, 32 hex digits; ``clips``, sorted
        int64 of shape (N,), one hash per clip.

    Examples:
        >>> described = describe_clips('DFEW', ['fold1_train.json'], ['2', '1'])
        >>> described['digest'] == describe_clips('DFEW', [], ['1', '2'])['digest']
        True
        >>> described['clips'].shape
        torch.Size([2])
    """
    hashes = sorted({int.from_bytes(
        hashlib.blake2b(f'{dataset}\0{clip_id}'.encode(), digest_size=8).digest(), 'big',
        signed=True) for clip_id in clip_ids})
    digest = hashlib.blake2b(repr(hashes).encode(), digest_size=16).hexdigest()
    return dict(annotation=list(annotation), digest=digest,
                clips=torch.tensor(hashes, dtype=torch.int64))


def clips_of(checkpoint: dict) -> dict | None:
    """Return what a checkpoint says about its clips; None if it is older than this record."""
    return (checkpoint.get('meta') or {}).get('trained_clips')


def add_clips(own: dict, earlier: dict | None) -> dict:
    """Add the clips that the initial weights were trained on to those of this training.

    Args:
        own (dict): Clips of this training, see :func:`describe_clips`.
        earlier (dict | None): Clips of the checkpoint that it starts from.

    Returns:
        dict: ``annotation`` and ``digest`` of this training, and ``clips`` of both.
    """
    if earlier is None:
        return own
    return dict(own, clips=torch.cat([own['clips'], earlier['clips']]).unique())


def check_same_clips(own: dict, resumed: dict) -> None:
    """Check that a resumed training continues with the clips that it began with.

    Args:
        own (dict): Clips of this training.
        resumed (dict): Clips of the checkpoint.

    Raises:
        ValueError: If they differ.
    """
    if own['digest'] != resumed['digest']:
        raise ValueError(
            f'The checkpoint was trained on {_name(resumed)}, but the config trains on '
            f'{_name(own)}, which lists other clips. Resume with the fold and the selection of the '
            'checkpoint, or start a new run from its weights with --cfg-options load_from=FILE')


def check_unseen_clips(tested: dict, trained: dict) -> None:
    """Check that a model is not tested on clips that it was trained on.

    Args:
        tested (dict): Clips of the test.
        trained (dict): Clips of the checkpoint.

    Raises:
        ValueError: If they have clips in common.
    """
    common = int(torch.isin(tested['clips'], trained['clips']).sum())
    if common:
        raise ValueError(
            f'The checkpoint was trained on {_name(trained)} and has seen {common} of the '
            f'{len(tested["clips"])} clips of {_name(tested)}. Test it on the fold that it was '
            'trained for (--fold), or add --allow-trained-clips')


def _name(clips: dict) -> str:
    return ', '.join(clips['annotation']) or 'clips without an annotation file'
