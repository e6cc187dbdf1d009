"""Report of what a dataset holds and which of its clips are unusable."""
from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np

from ..video.clip_checker import ClipCheck
from .readers.split import Split


def make_report(splits: Sequence[Split],
                checks: Mapping[str, ClipCheck],
                shared: Sequence[str] = (),
                limit: int | None = None) -> str:
    """Describe the clips per class and split, and name those that cannot be read.

    Args:
        splits (Sequence[Split]): Splits of one dataset.
        checks (Mapping[str, ClipCheck]): Path of a clip -> result of its check.
        shared (Sequence[str]): Files that two splits of a fold share, from
            :func:`.duplicates.shared_files`.
        limit (int, optional): Number of unusable clips and of shared files to name. Defaults to
            all.

    Returns:
        str: The report, ending in a newline. It sets the counts beside the published ones and gives
        the reason for each clip that it names.
    """
    usable = {path: check for path, check in checks.items() if check.frames}
    lines = [splits[0].metainfo['dataset'], '', *_class_table(splits, usable), '',
             *_places(splits)]
    if any(clip.faces for split in splits for clip in split.clips):
        lines.append('face crops: in pairs with the frames, no detector needed')
        lines += _unpaired_lines(usable, limit)
    if usable:
        lines += _frame_lines(list(usable.values()))

    broken = [f'{path}: {check.reason}' for path, check in sorted(checks.items())
              if not check.frames]
    lines.append(f'clips: {len(checks)} listed, {len(usable)} readable, {len(broken)} left out')
    lines += _first(broken, limit)
    if broken:
        lines.append('Results on splits that lack clips cannot be compared with published ones.')
    if shared:
        lines.append(f'warning: {len(shared)} pairs of videos in two splits are the same file, so '
                     'that results would be too good. Remove one of each pair from the lists:')
        lines += _first(shared, limit)
    lines += _absent_classes(splits)
    return '\n'.join(lines) + '\n'


def _first(entries: Sequence[str], limit: int | None) -> list[str]:
    """Return the first entries as indented lines, and how many more there are."""
    named = [f'  {entry}' for entry in entries[:limit]]
    more = len(entries) - len(named)
    return [*named, f'  and {more} more, all named in report.txt'] if more else named


def _unpaired_lines(usable: Mapping[str, ClipCheck], limit: int | None) -> list[str]:
    """Return lines about frames and face crops that have no partner of the same name."""
    unpaired = {path: check.unpaired for path, check in sorted(usable.items())
                if check.unpaired and any(check.unpaired)}
    if not unpaired:
        return []
    frames, crops = map(sum, zip(*unpaired.values()))
    return [f'without a partner of the same name, and left out: {frames} frames and {crops} face '
            f'crops of {len(unpaired)} clips',
            *_first([f'{path}: {count[0]} frames, {count[1]} face crops'
                     for path, count in unpaired.items()], limit)]


def _places(splits: Sequence[Split]) -> list[str]:
    """Return lines that say where the labels, clips and face crops were found."""
    clips = [clip for split in splits for clip in split.clips]
    lines = []
    lists = [split.source for split in splits if split.source]
    if lists:
        lines.append(f'labels from: {os.path.commonpath([path.parent for path in lists])}')
    for name, paths in (('clips', [clip.path for clip in clips]),
                        ('face crops', [clip.faces for clip in clips if clip.faces])):
        if paths:
            lines.append(f'{name} from: {os.path.commonpath(map(os.path.dirname, paths)) or "."}')
    return lines


def _absent_classes(splits: Sequence[Split]) -> list[str]:
    """Return warnings if the lists have no clip of a class, or a split to test on has none."""
    metainfo = splits[0].metainfo
    absent = {split.name: [name for label, name in enumerate(metainfo['classes'])
                           if label not in {clip.label for clip in split.clips}]
              for split in splits}
    tested = [split.name for split in splits if split.metainfo['split'] != 'train']
    everywhere = [name for name in metainfo['classes']
                  if all(name in names for names in absent.values())]
    lines = []
    if everywhere:
        remedy = (' The lists of with_caption have none. Take those of no_caption.'
                  if metainfo['dataset'] == 'MAFW' else '')
        lines.append(f'warning: the labels list no clip of {", ".join(everywhere)}. UAR over '
                     f'{len(metainfo["classes"])} classes is undefined without them, so that '
                     f'training on these splits is refused.{remedy}')
    for split in tested:
        names = [name for name in absent[split] if name not in everywhere]
        if names:
            lines.append(f'warning: {split} has no clip of {", ".join(names)}, so that UAR is '
                         'undefined on it')
    return lines


def _frame_lines(checks: Sequence[ClipCheck]) -> list[str]:
    """Return lines about the length, size and duration of the clips, at least one."""
    frames = np.array([check.frames for check in checks])
    heights, widths = zip(*(check.size for check in checks))
    lines = [f'frames per clip: {frames.min()} to {frames.max()}, mean {frames.mean():.1f}; '
             f'{(frames < 16).sum()} clips have fewer than 16',
             f'frame size: {min(widths)}x{min(heights)} to {max(widths)}x{max(heights)}']
    seconds = [check.frames / check.fps for check in checks if check.fps]
    if seconds:
        lines.append(f'duration: {min(seconds):.2f} to {max(seconds):.2f} s, '
                     f'{sum(seconds) / 3600:.2f} h in total')
    return lines


def _class_table(splits: Sequence[Split], usable: Mapping[str, ClipCheck]) -> list[str]:
    """Return the lines of an aligned table of clips per split and class."""
    classes = splits[0].metainfo['classes']
    rows = [['', *classes, 'total']]
    for split in splits:
        labels = [clip.label for clip in split.clips if clip.path in usable]
        counts = np.bincount(labels, minlength=len(classes)).tolist()
        rows.append([split.name, *counts, len(labels)])
        if isinstance(split.published, int):
            rows.append(['  published', *[''] * len(classes), split.published])
        elif split.published is not None:
            rows.append(['  published', *split.published, sum(split.published)])
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return ['  '.join([row[0].ljust(widths[0]),
                       *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))])
            for row in cells]
