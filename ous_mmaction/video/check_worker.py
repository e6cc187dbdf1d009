"""A process that opens clips for :mod:`ous_mmaction.video.clip_checker`.

It reads one JSON string per line, a path, from stdin and writes one JSON object per line. It runs as
a script and imports the package ``video`` alone: so it starts in a moment, which importing
``ous_mmaction`` would not, and it carries nothing of the calling process that a crash or a hang of a
decoder could take along.
"""
from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the folder of the package `video`

from video import VideoError, open_video  # noqa: E402


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
