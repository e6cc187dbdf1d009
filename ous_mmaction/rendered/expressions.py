"""What a drawn face can show: seven clear expressions and three ambiguous ones.

The classes of the benchmark are those of DFEW. Three pairs of them share an ambiguous expression,
with which the face alone does not tell the class.
"""
from __future__ import annotations

from dataclasses import dataclass, fields

from ..checks import one_of

CLASSES = ('Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear')
# Ambiguous expression -> (class in a bright scene, class in a dark scene), by convention of the
# benchmark.
PAIRS = {
    'tearful': ('Happy', 'Sad'),
    'wide_eyed': ('Surprise', 'Fear'),
    'frowning': ('Disgust', 'Angry'),
}
AMBIGUOUS_OF = {name: expression for expression, pair in PAIRS.items() for name in pair}


@dataclass(frozen=True)
class Expression:
    """State of the movable parts of a face, in units of half the head's height.

    Raises are positive upward. Shares run from 0 to 1.

    Args:
        brow_inner (float): Raise of the inner end of the brows.
        brow_outer (float): Raise of the outer end of the brows.
        brow_arch (float): Raise of the middle of the brows above both ends.
        brow_pinch (float): Shift of both brows toward the nose.
        eye_open (float): Height of the eyes; 1 at rest.
        lid_lower (float): Share of the eye that is covered from below.
        pupil (float): Size of iris and pupil; 1 at rest.
        gaze_down (float): Shift of the iris downward.
        mouth_width (float): Half the width of the mouth.
        mouth_curve (float): Raise of the corners of the mouth.
        mouth_open (float): Height of the opening of the mouth.
        mouth_tremble (float): Height of the waves in the lips.
        teeth (float): Share of the opening that shows teeth, from above.
        clenched (float): Share of the gaps between teeth.
        tongue (float): Length of the tongue that hangs out.
        wrinkle (float): Share of wrinkles on the nose.
        crease (float): Share of the crease between the brows.
        tears (float): Share of tears on the cheeks.
        sweat (float): Share of sweat on the temples.
        blush (float): Share of red on the cheeks.
        flush (float): Share of red in the whole face.
        pale (float): Share of pallor in the whole face.
        queasy (float): Share of green in the whole face.
    """
    brow_inner: float = 0.0
    brow_outer: float = 0.0
    brow_arch: float = 0.03
    brow_pinch: float = 0.0
    eye_open: float = 1.0
    lid_lower: float = 0.0
    pupil: float = 1.0
    gaze_down: float = 0.0
    mouth_width: float = 0.25
    mouth_curve: float = 0.0
    mouth_open: float = 0.0
    mouth_tremble: float = 0.0
    teeth: float = 0.0
    clenched: float = 0.0
    tongue: float = 0.0
    wrinkle: float = 0.0
    crease: float = 0.0
    tears: float = 0.0
    sweat: float = 0.0
    blush: float = 0.0
    flush: float = 0.0
    pale: float = 0.0
    queasy: float = 0.0


EXPRESSIONS = {
    'neutral': Expression(),
    'happy': Expression(
        brow_inner=0.05, brow_outer=0.04, brow_arch=0.06, eye_open=0.95, lid_lower=0.62,
        mouth_width=0.40, mouth_curve=0.17, mouth_open=0.26, teeth=0.45, blush=1.0),
    'sad': Expression(
        brow_inner=0.15, brow_outer=-0.09, brow_arch=0.0, eye_open=0.62, gaze_down=0.04,
        mouth_width=0.27, mouth_curve=-0.17, crease=0.3),
    'angry': Expression(
        brow_inner=-0.14, brow_outer=0.13, brow_arch=0.0, brow_pinch=0.07, eye_open=0.85,
        lid_lower=0.25, pupil=0.8, mouth_width=0.34, mouth_curve=-0.07, mouth_open=0.22,
        teeth=1.0, clenched=1.0, crease=1.0, flush=1.0),
    'surprise': Expression(
        brow_inner=0.15, brow_outer=0.12, brow_arch=0.13, eye_open=1.45, pupil=0.95,
        mouth_width=0.19, mouth_open=0.46),
    'disgust': Expression(
        brow_inner=-0.09, brow_outer=-0.03, brow_arch=0.0, brow_pinch=0.03, eye_open=0.5,
        lid_lower=0.35, mouth_width=0.31, mouth_curve=-0.12, mouth_open=0.10, tongue=0.21,
        wrinkle=1.0, queasy=1.0),
    'fear': Expression(
        brow_inner=0.20, brow_outer=-0.05, brow_arch=0.0, brow_pinch=0.04, eye_open=1.4,
        pupil=0.5, mouth_width=0.40, mouth_curve=-0.09, mouth_open=0.20, mouth_tremble=0.025,
        teeth=1.0, clenched=1.0, sweat=1.0, pale=1.0),
    'tearful': Expression(
        brow_inner=0.08, brow_outer=0.05, brow_arch=0.02, eye_open=0.0, mouth_width=0.27,
        mouth_tremble=0.03, tears=1.0, blush=0.6),
    'wide_eyed': Expression(
        brow_inner=0.13, brow_outer=0.13, brow_arch=0.03, eye_open=1.6, pupil=0.65,
        mouth_width=0.12, mouth_open=0.11),
    'frowning': Expression(
        brow_inner=-0.16, brow_outer=0.01, brow_arch=0.0, brow_pinch=0.08, eye_open=0.7,
        lid_lower=0.2, mouth_width=0.20, mouth_tremble=0.012,
        wrinkle=0.35, crease=1.0),
}


def blend(expression: str, intensity: float) -> Expression:
    """Blend the neutral expression into another one.

    Args:
        expression (str): Name of the expression, a key of ``EXPRESSIONS``.
        intensity (float): Share of the way from neutral to the expression, 0..1.

    Returns:
        Expression: The blend.

    Raises:
        ValueError: If the expression is unknown.

    Examples:
        >>> blend('happy', 0.5).mouth_open
        0.13
    """
    one_of('expression', expression, tuple(EXPRESSIONS))
    return between(EXPRESSIONS['neutral'], EXPRESSIONS[expression], intensity)


def between(first: Expression, second: Expression, share: float) -> Expression:
    """Blend two expressions; ``share`` is the share of the way from the first to the second."""
    return Expression(*(
        (1 - share) * getattr(first, field.name) + share * getattr(second, field.name)
        for field in fields(Expression)))


def emotion_of(expression: str, mood: str) -> str:
    """Return the class of an expression in a scene of a mood, by the benchmark's convention.

    Examples:
        >>> emotion_of('happy', 'dark'), emotion_of('tearful', 'dark')
        ('Happy', 'Sad')
    """
    bright, dark = PAIRS.get(expression, (expression.capitalize(),) * 2)
    return dark if mood == 'dark' else bright
