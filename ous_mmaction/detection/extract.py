"""The offline pass that finds the face of every clip of a dataset and keeps its boxes in a file."""
from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterable, Iterator, Sequence

import numpy as np
from tqdm import tqdm

from ..datasets.annotation import read_annotation, write_atomically
from ..datasets.video import VideoError, open_video
from .face_boxes import FaceBoxes, dump_header, read_header
from .face_detector import FaceDetector
from .tracks import follow_face


@dataclass
class Clip:
    """A clip to search, and what has been found in it so far.

    Args:
        clip_id (str): Its id in the annotation file.
        path (Path): Video file or folder of frames.
        num_frames (int): Its length.
        searched (list[int]): Numbers of the frames in which faces were looked for.
        faces (list[np.ndarray]): The faces of each of these frames, (n_i, 5).
        size (tuple[int, int]): Height and width of the frames, pixels, once it has been opened.
    """

    clip_id: str
    path: Path
    num_frames: int
    searched: list[int] = field(default_factory=list)
    faces: list[np.ndarray] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)

    def face_boxes(self) -> FaceBoxes:
        """The boxes of the one face that the clip keeps."""
        followed = follow_face(self.searched, self.faces, self.num_frames)
        if followed is None:
            return FaceBoxes.whole_frame(self.clip_id, self.size, self.num_frames)
        return FaceBoxes(self.clip_id, self.size, *followed, num_faces=max(map(len, self.faces)))


@dataclass
class Summary:
    """What an extraction found.

    Args:
        clips (int): All clips.
        without_face (int): Clips in which no face was found.
        several_faces (int): Clips with more than one face in a frame.
        filled_share (float): Of the frames searched in clips with a face, the share (0 to 1) in
            which it was not seen and its box is filled in.
    """

    clips: int
    without_face: int
    several_faces: int
    filled_share: float

    def __str__(self) -> str:
        return (f'{self.clips} clips: {self.without_face} without a face, {self.several_faces} '
                f'with several, {self.filled_share:.1%} of the searched frames interpolated')


def frames_to_search(num_frames: int, stride: int) -> np.ndarray:
    """Every ``stride``-th frame of a clip, and its last one."""
    return np.unique([*range(0, num_frames, stride), num_frames - 1])


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


def detect_clips(detector: FaceDetector,
                 clips: Iterable[Clip],
                 stride: int,
                 batch_size: int,
                 report: Callable[[VideoError], None]) -> Iterator[FaceBoxes]:
    """Find the faces of clips in batches that run across them.

    All batches have the same size, the last one filled up: so the faces of a frame do not depend
    on the place at which a pass began or ended. Memory holds one batch of frames.

    Args:
        detector (FaceDetector): Finds the faces of frames.
        clips (Iterable[Clip]): The clips.
        stride (int): Search every so many frames.
        batch_size (int): Frames a batch.
        report (Callable[[VideoError], None]): Called for a clip that does not decode, which is
            then left out.

    Yields:
        FaceBoxes: Clip by clip, in their order.
    """
    batch: list[tuple[Clip, np.ndarray]] = []
    waiting: list[Clip] = []

    def detect_batch() -> None:
        images = [image for _, image in batch]
        images += images[-1:] * (batch_size - len(images))
        for (clip, _), faces in zip(batch, detector.detect(images)):
            clip.faces.append(faces)
        batch.clear()

    for clip in clips:
        try:
            for number, image in _read_frames(clip, stride, batch_size):
                clip.searched.append(number)
                batch.append((clip, image))
                if len(batch) == batch_size:
                    detect_batch()
        except VideoError as error:
            report(error)
            batch = [(owner, image) for owner, image in batch if owner is not clip]
        else:
            waiting.append(clip)
        while waiting and len(waiting[0].faces) == len(waiting[0].searched):
            yield waiting.pop(0).face_boxes()
    if batch:
        detect_batch()
    yield from (clip.face_boxes() for clip in waiting)


def _read_frames(clip: Clip, stride: int, piece: int) -> Iterator[tuple[int, np.ndarray]]:
    """The frames to search with their numbers, decoded a piece at a time."""
    numbers = frames_to_search(clip.num_frames, stride)
    with open_video(clip.path) as video:
        clip.size = video.size
        for start in range(0, len(numbers), piece):
            some = numbers[start:start + piece]
            yield from zip(some.tolist(), video.read(some))


