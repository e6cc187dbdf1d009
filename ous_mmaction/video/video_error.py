from __future__ import annotations


class VideoError(RuntimeError):
    """A clip, or a frame of it, cannot be read; the message names file, reason and remedy."""


def first_line(error: Exception) -> str:
    """The first line of an error's message, or its class where it has none."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
