from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from ..atomic_files import whole_file
from .inferencer import FilmOutcome

COLUMNS = ('film', 'frames', 'seconds', 'people', 'emotions', 'failure')


def emotion_shares(outcome: FilmOutcome) -> dict[str, float]:
    """Return the share of each emotion in the time in which faces are visible, largest first."""
    seconds: dict[str, float] = defaultdict(float)
    for segment in outcome.record.segments():
        seconds[segment.label] += segment.end - segment.start
    total = sum(seconds.values())
    return {label: time / total for label, time in sorted(seconds.items(), key=lambda i: -i[1])}


def summary_row(outcome: FilmOutcome) -> list:
    """Return the cells of ``COLUMNS`` for a film."""
    if outcome.error is not None:
        return [outcome.name, '', '', '', '', ' '.join(str(outcome.error).split())]
    film = outcome.record.about['film']
    emotions = ', '.join(f'{label} {share:.0%}' for label, share in emotion_shares(outcome).items())
    return [outcome.name, film['frames'], round(film['end'] - film['start'], 2), film['people'],
            emotions or 'no face', '']


def summary_line(outcome: FilmOutcome) -> str:
    """Describe what became of a film in one line, and list what was written."""
    name, frames, seconds, people, emotions, failure = summary_row(outcome)
    if failure:
        return f'failed: {name}: {failure}'
    found = outcome.record.about['film']['frames_with_faces']
    warnings = ''.join(f'\n  warning: {line}' for line in outcome.record.about['warnings'])
    files = ''.join(f'\n  {file}' for file in outcome.files)
    return (f'{name}: {seconds} s, face found in {found} of {frames} frames, {people} people: '
            f'{emotions}{warnings}{files}')


def summary_table(outcomes: Sequence[FilmOutcome], path: Path) -> str:
    """Write one row per film as CSV, and return what was counted in one line.

    Args:
        outcomes (Sequence[FilmOutcome]): What became of the films.
        path (Path): File to write.

    Returns:
        str: The line.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(COLUMNS)
        writer.writerows(map(summary_row, outcomes))
    failed = sum(outcome.error is not None for outcome in outcomes)
    return f'{len(outcomes) - failed} videos done, {failed} failed: {path}'
