"""A drawn face, which knows its expression but never its class."""
from __future__ import annotations

import numpy as np

from .canvas import Canvas, Color, mix
from .expressions import Expression
from .identity import Identity
from .pose import Pose

_U = np.linspace(-1, 1, 15)
_ARC = np.sqrt(1 - _U**2)
_ANGLES = np.linspace(0, 2 * np.pi, 48, endpoint=False)
_DARK = (44, 30, 34)
_WHITE = (252, 252, 252)
_TEAR = (96, 176, 248)
_EYE_Y, _BROW_Y, _MOUTH_Y = -0.04, -0.32, 0.50


def head_outline(identity: Identity) -> np.ndarray:
    """Return the outline of a head.

    Args:
        identity (Identity): The person.

    Returns:
        np.ndarray: Points of shape (48, 2) in head units, y from -1 (crown) to 1 (chin).
    """
    x, y = np.cos(_ANGLES), np.sin(_ANGLES)
    narrowing = 1 - identity.jaw * np.clip(y, 0, None)**1.5
    return np.stack([identity.width * narrowing * x, y], axis=1)


def face_box(identity: Identity, pose: Pose) -> np.ndarray:
    """Return the tight box of the outline of a head, without hair and ears.

    Args:
        identity (Identity): The person.
        pose (Pose): Position and attitude of the head.

    Returns:
        np.ndarray: Box xyxy in pixels of shape (4,), float32.
    """
    matrix = pose.matrix()
    outline = head_outline(identity) @ matrix[:, :2].T + matrix[:, 2]
    return np.concatenate([outline.min(axis=0), outline.max(axis=0)]).astype(np.float32)


def render_face(image: np.ndarray, identity: Identity, pose: Pose, expression: Expression,
                time: float = 0.0) -> None:
    """Draw the head and shoulders of a person.

    Args:
        image (np.ndarray): RGB image of shape (H, W, 3), uint8, C-contiguous. It is drawn on in
            place.
        identity (Identity): The person.
        pose (Pose): Position and attitude in pixels of the image.
        expression (Expression): State of the parts of the face, see ``expressions.blend``.
        time (float): Time in seconds; it moves tears, sweat and trembling lips.
    """
    head = Canvas(image, pose.matrix())
    skin = _complexion(identity, expression)
    _draw_body(Canvas(image, Pose(pose.x, pose.y, pose.height, pose.roll / 3).matrix()),
               identity, skin)
    _draw_back_hair(head, identity)
    for side in (-1, 1):
        head.ellipse((side * identity.width, 0.05), (0.1, 0.17), mix(skin, _DARK, 0.1))
    outline = head_outline(identity)
    head.polygon(outline, skin)
    if identity.beard:
        chin = outline[outline[:, 1] > 0.12]
        head.polygon(chin[np.argsort(-chin[:, 0])], mix(identity.hair, skin, 0.15))
        head.ellipse((pose.yaw / 2, 0.14), (identity.width * 0.8, 0.2), skin)

    # The features slide over the head as it turns.
    shift = np.array([[1, 0, pose.yaw], [0, 1, pose.pitch], [0, 0, 1]])
    features = Canvas(image, pose.matrix() @ shift)
    if expression.blush > 0.05:
        for side in (-1, 1):
            features.ellipse((side * identity.eye_distance * 1.35, 0.26), (0.15, 0.1),
                             mix(skin, (236, 84, 88), 0.38 * expression.blush))
    _draw_nose(features, identity, expression, skin)
    _draw_mouth(features, identity, expression, skin, time)
    for side in (-1, 1):
        _draw_eye(features, identity, expression, skin, side)
    _draw_glasses(features, identity)
    for side in (-1, 1):
        _draw_brow(features, identity, expression, side)
    _draw_drops(features, identity, expression, time)
    _draw_front_hair(head, identity)


def _complexion(identity: Identity, expression: Expression) -> np.ndarray:
    skin = mix(identity.skin, (224, 60, 44), 0.34 * expression.flush)
    skin = mix(skin, (206, 220, 244), 0.5 * expression.pale)
    return mix(skin, (128, 186, 84), 0.4 * expression.queasy)


def _draw_body(canvas: Canvas, identity: Identity, skin: Color) -> None:
    canvas.polygon([(-0.3, 0.6), (0.3, 0.6), (0.34, 1.4), (-0.34, 1.4)], mix(skin, _DARK, 0.2))
    shoulders = np.stack([1.3 * _U, 1.9 - 0.72 * np.sqrt(_ARC)], axis=1)
    canvas.polygon(np.concatenate([shoulders, [(1.3, 4), (-1.3, 4)]]), identity.shirt)
    canvas.ellipse((0, 1.2), (0.32, 0.16), mix(skin, _DARK, 0.2))


