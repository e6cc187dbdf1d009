"""From a dataset as it is handed out to annotation files, with a report of what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
from tqdm import tqdm

from ..atomic_files import write_atomically
from ..video.clip_checker import ClipCheck, check_clips
from .annotation import write_annotation
from .readers.splits import Split, check_consistency


def prepare(splits: Sequence[Split],
            root: str | Path,
            out: str | Path,
            workers: int = 2,
            timeout: float = 60,
            progress: bool = True) -> str:
    """Check every clip once and write ``<split>.json`` and ``report.txt``.

    Clips that cannot be read are left out of the annotations and named in the report. The files
    do not depend on the number of workers.

    Args:
        splits (Sequence[Split]): From a dataset's reader.
        root (str | Path): The dataset; it is only read.
        out (str | Path): Folder of the annotation files.
        workers (int): Processes that decode.
        timeout (float): Seconds a clip may take.
        progress (bool): Show a progress bar.

    Returns:
        str: The report, which names no more than 20 of the clips that were left out.

    Raises:
        ValueError: If the splits contradict each other, or one is left without a clip.
        OSError: If ``out`` cannot be written.
    """
    root, out = Path(root), Path(out)
    check_consistency(splits)
    faces = {clip.path: clip.faces for split in splits for clip in split.clips}
    paths = sorted({*faces, *filter(None, faces.values())})
    # Told now, not after the hours that checking may take.
    try:
        out.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=out).close()
    except OSError as error:
        raise OSError(f'{out}: the annotations cannot be written there ({error.strerror}); choose '
                      'another folder by --out') from None

    with tqdm(total=len(paths), desc='checking', unit='clip', disable=not progress) as bar:
        results = check_clips([root / path for path in paths], workers, timeout, bar.update)
    checks = pair_up(faces, dict(zip(paths, results)))
    write_atomically(out / 'report.txt', [make_report(splits, checks)])
    for split in splits:
        records = make_records(split, root, checks)
        if not records:
            raise ValueError(f'{split.name}: not one of its {len(split.clips)} clips can be read; '
                             f'{out / "report.txt"} says why')
        write_annotation(out / f'{split.name}.json', split.metainfo, records)
    return make_report(splits, checks, limit=20)


def pair_up(faces: Mapping[str, str | None], checks: dict[str, ClipCheck]) -> dict[str, ClipCheck]:
    """What came of each clip together with the face crops that it comes in pairs with.

    Args:
        faces (Mapping[str, str | None]): Path of a clip -> folder of its face crops, if any.
        checks (dict[str, ClipCheck]): What came of opening each of them.
    """

    def pair(path: str, crops: str | None) -> ClipCheck:
        clip, face = checks[path], checks.get(crops)
        if face is None or not clip.frames:
            return clip
        if not face.frames:
            return ClipCheck(reason=f'its face crops cannot be used: {crops}: {face.reason}')
        if face.frames != clip.frames:
            return ClipCheck(reason=f'{clip.frames} frames, but {face.frames} face crops in '
                             f'{crops}, so that they cannot be paired; unpack both again, or '
                             'prepare with --faces none and run tools/extract_faces.py')
        return clip

    return {path: pair(path, crops) for path, crops in faces.items()}


def make_records(split: Split, root: Path, checks: dict[str, ClipCheck]) -> list[dict]:
    """Annotation records of the clips that can be read, in the order of the split.

    Raises:
        ValueError: If face crops are to be paired with a video.
    """
    records = []
    for clip in split.clips:
        if not checks[clip.path].frames:
            continue
        source = 'frame_dir' if (root / clip.path).is_dir() else 'filename'
        record = {'clip_id': clip.clip_id, source: clip.path}
        if clip.faces:
            if source == 'filename':
                raise ValueError(f'{root / clip.path}: a video, and face crops are paired with '
                                 'folders of frames; name that of the frames by --source')
            record['face_dir'] = clip.faces
        records.append({**record, 'total_frames': checks[clip.path].frames, 'label': clip.label})
    return records


def make_report(splits: Sequence[Split],
                checks: dict[str, ClipCheck],
                limit: int | None = None) -> str:
    """Clips per class and split beside the published counts; what cannot be read, and why.

    Args:
        splits (Sequence[Split]): The splits, of one dataset.
        checks (dict[str, ClipCheck]): What came of each clip, by path.
        limit (int, optional): Name no more clips than this.

    Returns:
        str: The report, ending in a newline.
    """
    metainfo = splits[0].metainfo
    usable = {path: check for path, check in checks.items() if check.frames}
    lines = [metainfo['dataset'], '', *_class_table(splits, usable), '']
    if any(clip.faces for split in splits for clip in split.clips):
        lines.append('face crops: in pairs with the frames, no detector needed')

    if usable:
        frames = np.array([check.frames for check in usable.values()])
        heights, widths = zip(*(check.size for check in usable.values()))
        lines += [f'frames a clip: {frames.min()} to {frames.max()}, mean {frames.mean():.1f}; '
                  f'{(frames < 16).sum()} clips have fewer than 16',
                  f'frame size: {min(widths)}x{min(heights)} to {max(widths)}x{max(heights)}']
    seconds = [check.frames / check.fps for check in usable.values() if check.fps]
    if seconds:
        lines.append(f'duration: {min(seconds):.2f} to {max(seconds):.2f} s, '
                     f'{sum(seconds) / 3600:.2f} h in all')
    broken = [f'  {path}: {check.reason}' for path, check in sorted(checks.items())
              if not check.frames]
    lines.append(f'clips: {len(checks)} listed, {len(usable)} readable, {len(broken)} left out')
    lines += broken[:limit]
    if broken[limit or len(broken):]:
        lines.append(f'  and {len(broken) - limit} more, all named in report.txt')
    if broken:
        lines.append('Results on splits that lack clips cannot be compared with published ones.')
    return '\n'.join(lines) + '\n'


def _class_table(splits: Sequence[Split], usable: dict[str, ClipCheck]) -> list[str]:
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
