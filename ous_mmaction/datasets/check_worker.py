"""A process that opens clips for :mod:`ous_mmaction.datasets.check`.

Paths come on stdin, one JSON string a line; one JSON object a line goes back. It is run as a script
beside ``video.py``: so it starts in a moment, which importing the package would not, and carries
nothing of the calling process that a crash or a hang of a decoder could take along.
"""

from __future__ import annotations

import json
import os
import sys

from video import VideoError, open_video


def check(path: str) -> dict:
    """Decode every frame; ``frames``, ``size`` and ``fps``, or the ``reason`` why not."""
    if not os.path.exists(path):
        return dict(reason='missing; unpack the archive that holds it again')
    try:
        with open_video(path) as video:
            video.verify()
            return dict(frames=len(video), size=video.size, fps=video.fps)
    except VideoError as error:
        return dict(reason=str(error).removeprefix(f'{path}: '))
    except Exception as error:
        return dict(reason=f'{type(error).__name__}: {error}')


for line in sys.stdin:
    print(json.dumps(check(json.loads(line))), flush=True)
