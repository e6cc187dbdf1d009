"""Finding the faces of many clips in batches that run across them, in one process or several."""
from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from multiprocessing import connection, get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Callable, Iterable, Iterator, Sequence, Union

import numpy as np
import torch

from ..datasets.video import VideoError, open_video
from .face_boxes import FaceBoxes
from .face_detector import FaceDetector
from .tracks import follow_face

Found = Union[FaceBoxes, VideoError]


@dataclass(frozen=True)
class Clip:
    """A clip to search.

    Args:
        clip_id (str): Its id in the annotation file.
        path (Path): Video file or folder of frames.
        num_frames (int): Its length.
    """

    clip_id: str
    path: Path
    num_frames: int


@dataclass
class _Search:
    """What has been found in a clip so far: in `searched` frames their `faces`, (n_i, 5) each."""

    clip: Clip
    size: tuple[int, int] = (0, 0)
    searched: list[int] = field(default_factory=list)
    faces: list[np.ndarray] = field(default_factory=list)

    def face_boxes(self) -> FaceBoxes:
        """The boxes of the one face that the clip keeps."""
        clip_id, num_frames = self.clip.clip_id, self.clip.num_frames
        followed = follow_face(self.searched, self.faces, num_frames)
        if followed is None:
            return FaceBoxes.whole_frame(clip_id, self.size, num_frames)
        return FaceBoxes(clip_id, self.size, *followed, num_faces=max(map(len, self.faces)))


def frames_to_search(num_frames: int, stride: int) -> np.ndarray:
    """Every ``stride``-th frame of a clip, and its last one."""
    return np.unique([*range(0, num_frames, stride), num_frames - 1])


def search_clips(detector: FaceDetector,
                 clips: Iterable[Clip],
                 stride: int,
                 batch_size: int) -> Iterator[Found]:
    """Find the faces of clips in batches that run across them.

    All batches have the same size, the last one filled up: so the faces of a frame do not depend
    on the place at which a pass began or ended. Memory holds one batch of frames.

    Args:
        detector (FaceDetector): Finds the faces of frames.
        clips (Iterable[Clip]): The clips.
        stride (int): Search every so many frames.
        batch_size (int): Frames a batch.

    Yields:
        FaceBoxes | VideoError: The boxes of each clip, in their order; the reason of a clip that
        cannot be read, as soon as that is known.
    """
    batch: list[tuple[_Search, np.ndarray]] = []
    waiting: list[_Search] = []

    def detect_batch() -> None:
        images = [image for _, image in batch]
        images += images[-1:] * (batch_size - len(images))
        for (search, _), faces in zip(batch, detector.detect(images)):
            search.faces.append(faces)
        batch.clear()

    for search in map(_Search, clips):
        try:
            for number, image in _read_frames(search, stride, batch_size):
                search.searched.append(number)
                batch.append((search, image))
                if len(batch) == batch_size:
                    detect_batch()
        except VideoError as error:
            yield error
            batch = [(owner, image) for owner, image in batch if owner is not search]
        else:
            waiting.append(search)
        while waiting and len(waiting[0].faces) == len(waiting[0].searched):
            yield waiting.pop(0).face_boxes()
    if batch:
        detect_batch()
    yield from (search.face_boxes() for search in waiting)


def _read_frames(search: _Search, stride: int, piece: int) -> Iterator[tuple[int, np.ndarray]]:
    """The frames to search with their numbers, decoded a piece at a time."""
    numbers = frames_to_search(search.clip.num_frames, stride)
    with open_video(search.clip.path) as video:
        video.check_length(search.clip.num_frames)
        search.size = video.size
        for start in range(0, len(numbers), piece):
            some = numbers[start:start + piece]
            yield from zip(some.tolist(), video.read(some))


def search_on_devices(make_detector: Callable[[str], FaceDetector],
                      clips: Sequence[Clip],
                      devices: Sequence[str],
                      stride: int,
                      batch_size: int) -> Iterator[Found]:
    """:func:`search_clips` in one process for each device, or in this one where there is but one.

    Args:
        make_detector (Callable[[str], FaceDetector]): Builds the detector on a device; pickled.
        clips (Sequence[Clip]): The clips; process i of n gets every n-th from the i-th on.
        devices (Sequence[str]): Such as ``['cuda:0', 'cuda:1']`` or ``['cpu', 'cpu']``.
        stride (int): Search every so many frames.
        batch_size (int): Frames a batch.

    Yields:
        FaceBoxes | VideoError: For each clip, as it is done.

    Raises:
        ValueError: If a device is not there.
        ChildProcessError: If a process dies; the others are ended.
    """
    for device in devices:
        _check_device(device)
    if len(devices) == 1:
        yield from search_clips(make_detector(devices[0]), clips, stride, batch_size)
        return
    context = get_context('spawn')  # CUDA does not survive a fork
    threads = max(1, torch.get_num_threads() // len(devices))
    workers = {}
    try:
        for index, device in enumerate(devices):
            receiver, sender = context.Pipe(duplex=False)
            process = context.Process(
                target=_work, daemon=True, name=f'search on {device}',
                args=(sender, threads, make_detector, device, clips[index::len(devices)], stride,
                      batch_size))
            process.start()
            sender.close()
            workers[receiver] = process
        while workers:
            for receiver in connection.wait(list(workers)):
                try:
                    found = receiver.recv()
                except (EOFError, OSError):  # between two messages, or amid one
                    process = workers.pop(receiver)
                    process.join()
                    if process.exitcode:
                        raise ChildProcessError(_obituary(process)) from None
                    continue
                if not isinstance(found, (FaceBoxes, VideoError)):
                    raise found
                yield found
    finally:
        for process in workers.values():
            process.terminate()
            process.join()


def _check_device(name: str) -> None:
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ValueError(f"device {name!r} is unknown; name such as 'cuda:0' or 'cpu'") from None
    if device.type == 'cuda' and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f'device {name} is not there: torch sees {torch.cuda.device_count()} GPUs')


def _work(pipe: connection.Connection, threads: int, make_detector: Callable[[str], FaceDetector],
          device: str, *search: object) -> None:
    """A process: send what is found in each clip, or the user's error that ends the search."""
    # Ctrl-C reaches the whole group; the parent ends its processes, unless it is killed itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    try:
        for found in search_clips(make_detector(device), *search):
            pipe.send(found)
    except (ValueError, OSError, KeyError) as error:
        pipe.send(error)


def _end_with_parent() -> None:
    connection.wait([parent_process().sentinel])
    os._exit(1)


def _obituary(process) -> str:
    code = process.exitcode
    how = f'was killed by signal {-code}, as when memory runs out' if code < 0 else \
        f'ended with exit code {code}'
    return (f'a process ({process.name}) {how}; what was found until then is kept: '
            'run the same command again')
