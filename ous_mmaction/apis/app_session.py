from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from time import monotonic

import numpy as np

from ..video import FrameStream
from .camera_session import CameraSession, CameraView
from .film_inputs import FilmInput
from .film_record import FilmRecord
from .inferencer import DFERInferencer
from .scene_swap import swap_scene
from .window_model import View
from .window_view import WindowView, find_window, read_views, view_window

DOWNLOADS = ('csv', 'frames', 'json', 'vtt', 'eaf', 'html')


@dataclass(frozen=True)
class AppLimits:
    """What the page accepts.

    Args:
        megabytes (float): Greatest size of a film in MB of 2^20 bytes. Defaults to 200.
        seconds (float): Greatest length of a film. Defaults to 300.
    """

    megabytes: float = 200.
    seconds: float = 300.


class AppSession:
    """One user of the page: a film with its results, and a camera.

    Args:
        inferencer (DFERInferencer): Shared by all users.
        folder (str | Path): Folder of this user alone, which :meth:`close` deletes.
        limits (AppLimits): What is accepted.
    """

    def __init__(self, inferencer: DFERInferencer, folder: str | Path, limits: AppLimits) -> None:
        self.inferencer, self.folder, self.limits = inferencer, Path(folder), limits
        self.record: FilmRecord | None = None
        self.files: list[Path] = []
        self.camera: CameraSession | None = None
        self._film: Path | None = None
        self._runs = 0
        self._closed = False
        self._lock, self._camera_lock = Lock(), Lock()

    def recognize(self, upload: str | Path | None,
                  on_share: Callable[[float], None] = lambda share: None,
                  **settings) -> FilmRecord:
        """Analyze a film and write what the page shows; the results of the film before are deleted.

        Args:
            upload (str | Path, optional): The film. A link to it is kept until the next film.
            on_share (Callable): Is told which share of the film was processed.
            settings: See :class:`FilmSettings`.

        Returns:
            FilmRecord: What was found. :attr:`files` has the annotated video first, then the
            downloads.

        Raises:
            ValueError: If the film is missing, too large or too long, or a setting is not valid.
            VideoError: If the film cannot be read.
        """
        if upload is None:
            raise ValueError('No film was uploaded. Choose a video first')
        with self._lock:
            film = self._admit(Path(upload))
            watch = self._watch(film, on_share)
            [outcome] = self.inferencer.analyze(
                [FilmInput(film.name, film)], film.parent / 'results', ('mp4', *DOWNLOADS),
                progress=False, on_time=watch, **settings)
            if outcome.error is not None:
                shutil.rmtree(film.parent, ignore_errors=True)
                raise outcome.error
            if self._film is not None:
                shutil.rmtree(self._film.parent, ignore_errors=True)
            self._film, self.record, self.files = film, outcome.record, outcome.files
            return outcome.record

    def _admit(self, upload: Path) -> Path:
        """Check the size of a film, and link it into a new folder of its own."""
        size = upload.stat().st_size / 2**20
        if size > self.limits.megabytes:
            raise ValueError(f'{upload.name} has {size:.1f} MB, but this page takes films of at '
                             f'most {self.limits.megabytes:g} MB. Cut it, or start the page with a '
                             'greater --max-mb')
        self._runs += 1
        film = self.folder / f'{self._runs}' / upload.name
        film.parent.mkdir(parents=True)
        try:
            os.link(upload, film)
        except OSError:  # another disk
            shutil.copy(upload, film)
        return film

    def _watch(self, film: Path, on_share: Callable[[float], None]) -> Callable[[float], None]:
        """Return what is told of each frame; it ends a film whose header hid its length."""
        try:
            expected = FrameStream(film).duration or 0.
            self._check_length(film, expected)
        except Exception:
            shutil.rmtree(film.parent, ignore_errors=True)
            raise
        done = 0.

        def watch(seconds: float) -> None:
            nonlocal done
            done += seconds
            if self._closed:
                raise ValueError('The page was closed')
            self._check_length(film, done)
            on_share(min(done / expected, 1.) if expected else 0.)

        return watch

    def _check_length(self, film: Path, seconds: float) -> None:
        if seconds > self.limits.seconds:
            raise ValueError(f'{film.name} lasts {seconds:.1f} s, but this page takes films of at '
                             f'most {self.limits.seconds:g} s. Cut it, or start the page with a '
                             'greater --max-seconds')

    def people(self) -> list[int]:
        """Return the numbers of the people who have an emotion somewhere in the film."""
        return sorted({segment.person for segment in self.record.segments()})

    def segment_rows(self) -> list[list]:
        """Return one row per segment: person, start, end, emotion, probability."""
        rows = sorted(self.record.segments(), key=lambda row: (row.start, row.person))
        return [[row.person, round(row.start, 2), round(row.end, 2), row.label,
                 round(row.score, 3)] for row in rows]

    def look(self, moment: float, person: int) -> WindowView:
        """Show what the model saw of a person around a moment, and what it said.

        Args:
            moment (float): Time in seconds.
            person (int): Number of the person.

        Returns:
            WindowView: The window whose middle is nearest.

        Raises:
            ValueError: If no film was analyzed, or the person's face is not visible there.
        """
        return view_window(self.inferencer.model, self._views(moment, person))

    def swap(self, moment: float, person: int, scene: str,
             picture: np.ndarray | None = None) -> tuple[WindowView, WindowView]:
        """Exchange the scene of a window.

        Args:
            moment (float): As in :meth:`look`.
            person (int): As in :meth:`look`.
            scene (str): What to show instead, see :func:`swap_scene`.
            picture (np.ndarray, optional): Picture for ``scene='picture'``, RGB uint8.

        Returns:
            tuple[WindowView, WindowView]: The answers with the film's own scene and with the other.

        Raises:
            ValueError: If the model reads no scene, or as in :meth:`look`.
        """
        views = self._views(moment, person)
        model = self.inferencer.model
        swapped = swap_scene(views, scene, picture, model.scene_resize)
        return view_window(model, views), view_window(model, swapped)

    def _views(self, moment: float, person: int) -> list[View]:
        if self.record is None:
            raise ValueError('No film was analyzed yet. Upload one and run it first')
        window = find_window(self.record, moment, person)
        return read_views(self.inferencer.model, self.record, self._film, window, person)

    def push(self, image: np.ndarray) -> CameraView:
        """Take the next frame of the camera, now; see :meth:`CameraSession.push`."""
        with self._camera_lock:
            self.camera = self.camera or CameraSession(self.inferencer.stream())
            return self.camera.push(image, monotonic())

    def stop_camera(self) -> None:
        """Forget the frames of the camera."""
        self.camera = None

    def close(self) -> None:
        """Delete the folder of this user, and end what is running."""
        self._closed = True
        self.record, self.files, self.camera = None, [], None
        shutil.rmtree(self.folder, ignore_errors=True)
