"""Reading checkpoints and loading them into models."""
from __future__ import annotations

from pathlib import Path

from mmengine.runner import CheckpointLoader
from torch import nn

from . import safe_loading  # noqa: F401  (registers the safe loaders)


def read_checkpoint(checkpoint: str | Path) -> dict:
    """Read a checkpoint that holds only tensors and plain data.

    Args:
        checkpoint (str | Path): File or URL.

    Returns:
        dict: Content of the checkpoint, on the CPU.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file cannot be read safely.
    """
    return CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu', logger='silent')


def read_state_dict(checkpoint: str | Path) -> dict:
    """Read the state dict of a checkpoint; arguments and errors as in :func:`read_checkpoint`."""
    loaded = read_checkpoint(checkpoint)
    return loaded.get('state_dict', loaded)


def classes_of(checkpoint: dict) -> list[str] | None:
    """Return the class order of the clips that a checkpoint was trained on, if it says so.

    Args:
        checkpoint (dict): Content of a checkpoint that MMEngine or this package wrote.

    Returns:
        list[str] | None: The names of the classes.
    """
    classes = (checkpoint.get('meta') or {}).get('dataset_meta', {}).get('classes')
    return None if classes is None else list(classes)


def load_state_dict(model: nn.Module, state_dict: dict, checkpoint: str | Path) -> None:
    """Load a state dict that must fit exactly, where MMEngine would only log the differences.

    Args:
        model (nn.Module): Model to fill.
        state_dict (dict): Weights.
        checkpoint (str | Path): Where the weights come from, for the error message.

    Raises:
        ValueError: If tensors are missing, unexpected or of another size.
    """
    try:
        keys = model.load_state_dict(state_dict, strict=False)
        mismatches = [*keys.missing_keys, *keys.unexpected_keys]
    except RuntimeError as error:  # sizes differ; the first line is a heading
        mismatches = [line.strip() for line in str(error).splitlines()[1:]]
    if mismatches:
        raise ValueError(f'{checkpoint}: the weights do not fit the model that the config builds '
                         f'(tensors that differ: {len(mismatches)}, first: {mismatches[0]}). Use '
                         'the config that they were trained with')
