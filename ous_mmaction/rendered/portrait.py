"""A person before a plain panel: all that a face stream may see, drawn without the scene."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas
from .expressions import Expression
from .face import face_box, render_face
from .identity import Identity, sample_identity
from .pose import Pose

# Smallest width of plain panel around the square on the longer side of the face box. A square crop
# of 1.2 times that side takes a tenth of the side, and the codec smears the outer 8 pixels of the
# panel (its block). The remaining 4 pixels or more are room for the error of a detector.
MARGIN_SHARE, MARGIN_PIXELS = 0.25, 20


@dataclass(frozen=True)
class Portrait:
    """A person in motion.

    Args:
        identity (Identity): The person.
        poses (tuple[Pose, ...]): One pose per frame.
        panel (tuple[int, int, int, int] | None): Panel (x0, y0, x1, y1) in whole pixels; None if
            the person stands in the scene itself.
        color (tuple[int, int, int]): RGB of the panel.
    """
    identity: Identity
    poses: tuple[Pose, ...]
    panel: tuple[int, int, int, int] | None
    color: tuple[int, int, int]

    @property
    def boxes(self) -> np.ndarray:
        """Boxes xyxy in pixels of the face in each frame, shape (T, 4), float32."""
        return np.stack([face_box(self.identity, pose) for pose in self.poses])

    def draw(self, frame: np.ndarray, index: int, expression: Expression, time: float,
             down: int = 0) -> None:
        """Draw the person on a frame.

        Args:
            frame (np.ndarray): RGB frame of shape (H, W, 3), uint8. It is drawn on in place.
            index (int): Number of the frame.
            expression (Expression): State of the parts of the face.
            time (float): Time in seconds; it moves tears, sweat and trembling lips.
            down (int): Pixels by which a person before a panel is moved down. What then lies below
                the frame is cut off.
        """
        pose = self.poses[index]
        if self.panel is None:
            render_face(frame, self.identity, pose, expression, time)
            return
        x0, y0, x1, y1 = self.panel
        patch = np.full((y1 - y0, x1 - x0, 3), self.color, np.uint8)
        moved = Pose(pose.x - x0, pose.y - y0, pose.height, pose.roll, pose.yaw, pose.pitch)
        render_face(patch, self.identity, moved, expression, time)
        Canvas(patch).line([(0, 0), (1, 0), (1, 1), (0, 1)], (250, 248, 242), 0.012, closed=True)
        rows = frame[y0 + down:y1 + down, x0:x1]
        rows[:] = patch[:len(rows)]


def sample_portrait(rng: np.random.Generator, size: int, num_frames: int,
                    height: float | None = None, panel: bool = True) -> Portrait:
    """Draw a person at random, who drifts smoothly.

    Args:
        rng (np.random.Generator): Draws person, motion and position.
        size (int): Side of the square frame in pixels.
        num_frames (int): Number of frames of the motion.
        height (float, optional): Height of the head as a share of ``size``. Drawn from 0.34..0.41
            by default.
        panel (bool): Whether the person stands before a panel, which lies entirely in the frame.

    Returns:
        Portrait: The person in motion.
    """
    return portrait_of(sample_identity(rng), rng, size, np.arange(num_frames), height, panel)


def portrait_of(identity: Identity, rng: np.random.Generator, size: int, steps: np.ndarray,
                height: float | None = None, panel: bool = True,
                offset: tuple[int, int] = (0, 0)) -> Portrait:
    """Let a person drift smoothly in a square area of a frame.

    Args:
        identity (Identity): The person.
        rng (np.random.Generator): Draws motion and position.
        size (int): Side of the area in pixels.
        steps (np.ndarray): Times of the frames of shape (T,), in twelfths of a second.
        height (float, optional): Height of the head as a share of ``size``. Drawn from 0.34..0.41
            by default.
        panel (bool): Whether the person stands before a panel, which lies entirely in the area.
        offset (tuple[int, int]): Left and top of the area in the frame.

    Returns:
        Portrait: The person in motion.
    """
    color = _panel_color(rng, identity)
    height = size * (rng.uniform(0.34, 0.41) if height is None else height)
    x = _drift(rng, steps, 0, 0.02 * size)
    y = _drift(rng, steps, 0, 0.015 * size)
    scale = _drift(rng, steps, 1, 0.025)
    roll = _drift(rng, steps, rng.uniform(-0.22, 0.22), 0.06)
    yaw = _drift(rng, steps, rng.uniform(-0.07, 0.07), 0.04)
    pitch = _drift(rng, steps, rng.uniform(-0.03, 0.04), 0.02)
    poses = [Pose(*values) for values in zip(x, y, height * scale, roll, yaw, pitch)]

    boxes = np.stack([face_box(identity, pose) for pose in poses])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    if panel:
        centers, side = (boxes[:, :2] + boxes[:, 2:]) / 2, (boxes[:, 2:] - boxes[:, :2]).max()
        reach = side / 2 + max(MARGIN_SHARE * side, MARGIN_PIXELS)
        low = centers.min(axis=0) - reach - rng.uniform(0, 0.02 * size, 2)
        high = centers.max(axis=0) + reach + rng.uniform(0, 0.02 * size, 2)
    # The corner of the visible part, in whole pixels, lies anywhere inside the frame.
    extent = np.ceil(high - low).astype(int) + 1
    corner = rng.integers(0, np.maximum(size - extent, 0) + 1) + offset
    dx, dy = corner - low + 0.5
    moved = tuple(Pose(pose.x + dx, pose.y + dy, pose.height, pose.roll, pose.yaw, pose.pitch)
                  for pose in poses)
    outline = (*corner.tolist(), *(corner + extent).tolist()) if panel else None
    return Portrait(identity, moved, outline, color)


def _panel_color(rng: np.random.Generator, identity: Identity) -> tuple[int, int, int]:
    """Draw a color against which the skin stands out."""
    while True:
        color = rng.integers(70, 215, 3)
        if np.abs(color - identity.skin).sum() > 90:
            return tuple(color.tolist())


def _drift(rng: np.random.Generator, steps: np.ndarray, base: float,
           amplitude: float) -> np.ndarray:
    """Draw smooth values of shape (T,) within ``amplitude`` of ``base``."""
    phase = rng.uniform(0, 2 * np.pi, 2)
    speed = rng.uniform(0.08, 0.22, 2)
    turns = steps[:, None] * speed + phase
    return base + amplitude * np.sin(turns) @ np.array([0.65, 0.35])
