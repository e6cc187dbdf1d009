"""Errors that a user can mend, in one line."""
from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from difflib import get_close_matches
from types import FrameType

from .video import VideoError

MENDABLE = (ValueError, OSError, KeyError, ImportError, VideoError)
# Functions of MMEngine that build something from a config.
_BUILDERS = ('build_from_cfg', 'build_model_from_cfg', 'build_runner_from_cfg', 'build_dataloader')


def is_mendable(error: BaseException) -> bool:
    """Whether an error comes from what the user wrote, and not from the code.

    A wrong argument or a failed assertion is the user's if it is raised while something is built
    from a config. An error of a lost connection follows from that of another process.
    """
    if isinstance(error, (TypeError, AssertionError)):
        return _explain(error) is not None
    return isinstance(error, MENDABLE) or is_lost_connection(error)


def is_lost_connection(error: BaseException) -> bool:
    """Whether an error only says that another process of a distributed run has ended."""
    return isinstance(error, RuntimeError) and bool(
        re.search(r'gloo|NCCL|Connection (closed|reset) by peer', str(error)))


def message_of(error: BaseException) -> str:
    """Return the message of an error in one line."""
    if is_lost_connection(error):
        return 'another process of this run has ended, and this one with it'
    text = _explain(error) or str(error.args[0] if isinstance(error, KeyError) else error).strip()
    if 'Original Traceback' in text:  # a DataLoader worker's error, its traceback as text
        text = re.sub(r'^[\w.]+: ', '', text.splitlines()[-1])
    # Every registry on the way puts its class in front of the message.
    text = re.sub(r'^(class `\w+` in [\w/.]+: )+', '', text)
    return ' '.join(text.split())


def did_you_mean(name: str, names: list[str]) -> str:
    """Return the names that exist, and those of them that look like ``name``.

    Examples:
        >>> did_you_mean('batchsize', ['batch_size', 'sampler'])
        'Did you mean batch_size? There are batch_size, sampler'
    """
    close = get_close_matches(name, names)
    question = f'Did you mean {" or ".join(close)}? ' if close else ''
    return f'{question}There are {", ".join(names)}'


def _explain(error: BaseException) -> str | None:
    """Return what a key or value of the config did to a class; None if that is not the matter."""
    frames = list(_frames(error))
    if not any(frame.f_code.co_name in _BUILDERS for frame in frames):
        return None
    if isinstance(error, AssertionError):
        return str(error) or None
    unknown = re.search(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'",
                        str(error))
    if unknown:
        name, key = unknown.groups()
        keys = _keys_of(name, frames)
        return f'{name} has no key `{key}`. ' + (did_you_mean(key, keys) if keys else 'Correct it')
    missing = re.search(r'(\w+)\.__init__\(\) missing \d+ required .* arguments?: (.*)', str(error))
    if missing:
        name, keys = missing.groups()
        return f'{name} needs the keys {keys}, which the config does not give' if (
            ' and ' in keys) else f'{name} needs the key {keys}, which the config does not give'
    return None


def _frames(error: BaseException) -> Iterator[FrameType]:
    """Yield the frames of an error and of those that it was raised from, the outermost first."""
    while error is not None:
        traceback = error.__traceback__
        while traceback is not None:
            yield traceback.tb_frame
            traceback = traceback.tb_next
        error = error.__cause__ or error.__context__


def _keys_of(name: str, frames: list[FrameType]) -> list[str]:
    """Return the keyword arguments of a class that a frame of an error knows by its name."""
    for frame in frames:
        built = frame.f_locals.get('obj_cls')
        # A base class names itself if its subclass passes on what it does not know.
        bases = inspect.getmro(built) if inspect.isclass(built) else ()
        for cls in (*bases, frame.f_globals.get(name)):
            if inspect.isclass(cls) and cls.__name__ == name:
                return [key for key, parameter in inspect.signature(cls).parameters.items()
                        if parameter.kind in (parameter.KEYWORD_ONLY,
                                              parameter.POSITIONAL_OR_KEYWORD)]
    return []
