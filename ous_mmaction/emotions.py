"""Emotions and their polarity, the one grouping that losses and metrics share."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from .checks import one_of

POLARITIES = ('positive', 'neutral', 'negative')

# The groups of AEN (Lee et al., CVPRW 2023), extended to the classes of MAFW. Keys are lower case.
# Datasets name the same emotion by a noun or by an adjective.
DEFAULT_POLARITY = {
    'happy': 'positive', 'happiness': 'positive', 'surprise': 'positive',
    'neutral': 'neutral',
    'sad': 'negative', 'sadness': 'negative', 'angry': 'negative', 'anger': 'negative',
    'disgust': 'negative', 'fear': 'negative', 'contempt': 'negative', 'anxiety': 'negative',
    'helplessness': 'negative', 'disappointment': 'negative',
}


def polarity_of_classes(class_names: Sequence[str],
                        polarity: Mapping[str, str] | None = None) -> list[int]:
    """Return the index into :data:`POLARITIES` of every class.

    Args:
        class_names (Sequence[str]): Names of the emotions in the class order of the dataset; case
            does not matter.
        polarity (Mapping[str, str], optional): Name of an emotion -> name of its polarity. These
            entries override :data:`DEFAULT_POLARITY`.

    Returns:
        list[int]: One index per class, in the order of ``class_names``.

    Raises:
        ValueError: If an emotion has no polarity, or a polarity does not exist.

    Examples:
        >>> polarity_of_classes(['Happy', 'Neutral', 'Fear'])
        [0, 1, 2]
        >>> polarity_of_classes(['Happy', 'Surprise'], dict(Surprise='neutral'))
        [0, 1]
    """
    groups = dict(DEFAULT_POLARITY)
    groups.update({name.lower(): group for name, group in (polarity or {}).items()})
    unknown = [name for name in class_names if name.lower() not in groups]
    if unknown:
        subject, verb = ('emotions', 'have') if len(unknown) > 1 else ('emotion', 'has')
        entries = ', '.join(f"{name!r}: 'negative'" for name in unknown)
        raise ValueError(
            f'The {subject} {", ".join(map(repr, unknown))} {verb} no polarity. Name '
            f'one of {", ".join(POLARITIES)} for each in the key `polarity`: `model.cls_head.'
            'loss_polarity.polarity` of OUS, `model.cls_head.polarity` of AEN or `polarity` of '
            f'SentimentMetric, for example polarity={{{entries}}}')
    for name in class_names:
        one_of(f'polarity.{name}', groups[name.lower()], POLARITIES)
    return [POLARITIES.index(groups[name.lower()]) for name in class_names]
