"""Rendering of a benchmark to disk, in the layout of DFEW."""
from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

import cv2

from ..atomic_files import write_atomically
from ..progress import progress_bar
from .benchmark_spec import BenchmarkSpec
from .ceilings import face_only_ceiling, joint_ceiling, scene_only_ceiling
from .clip_plan import ClipPlan, plan_clips
from .clips import clip_portrait, render_clip
from .expressions import CLASSES
from .video_writer import write_video

FORMAT = 'ous_mmaction/benchmark'
# Increased when the same spec draws other pixels than before.
VERSION = 2


def render_benchmark(root: str | Path, spec: BenchmarkSpec, workers: int | None = None,
                     progress: bool = True) -> Path:
    """Render a benchmark, or the part of it that is missing.

    This writes ``Clip/original/<number>.mp4``,
    ``EmoLabel_DataSplit/{train,test}(single-labeled)/set_<fold>.csv`` (header ``video_name,label``,
    labels 1..7 in the order of ``CLASSES``) and ``benchmark.json`` (spec, ceilings, and for each
    clip its plan, label and true face boxes). A file takes its name only when it is complete, and
    complete files are kept.

    Args:
        root (str | Path): Folder to render into. It is new or empty, or holds this benchmark.
        spec (BenchmarkSpec): What to render.
        workers (int, optional): Number of processes. Defaults to one per core.
        progress (bool): Whether to show a progress bar.

    Returns:
        Path: Path of ``benchmark.json``.

    Raises:
        ValueError: If ``root`` holds something else.
    """
    root = Path(root)
    plans = plan_clips(spec)
    index = root / 'benchmark.json'
    _claim(index, spec)
    clips = root / 'Clip' / 'original'
    clips.mkdir(parents=True, exist_ok=True)
    if not index.exists():
        write_atomically(index, [_index(plans, spec)])
    _write_label_files(root / 'EmoLabel_DataSplit', plans, spec.folds)

    missing = [plan for plan in plans if not (clips / f'{plan.number}.mp4').exists()]
    if missing:
        with ProcessPoolExecutor(workers or os.cpu_count(), initializer=cv2.setNumThreads,
                                 initargs=(0,)) as pool:
            results = pool.map(partial(_render_file, clips, spec), missing, chunksize=4)
            for _ in progress_bar(results, 'rendering', len(plans), unit='clip',
                                  initial=len(plans) - len(missing), disable=not progress):
                pass
    return index


def _claim(index: Path, spec: BenchmarkSpec) -> None:
    """Refuse a folder that holds anything but this benchmark.

    Args:
        index (Path): Path of ``benchmark.json`` in the folder.
        spec (BenchmarkSpec): Spec of the benchmark.

    Raises:
        ValueError: If the folder holds something else.
    """
    root = index.parent
    if not index.exists():
        if root.exists() and any(root.iterdir()):
            raise ValueError(f'{root}: the folder is not empty and holds no benchmark.json. '
                             'Choose a new or empty folder to render into')
        return
    actual = json.loads(index.read_text())
    expected = dict(format=FORMAT, version=VERSION, spec=_plain(spec))
    for key, value in expected.items():
        if actual.get(key) != value:
            raise ValueError(f'{index}: {key} must be {value} for this benchmark, but is '
                             f'{actual.get(key)}. Remove the folder or render into another one')


def _index(plans: Sequence[ClipPlan], spec: BenchmarkSpec) -> str:
    """Return the text of ``benchmark.json``, with one clip per line."""
    head = dict(
        format=FORMAT, version=VERSION, spec=_plain(spec), classes=CLASSES,
        ceilings=dict(face_only=face_only_ceiling(spec), scene_only=scene_only_ceiling(spec),
                      joint=joint_ceiling(spec)))
    lines = []
    for plan in plans:
        boxes = clip_portrait(plan, spec).boxes.round(2).astype(float).round(2).tolist()
        lines.append(json.dumps(dict(asdict(plan), label=CLASSES.index(plan.emotion) + 1,
                                     boxes=boxes)))
    return json.dumps(head)[:-1] + ', "clips": [\n' + ',\n'.join(lines) + '\n]}\n'


def _write_label_files(folder: Path, plans: Sequence[ClipPlan], folds: int) -> None:
    """Write one label file per fold and split."""
    for fold in range(1, folds + 1):
        for split in ('train', 'test'):
            rows = [f'{plan.number},{CLASSES.index(plan.emotion) + 1}\n' for plan in plans
                    if (plan.fold == fold) == (split == 'test')]
            split_folder = folder / f'{split}(single-labeled)'
            split_folder.mkdir(parents=True, exist_ok=True)
            write_atomically(split_folder / f'set_{fold}.csv',
                             ['video_name,label\n' + ''.join(rows)])


def _plain(spec: BenchmarkSpec) -> dict:
    """Return the spec as JSON gives it back."""
    return json.loads(json.dumps(asdict(spec)))


def _render_file(folder: Path, spec: BenchmarkSpec, plan: ClipPlan) -> None:
    frames, _ = render_clip(plan, spec)
    write_video(folder / f'{plan.number}.mp4', frames, spec.fps)
