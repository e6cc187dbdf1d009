from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from ous_mmaction.rendered import (
    face_only_ceiling,
    render_benchmark,
    render_clip,
    scene_only_ceiling,
)

OFFICIAL = ('Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear')


def digests(root):
    return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(root.rglob('*')) if path.is_file()}


def read_csv(path):
    with open(path, newline='') as file:
        rows = list(csv.reader(file))
    assert rows[0] == ['video_name', 'label']
    return {int(name): int(label) for name, label in rows[1:]}


def test_layout_and_labels_are_the_official_ones(small_benchmark, small_plans):
    videos = {path.name for path in (small_benchmark / 'Clip/original').iterdir()}
    assert videos == {f'{number}.mp4' for number in range(1, 57)}
    truth = {plan.number: OFFICIAL.index(plan.emotion) + 1 for plan in small_plans}
    tests = []
    for fold in (1, 2):
        parts = [read_csv(small_benchmark / f'EmoLabel_DataSplit/{split}(single-labeled)'
                          / f'set_{fold}.csv') for split in ('train', 'test')]
        assert not parts[0].keys() & parts[1].keys() and {**parts[0], **parts[1]} == truth
        assert Counter(parts[1].values()) == {label: 4 for label in range(1, 8)}
        tests.append(parts[1].keys())
    assert not tests[0] & tests[1]


def test_index_holds_spec_ceilings_and_truth(small_benchmark, small_plans, small_spec):
    index = json.loads((small_benchmark / 'benchmark.json').read_text())
    assert index['spec']['clips_per_class'] == 8 and index['spec']['frames'] == [6, 9]
    assert index['ceilings'] == dict(face_only=face_only_ceiling(small_spec),
                                     scene_only=scene_only_ceiling(small_spec), joint=1.0)
    for plan, clip in list(zip(small_plans, index['clips']))[:5]:
        assert (clip['number'], clip['emotion'], clip['mood'], clip['twin']) == (
            plan.number, plan.emotion, plan.mood, plan.twin)
        assert OFFICIAL[clip['label'] - 1] == clip['emotion']
        np.testing.assert_allclose(clip['boxes'], render_clip(plan, small_spec)[1], atol=0.006)


def test_bytes_depend_on_neither_workers_nor_hash_seed(small_benchmark, small_spec, tmp_path):
    code = ('import sys; from ous_mmaction.rendered import BenchmarkSpec, render_benchmark\n'
            f'render_benchmark(sys.argv[1], {small_spec!r}, workers=1, progress=False)')
    subprocess.run([sys.executable, '-c', code, str(tmp_path / 'b')], check=True,
                   env={**os.environ, 'PYTHONHASHSEED': '77'})
    assert digests(tmp_path / 'b') == digests(small_benchmark)


def test_renders_what_is_missing_and_keeps_the_rest(small_spec, tmp_path):
    render_benchmark(tmp_path, small_spec, workers=1, progress=False)
    before = digests(tmp_path)
    kept, lost = (tmp_path / f'Clip/original/{number}.mp4' for number in (1, 2))
    stamp = kept.stat().st_mtime_ns
    lost.rename(lost.with_name(f'.{lost.name}.part'))  # as an interruption leaves it
    render_benchmark(tmp_path, small_spec, workers=1, progress=False)
    assert digests(tmp_path) == before and kept.stat().st_mtime_ns == stamp


def test_another_spec_and_a_foreign_folder_are_refused(small_benchmark, small_spec, tmp_path):
    with pytest.raises(ValueError, match='benchmark.json: spec must be .*Remove the folder'):
        render_benchmark(small_benchmark, replace(small_spec, seed=9), progress=False)
    (tmp_path / 'thesis.txt').write_text('mine')
    with pytest.raises(ValueError, match='is not empty and holds no benchmark.json'):
        render_benchmark(tmp_path, small_spec, progress=False)
    assert [path.name for path in tmp_path.iterdir()] == ['thesis.txt']


def test_the_tool_ends_in_one_line_on_a_bad_spec(run_tool, tmp_path):
    code, _ = run_tool('render_benchmark.py', tmp_path / 'x', '--clips-per-class', 7)
    assert code.startswith('error: BenchmarkSpec: clips_per_class=7') and '\n' not in code
    assert not (tmp_path / 'x').exists()
