"""Boxes, names and a strip of emotions that moves with time, drawn on frames."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..film_results import FrameResult, PersonScores, StepResult

# One color per class, in the order of the classes; they differ in lightness, too.
COLORS = ('#f2b134', '#3f7fbf', '#9aa0a6', '#d64545', '#ef7fb1', '#6b8e3d', '#7a5cc2', '#2ca6a4',
          '#8c564b', '#17becf', '#e07b39', '#4c5b8f')
LANE = 16  # pixels per person in the strip
REACH = 4.  # seconds of the strip before and after the moment that is shown
GROUND, INK = (24, 24, 27), (235, 235, 235)


def color_of(index: int) -> str:
    """Return the color of a class."""
    return COLORS[index % len(COLORS)]


def draw_faces(image: np.ndarray, frame: FrameResult, scores: Mapping[int, PersonScores],
               class_names: Sequence[str]) -> Image.Image:
    """Draw the boxes of a frame, each with the person's number, emotion and its probability.

    Args:
        image (np.ndarray): RGB of shape (H, W, 3), uint8.
        frame (FrameResult): Its faces.
        scores (Mapping[int, PersonScores]): Scores by the number of the person.
        class_names (Sequence[str]): Emotions in the order of the scores.

    Returns:
        Image.Image: A picture of the same size.
    """
    picture = Image.fromarray(np.ascontiguousarray(image))
    draw = ImageDraw.Draw(picture)
    size = max(11, picture.height // 28)
    font = ImageFont.load_default(size)
    for face in frame.faces:
        row = scores.get(face.person)
        best = None if row is None else int(np.argmax(row.scores))
        color = 'white' if best is None else color_of(best)
        text = str(face.person) if best is None else (
            f'{face.person} {class_names[best]} {row.scores[best]:.2f}')
        left, top, right, bottom = (float(side) for side in face.box)
        draw.rectangle((left, top, right, bottom), outline=color, width=max(2, size // 8))
        width = draw.textlength(text, font=font) + 6
        x = min(max(0., left), max(0., picture.width - width))
        y = top - size - 5 if top >= size + 5 else min(bottom + 1, picture.height - size - 5)
        draw.rectangle((x, y, x + width, y + size + 4), fill=color)
        draw.text((x + 3, y + 1), text, fill='black', font=font)
    return picture


def strip_height(people: int) -> int:
    """Return the height of the strip for a number of people, the legend included; it is even."""
    return LANE * (max(people, 1) + 1) + 4


def draw_strip(width: int, people: int, moment: float, steps: Sequence[StepResult],
               class_names: Sequence[str]) -> Image.Image:
    """Draw the emotions around a moment: one lane per person, the moment in the middle.

    Args:
        width (int): Width in pixels.
        people (int): Number of lanes.
        moment (float): Time in seconds of the frame.
        steps (Sequence[StepResult]): The time steps around it.
        class_names (Sequence[str]): Emotions in the order of the scores.

    Returns:
        Image.Image: The strip.
    """
    picture = Image.new('RGB', (width, strip_height(people)), GROUND)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(11)
    scale = width / (2 * REACH)
    for step in steps:
        left = width / 2 + (step.start - moment) * scale
        right = width / 2 + (step.end - moment) * scale
        for row in step.people:
            if right <= 0 or left >= width or row.person > people:
                continue
            best = int(np.argmax(row.scores))
            top, height = 2 + LANE * (row.person - 1), (LANE - 4) * float(row.scores[best])
            draw.rectangle((left, top + LANE - 4 - height, max(left, right - 1), top + LANE - 4),
                           fill=color_of(best))
    for lane in range(people):
        draw.text((3, 1 + LANE * lane), str(lane + 1), fill=INK, font=font)
    draw.line((width / 2, 0, width / 2, LANE * people + 2), fill=INK, width=1)
    x, top = 3., LANE * max(people, 1) + 4
    for index, name in enumerate(class_names):
        draw.rectangle((x, top + 2, x + 8, top + 10), fill=color_of(index))
        draw.text((x + 11, top - 1), name, fill=INK, font=font)
        x += draw.textlength(name, font=font) + 18
    return picture
