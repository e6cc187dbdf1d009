from __future__ import annotations

import os
import time

import numpy as np
import pytest
from PIL import Image

from ous_mmaction.video.clip_checker import ClipChecker, check_clips

# Replaces the worker script, with decoders that hang and crash.
BAD_DECODER = """
import json, os, sys, time
for line in sys.stdin:
    path = json.loads(line)
    if 'hang' in path:
        time.sleep(600)
    if 'crash' in path:
        os.abort()
    print(json.dumps(dict(frames=os.getpid(), size=[1, 1])), flush=True)
"""


def test_good_and_bad_clips(tmp_path, video):
    good = video.write(tmp_path / '喜 good.mp4', video.stamped_frames(12), rate=24)
    cut = tmp_path / 'cut.mp4'
    cut.write_bytes(good.read_bytes()[:2000])
    (tmp_path / 'empty.mp4').write_bytes(b'')
    (tmp_path / 'frames').mkdir()
    for index in range(3):
        Image.fromarray(np.zeros((8, 10, 3), np.uint8)).save(tmp_path / f'frames/{index}.jpg')
    paths = [cut, good, tmp_path / 'empty.mp4', tmp_path / 'no\nsuch.mp4', tmp_path / 'frames']
    count = []
    results = check_clips(paths, workers=2, on_done=lambda: count.append(1))
    assert len(count) == 5
    assert (results[1].frames, results[1].size, results[1].fps) == (12, [48, 64], 24)
    assert (results[4].frames, results[4].size, results[4].fps) == (3, [8, 10], None)
    assert [result.frames for result in results] == [0, 12, 0, 0, 3]
    assert results[0].reason.startswith('the file is not a readable video (')
    assert results[2].reason.startswith('the file is empty')
    assert results[3].reason.startswith('the clip is missing. ')


def test_decoders_that_hang_or_crash_cost_their_clip_alone(tmp_path):
    worker = tmp_path / 'worker.py'
    worker.write_text(BAD_DECODER)
    checker = ClipChecker(timeout=0.5, worker=worker)
    start = time.monotonic()
    first, second = checker.check('a'), checker.check('b')
    assert first.frames == second.frames  # one process for both
    hung = checker.check('hang')
    assert hung.frames == 0 and hung.reason.startswith('the decoder hangs (killed after 0.5 s)')
    crashed = checker.check('crash')
    assert crashed.frames == 0 and crashed.reason.startswith('the decoder crashes (exit code -6)')
    assert checker.check('c').frames not in (0, first.frames)
    assert time.monotonic() - start < 60  # it did not wait for the 600 s
    checker.close()


def test_worker_killed_from_outside(tmp_path, video):
    good = video.write(tmp_path / 'good.mp4', video.stamped_frames(12))
    checker = ClipChecker(timeout=30)
    assert checker.check(good).frames == 12
    os.kill(checker.process.pid, 9)
    checker.process.wait()
    assert checker.check(good).reason.startswith('the decoder crashes (exit code -9)')
    assert checker.check(good).frames == 12
    process = checker.process
    assert checker.close() == 0 and process.poll() == 0


def test_no_process_is_left_behind(tmp_path, video, monkeypatch):
    good = video.write(tmp_path / 'good.mp4', video.stamped_frames(5))
    started = []
    check = ClipChecker.check

    def remember(self, path):
        result = check(self, path)
        started.append(self.process)
        return result

    monkeypatch.setattr(ClipChecker, 'check', remember)

    def fail():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_clips([good] * 10, workers=2, on_done=fail)
    assert started and all(process.poll() is not None for process in started)
