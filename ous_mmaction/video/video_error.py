from __future__ import annotations


class VideoError(RuntimeError):
    """A clip or one of its frames cannot be read; the message names file, reason and remedy."""


def undecodable(path: str, index: int, reason: object) -> VideoError:
    """Return the error of a frame that does not decode."""
    return VideoError(f'{path}: frame {index} does not decode ({reason}). '
                      'Fetch the file again or leave the clip out')


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or the error's class if the message is empty."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
