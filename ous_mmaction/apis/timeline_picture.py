"""The emotions of a film as a piece of HTML: one lane per person."""
from __future__ import annotations

from html import escape

from .film_record import FilmRecord
from .outputs.drawing import color_of

LANE, GAP = 34, 4  # pixels


def timeline_html(record: FilmRecord) -> str:
    """Draw segments of one emotion as bars, as high as their probability, and the legend.

    The attributes ``data-start`` and ``data-end`` of the drawing turn a click into a time, and the
    element of the class ``playhead`` can follow a player.

    Args:
        record (FilmRecord): What was found in the film.

    Returns:
        str: HTML without scripts.
    """
    start, end = record.about['film']['start'], record.about['film']['end']
    colors = {name: color_of(index) for index, name in enumerate(record.class_names)}
    segments = list(record.segments())
    people = sorted({segment.person for segment in segments})
    height = LANE * max(len(people), 1)

    def percent(time: float) -> float:
        return 100 * (time - start) / max(end - start, 1e-3)

    bars = [f'<rect x="0" y="{LANE * lane + GAP}" width="100%" height="{LANE - 2 * GAP}" '
            'class="lane"/>' for lane in range(len(people))]
    for person, first, last, label, score in segments:
        tall = (LANE - 2 * GAP) * score
        top = LANE * people.index(person) + LANE - GAP - tall
        bars.append(f'<rect x="{percent(first):.3f}%" y="{top:.1f}" height="{tall:.1f}" '
                    f'width="{max(percent(last) - percent(first), .1):.3f}%" '
                    f'fill="{colors[label]}"><title>{escape(label)} {score:.2f}, {first:.2f} to '
                    f'{last:.2f} s</title></rect>')
    names = ''.join(f'<div>person {person}</div>' for person in people) or '<div>no face</div>'
    ticks = ''.join(f'<span>{start + (end - start) * tick / 4:.1f} s</span>' for tick in range(5))
    legend = ''.join(f'<span><i style="background:{color}"></i>{escape(name)}</span>'
                     for name, color in colors.items())
    return (f'<div class="timeline"><div class="names">{names}</div><div class="lanes">'
            f'<svg width="100%" height="{height}" data-start="{start}" data-end="{end}">'
            f'{"".join(bars)}<rect class="playhead" x="0" y="0" width="2" height="{height}"/></svg>'
            f'<div class="ticks">{ticks}</div></div></div><div class="legend">{legend}</div>')
