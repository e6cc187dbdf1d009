"""Face boxes of a dataset as a text file: one header line, then one line per clip."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FORMAT = 'ous_mmaction/face_boxes'
VERSION = 1


@dataclass
class FaceBoxes:
    """Boxes of the one face that a clip keeps, frame by frame.

    Boxes are rounded to 0.01 pixel when they are created, so that writing and reading change
    nothing.

    Args:
        clip_id (str): Id of the clip in the annotation file.
        size (tuple[int, int]): Height and width of the frames in pixels.
        boxes (np.ndarray): Boxes xyxy in pixels of shape (num_frames, 4), float32. A clip without a
            face has the whole frame here.
        detected (np.ndarray): Bool of shape (num_frames,). False where the box was filled in from
            neighboring frames, or if the clip has no face.
        num_faces (int): Number of faces in the clip, including the one that is kept.

    Raises:
        ValueError: If the arrays do not agree in length, or a box is empty or not finite.
    """

    clip_id: str
    size: tuple[int, int]
    boxes: np.ndarray
    detected: np.ndarray
    num_faces: int

    def __post_init__(self) -> None:
        self.size = (int(self.size[0]), int(self.size[1]))
        self.boxes = np.asarray(self.boxes, dtype=np.float64).round(2).astype(np.float32)
        self.detected = np.asarray(self.detected, dtype=bool)
        self.num_faces = int(self.num_faces)
        count = len(self.detected)
        if count == 0 or self.boxes.shape != (count, 4):
            raise ValueError(
                f'The face boxes of clip {self.clip_id} must have the shape (N, 4) for N >= 1 '
                f'frames, but have the shape {self.boxes.shape} for {count} frames')
        if not np.isfinite(self.boxes).all() or (self.boxes[:, 2:] <= self.boxes[:, :2]).any():
            raise ValueError(f'The face boxes of clip {self.clip_id} hold a box that is empty or '
                             'not finite')

    @classmethod
    def whole_frame(cls, clip_id: str, size: tuple[int, int], num_frames: int) -> FaceBoxes:
        """Create the entry of a clip without a face.

        Args:
            clip_id (str): Id of the clip in the annotation file.
            size (tuple[int, int]): Height and width of the frames in pixels.
            num_frames (int): Number of frames of the clip.

        Returns:
            FaceBoxes: An entry whose boxes are the whole frame.
        """
        boxes = np.tile(np.array([0, 0, size[1], size[0]], np.float32), (num_frames, 1))
        return cls(clip_id, size, boxes, np.zeros(num_frames, bool), 0)

    @property
    def has_face(self) -> bool:
        """Whether a face was detected in any frame of the clip."""
        return bool(self.detected.any())

    def to_json(self) -> str:
        """Return one line without the newline; the same boxes give the same bytes."""
        return json.dumps(
            dict(
                clip_id=self.clip_id,
                size=self.size,
                num_faces=self.num_faces,
                detected=self.detected.astype(int).tolist(),
                boxes=self.boxes.astype(np.float64).round(2).tolist()),
            ensure_ascii=False,
            separators=(',', ':'))

    def digest(self) -> str:
        """Return a hash of the boxes, 16 hex digits."""
        return hashlib.blake2b(self.to_json().encode(), digest_size=8).hexdigest()

    @classmethod
    def from_json(cls, line: str) -> FaceBoxes:
        """Invert :meth:`to_json`.

        Args:
            line (str): A line that :meth:`to_json` gave.

        Returns:
            FaceBoxes: The boxes of the clip.

        Raises:
            ValueError: If the line does not hold the face boxes of a clip.
        """
        try:
            entry = json.loads(line)
            return cls(entry['clip_id'], tuple(entry['size']), entry['boxes'], entry['detected'],
                       entry['num_faces'])
        except (json.JSONDecodeError, KeyError, TypeError, IndexError) as error:
            raise ValueError(f'{line[:60]!r} does not hold the face boxes of a clip '
                             f'({error})') from error


def dump_header(dataset: str, detector: str) -> str:
    """Return the first line of a face boxes file, without the newline.

    Args:
        dataset (str): Name of the dataset, as in the metainfo of the annotation.
        detector (str): Name of what detected the faces.

    Returns:
        str: One line of JSON.
    """
    header = dict(format=FORMAT, version=VERSION, dataset=dataset, detector=detector)
    return json.dumps(header, ensure_ascii=False)


def read_header(line: str) -> dict:
    """Parse the first line of a face boxes file.

    Args:
        line (str): First line of the file.

    Returns:
        dict: ``format``, ``version``, ``dataset`` and ``detector``.

    Raises:
        ValueError: If the line is from a file of another kind or of another version.
    """
    try:
        header = json.loads(line)
    except json.JSONDecodeError:
        header = None
    if not isinstance(header, dict) or header.get('format') != FORMAT:
        raise ValueError('the file is not a face boxes file. Write one with tools/extract_faces.py')
    if header.get('version') != VERSION:
        raise ValueError(f'the face boxes have version {header.get("version")}, but this package '
                         f'reads version {VERSION}. Run tools/extract_faces.py again')
    return header


def read_face_boxes(path: str | Path) -> tuple[dict, dict[str, FaceBoxes]]:
    """Read a face boxes file.

    Args:
        path (str | Path): File that ``tools/extract_faces.py`` wrote.

    Returns:
        tuple[dict, dict[str, FaceBoxes]]: The header and the clips by id.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the header or a line is broken, or a clip appears twice.
    """
    clips = {clip.clip_id: clip for clip in iter_face_boxes(path)}
    with open(path, encoding='utf-8') as file:
        return read_header(file.readline()), clips


def boxes_digests(path: str | Path) -> Mapping[str, str]:
    """Return the hash of the boxes of every clip of a file by clip id; errors as in reading it."""
    status = os.stat(path)
    return _boxes_digests(os.fspath(path), status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=4)  # train, validation and test sets share the file
def _boxes_digests(path: str, *state: int) -> Mapping[str, str]:
    return {clip.clip_id: clip.digest() for clip in iter_face_boxes(path)}


def iter_face_boxes(path: str | Path) -> Iterator[FaceBoxes]:
    """Read the clips of a face boxes file one by one.

    Args:
        path (str | Path): File that ``tools/extract_faces.py`` wrote.

    Yields:
        FaceBoxes: The next clip of the file.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the header or a line is broken, or a clip appears twice.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: the face boxes file was not found. Write it with '
                                'tools/extract_faces.py')
    known_ids: set[str] = set()
    with open(path, encoding='utf-8') as file:
        try:
            read_header(file.readline())
        except ValueError as error:
            raise ValueError(f'{path}: {error}') from None
        for number, line in enumerate(file, start=2):
            try:
                clip = FaceBoxes.from_json(line)
            except ValueError as error:
                raise ValueError(f'{path}: line {number}: {error}. Run tools/extract_faces.py '
                                 'again, which keeps the lines that are whole') from None
            if clip.clip_id in known_ids:
                raise ValueError(f'{path}: line {number}: clip {clip.clip_id} appears twice')
            known_ids.add(clip.clip_id)
            yield clip