def _draw_back_hair(canvas: Canvas, identity: Identity) -> None:
    width, hair = identity.width, mix(identity.hair, _DARK, 0.25)
    if identity.style == 'long':
        canvas.ellipse((0, -0.15), (width * 1.2, 0.95), hair)
        canvas.polygon([(-width * 1.2, -0.15), (width * 1.2, -0.15), (width * 1.25, 1.25),
                        (-width * 1.25, 1.25)], hair)
    elif identity.style == 'curly':
        for angle in np.linspace(0.9 * np.pi, 2.1 * np.pi, 9):
            canvas.ellipse((width * 1.04 * np.cos(angle), -0.12 + 0.92 * np.sin(angle)),
                           (0.24, 0.24), hair)
    elif identity.style == 'bun':
        canvas.ellipse((0, -1.14), (0.28, 0.24), hair)


def _draw_front_hair(canvas: Canvas, identity: Identity) -> None:
    if identity.style == 'bald':
        return
    width, hair = identity.width * 1.05, identity.hair
    turn = np.linspace(1.06 * np.pi, 1.94 * np.pi, 22)
    crown = np.stack([width * np.cos(turn), 1.06 * np.sin(turn)], axis=1)
    x = crown[::-1, 0] * 0.94
    line = 0.42 * (x / width)**4 - identity.fringe - 0.14 * np.sqrt(1 - (x / width)**2)
    if identity.style == 'parted':
        line += 0.14 * x / width
    elif identity.style == 'spiky':
        crown = crown * (1 + 0.13 * (np.arange(len(crown)) % 2))[:, None]
        line += 0.05 * np.where(np.arange(len(line)) % 2, 1, -1)
    canvas.polygon(np.concatenate([crown, np.stack([x, line], axis=1)]), hair)


def _draw_nose(canvas: Canvas, identity: Identity, expression: Expression, skin: Color) -> None:
    shade = mix(skin, _DARK, 0.38)
    tip = 0.06 + identity.nose
    lift = 0.05 * expression.wrinkle
    canvas.line([(-0.09, tip - 0.02 - lift), (-0.03, tip + 0.02 - lift), (0.03, tip + 0.02 - lift),
                 (0.09, tip - 0.02 - lift)], shade, 0.035)
    if expression.wrinkle > 0.1:
        strokes = [[(-0.10, y + 0.05), (0, y), (0.10, y + 0.05)] for y in (-0.04, 0.04, 0.12)]
        folds = [[(side * 0.13, tip - 0.06), (side * 0.26, tip + 0.12)] for side in (-1, 1)]
        canvas.lines(strokes + folds, mix(skin, _DARK, 0.5 * expression.wrinkle), 0.03)
    if expression.crease > 0.1:
        strokes = [[(side * 0.05, _BROW_Y - 0.06), (side * 0.04, _BROW_Y + 0.08)]
                   for side in (-1, 1)]
        canvas.lines(strokes, mix(skin, _DARK, 0.75 * expression.crease), 0.035)


def _draw_mouth(canvas: Canvas, identity: Identity, expression: Expression, skin: Color,
                time: float) -> None:
    lip = mix(skin, (186, 40, 62), 0.7)
    wave = expression.mouth_tremble * np.sin(3 * np.pi * _U + 7 * time)
    x = expression.mouth_width * _U
    middle = _MOUTH_Y - expression.mouth_curve * (_U**2 - 0.4) + wave
    # A smile opens downward, a drooping mouth upward, and a level one both ways.
    above = 0.35 - 1.6 * np.clip(expression.mouth_curve, -0.12, 0.2)
    upper = middle - expression.mouth_open * above * _ARC
    lower = middle + expression.mouth_open * (1 - above) * _ARC
    if expression.mouth_open > 0.015:
        canvas.polygon(_ring(x, upper, lower), (92, 20, 34))
        if expression.teeth > 0.05:
            edge = upper + (lower - upper) * expression.teeth
            canvas.polygon(_ring(x, upper, edge), _WHITE)
            if expression.clenched > 0.3:
                gaps = [[(x[i], upper[i]), (x[i], lower[i])] for i in range(2, len(x) - 2, 2)]
                canvas.lines(gaps + [np.stack([x, (upper + lower) / 2], axis=1)],
                             (120, 110, 116), 0.014)
        canvas.line(_ring(x, upper, lower), lip, 0.045, closed=True)
    else:
        canvas.line(np.stack([x, middle], axis=1), lip, 0.06)
    if expression.tongue > 0.02:
        width, length = 0.15, expression.tongue
        down = np.stack([width * _U, _MOUTH_Y + 0.05 + length * np.sqrt(_ARC)], axis=1)
        canvas.polygon(down, (232, 96, 116))
        canvas.line([(0, _MOUTH_Y + 0.06), (0, _MOUTH_Y + 0.02 + length * 0.8)], (180, 56, 80),
                    0.025)


