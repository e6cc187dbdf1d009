"""The offline pass that finds the face of every clip of a dataset and keeps its boxes in a file."""
from __future__ import annotations

import itertools
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Callable, Iterable, Iterator, Mapping, Sequence

from tqdm import tqdm

from ..datasets.annotation import read_annotation
from ..datasets.video import VideoError
from ..fileio import cannot_write, write_atomically
from .face_boxes import FaceBoxes, dump_header, iter_face_boxes, read_header
from .face_detector import FaceDetector
from .search import Clip, Found, frames_to_search, search_on_devices


@dataclass
class Summary:
    """What an extraction found.

    Args:
        clips (int): All clips.
        without_face (int): Clips in which no face was found.
        several_faces (int): Clips with more than one face in a frame.
        searched (int): Frames searched in clips with a face.
        filled (int): Those of them in which the face was not seen and its box is filled in.
    """

    clips: int = 0
    without_face: int = 0
    several_faces: int = 0
    searched: int = 0
    filled: int = 0

    @property
    def filled_share(self) -> float:
        """Share, 0 to 1, of the searched frames whose box is filled in."""
        return self.filled / max(self.searched, 1)

    def __str__(self) -> str:
        line = (f'{self.clips} clips: {self.without_face} without a face, {self.several_faces} '
                f'with several, {self.filled_share:.1%} of the searched frames interpolated')
        if self.without_face == self.clips:
            line += ('\nNo face in any clip: try another detector or a lower --score-thr, and look '
                     'at the clips')
        return line


def read_clips(ann_files: Sequence[str | Path], data_root: str | Path) -> tuple[str, list[Clip]]:
    """The clips of annotation files, each once, in the order of the files.

    Args:
        ann_files (Sequence[str | Path]): Annotation files of one dataset, such as its splits.
        data_root (str | Path): Folder that the records' paths are relative to.

    Returns:
        tuple[str, list[Clip]]: Name of the dataset and its clips.

    Raises:
        FileNotFoundError: If an annotation file is missing.
        ValueError: If one is broken, or two are of different datasets or disagree about a clip.
    """
    dataset, clips = None, {}
    for ann_file in ann_files:
        metainfo, records = read_annotation(ann_file)
        name = metainfo.get('dataset', '')
        if name != (dataset := name if dataset is None else dataset):
            raise ValueError(f'{ann_file}: clips of {name!r} where the files before are of '
                             f'{dataset!r}; extract one dataset at a time')
        for record in records:
            path = Path(data_root, record.get('filename') or record['frame_dir'])
            clip = Clip(record['clip_id'], path, record['total_frames'])
            if clips.setdefault(clip.clip_id, clip) != clip:
                raise ValueError(f'{ann_file}: clip {clip.clip_id} differs from the clip of that '
                                 'name in the files before; write them with one run of '
                                 'tools/prepare_dataset.py')
    return dataset, list(clips.values())


def index_lines(path: Path, header: str) -> tuple[dict[str, int], int]:
    """Find the clips that a boxes file, perhaps cut off by a kill, holds whole.

    Args:
        path (Path): File; it need not exist.
        header (str): The first line that it must have.

    Returns:
        tuple[dict[str, int], int]: Clip id -> where its line starts, bytes; and where the last
        whole line ends: 0 if not even the header is whole.

    Raises:
        ValueError: If the file was made from another dataset or by another detector.
    """
    places: dict[str, int] = {}
    end = 0
    if not path.exists():
        return places, end
    with open(path, 'rb') as file:
        for line in file:
            if not line.endswith(b'\n'):
                break
            if end == 0:
                _check_header(path, line.decode('utf-8', 'replace'), header)
            else:
                try:
                    places[FaceBoxes.from_json(line.decode('utf-8')).clip_id] = end
                except ValueError:
                    break
            end += len(line)
    return places, end


def _check_header(path: Path, line: str, header: str) -> None:
    try:
        found, wanted = read_header(line), read_header(header)
    except ValueError as error:
        raise ValueError(f'{path}: {error}, or choose another output file') from None
    if found != wanted:
        raise ValueError(f'{path}: holds boxes of {found["dataset"]!r} by {found["detector"]!r}, '
                         f'not of {wanted["dataset"]!r} by {wanted["detector"]!r}; choose another '
                         'output file or delete this one')


def read_lines(places: Mapping[str, tuple[Path, int]], order: Iterable[str]) -> Iterator[str]:
    """Lines of boxes files by clip id, in any order; memory holds one.

    Args:
        places (Mapping[str, tuple[Path, int]]): Clip id -> file, and where in it the line starts.
        order (Iterable[str]): Clip ids.
    """
    files = {path: open(path, 'rb') for path in {path for path, _ in places.values()}}
    try:
        for clip_id in order:
            path, offset = places[clip_id]
            files[path].seek(offset)
            yield files[path].readline().decode('utf-8')
    finally:
        for file in files.values():
            file.close()