def read_finished(path: Path, header: str) -> dict[str, str]:
    """The clips that a boxes file, perhaps cut off by a kill, holds whole.

    Args:
        path (Path): File; it need not exist.
        header (str): The first line that it must have.

    Returns:
        dict[str, str]: Clip id -> line, without newline, up to the first line that is torn.

    Raises:
        ValueError: If the file was made from another dataset or by another detector.
    """
    lines = path.read_text(encoding='utf-8').split('\n') if path.exists() else []
    # What follows the last newline is empty, or torn.
    if not lines[:-1]:
        return {}
    try:
        found = read_header(lines[0])
    except ValueError as error:
        raise ValueError(f'{path}: {error}, or choose another output file') from None
    wanted = read_header(header)
    if found != wanted:
        raise ValueError(f'{path}: holds boxes of {found["dataset"]!r} by {found["detector"]!r}, '
                         f'not of {wanted["dataset"]!r} by {wanted["detector"]!r}; choose another '
                         'output file or delete this one')
    finished = {}
    for line in lines[1:-1]:
        try:
            finished[FaceBoxes.from_json(line).clip_id] = line
        except ValueError:
            break
    return finished


def extract_faces(detector: FaceDetector,
                  detector_name: str,
                  ann_files: Sequence[str | Path],
                  data_root: str | Path,
                  out: str | Path,
                  stride: int = 2,
                  batch_size: int = 32) -> Summary:
    """Find the face of every clip of annotation files and write their boxes.

    Each clip is appended to ``OUT.part`` as soon as it is done; a run that was interrupted goes on
    from there, and one that is asked for more clips adds them. At the end ``OUT`` is written at
    once, in the order of the annotation files, with clips that only an earlier run was asked for
    behind them.

    Args:
        detector (FaceDetector): Finds the faces of frames.
        detector_name (str): Says in the file's header what found the faces, and how.
        ann_files (Sequence[str | Path]): Annotation files of one dataset.
        data_root (str | Path): Folder that the records' paths are relative to.
        out (str | Path): The boxes file.
        stride (int): Search every so many frames; the boxes between are interpolated.
        batch_size (int): Frames a batch.

    Returns:
        Summary: Of the clips asked for.

    Raises:
        FileNotFoundError: If an annotation file is missing.
        ValueError: If one is broken, or the boxes file is of another dataset or detector; or if
            clips do not decode: each is named on stderr, the others are kept in ``OUT.part``.
    """
    out = Path(out)
    part = out.with_name(f'{out.name}.part')
    dataset, clips = read_clips(ann_files, data_root)
    header = dump_header(dataset, detector_name)
    finished = {**read_finished(out, header), **read_finished(part, header)}
    todo = [clip for clip in clips if clip.clip_id not in finished]

    failures: list[VideoError] = []
    if todo:
        out.parent.mkdir(parents=True, exist_ok=True)
        # Also drops a torn line.
        write_atomically(part, '\n'.join([header, *finished.values(), '']))
        with open(part, 'a', encoding='utf-8', newline='\n') as file, \
                tqdm(total=len(clips), initial=len(clips) - len(todo), unit='clip',
                     desc='faces') as bar:
            def report(error: VideoError) -> None:
                failures.append(error)
                bar.write(str(error), file=sys.stderr)

            for boxes in detect_clips(detector, todo, stride, batch_size, report):
                finished[boxes.clip_id] = boxes.to_json()
                file.write(finished[boxes.clip_id] + '\n')
                file.flush()
                bar.update()
    if failures:
        raise ValueError(f'{len(failures)} of {len(clips)} clips do not decode (first: '
                         f'{failures[0]}); the boxes of the others are kept in {part}')

    order = [clip.clip_id for clip in clips]
    order += [clip_id for clip_id in finished if clip_id not in set(order)]
    if todo or not out.exists():
        write_atomically(out, '\n'.join([header, *(finished[clip_id] for clip_id in order), '']))
    part.unlink(missing_ok=True)
    return summarize([FaceBoxes.from_json(finished[clip.clip_id]) for clip in clips], stride)


def summarize(clips: Sequence[FaceBoxes], stride: int) -> Summary:
    """Count what was found in clips that were searched every ``stride`` frames."""
    seen = [clip.detected[frames_to_search(len(clip.detected), stride)]
            for clip in clips if clip.found]
    return Summary(
        clips=len(clips),
        without_face=sum(not clip.found for clip in clips),
        several_faces=sum(clip.num_faces > 1 for clip in clips),
        filled_share=float(1 - np.concatenate(seen).mean()) if seen else 0.)