def _draw_eye(canvas: Canvas, identity: Identity, expression: Expression, skin: Color,
              side: int) -> None:
    center, width = side * identity.eye_distance, 0.175 * identity.eye_size
    x = center + width * _U
    height = 0.125 * identity.eye_size * expression.eye_open
    if expression.eye_open < 0.2:
        lid = _EYE_Y + 0.05 - 0.05 * _ARC * (1 - 5 * expression.eye_open)
        canvas.line(np.stack([x, lid], axis=1), _DARK, 0.055)
        return
    upper = _EYE_Y - height * _ARC
    lower = _EYE_Y + height * _ARC * (1 - 1.9 * expression.lid_lower)
    canvas.polygon(_ring(x, upper, lower), _WHITE)
    for radius, color in ((0.1, identity.iris), (0.05, (16, 12, 14))):
        radius = radius * identity.eye_size * expression.pupil
        disc_x = center + radius * _U
        disc_y = _EYE_Y + expression.gaze_down
        top = np.clip(disc_y - radius * _ARC, np.interp(disc_x, x, upper),
                      np.interp(disc_x, x, lower))
        bottom = np.clip(disc_y + radius * _ARC, np.interp(disc_x, x, upper),
                         np.interp(disc_x, x, lower))
        canvas.polygon(_ring(disc_x, top, bottom), color)
    canvas.line(np.stack([x, lower], axis=1), mix(skin, _DARK, 0.5), 0.02)
    canvas.line(np.stack([x, upper], axis=1), _DARK, 0.045)


def _draw_brow(canvas: Canvas, identity: Identity, expression: Expression, side: int) -> None:
    share = (_U + 1) / 2  # 0 at the inner end, 1 at the outer end
    x = identity.eye_distance - expression.brow_pinch - 0.19 + 0.4 * share
    lift = (expression.brow_inner * (1 - share) + expression.brow_outer * share
            + expression.brow_arch * (1 - _U**2))
    y = _BROW_Y + 0.02 * share - lift
    thickness = identity.brow * (0.6 + 0.5 * (1 - share))
    color = mix(identity.hair, _DARK, 0.65)
    canvas.polygon(_ring(side * x, y - thickness / 2, y + thickness / 2), color)


def _draw_drops(canvas: Canvas, identity: Identity, expression: Expression, time: float) -> None:
    if expression.tears > 0.1:
        for side in (-1, 1):
            x = side * (identity.eye_distance + 0.03)
            end = _EYE_Y + 0.1 + 0.62 * expression.tears
            edge = mix(_TEAR, (30, 80, 170), 0.5)
            canvas.line([(x, _EYE_Y + 0.1), (x + side * 0.02, end)], edge, 0.13)
            canvas.line([(x, _EYE_Y + 0.1), (x + side * 0.02, end)], mix(_TEAR, _WHITE, 0.25), 0.08)
            fall = (0.9 * time + 0.37 * side) % 1
            drop = _EYE_Y + 0.14 + fall * (end - _EYE_Y - 0.1)
            canvas.ellipse((x + side * 0.01, drop), (0.035, 0.06), _WHITE)
    if expression.sweat > 0.1:
        fall = 0.12 * ((0.8 * time) % 1)
        for side, y in ((-1, -0.42), (1, -0.34)):
            x = side * identity.width * 0.78
            size = 0.075 * expression.sweat
            canvas.polygon([(x, y + fall - 2.4 * size), (x + size, y + fall), (x - size, y + fall)],
                           _TEAR)
            canvas.ellipse((x, y + fall), (size, size), _TEAR)


def _draw_glasses(canvas: Canvas, identity: Identity) -> None:
    if identity.glasses == 'none':
        return
    radius = identity.eye_distance * 0.78
    corners = 28 if identity.glasses == 'round' else 4
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False) + np.pi / 4
    stretch = 1.0 if identity.glasses == 'round' else 1.25
    rims = [np.stack([side * identity.eye_distance + stretch * radius * np.cos(turn),
                      _EYE_Y + 0.92 * stretch * radius * np.sin(turn)], axis=1) for side in (-1, 1)]
    canvas.lines(rims, (52, 48, 60), 0.032, closed=True)
    inner = identity.eye_distance - stretch * radius * (1.0 if corners == 28 else 0.71)
    canvas.line([(-inner, _EYE_Y), (inner, _EYE_Y)], (52, 48, 60), 0.03)


def _ring(x: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Return the closed outline that runs along ``upper`` and back along ``lower``."""
    return np.stack([np.concatenate([x, x[::-1]]), np.concatenate([upper, lower[::-1]])], axis=1)
