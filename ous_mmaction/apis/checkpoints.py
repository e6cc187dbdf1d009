"""Which checkpoint a work dir holds."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Optional


def newest_checkpoint(work_dir: str | Path) -> Optional[str]:
    """The checkpoint of the highest epoch or iteration, or None where there is none.

    MMEngine's ``last_checkpoint`` file is not asked: a process killed while it was written leaves
    it empty, and a moved work dir leaves it wrong. Checkpoints themselves appear only when whole.
    """
    numbered = [(int(match[1]), str(path)) for path in Path(work_dir).glob('*.pth')
                if (match := re.fullmatch(r'(?:epoch|iter)_(\d+)\.pth', path.name))]
    return max(numbered)[1] if numbered else None
