"""Where an interrupted training goes on."""
from __future__ import annotations

import re
from pathlib import Path


def newest_checkpoint(work_dir: str | Path) -> str | None:
    """Return the checkpoint of the highest epoch or iteration.

    MMEngine's ``last_checkpoint`` file is not read: it is empty if the process was killed while
    writing it, and wrong if the work dir was moved. Checkpoints themselves appear only when they
    are whole.

    Args:
        work_dir (str | Path): Folder of the run, which may be missing.

    Returns:
        str | None: Path of the checkpoint, or None if there is none.
    """
    numbered = [(int(match[1]), str(path)) for path in Path(work_dir).glob('*.pth')
                if (match := re.fullmatch(r'(?:epoch|iter)_(\d+)\.pth', path.name))]
    return max(numbered)[1] if numbered else None


def check_free_for(work_dir: str | Path, resumed: str | None) -> None:
    """Check that a training would not touch the checkpoints of another run.

    Args:
        work_dir (str | Path): Folder of the checkpoints of the training, which may be missing.
        resumed (str | None): Checkpoint from which the training continues; None if it begins.

    Raises:
        ValueError: If the folder holds checkpoints, none of which is ``resumed``.
    """
    folder, newest = Path(work_dir), newest_checkpoint(work_dir)
    if resumed and Path(resumed).expanduser().resolve().parent == folder.resolve():
        return
    found = newest or next(map(str, folder.glob('best_*.pth')), None)
    if found:
        beginning = f'continuing from {resumed}' if resumed else 'a new training'
        remedy = ('Continue that run with tools/train.py --resume, or choose' if newest else
                  'Choose')
        raise ValueError(f'{found}: the folder holds the checkpoints of an earlier run, which '
                         f'{beginning} would overwrite. {remedy} another --work-dir')
