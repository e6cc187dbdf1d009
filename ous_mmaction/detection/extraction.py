"""The offline pass that finds the face of every clip of a dataset and writes a face boxes file."""
from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from mmengine.dist import all_gather_object, get_rank, is_main_process

from ..datasets.annotation import read_annotations
from ..datasets.face_boxes import FaceBoxes, dump_header, iter_face_boxes
from ..progress import progress_bar
from ..video import VideoError
from ..work_sharing import share_of
from .face_boxes_writer import FaceBoxesWriter
from .face_detector import FaceDetector
from .search import ClipToSearch, SearchResult, frames_to_search, search_clips


@dataclass
class FaceSummary:
    """Counts of what an extraction found.

    Args:
        clips (int): Number of clips.
        without_face (int): Clips in which no face was found.
        several_faces (int): Clips with more than one face in a frame.
        searched (int): Searched frames of the clips that have a face.
        filled (int): Searched frames in which the face was not detected, so that its box is
            filled in.
    """

    clips: int = 0
    without_face: int = 0
    several_faces: int = 0
    searched: int = 0
    filled: int = 0

    @property
    def filled_share(self) -> float:
        """Fraction of the searched frames whose box is filled in, from 0 to 1."""
        return self.filled / max(self.searched, 1)

    def report(self) -> str:
        """Describe the counts in words, with advice if no face was found at all."""
        line = (f'{self.clips} clips: {self.without_face} without a face, {self.several_faces} '
                f'with several, {self.filled_share:.1%} of the searched frames interpolated')
        if self.without_face == self.clips:
            line += ('\nNo face was found in any clip. Try another detector or a lower '
                     '--score-thr, and look at the clips')
        return line


def read_clips(ann_files: Sequence[str | Path],
               data_root: str | Path) -> tuple[str, list[ClipToSearch]]:
    """Read the clips of annotation files, each clip once, in the order of the files.

    Args:
        ann_files (Sequence[str | Path]): Annotation files of one dataset, such as its splits.
        data_root (str | Path): Folder that the records' paths are relative to.

    Returns:
        tuple[str, list[ClipToSearch]]: Name of the dataset and its clips.

    Raises:
        FileNotFoundError: If an annotation file is missing.
        ValueError: If an annotation file is broken, or two files belong to different datasets or
            disagree about a clip.
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

    An interrupted run continues where it stopped, and a run with additional clips adds them to the
    file. ``OUT`` lists the clips in the order of the annotation files, followed by the clips that
    only an earlier run had to search. Under a launcher, the processes share the clips.

    Args:
        make_detector (Callable[[], FaceDetector]): Builds the detector. It is called only if clips
            remain to be searched.
        detector_name (str): Description for the file's header of what found the faces, and how.
        ann_files (Sequence[str | Path]): Annotation files of one dataset.
        data_root (str | Path): Folder that the records' paths are relative to.
        out (str | Path): Face boxes file to write.
        stride (int): Search every ``stride``-th frame and interpolate the boxes in between.
            Defaults to 2.
        batch_size (int): Frames per batch. Defaults to 32.

    Returns:
        FaceSummary | None: Summary of the clips of ``ann_files``. None in every process but the
        first.

    Raises:
        FileNotFoundError: If an annotation file is missing.
        ValueError: If an annotation file is broken, or the boxes file belongs to another dataset
            or detector, or some clips cannot be decoded. Each such clip is named on stderr, and
            the boxes of the others are kept in ``OUT.part``.
        OSError: If the boxes cannot be written. The finished clips are kept.
    """
    out = Path(out)
    dataset, clips = read_clips(ann_files, data_root)
    writer = FaceBoxesWriter(out, dump_header(dataset, detector_name), get_rank())
    remaining = [clip for clip in clips if clip.clip_id not in writer.done]
    share = share_of(remaining)
    failures: list[str] = []
    if share:
        results = search_clips(make_detector(), share, stride, batch_size)
        with writer:
            failures = _write_results(writer, results, len(share))
    failures = [failure for of_rank in all_gather_object(failures) for failure in of_rank]
    if failures:
        raise ValueError(f'{len(failures)} of {len(clips)} clips could not be decoded (first: '
                         f'{failures[0]}). Repair them and run the same command again. The boxes '
                         f'of the others are kept in {writer.part}')
    if not is_main_process():
        return None
    writer.join(clip.clip_id for clip in clips)
    requested = {clip.clip_id for clip in clips}
    return summarize((boxes for boxes in iter_face_boxes(out) if boxes.clip_id in requested),
                     stride)


def _write_results(writer: FaceBoxesWriter, results: Iterable[SearchResult],
                   total: int) -> list[str]:
    """Write the boxes of clips as they arrive, and return the errors of unreadable clips."""
    failures = []
    with progress_bar(total=total, unit='clip', desc='faces', disable=not is_main_process()) as bar:
        for result in results:
            if isinstance(result, VideoError):
                failures.append(str(result))
                bar.write(str(result), file=sys.stderr)
            else:
                writer.write(result)
                bar.update()
    return failures


def summarize(clips: Iterable[FaceBoxes], stride: int) -> FaceSummary:
    """Summarize the face boxes of clips that were searched every ``stride`` frames.

    Args:
        clips (Iterable[FaceBoxes]): The clips' boxes.
        stride (int): Stride of the search.

    Returns:
        FaceSummary: The counts.
    """
    summary = FaceSummary()
    for clip in clips:
        summary.clips += 1
        summary.without_face += not clip.has_face
        summary.several_faces += clip.num_faces > 1
        if clip.has_face:
            detected = clip.detected[frames_to_search(len(clip.detected), stride)]
            summary.searched += len(detected)
            summary.filled += int((~detected).sum())
    return summary
