from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from mmengine.config import Config

from ..checkpoints import fingerprint_of
from ..detection import FaceDetector, PeopleTracker
from ..features.use_bank import read_pixels
from ..progress import progress_bar
from ..video import FrameStream, VideoError
from .emotion_stream import EmotionStream
from .film_inputs import FilmInput, find_films
from .film_job import FilmJob
from .film_record import FilmRecord
from .film_settings import FilmSettings
from .inference import init_model
from .known_detectors import DETECTORS
from .outputs import check_formats, film_document, write_outputs
from .window_model import WindowModel

BATCH_SIZE = 8  # frames that the detector sees together


class FilmOutcome(NamedTuple):
    """What became of a film.

    Attributes:
        name (str): Name of the film.
        record (FilmRecord | None): What was found; None if it failed.
        files (list[Path]): What was written.
        error (Exception | None): Why it failed.
    """

    name: str
    record: FilmRecord | None
    files: list[Path]
    error: Exception | None


class DFERInferencer:
    """Emotions of the people in films, over time.

    It is called like the inferencers of MMAction2. It works for every model of the zoo, on one face
    or two streams, on frames or clips.

    Args:
        config (str | Path | Config): Config that the model was trained with.
        checkpoint (str | Path): Its weights.
        detector (str | Path | FaceDetector): ``'mtcnn'``, ``'yolox'``, ``'demo'`` (drawn faces),
            the mmdet config of a face detector, or a detector.
        detector_checkpoint (str | Path, optional): Weights of the detector. Defaults to those that
            its config or its name stands for.
        device (str): Device of both. Defaults to ``'cpu'``.
        score_thr (float): Minimum score of the face of a new person. Defaults to 0.5.
        face_class (str, optional): See :class:`FaceDetector`.

    Raises:
        FileNotFoundError: If a config or a checkpoint is missing.
        ValueError: If a checkpoint does not fit, or the model does not read faces of clips.

    Examples:
        >>> inferencer = DFERInferencer(config, checkpoint, detector=detector)  # doctest: +SKIP
        >>> result = inferencer('film.mp4', stride=0.5)['predictions'][0]  # doctest: +SKIP
        >>> result['windows'][0]['people'][0]['label']  # doctest: +SKIP
        'Happy'
    """

    def __init__(self,
                 config: str | Path | Config,
                 checkpoint: str | Path,
                 detector: str | Path | FaceDetector,
                 detector_checkpoint: str | Path | None = None,
                 device: str = 'cpu',
                 score_thr: float = 0.5,
                 face_class: str | None = None) -> None:
        if not isinstance(config, Config):
            config = Config.fromfile(config)
        self.model = WindowModel(init_model(read_pixels(config), checkpoint, device))
        if not isinstance(detector, FaceDetector):
            detector, weights = DETECTORS.get(str(detector), (detector, None))
            detector_checkpoint = detector_checkpoint or weights
            # A weak score is enough for the face of a person who is known.
            detector = FaceDetector(detector, detector_checkpoint, device, min(score_thr, 0.1),
                                    face_class)
        self.detector = detector
        self.score_thr = score_thr
        self._drawings = self.model.model.trained_on_drawings
        self._about = dict(
            model=dict(config=Path(config.filename or 'config').stem,
                       checkpoint=Path(checkpoint).name,
                       weights=fingerprint_of(self.model.model),
                       classes=self.model.class_names),
            detector=dict(config=Path(detector.config.filename).stem, score_thr=score_thr,
                          weights=fingerprint_of(detector.model)))

    def __call__(self, inputs: Any, *, out: Sequence[str] = (), out_dir: str | Path | None = None,
                 return_frames: bool = False, progress: bool = True, fps: float = 25.,
                 batch_size: int = BATCH_SIZE, **settings) -> dict:
        """Analyze films.

        Args:
            inputs (Any): Video file, folder of videos, folder of frames, frames of shape
                (T, H, W, 3) in uint8 RGB, an iterator of frames or of pairs of time and frame, or
                a list of these.
            out (Sequence[str]): Outputs to write, keys of ``OUTPUTS``. Defaults to none.
            out_dir (str | Path, optional): Folder for outputs, one folder per film. A run that was
                interrupted goes on there. None writes nothing.
            return_frames (bool): Whether the predictions hold the faces of every frame. Defaults to
                False.
            progress (bool): Whether to show a progress bar. Defaults to True.
            fps (float): Frame rate of folders, arrays and iterators without times. Defaults to 25.
            batch_size (int): Number of frames that are detected together. Defaults to 8.
            settings: ``length``, ``stride``, ``min_visible``, ``people``, ``max_fps`` and
                ``smoothing``, see :class:`FilmSettings`.

        Returns:
            dict: ``predictions``, one document per film as docs/film_results.md describes it, None
            for a film that failed; ``visualization``, the list of files written per film; and
            ``failures``, name -> reason.

        Raises:
            VideoError: If the only film cannot be read.
            ValueError: If a setting, an output or a film is not valid.
        """
        films = find_films(inputs)
        result = dict(predictions=[], visualization=[], failures={})
        with tempfile.TemporaryDirectory() as scratch:
            for outcome in self.analyze(films, out_dir or scratch, out if out_dir else (),
                                        progress=progress, fps=fps, batch_size=batch_size,
                                        **settings):
                if outcome.error is not None and len(films) == 1:
                    raise outcome.error
                if outcome.error is not None:
                    result['failures'][outcome.name] = str(outcome.error)
                result['predictions'].append(
                    outcome.record and film_document(outcome.record, return_frames))
                result['visualization'].append([str(file) for file in outcome.files])
        return result

    def analyze(self, films: Sequence[FilmInput], out_dir: str | Path, out: Sequence[str] = (), *,
                progress: bool = True, fps: float = 25., batch_size: int = BATCH_SIZE,
                on_time: Callable[[float], None] | None = None,
                **settings) -> Iterator[FilmOutcome]:
        """Analyze films one by one into folders, in flat memory; arguments as above.

        Films that are done in ``out_dir`` are not analyzed again, and an interrupted one goes on.
        ``on_time`` is told how many seconds of film were processed since the last call, and ends a
        film when it raises a ValueError.

        Yields:
            FilmOutcome: After each film; a film that fails does not stop the others.
        """
        check_formats(out)
        settings = self.settings(**settings)
        with progress_bar(total=_seconds(films, fps), unit=' s', disable=not progress,
                          bar_format='{l_bar}{bar}| {n:.0f}/{total:.0f} s of film '
                                     '[{elapsed}<{remaining}]') as bar:
            for film in films:
                bar.set_description(film.name[-30:])
                try:
                    record = self._analyze_one(film, Path(out_dir) / film.name, settings, fps,
                                               batch_size, on_time or bar.update)
                    files = write_outputs(record, film.source, out)
                    outcome = FilmOutcome(film.name, record, files, None)
                except (VideoError, ValueError, OSError) as error:
                    outcome = FilmOutcome(film.name, None, [], error)
                yield outcome

    def stream(self, batch_size: int = 1, **settings) -> EmotionStream:
        """Return a new stream for frames that arrive one by one, such as those of a camera.

        Args:
            batch_size (int): Number of frames that are detected together. Defaults to 1.
            settings: See :class:`FilmSettings`.

        Returns:
            EmotionStream: The stream, which shares the model with all others.
        """
        return self._new_stream(self.settings(**settings), batch_size)

    def settings(self, **settings) -> FilmSettings:
        """Fill in the defaults of the model's sampling, see :class:`FilmSettings`."""
        return FilmSettings.for_clips_of(self.model.clip_len, **settings)

    def _new_stream(self, settings: FilmSettings, batch_size: int) -> EmotionStream:
        tracker = PeopleTracker(high_score=self.score_thr, low_score=min(self.score_thr, 0.1))
        return EmotionStream(self.model, self.detector, tracker, settings, batch_size,
                             self._drawings)

    def _analyze_one(self, film: FilmInput, folder: Path, settings: FilmSettings, fps: float,
                     batch_size: int, on_time: Any) -> FilmRecord:
        source = FrameStream(film.source, fps)
        size = source.path.stat().st_size if source.path and source.path.is_file() else None
        about = dict(self._about, source=dict(name=film.name, bytes=size),
                     settings=dict(asdict(settings), fps=fps, batch_size=batch_size))
        return FilmJob(folder, about).run(self._new_stream(settings, batch_size), source, on_time)


def _seconds(films: Sequence[FilmInput], fps: float) -> float:
    """Sum the lengths of the films, as far as they are known."""
    total = 0.
    for film in films:
        try:
            total += FrameStream(film.source, fps).duration or 0.
        except (VideoError, ValueError, OSError):
            continue  # its turn will come
    return total
