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
