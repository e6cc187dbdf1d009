from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..video import is_image, natural_key

VIDEO_SUFFIXES = ('.mp4', '.m4v', '.mov', '.mkv', '.webm', '.avi', '.mpg', '.mpeg', '.ts', '.mts',
                  '.m2ts', '.wmv', '.flv', '.3gp', '.ogv', '.mxf')


class FilmInput(NamedTuple):
    """A film to analyze.

    Attributes:
        name (str): Its name, by which its results are found: the path within the folder that was
            given, or the name of the file.
        source (Any): What :class:`FrameStream` reads.
    """

    name: str
    source: Any


def find_films(inputs: Any) -> list[FilmInput]:
    """List the films that are meant by a path, a folder, an array, an iterator, or a list of these.

    Args:
        inputs (Any): Video file, folder of frames, folder of videos (searched to any depth),
            frames as an array of shape (T, H, W, 3), an iterator of frames, or a list of these.

    Returns:
        list[FilmInput]: The films, those of a folder in the natural order of their names.

    Raises:
        ValueError: If a folder holds no film, two films have one name, or the list is empty.
    """
    if isinstance(inputs, (str, os.PathLike)):
        films = _under(Path(inputs))
    elif isinstance(inputs, list):
        films = [FilmInput(film.name if isinstance(entry, (str, os.PathLike)) else f'film{number}',
                           film.source)
                 for number, entry in enumerate(inputs) for film in find_films(entry)]
    elif isinstance(inputs, (np.ndarray, Iterable)):
        films = [FilmInput('film', inputs)]
    else:
        raise ValueError('A film must be a path, an array, an iterator of frames, or a list of '
                         f'these, but got {type(inputs).__name__}')
    if not films:
        raise ValueError('The list of films is empty. Give at least one video')
    names = [film.name for film in films]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f'Two films have the name {name}, so that their results would mix. '
                             'Give the folder that holds both, or rename one of them')
    return films


def _under(path: Path) -> list[FilmInput]:
    if not path.is_dir() or _holds_frames(path):
        return [FilmInput(path.name or path.resolve().name, path)]
    found = [Path(folder) for folder, _, _ in os.walk(path) if _holds_frames(Path(folder))]
    found += [file for file in path.rglob('*')
              if file.suffix.lower() in VIDEO_SUFFIXES and not file.name.startswith('.')]
    if not found:
        raise ValueError(f'{path}: the folder holds no video and no frames. Give a folder with '
                         'files such as .mp4, .mkv or .jpg')
    films = [FilmInput(file.relative_to(path).as_posix(), file) for file in found]
    return sorted(films, key=lambda film: natural_key(film.name))


def _holds_frames(folder: Path) -> bool:
    return any(is_image(name) for name in os.listdir(folder))
