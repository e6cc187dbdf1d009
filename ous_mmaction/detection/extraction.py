"""The offline pass that finds the face of every clip of a dataset and writes a face boxes file."""
from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from mmengine.dist import all_gather_object, get_rank, is_main_process
from tqdm import tqdm

from ..datasets.annotation import read_annotations
from ..datasets.face_boxes import FaceBoxes, dump_header, iter_face_boxes
from ..video import VideoError
from ..work_sharing import share_of
from .face_boxes_writer import FaceBoxesWriter
from .face_detector import FaceDetector
from .search import ClipToSearch, FoundFaces, frames_to_search, search_clips


@dataclass
class FaceSummary:
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

    def report(self) -> str:
        """The counts in words, with advice where no face was found."""
        line = (f'{self.clips} clips: {self.without_face} without a face, {self.several_faces} '
                f'with several, {self.filled_share:.1%} of the searched frames interpolated')
        if self.without_face == self.clips:
            line += ('\nNo face in any clip. Try another detector or a lower --score-thr, and look '
                     'at the clips')
        return line


def read_clips(ann_files: Sequence[str | Path],
               data_root: str | Path) -> tuple[str, list[ClipToSearch]]:
    """The clips of annotation files, each once, in the order of the files.

    Args:
        ann_files (Sequence[str | Path]): Annotation files of one dataset, such as its splits.
        data_root (str | Path): Folder that the records' paths are relative to.

    Returns:
        tuple[str, list[ClipToSearch]]: Name of the dataset and its clips.

    Raises:
        FileNotFoundError: If an annotation file is missing.
        ValueError: If one is broken, or two are of different datasets or disagree about a clip.
    """
    metainfo, records = read_annotations(ann_files)
    clips = [ClipToSearch(record['clip_id'],
                          Path(data_root, record.get('filename') or record['frame_dir']),
                          record['total_frames']) for record in records]
    return metainfo.get('dataset', ''), clips


def extract_faces(make_detector: Callable[[], FaceDetector],
                  detector_name: str,
                  ann_files: Sequence[str | Path],
                  data_root: str | Path,
                  out: str | Path,
                  stride: int = 2,
                  batch_size: int = 32) -> FaceSummary | None:
    """Find the face of every clip of annotation files and write their boxes.

    A run that was interrupted goes on where it stopped, and one that is asked for more clips adds
    them. ``OUT`` has the clips in the order of the annotation files; clips that only an earlier run
    was asked for follow. Under a launcher the processes share the clips.

    Args:
        make_detector (Callable[[], FaceDetector]): Builds the detector; called where there is
            something to do.
        detector_name (str): Says in the file's header what found the faces, and how.
        ann_files (Sequence[str | Path]): Annotation files of one dataset.
        data_root (str | Path): Folder that the records' paths are relative to.
        out (str | Path): The face boxes file.
        stride (int): Search every so many frames; the boxes between are interpolated.
        batch_size (int): Frames per batch.

    Returns:
        FaceSummary | None: Of the clips asked for; None in all processes but the first.

    Raises:
        FileNotFoundError: If an annotation file is missing.
        ValueError: If one is broken, or the boxes file is of another dataset or detector; or if
            clips do not decode: each is named on stderr, the others are kept in ``OUT.part``.
        OSError: If the boxes cannot be written; the clips that are done are kept.
    """
    out = Path(out)
    dataset, clips = read_clips(ann_files, data_root)
    writer = FaceBoxesWriter(out, dump_header(dataset, detector_name), get_rank())
    todo = [clip for clip in clips if clip.clip_id not in writer.done]
    mine = share_of(todo)
    failures: list[str] = []
    if mine:
        found = search_clips(make_detector(), mine, stride, batch_size)
        with writer:
            failures = _write(writer, found, len(mine))
    failures = [failure for of_rank in all_gather_object(failures) for failure in of_rank]
    if failures:
        raise ValueError(f'{len(failures)} of {len(clips)} clips do not decode (first: '
                         f'{failures[0]}). The boxes of the others are kept in {writer.part}')
    if not is_main_process():
        return None
    writer.join(clip.clip_id for clip in clips)
    wanted = {clip.clip_id for clip in clips}
    return summarize((boxes for boxes in iter_face_boxes(out) if boxes.clip_id in wanted), stride)


def _write(writer: FaceBoxesWriter, found: Iterable[FoundFaces], total: int) -> list[str]:
    """Write what is found in clips as it comes; the messages of the clips that cannot be read."""
    failures = []
    with tqdm(total=total, unit='clip', desc='faces', disable=not is_main_process()) as bar:
        for result in found:
            if isinstance(result, VideoError):
                failures.append(str(result))
                bar.write(str(result), file=sys.stderr)
            else:
                writer.write(result)
                bar.update()
    return failures


def summarize(clips: Iterable[FaceBoxes], stride: int) -> FaceSummary:
    """Count what was found in clips that were searched every ``stride`` frames."""
    summary = FaceSummary()
    for clip in clips:
        summary.clips += 1
        summary.without_face += not clip.found
        summary.several_faces += clip.num_faces > 1
        if clip.found:
            seen = clip.detected[frames_to_search(len(clip.detected), stride)]
            summary.searched += len(seen)
            summary.filled += int((~seen).sum())
    return summary
