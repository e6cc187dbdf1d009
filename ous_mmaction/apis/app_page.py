"""The page: its layout and what its buttons call. The logic is in ``app_session.py``."""
from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import wraps
from io import BytesIO
from pathlib import Path
from typing import Any

os.environ['GRADIO_ANALYTICS_ENABLED'] = 'False'  # read when gradio is imported

import gradio as gr  # noqa: E402
import numpy as np  # noqa: E402
from PIL import Image  # noqa: E402

from ..command_line import message_of  # noqa: E402
from ..video import VideoError  # noqa: E402
from .app_session import AppSession  # noqa: E402
from .app_sessions import AppSessions  # noqa: E402
from .film_inputs import VIDEO_SUFFIXES  # noqa: E402
from .scene_swap import SCENES  # noqa: E402
from .timeline_picture import timeline_html  # noqa: E402
from .window_view import WindowView  # noqa: E402

USERS = 2  # films that are analyzed at a time
WAITING = 16  # requests that may wait
OLD, SWEEP = 3600, 300  # seconds after which a file that nobody owns goes; how often to look
COLUMNS = ['person', 'start (s)', 'end (s)', 'emotion', 'probability']
CSS = Path(__file__).with_name('app_page.css').read_text(encoding='utf-8')
SCRIPT = Path(__file__).with_name('app_page.js').read_text(encoding='utf-8')


def build_page(sessions: AppSessions) -> gr.Blocks:
    """Build the page.

    Args:
        sessions (AppSessions): Its users.

    Returns:
        gr.Blocks: The page, with its queue; :func:`launch_options` go to its ``launch``.
    """
    limits = sessions.limits
    with gr.Blocks(analytics_enabled=False, title='Emotions over time',
                   delete_cache=(SWEEP, OLD)) as page:
        gr.Markdown('# Emotions over time\nThe model names the expression that it sees, not what a '
                    'person feels. Nothing leaves this machine, and your files are deleted when '
                    'you close this tab.')
        with gr.Tab('Film'):
            moment, person = _film_part(sessions, limits)
            _scene_part(sessions, moment, person)
        with gr.Tab('Camera'):
            _camera_part(sessions)
        page.unload(_leaving(sessions))
    return page.queue(max_size=WAITING, default_concurrency_limit=USERS, api_open=False)


def launch_options(sessions: AppSessions) -> dict:
    """Return the options of ``launch`` that the page needs: looks, limits, and no network."""
    fonts = ['system-ui', 'sans-serif']  # Gradio's own come from Google
    theme = gr.themes.Default(font=fonts, font_mono=fonts)
    return dict(theme=theme, css=CSS, head=f'<script>{SCRIPT}</script>', share=False,
                ssr_mode=False, footer_links=[],
                max_file_size=int(sessions.limits.megabytes * 2**20))


def _film_part(sessions: AppSessions, limits: Any) -> tuple[gr.Slider, gr.Dropdown]:
    defaults = sessions.inferencer.settings()
    with gr.Row():
        with gr.Column(scale=2):
            upload = gr.File(label=f'Film of at most {limits.seconds:g} s and {limits.megabytes:g} '
                                   'MB', file_types=list(VIDEO_SUFFIXES), elem_id='upload',
                             height=140)
            with gr.Accordion('Settings', open=False):
                length = gr.Number(defaults.length, label='Length of a window in seconds')
                stride = gr.Number(defaults.stride, label='Seconds from window to window')
                smoothing = gr.Number(0, label='Smoothing in seconds (0 is off)')
                largest = gr.Checkbox(False, label='Only the largest face')
            run = gr.Button('Recognize', variant='primary', elem_id='run')
            status = gr.Markdown(elem_id='status', min_height=60)
            files = gr.File(label='Downloads', file_count='multiple', interactive=False,
                            elem_id='downloads', visible=False, height=230)
        with gr.Column(scale=3):
            video = gr.Video(label='Annotated film', interactive=False, elem_id='film', height=400)
            timeline = gr.HTML(elem_id='timeline')
    table = gr.Dataframe(headers=COLUMNS, interactive=False, elem_id='table', label='Segments',
                         max_height=260, buttons=[])
    gr.Markdown('## What the model saw, and another scene\nClick into the timeline, or choose a '
                'moment and a person.')
    with gr.Row():
        moment = gr.Slider(0, 1, 0, step=0.01, label='Moment in seconds', elem_id='moment')
        person = gr.Dropdown([], label='Person', elem_id='person')
    upload.upload(_noting(sessions), upload, None, queue=False, show_progress='hidden')
    run.click(_recognizing(sessions), [upload, length, stride, smoothing, largest],
              [video, timeline, table, files, status, moment, person], concurrency_limit=USERS,
              show_progress_on=status)
    return moment, person


