"""Rendering a benchmark to disk, in DFEW's own layout."""
from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

import cv2
from tqdm import tqdm

from ..atomic_files import write_atomically
from .benchmark_spec import BenchmarkSpec
from .ceilings import face_only_ceiling, joint_ceiling, scene_only_ceiling
from .clip_plan import ClipPlan, plan_clips
from .clips import clip_portrait, render_clip
from .expressions import CLASSES
from .video_writer import write_video

FORMAT = 'ous_mmaction/benchmark'
# Goes up when the same spec draws other pixels than before.
VERSION = 2


def render_benchmark(root: str | Path, spec: BenchmarkSpec, workers: int | None = None,
                     progress: bool = True) -> Path:
    """Render a benchmark, or what is missing of it.

    Writes `Clip/original/<number>.mp4`, `EmoLabel_DataSplit/{train,test}(single-labeled)/
    set_<fold>.csv` (header `video_name,label`, labels 1..7 in the order of `CLASSES`) and
    `benchmark.json` (spec, ceilings, and of each clip its plan, label and true face boxes).
    Every file appears only when complete, and complete files are kept.

    Args:
        root: folder to render into: new, empty, or holding this very benchmark.
        spec: what to render.
        workers: processes; by default one a core.
        progress: whether to show a progress bar.

    Returns:
        The path of `benchmark.json`.

    Raises:
        ValueError: `root` holds something else.
    """
    root = Path(root)
    plans = plan_clips(spec)
    index = root / 'benchmark.json'
    _claim(index, spec)
    clips = root / 'Clip' / 'original'
    clips.mkdir(parents=True, exist_ok=True)
    if not index.exists():
        write_atomically(index, [_index(plans, spec)])
    for fold in range(1, spec.folds + 1):
        for split in ('train', 'test'):
            rows = [f'{plan.number},{CLASSES.index(plan.emotion) + 1}\n' for plan in plans
                    if (plan.fold == fold) == (split == 'test')]
            folder = root / 'EmoLabel_DataSplit' / f'{split}(single-labeled)'
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / f'set_{fold}.csv', ['video_name,label\n' + ''.join(rows)])

    missing = [plan for plan in plans if not (clips / f'{plan.number}.mp4').exists()]
    if missing:
        with ProcessPoolExecutor(workers or os.cpu_count(), initializer=cv2.setNumThreads,
                                 initargs=(0,)) as pool:
            done = pool.map(partial(_render_file, clips, spec), missing, chunksize=4)
            for _ in tqdm(done, 'rendering', len(plans), initial=len(plans) - len(missing),
                          unit='clip', disable=not progress):
                pass
    return index


def _claim(index: Path, spec: BenchmarkSpec) -> None:
    """Refuse a folder that holds anything but this benchmark."""
    root = index.parent
    if not index.exists():
        if root.exists() and any(root.iterdir()):
            raise ValueError(f'{root} is not empty and holds no benchmark.json: '
                             'choose a new or empty folder to render into')
        return
    found = json.loads(index.read_text())
    expected = dict(format=FORMAT, version=VERSION, spec=_plain(spec))
    for key, value in expected.items():
        if found.get(key) != value:
            raise ValueError(f'{index}: {key} is {found.get(key)}, not {value}: remove the folder '
                             'or render into another one')


def _index(plans: list[ClipPlan], spec: BenchmarkSpec) -> str:
    """The text of benchmark.json, one clip a line."""
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


def _plain(spec: BenchmarkSpec) -> dict:
    """The spec as JSON gives it back."""
    return json.loads(json.dumps(asdict(spec)))


def _render_file(folder: Path, spec: BenchmarkSpec, plan: ClipPlan) -> None:
    frames, _ = render_clip(plan, spec)
    write_video(folder / f'{plan.number}.mp4', frames, spec.fps)
