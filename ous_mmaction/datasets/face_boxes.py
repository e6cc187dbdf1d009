"""Face boxes of a dataset as a text file: one header line, then one clip a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FORMAT = 'ous_mmaction/face_boxes'
VERSION = 1


@dataclass
class FaceBoxes:
    """The one face that a clip keeps, frame by frame.

    Boxes are rounded to 0.01 pixel when they are created, so that writing and reading change
    nothing.

    Args:
        clip_id (str): The clip's id in the annotation file.
        size (tuple[int, int]): Height and width of the frames, pixels.
        boxes (np.ndarray): (num_frames, 4) xyxy, pixels; float32. A clip without a face has the
            whole frame here.
        detected (np.ndarray): (num_frames,) bool. False where the box was filled in from
            neighbouring frames, or where the clip has no face.
        num_faces (int): Faces seen in the clip, the kept one included.

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
                f'face boxes of clip {self.clip_id}: boxes have shape {self.boxes.shape} for '
                f'{count} frames, expected ({count}, 4) and at least one frame')
        if not np.isfinite(self.boxes).all() or (self.boxes[:, 2:] <= self.boxes[:, :2]).any():
            raise ValueError(f'face boxes of clip {self.clip_id}: a box is empty or not finite')

    @classmethod
    def whole_frame(cls, clip_id: str, size: tuple[int, int], num_frames: int) -> FaceBoxes:
        """The entry of a clip in which no face was found."""
        boxes = np.tile(np.array([0, 0, size[1], size[0]], np.float32), (num_frames, 1))
        return cls(clip_id, size, boxes, np.zeros(num_frames, bool), 0)

    @property
    def found(self) -> bool:
        """Whether the clip has a face at all."""
        return bool(self.detected.any())

    def to_json(self) -> str:
        """One line, without the newline; the same boxes give the same bytes."""
        return json.dumps(
            dict(
                clip_id=self.clip_id,
                size=self.size,
                num_faces=self.num_faces,
                detected=self.detected.astype(int).tolist(),
                boxes=self.boxes.astype(np.float64).round(2).tolist()),
            ensure_ascii=False,
            separators=(',', ':'))

    @classmethod
    def from_json(cls, line: str) -> FaceBoxes:
        """Inverse of :meth:`to_json`.

        Raises:
            ValueError: If the line is not a clip's boxes.
        """
        try:
            entry = json.loads(line)
            return cls(entry['clip_id'], tuple(entry['size']), entry['boxes'], entry['detected'],
                       entry['num_faces'])
        except (json.JSONDecodeError, KeyError, TypeError, IndexError) as error:
            raise ValueError(f'not a clip\'s face boxes: {line[:60]!r} ({error})') from error


def dump_header(dataset: str, detector: str) -> str:
    """The first line of a face boxes file, without the newline.

    Args:
        dataset (str): Name of the dataset, as in the annotation's metainfo.
        detector (str): What found the faces.
    """
    header = dict(format=FORMAT, version=VERSION, dataset=dataset, detector=detector)
    return json.dumps(header, ensure_ascii=False)


def read_header(line: str) -> dict:
    """Parse the first line of a face boxes file.

    Raises:
        ValueError: If the line is another file's, or of another version.
    """
    try:
        header = json.loads(line)
    except json.JSONDecodeError:
        header = None
    if not isinstance(header, dict) or header.get('format') != FORMAT:
        raise ValueError('not a face boxes file; write one with tools/extract_faces.py')
    if header.get('version') != VERSION:
        raise ValueError(f'face boxes of version {header.get("version")}, this package reads '
                         f'version {VERSION}; run tools/extract_faces.py again')
    return header


def read_face_boxes(path: str | Path) -> tuple[dict, dict[str, FaceBoxes]]:
    """Read a face boxes file.

    Args:
        path (str | Path): File written by ``tools/extract_faces.py``.

    Returns:
        tuple[dict, dict[str, FaceBoxes]]: The header and the clips by id.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the header or a line is broken, or a clip appears twice.
    """
    clips = {clip.clip_id: clip for clip in iter_face_boxes(path)}
    with open(path, encoding='utf-8') as file:
        return read_header(file.readline()), clips


def iter_face_boxes(path: str | Path) -> Iterator[FaceBoxes]:
    """The clips of a face boxes file one by one; errors as :func:`read_face_boxes`."""
    if not Path(path).is_file():
        raise FileNotFoundError(
            f'{path}: face boxes file not found; write it with tools/extract_faces.py')
    seen: set[str] = set()
    with open(path, encoding='utf-8') as file:
        try:
            read_header(file.readline())
        except ValueError as error:
            raise ValueError(f'{path}: {error}') from None
        for number, line in enumerate(file, start=2):
            try:
                clip = FaceBoxes.from_json(line)
            except ValueError as error:
                raise ValueError(f'{path}: line {number}: {error}; run tools/extract_faces.py '
                                 'again, it keeps what is whole') from None
            if clip.clip_id in seen:
                raise ValueError(f'{path}: line {number}: clip {clip.clip_id} appears twice')
            seen.add(clip.clip_id)
            yield clip