def _scene_part(sessions: AppSessions, moment: gr.Slider, person: gr.Dropdown) -> None:
    seen = gr.HTML(elem_id='seen')
    attention = gr.Markdown(elem_id='attention')
    with gr.Row():
        with gr.Column(scale=2):
            look = gr.Button('Look', elem_id='look')
            scene = gr.Radio(list(SCENES), value='blank', label='Scene instead', elem_id='scene')
            swap = gr.Button('Swap the scene', variant='primary', elem_id='swap')
        picture = gr.File(label='Another picture', file_types=['image'], height=190,
                          elem_id='picture', scale=1)
    with gr.Row():
        old = gr.Label(label="The film's own scene", elem_id='old', num_top_classes=4)
        new = gr.Label(label='The other scene', elem_id='new', num_top_classes=4)
    picture.upload(_noting(sessions), picture, None, queue=False, show_progress='hidden')
    look.click(_looking(sessions), [moment, person], [seen, attention, old, new])
    swap.click(_swapping(sessions), [moment, person, scene, picture], [seen, attention, old, new])


def _camera_part(sessions: AppSessions) -> None:
    gr.Markdown('Start the camera. The first answer comes when a window is full: after '
                f'{sessions.inferencer.settings().length:g} s.')
    with gr.Row():
        camera = gr.Image(sources=['webcam'], streaming=True, label='Camera', elem_id='camera',
                          webcam_options=gr.WebcamOptions(mirror=False))
        shown = gr.HTML(elem_id='shown')
    said = gr.Label(label='Largest face', elem_id='said')
    warning = gr.Markdown(elem_id='warning')
    camera.stream(_filming(sessions), camera, [shown, said, warning], stream_every=0.15,
                  time_limit=600, concurrency_limit=USERS, show_progress='hidden')
    camera.clear(_stopping(sessions), None, None, queue=False)


def reporting(handler: Callable) -> Callable:
    """Let a handler show an error that the user can mend as one line on the page."""
    @wraps(handler)
    def run(*args, **kwargs) -> Any:
        try:
            return handler(*args, **kwargs)
        except (ValueError, OSError, KeyError, VideoError) as error:
            text = ' '.join(Path(word).name if word.startswith('/') else word
                            for word in message_of(error).split(' '))
            raise gr.Error(text, duration=None, print_exception=False) from error

    return run


def _noting(sessions: AppSessions) -> Callable:
    def note(upload: str, request: gr.Request) -> None:
        sessions.note_upload(request.session_hash, upload)

    return note


def _recognizing(sessions: AppSessions) -> Callable:
    @reporting
    def recognize(upload: str | None, length: float, stride: float, smoothing: float,
                  largest: bool, request: gr.Request, progress: Any = gr.Progress()) -> list:
        session = sessions.get(request.session_hash)
        progress(0, 'reading the film')
        record = session.recognize(
            upload, lambda share: progress(0.9 * share, 'detecting and recognizing'),
            length=length, stride=stride, smoothing=smoothing,
            people='largest' if largest else 'all')
        return shown_results(session, record)

    return recognize


