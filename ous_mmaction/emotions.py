"""Emotions and their polarity: the one grouping that losses and metrics share."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

POLARITIES = ('positive', 'neutral', 'negative')

# AEN's groups (Lee et al., CVPRW 2023), extended to MAFW's classes. Keys are lower case;
# datasets name one emotion by noun or adjective.
DEFAULT_POLARITY = {
    'happy': 'positive', 'happiness': 'positive', 'surprise': 'positive',
    'neutral': 'neutral',
    'sad': 'negative', 'sadness': 'negative', 'angry': 'negative', 'anger': 'negative',
    'disgust': 'negative', 'fear': 'negative', 'contempt': 'negative', 'anxiety': 'negative',
    'helplessness': 'negative', 'disappointment': 'negative',
}


def polarity_of_classes(class_names: Sequence[str],
                        polarity: Mapping[str, str] | None = None) -> list[int]:
    """Index into :data:`POLARITIES` of every class.

    Args:
        class_names: Emotion names in the dataset's class order; case does not matter.
        polarity: Emotion name -> polarity name, laid over :data:`DEFAULT_POLARITY`.

    Returns:
        One index a class, in the order of ``class_names``.

    Raises:
        ValueError: An emotion without polarity, or a polarity that does not exist.

    Examples:
        >>> polarity_of_classes(['Happy', 'Neutral', 'Fear'])
        [0, 1, 2]
    """
    groups = dict(DEFAULT_POLARITY)
    groups.update({name.lower(): group for name, group in (polarity or {}).items()})
    for name in class_names:
        if name.lower() not in groups:
            raise ValueError(f"emotion '{name}' has no polarity: add it to the key `polarity`, "
                             f"for example polarity=dict({name}='negative')")
        if groups[name.lower()] not in POLARITIES:
            raise ValueError(f"polarity '{groups[name.lower()]}' of emotion '{name}' is unknown: "
                             f"the key `polarity` takes {', '.join(POLARITIES)}")
    return [POLARITIES.index(groups[name.lower()]) for name in class_names]
