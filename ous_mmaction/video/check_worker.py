"""Script of the process that opens clips for :mod:`ous_mmaction.video.clip_checker`.

The process reads one JSON string per line from stdin, the path of a clip, and writes one JSON
object per line to stdout. It imports only the package ``video`` and therefore starts in a moment,
which ``ous_mmaction`` as a whole would not. It shares nothing with the calling process that a crash
or a hang of a decoder could damage.
"""
from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def check(path: str) -> dict:
    """Decode every frame of a clip.

    Args:
        path (str): Video file or folder of frames.

    Returns:
        dict: ``frames``, ``size``, ``fps``, ``bytes`` and ``digest``; or only the ``reason``
        why the clip is unusable.
    """
    if not os.path.exists(path):
        return dict(reason='the clip is missing. Unpack the archive that holds it again')
    try:
        with open_video(path) as video:
            video.verify()
            read = dict(frames=len(video), size=video.size, fps=video.fps)
        size, digest = clip_digest(path)
        return dict(read, bytes=size, digest=digest)
    except VideoError as error:
        return dict(reason=str(error).removeprefix(f'{path}: '))
    except Exception as error:
        return dict(reason=f'{type(error).__name__}: {error}')


if __name__ == '__main__':
    sys.path.insert(0, str(Path(__file__).parents[1]))  # the folder of the package `video`
    from video import VideoError, clip_digest, open_video

    for line in sys.stdin:
        print(json.dumps(check(json.loads(line))), flush=True)
