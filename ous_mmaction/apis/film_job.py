from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Callable

from ..atomic_files import write_atomically
from ..video import FrameStream
from .emotion_stream import EmotionStream
from .film_record import FORMAT, VERSION, FilmRecord, event_line
from .film_results import FrameResult
from .plain_state import dump_state, load_state

SAVE_EVERY = 10.  # seconds of work that a killed process loses at most


class FilmJob:
    """The analysis of one film into a folder, which a killed process can take up again.

    Results are appended to ``events.jsonl``. From time to time, ``state.json`` keeps the state of
    the stream and the length of that file. What was written later is cut off and computed again,
    so that the bytes are those of a run that was never interrupted.

    Args:
        folder (str | Path): Folder of the film.
        about (dict): What is done to which film: ``source``, ``model``, ``detector``, ``settings``.
        save_every (float): Seconds between two saves of the state. Defaults to 10.

    Raises:
        ValueError: If the folder holds the analysis of another film, or with other settings.
    """

    def __init__(self, folder: str | Path, about: dict, save_every: float = SAVE_EVERY) -> None:
        self.folder, self.save_every = Path(folder), save_every
        self.about = json.loads(json.dumps(dict(format=FORMAT, version=VERSION, **about)))
        self.events, self.state = self.folder / 'events.jsonl', self.folder / 'state.json'
        self._file = self.folder / 'film.json'
        self.done = False
        if self._file.exists():
            known = json.loads(self._file.read_text(encoding='utf-8'))
            self.done = 'film' in known
            different = [key for key in self.about if known.get(key) != self.about[key]]
            if different:
                raise ValueError(f'{folder}: the folder holds results with another '
                                 f'{" and ".join(different)}. Choose another folder, or delete it')

    def run(self, stream: EmotionStream, source: FrameStream,
            on_time: Callable[[float], None] = lambda seconds: None) -> FilmRecord:
        """Analyze the film, or what is left of it.

        Args:
            stream (EmotionStream): A new stream.
            source (FrameStream): The film.
            on_time (Callable): Is told how many seconds of film were processed since the last call.

        Returns:
            FilmRecord: What was found.

        Raises:
            VideoError: If a frame does not decode. What was found before it is kept.
        """
        if self.done:
            return FilmRecord(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._write_about(self.about)
        summary = self._resume(stream)
        saved, before = time.monotonic(), None
        with open(self.events, 'a', encoding='utf-8', newline='\n') as file:
            for frame in source.frames(stream.first_frame, stream.settings.max_fps):
                summary['height'], summary['width'] = frame.image.shape[:2]
                self._append(file, stream.push(frame), summary)
                on_time(frame.time - (frame.time if before is None else before))
                before = frame.time
                if stream.is_settled and time.monotonic() - saved >= self.save_every:
                    self._save(file, stream, summary)
                    saved = time.monotonic()
            self._append(file, stream.finish(), summary)
            file.flush()
            os.fsync(file.fileno())
        self._write_about(dict(self.about, film=summary, warnings=stream.warnings))
        self.state.unlink(missing_ok=True)
        return FilmRecord(self.folder)

    def _resume(self, stream: EmotionStream) -> dict:
        """Load the state into a stream and cut off what was written after it was saved."""
        if not self.state.exists():
            self.events.write_bytes(b'')
            return dict(frames=0, frames_with_faces=0, people=0, windows=0, start=None, end=None)
        saved = load_state(self.state.read_text(encoding='utf-8'))
        with open(self.events, 'rb+') as file:
            file.truncate(saved['events'])
        stream.load_state(saved['stream'])
        return saved['summary']

    def _save(self, file: object, stream: EmotionStream, summary: dict) -> None:
        file.flush()
        os.fsync(file.fileno())
        write_atomically(self.state, [dump_state(dict(
            events=os.path.getsize(self.events), summary=summary, stream=stream.state()))])

    def _append(self, file: object, results: list, summary: dict) -> None:
        for result in results:
            file.write(event_line(result))
            if isinstance(result, FrameResult):
                summary['frames'] += 1
                summary['frames_with_faces'] += bool(result.faces)
                summary['people'] = max([summary['people'],
                                         *(face.person for face in result.faces)])
                if summary['start'] is None:
                    summary['start'] = round(result.time, 6)
            else:
                summary['windows'] += hasattr(result, 'frames')
                summary['end'] = round(result.end, 6)

    def _write_about(self, about: dict) -> None:
        write_atomically(self._file, [json.dumps(about, ensure_ascii=False, indent=1) + '\n'])
