"""Check of the clips of a dataset and writing of its annotation files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

from ..atomic_files import write_atomically
from ..progress import progress_bar
from ..video import ClipCheck, check_clips, clip_digest, list_frames, with_partner
from .annotation import write_annotation
from .duplicates import shared_files
from .readers.split import Split, check_consistency
from .report import make_report


def prepare(splits: Sequence[Split],
            root: str | Path,
            out: str | Path,
            workers: int = 2,
            timeout: float = 60,
            progress: bool = True) -> str:
    """Check every clip once, and write ``<split>.json`` and ``report.txt``.

    Clips that cannot be read are left out of the annotations and named in the report. The files do
    not depend on the number of workers.

    Args:
        splits (Sequence[Split]): Splits from the reader of a dataset.
        root (str | Path): Root of the dataset, which is only read.
        out (str | Path): Folder of the annotation files.
        workers (int): Number of processes that decode.
        timeout (float): Seconds that a clip may take.
        progress (bool): Whether to show a progress bar.

    Returns:
        str: The report, which names no more than 20 of the clips that were left out.

    Raises:
        ValueError: If the splits contradict each other, or one of them is left without a clip.
        OSError: If the files cannot be written to ``out``.
    """
    root, out = Path(root), Path(out)
    check_consistency(splits)
    faces = {clip.path: clip.faces for split in splits for clip in split.clips}
    paths = sorted({*faces, *filter(None, faces.values())})
    # The user learns this now, not after the hours that the check may take.
    try:
        out.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=out).close()
    except OSError as error:
        raise OSError(f'{out}: the annotations cannot be written there ({error.strerror}). Choose '
                      'another folder with --out') from None

    with progress_bar(total=len(paths), desc='checking', unit='clip', disable=not progress) as bar:
        results = check_clips([root / path for path in paths], workers, timeout, bar.update)
    checks = pair_up(root, faces, dict(zip(paths, results)))
    shared = shared_files(splits, root)
    write_atomically(out / 'report.txt', [make_report(splits, checks, shared)])
    for split in splits:
        records = make_records(split, root, checks)
        if not records:
            raise ValueError(f'{split.name}: none of its {len(split.clips)} clips can be read. '
                             f'See {out / "report.txt"} for the reasons')
        write_annotation(out / f'{split.name}.json', split.metainfo, records)
    return make_report(splits, checks, shared, limit=20)


def pair_up(root: Path,
            faces: Mapping[str, str | None],
            checks: Mapping[str, ClipCheck]) -> dict[str, ClipCheck]:
    """Join the check of each clip with that of the face crops that it is paired with.

    Args:
        root (Path): Root of the dataset.
        faces (Mapping[str, str | None]): Path of a clip -> folder of its face crops, if it has any.
        checks (Mapping[str, ClipCheck]): Path of a clip or folder of face crops -> result of its
            check.

    Returns:
        dict[str, ClipCheck]: Path of a clip -> result for the pair.
    """

    def pair(path: str, crops: str | None) -> ClipCheck:
        clip, face = checks[path], checks.get(crops)
        if face is None or not clip.frames:
            return clip
        if not face.frames:
            return ClipCheck(reason=f'its face crops are unusable: {crops}: {face.reason}')
        folders = str(root / path), str(root / crops)
        if not Path(folders[0]).is_dir():
            return clip
        paired = len(with_partner(*map(list_frames, folders)))
        if not paired:
            return ClipCheck(reason=f'none of its {clip.frames} frames has a face crop of the same '
                             f'name in {crops}. Unpack both again, or prepare with --faces none '
                             'and run tools/extract_faces.py')
        size, digest = clip_digest(*folders)
        return replace(clip, frames=paired, bytes=size, digest=digest,
                       unpaired=[clip.frames - paired, face.frames - paired])

    return {path: pair(path, crops) for path, crops in faces.items()}


def make_records(split: Split, root: Path, checks: Mapping[str, ClipCheck]) -> list[dict]:
    """Return the annotation records of the clips that can be read, in the order of the split.

    Args:
        split (Split): Split of a dataset.
        root (Path): Root of the dataset.
        checks (Mapping[str, ClipCheck]): Path of a clip -> result of its check.

    Returns:
        list[dict]: Records, see :func:`.annotation.write_annotation`.

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
                raise ValueError(f'{root / clip.path}: this is a video, but face crops can only be '
                                 'paired with folders of frames. Name the folder of frames with '
                                 '--source')
            record['face_dir'] = clip.faces
        check = checks[clip.path]
        record.update(total_frames=check.frames, label=clip.label)
        if check.digest:
            record.update(bytes=check.bytes, digest=check.digest)
        records.append(record)
    return records