def shown_results(session: AppSession, record: Any) -> list:
    """Return the values of the components that show a film."""
    video, *files = map(str, session.files)
    film, people = record.about['film'], session.people()
    rows = session.segment_rows()
    status = (f'{film["frames"]} frames, face found in {film["frames_with_faces"]}. '
              f'{len(people)} people, {len(rows)} segments.')
    # The moment starts in the middle of the first segment, where somebody is visible.
    start = (rows[0][1] + rows[0][2]) / 2 if rows else film['start']
    return [video, timeline_html(record), rows, gr.File(files, visible=True),
            status + bold(record.about['warnings']),
            gr.Slider(film['start'], film['end'], round(start, 2), step=0.01),
            gr.Dropdown(people, value=rows[0][0] if rows else None)]


def bold(lines: Sequence[str]) -> str:
    """Return paragraphs of Markdown that stand out."""
    return ''.join(f'\n\n**{line}**' for line in lines)


def _looking(sessions: AppSessions) -> Callable:
    @reporting
    def look(moment: float, person: int | None, request: gr.Request) -> list:
        view = sessions.get(request.session_hash).look(moment, chosen(person))
        return [streams_of(view), attention_text(view), view.scores, None]

    return look


def _swapping(sessions: AppSessions) -> Callable:
    @reporting
    def swap(moment: float, person: int | None, scene: str, picture: str | None,
             request: gr.Request) -> list:
        pixels = None if picture is None else np.asarray(Image.open(picture).convert('RGB'))
        before, after = sessions.get(request.session_hash).swap(moment, chosen(person), scene,
                                                                pixels)
        text = (f'{before.label} becomes {after.label}. ' if before.label != after.label else
                f'The answer stays {before.label}. ')
        return [streams_of(after), text + attention_text(after), before.scores, after.scores]

    return swap


def chosen(person: int | None) -> int:
    """Return the chosen person.

    Raises:
        ValueError: If there is none.
    """
    if person is None:
        raise ValueError('No person was chosen. Run a film in which a face is visible first')
    return int(person)


def streams_of(view: WindowView) -> str:
    """Draw the frames of each stream in a row."""
    rows = [('face stream', view.face), ('scene stream', view.scene)]
    return ''.join(f'<div class="stream"><div>{name}</div>{"".join(map(picture_html, frames))}'
                   '</div>' for name, frames in rows if frames is not None)


def picture_html(picture: np.ndarray) -> str:
    """Put a picture into the page itself, so that the server writes no file of it."""
    memory = BytesIO()
    Image.fromarray(picture).save(memory, 'JPEG', quality=90)
    return f'<img src="data:image/jpeg;base64,{b64encode(memory.getvalue()).decode()}">'


def attention_text(view: WindowView) -> str:
    """Say how much of the attention each source gets."""
    if view.attention is None:
        return 'This model has no MCFE, so that there is no attention to show.'
    shares = ', '.join(f'{name} {share:.1%}' for name, share in view.attention.items())
    return f"Share of MCFE's attention, averaged over its blocks: {shares}."


def _filming(sessions: AppSessions) -> Callable:
    @reporting
    def film(image: Any, request: gr.Request) -> list:
        if image is None:
            return ['', None, '']
        session = sessions.get(request.session_hash)
        view = session.push(image)
        names, largest = session.inferencer.model.class_names, view.largest
        scores = None if largest is None else dict(zip(names, map(float, largest.scores)))
        return [picture_html(view.picture), scores, bold(view.warnings)]

    return film


def _stopping(sessions: AppSessions) -> Callable:
    def stop(request: gr.Request) -> None:
        sessions.get(request.session_hash).stop_camera()

    return stop


def _leaving(sessions: AppSessions) -> Callable:
    def leave(request: gr.Request) -> None:
        sessions.close(request.session_hash)

    return leave