def extract_faces(make_detector: Callable[[str], FaceDetector],
                  detector_name: str,
                  ann_files: Sequence[str | Path],
                  data_root: str | Path,
                  out: str | Path,
                  devices: Sequence[str] = ('cpu', ),
                  stride: int = 2,
                  batch_size: int = 32) -> Summary:
    """Find the face of every clip of annotation files and write their boxes.

    Each clip is appended to ``OUT.part`` as soon as it is done; a run that was interrupted goes on
    from there, and one that is asked for more clips adds them. At the end ``OUT`` is written at
    once, in the order of the annotation files, with clips that only an earlier run was asked for
    behind them: on however many devices, and after however many interruptions, to the same bytes.

    Args:
        make_detector (Callable[[str], FaceDetector]): Builds the detector on a device; to be
            pickled where there are several.
        detector_name (str): Says in the file's header what found the faces, and how.
        ann_files (Sequence[str | Path]): Annotation files of one dataset.
        data_root (str | Path): Folder that the records' paths are relative to.
        out (str | Path): The boxes file.
        devices (Sequence[str]): Where to detect, a process each; one may be named repeatedly.
        stride (int): Search every so many frames; the boxes between are interpolated.
        batch_size (int): Frames a batch.

    Returns:
        Summary: Of the clips asked for.

    Raises:
        FileNotFoundError: If an annotation file is missing.
        ValueError: If one is broken, or the boxes file is of another dataset or detector; or if
            clips do not decode: each is named on stderr, the others are kept in ``OUT.part``.
        OSError: If the boxes cannot be written, or a process dies; the clips done are kept.
    """
    out = Path(out)
    part = out.with_name(f'{out.name}.part')
    dataset, clips = read_clips(ann_files, data_root)
    header = dump_header(dataset, detector_name)
    finished, _ = index_lines(out, header)
    kept, end = index_lines(part, header)
    todo = [clip for clip in clips if clip.clip_id not in finished and clip.clip_id not in kept]
    if todo:
        found = search_on_devices(make_detector, todo, devices, stride, batch_size)
        with closing(found):
            failures = _keep(found, part, header, end, len(clips) - len(todo), len(clips))
        if failures:
            raise ValueError(f'{len(failures)} of {len(clips)} clips do not decode (first: '
                             f'{failures[0]}); the boxes of the others are kept in {part}')
        kept, _ = index_lines(part, header)
    if kept or not out.exists():
        places = {**{clip_id: (out, offset) for clip_id, offset in finished.items()},
                  **{clip_id: (part, offset) for clip_id, offset in kept.items()}}
        order = dict.fromkeys([*(clip.clip_id for clip in clips), *places])
        lines = read_lines(places, order)
        with closing(lines):
            write_atomically(out, itertools.chain([header + '\n'], lines))
    part.unlink(missing_ok=True)
    asked = {clip.clip_id for clip in clips}
    return summarize((boxes for boxes in iter_face_boxes(out) if boxes.clip_id in asked), stride)


def _keep(found: Iterable[Found], part: Path, header: str, end: int, done: int,
          total: int) -> list[VideoError]:
    """Append to `part` what is found, after its first `end` bytes; the clips that cannot be read.

    The bar begins at `done` of `total` clips.
    """
    failures = []
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        # Without a buffer: a line is in the file before the next clip, or the disk is full.
        file = open(part, 'ab', buffering=0)
    except OSError as error:
        raise cannot_write(part, error) from None
    with file, tqdm(total=total, initial=done, unit='clip', desc='faces') as bar:
        file.truncate(end)
        if end == 0:
            _append(file, header, part)
        for result in found:
            if isinstance(result, VideoError):
                failures.append(result)
                bar.write(str(result), file=sys.stderr)
            else:
                _append(file, result.to_json(), part)
                bar.update()
    return failures


def _append(file: BinaryIO, line: str, path: Path) -> None:
    data = f'{line}\n'.encode()
    try:
        while data:
            data = data[file.write(data):]
    except OSError as error:
        raise cannot_write(path, error) from None


def summarize(clips: Iterable[FaceBoxes], stride: int) -> Summary:
    """Count what was found in clips that were searched every ``stride`` frames."""
    summary = Summary()
    for clip in clips:
        summary.clips += 1
        summary.without_face += not clip.found
        summary.several_faces += clip.num_faces > 1
        if clip.found:
            seen = clip.detected[frames_to_search(len(clip.detected), stride)]
            summary.searched += len(seen)
            summary.filled += int((~seen).sum())
    return summary
