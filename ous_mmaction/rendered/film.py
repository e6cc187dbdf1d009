"""From the plan of a film to a file with its ground truth, one frame at a time."""
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..atomic_files import whole_file
from ..progress import progress_bar
from .clip_plan import FILMS
from .expressions import emotion_of
from .film_plan import FilmPlan, plan_film
from .film_role import FilmRole
from .film_shot import FilmShot
from .film_spec import FilmSpec
from .film_writer import FilmWriter
from .portrait import Portrait, portrait_of
from .scenes import paint_scene

FORMAT = 'ous_mmaction/film'
# Increased when the same spec draws other pixels than before.
VERSION = 1
_PLACE, _MOTION = 3, 4


class FilmFrame(NamedTuple):
    """One frame and what it shows.

    Attributes:
        time (float): Presentation time in seconds.
        image (np.ndarray): RGB image of shape (H, W, 3), uint8.
        faces (list[dict]): For each person in the frame ``person`` (from 1), ``box`` (xyxy in
            pixels, as if nothing hid it), ``visible`` (share of the box that is in the frame and
            not hidden), ``expression`` and ``emotion``.
    """
    time: float
    image: np.ndarray
    faces: list[dict]


def render_film(path: str | Path, spec: FilmSpec, progress: bool = True) -> Path:
    """Render a film to an mp4 file, and its ground truth beside it.

    The truth, ``<name>.truth.json``, holds the spec, ``cuts`` (times of the first frames of the
    shots after the first one), ``shots``, ``changes`` (time, person, expression and emotion where
    an expression changes within a shot), and ``frames`` with the time and the faces of each frame,
    one frame per line. Memory does not grow with the length of the film.

    Args:
        path (str | Path): File to write, with the suffix ``.mp4``; its folder must exist.
        spec (FilmSpec): What to render.
        progress (bool): Whether to show a progress bar.

    Returns:
        Path: Path of the truth.

    Raises:
        ValueError: If the path has another suffix.
        OSError: If a file cannot be written.
    """
    path = Path(path)
    if path.suffix != '.mp4':
        raise ValueError(f'{path}: a film is written as .mp4, but the suffix is '
                         f'{path.suffix or "missing"}. Choose another name')
    plan = plan_film(spec)
    truth_path = path.with_suffix('.truth.json')
    frames = progress_bar(film_frames(plan), 'rendering', len(plan.times), unit='frame',
                          disable=not progress)
    with whole_file(path, 'wb') as video_file, whole_file(truth_path) as truth_file:
        truth_file.write(json.dumps(_head(plan))[:-1] + ', "frames": [')
        with FilmWriter(video_file, spec.size, spec.fps, spec.tone) as writer:
            for number, frame in enumerate(frames):
                writer.write(frame.time, frame.image)
                line = json.dumps(dict(time=frame.time, faces=frame.faces))
                truth_file.write((',\n' if number else '\n') + line)
        truth_file.write('\n]}\n')
    return truth_path


def film_frames(plan: FilmPlan) -> Iterator[FilmFrame]:
    """Draw the frames of a film one by one.

    Args:
        plan (FilmPlan): Plan of the film.

    Yields:
        FilmFrame: The next frame.
    """
    begins = np.searchsorted(plan.times, [shot.start for shot in plan.shots])
    scene_start = 0.0
    for number, (shot, times) in enumerate(zip(plan.shots, np.split(plan.times, begins[1:]))):
        if number == 0 or shot.scene_number != plan.shots[number - 1].scene_number:
            scene_start = shot.start
            rng = np.random.default_rng((FILMS, plan.spec.seed, _PLACE, shot.scene_number))
            draw_scene = paint_scene(shot.scene, rng, *plan.spec.size)
        portraits = [_portrait(plan, number, role, times - shot.start) for role in shot.roles]
        boxes = [portrait.boxes for portrait in portraits]
        for index, time in enumerate(times.tolist()):
            image = draw_scene(time - scene_start)
            if shot.mirrored:
                image = np.ascontiguousarray(image[:, ::-1])
            faces = [face for role, portrait, role_boxes in zip(shot.roles, portraits, boxes)
                     if (face := _draw_role(image, shot, role, portrait, role_boxes, index, time))]
            if shot.passer_by:
                shot.passer_by.draw(image, time)
            yield FilmFrame(time, image, faces)


def _portrait(plan: FilmPlan, shot: int, role: FilmRole, times: np.ndarray) -> Portrait:
    """Return a person in motion, whose face is larger where fewer people share the frame."""
    left, top, side = role.area
    rng = np.random.default_rng((FILMS, plan.spec.seed, _MOTION, shot, role.person))
    height = min(0.32 + 0.05 * len(plan.shots[shot].roles), 0.46)
    return portrait_of(plan.identities[role.person - 1], rng, side, 12 * times, height,
                       offset=(left, top))


def _draw_role(image: np.ndarray, shot: FilmShot, role: FilmRole, portrait: Portrait,
               boxes: np.ndarray, index: int, time: float) -> dict | None:
    """Draw a person and return what is true of the face; None if it is not in the frame."""
    height, width = image.shape[:2]
    top = portrait.panel[1]
    down = round(role.hidden_share(time, shot.start, shot.stop) * (height - top))
    box = boxes[index] + np.float32([0, down, 0, down])
    if box[1] >= height:
        return None
    portrait.draw(image, index, role.expression(time), time, down)
    name = role.expression_name(time)
    visible = min(1.0, (height - box[1]) / (box[3] - box[1]))
    if shot.passer_by:
        left, right = shot.passer_by.columns(time, width)
        hidden = max(0.0, min(right, box[2]) - max(left, box[0]))
        visible *= 1 - hidden / (box[2] - box[0])
    return dict(person=role.person, box=[round(float(side), 2) for side in box],
                visible=round(float(visible), 3), expression=name,
                emotion=emotion_of(name, shot.mood))


def _head(plan: FilmPlan) -> dict:
    """Return what the truth says about the film as a whole."""
    changes = sorted(
        (dict(time=round(time, 3), person=role.person, expression=name,
              emotion=emotion_of(name, shot.mood))
         for shot in plan.shots for role in shot.roles for time, name in role.expressions[1:]
         if any(enters <= time < leaves for enters, leaves in role.spans)),
        key=lambda change: (change['time'], change['person']))
    shots = [dict(start=shot.start, stop=shot.stop, mood=shot.mood, scene=shot.scene,
                  scene_number=shot.scene_number,
                  people=sorted(role.person for role in shot.roles)) for shot in plan.shots]
    return dict(format=FORMAT, version=VERSION, spec=asdict(plan.spec),
                cuts=[shot.start for shot in plan.shots[1:]], shots=shots, changes=changes)
