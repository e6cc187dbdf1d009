"""Finding checkpoints, reading them and loading them into models."""
from __future__ import annotations

import re
from pathlib import Path

from mmengine.runner import CheckpointLoader
from torch import nn

from . import safe_loading  # noqa: F401  (registers the safe loaders)


def newest_checkpoint(work_dir: str | Path) -> str | None:
    """The checkpoint of the highest epoch or iteration, or None where there is none.

    MMEngine's ``last_checkpoint`` file is not asked: a process killed while it was written leaves
    it empty, and a moved work dir leaves it wrong. Checkpoints themselves appear only when whole.
    """
    numbered = [(int(match[1]), str(path)) for path in Path(work_dir).glob('*.pth')
                if (match := re.fullmatch(r'(?:epoch|iter)_(\d+)\.pth', path.name))]
    return max(numbered)[1] if numbered else None


def read_checkpoint(checkpoint: str | Path) -> dict:
    """A checkpoint, which holds tensors and plain data only.

    Args:
        checkpoint: File or URL.

    Raises:
        FileNotFoundError: The file is missing.
        ValueError: The file cannot be read safely.
    """
    return CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu', logger='silent')


def read_state_dict(checkpoint: str | Path) -> dict:
    """State dict of a checkpoint; arguments and errors as of :func:`read_checkpoint`."""
    loaded = read_checkpoint(checkpoint)
    return loaded.get('state_dict', loaded)


def load_state_dict(model: nn.Module, state_dict: dict, checkpoint: str | Path) -> None:
    """Load a state dict that fits exactly, where MMEngine would only log a misfit.

    Raises:
        ValueError: Tensors are missing, left over or of another size.
    """
    try:
        keys = model.load_state_dict(state_dict, strict=False)
        wrong = [*keys.missing_keys, *keys.unexpected_keys]
    except RuntimeError as error:  # sizes differ; the first line is a heading
        wrong = [line.strip() for line in str(error).splitlines()[1:]]
    if wrong:
        raise ValueError(f'{checkpoint}: weights of another model than the config builds, '
                         f'{len(wrong)} tensors differ, first {wrong[0]}')
