import contextlib
import gc
import json
import math
import os
import resource
import runpy
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.datasets.face_boxes import FaceBoxes, dump_header, read_face_boxes
from ous_mmaction.detection.extraction import extract_faces, summarize
from ous_mmaction.detection.search import ClipToSearch, frames_to_search, search_clips
from ous_mmaction.detection.tracks import box_iou
from ous_mmaction.rendered.benchmark import BenchmarkSpec, render_benchmark
from ous_mmaction.rendered.samples import render_frames

ROOT = Path(__file__).parents[2]
SPEC = BenchmarkSpec(clips_per_class=4, folds=2, ambiguous_share=1.0)
NUM_CLIPS = 12


def annotate(path, records, dataset='DFEW'):
    write_annotation(path, dict(dataset=dataset, classes=['a'], split='test'), records)
    return path


@pytest.fixture(scope='module')
def rendered(tmp_path_factory):
    """Root of rendered clips, their records, and the true boxes of each clip by id."""
    root = tmp_path_factory.mktemp('dfew')
    index = json.loads(render_benchmark(root, SPEC, progress=False).read_text())
    clips = index['clips'][:NUM_CLIPS]
    records = [dict(clip_id=str(clip['number']), filename=f'Clip/original/{clip["number"]}.mp4',
                    total_frames=clip['num_frames'], label=0) for clip in clips]
    truth = {record['clip_id']: np.array(clip['boxes']) for record, clip in zip(records, clips)}
    annotate(root / 'some.json', records[:8])
    annotate(root / 'more.json', records[6:])
    return root, records, truth


@pytest.fixture(scope='module')
def extracted(rendered, demo_detector, tmp_path_factory):
    """The boxes file of an uninterrupted run over all clips, and its summary."""
    root = rendered[0]
    out = tmp_path_factory.mktemp('boxes') / 'boxes.jsonl'
    summary = run(demo_detector, root, out)
    return out, summary


def run(detector, root, out, ann_files=('some.json', 'more.json'), name='demo', **kwargs):
    return extract_faces(lambda: detector, name, [root / file for file in ann_files], root,
                         out, **kwargs)


def test_boxes_are_the_true_ones(rendered, extracted):
    _, records, truth = rendered
    out, summary = extracted
    header, clips = read_face_boxes(out)
    assert (header['dataset'], header['detector']) == ('DFEW', 'demo')
    assert list(clips) == [record['clip_id'] for record in records]
    for clip_id, boxes in truth.items():
        clip = clips[clip_id]
        assert clip.has_face and clip.size == (SPEC.size, SPEC.size)
        iou = np.diag(box_iou(clip.boxes, boxes))
        assert len(iou) == len(boxes) and iou.mean() >= 0.88 and iou.min() >= 0.7, clip_id
    assert (summary.clips, summary.without_face) == (len(records), 0)
    assert not out.with_name(f'{out.name}.part').exists()


@pytest.mark.parametrize('whole, torn', [(0, 1), (0, 0), (1, 40), (5, 300), (12, 0)])
def test_a_run_that_was_killed_is_continued(
        rendered, extracted, demo_detector, tmp_path, whole, torn):
    """A kill leaves a part file that may end anywhere."""
    lines = extracted[0].read_bytes().splitlines(keepends=True) + [b'']
    out = tmp_path / 'boxes.jsonl'
    part = out.with_name('boxes.jsonl.part')
    part.write_bytes(b''.join(lines[:whole + 1]) + lines[whole + 1][:torn])
    run(demo_detector, rendered[0], out)
    assert out.read_bytes() == extracted[0].read_bytes()
    assert not part.exists()


def test_a_finished_file_is_only_extended(rendered, extracted, demo_detector, tmp_path):
    """The last run searches only the four clips that the file lacks."""
    root = rendered[0]
    out = tmp_path / 'boxes.jsonl'
    run(demo_detector, root, out, ['some.json'])
    written = out.stat().st_mtime_ns
    assert run(NoDetector(), root, out, ['some.json']).clips == 8
    assert out.stat().st_mtime_ns == written
    assert run(demo_detector, root, out, ['more.json']).clips == 6
    both, all_at_once = read_face_boxes(out)[1], read_face_boxes(extracted[0])[1]
    assert list(both)[:6] == list(all_at_once)[6:] and set(both) == set(all_at_once)
    assert all(clip.to_json() == all_at_once[clip_id].to_json() for clip_id, clip in both.items())


def test_killed_between_the_last_clip_and_the_last_file(rendered, extracted, tmp_path):
    """An earlier run finished some clips, and the part file holds all the others."""
    lines = extracted[0].read_text().splitlines(keepends=True)
    out = tmp_path / 'boxes.jsonl'
    out.write_text(''.join(lines[:9]))
    out.with_name('boxes.jsonl.part').write_text(''.join([lines[0], *reversed(lines[9:])]))
    assert run(NoDetector(), rendered[0], out).clips == NUM_CLIPS
    assert out.read_bytes() == extracted[0].read_bytes()


class CountingDetector:
    """Wraps a detector and records the sizes of its batches."""

    def __init__(self, detector):
        self.detector = detector
        self.batches = []

    def detect(self, images):
        self.batches.append(len(images))
        return self.detector.detect(images)


def test_batches_run_across_clips_and_are_all_of_one_size(
        rendered, extracted, demo_detector, tmp_path):
    root, records, _ = rendered
    counting = CountingDetector(demo_detector)
    run(counting, root, tmp_path / 'boxes.jsonl', batch_size=25)
    searched = sum(len(frames_to_search(record['total_frames'], 2)) for record in records)
    assert counting.batches == [25] * math.ceil(searched / 25)
    actual, expected = (read_face_boxes(path)[1]
                        for path in (tmp_path / 'boxes.jsonl', extracted[0]))
    for clip_id, clip in actual.items():
        np.testing.assert_allclose(clip.boxes, expected[clip_id].boxes, atol=0.05)


class NoDetector:
    """A detector that fails as soon as it is used."""


def test_clips_that_do_not_decode_are_named_and_the_others_kept(
        rendered, extracted, demo_detector, tmp_path, capsys):
    root, records, _ = rendered
    copy = tmp_path / 'dfew'
    shutil.copytree(root, copy)
    broken = [copy / records[i]['filename'] for i in (0, 7)]
    for path in broken:
        path.write_bytes(path.read_bytes()[:200])
    out = tmp_path / 'boxes.jsonl'
    with pytest.raises(ValueError, match='2 of 12 clips could not be decoded .*'
                                         'Repair them .*kept in .*jsonl.part$'):
        run(demo_detector, copy, out)
    lines = capsys.readouterr().err.splitlines()
    assert all(any(line.startswith(str(path)) for line in lines) for path in broken)
    assert not out.exists()
    for path, i in zip(broken, (0, 7)):
        shutil.copy(root / records[i]['filename'], path)
    run(demo_detector, copy, out)
    assert out.read_bytes() == extracted[0].read_bytes()


@pytest.mark.parametrize('arguments, message', [
    (dict(name='another detector'), "by 'demo', not of 'DFEW' by 'another detector'"),
    (dict(ann_files=['other.json']), "holds boxes of 'DFEW' by 'demo', not of 'MAFW'"),
])
def test_boxes_of_something_else_are_not_mixed_in(
        rendered, extracted, demo_detector, arguments, message):
    root, records, _ = rendered
    annotate(root / 'other.json', records[:2], dataset='MAFW')
    before = extracted[0].read_bytes()
    with pytest.raises(ValueError, match=message):
        run(demo_detector, root, extracted[0], **arguments)
    assert extracted[0].read_bytes() == before


def test_annotations_that_disagree_are_refused(rendered, demo_detector, tmp_path):
    root, records, _ = rendered
    annotate(tmp_path / 'a.json', records[:2])
    annotate(tmp_path / 'b.json', [dict(records[1], total_frames=3)])
    annotate(tmp_path / 'c.json', records[2:3], dataset='MAFW')
    for files, message in [
            ('ab', 'b.json: clip .* differs'),
            ('ac', "c.json: its `dataset` is MAFW, but .*a.json has DFEW")]:
        with pytest.raises(ValueError, match=message):
            extract_faces(lambda: demo_detector, 'demo',
                          [tmp_path / f'{file}.json' for file in files], root,
                          tmp_path / 'boxes.jsonl')


def test_two_faces_none_and_a_face_that_comes_late(demo_detector, tmp_path):
    """Folders of frames: a face with a smaller one above it; black; a face from frame 4 on."""
    samples = list(render_frames(seed=94, count=2))
    left, top, right, bottom = samples[1].box.astype(int)
    two = samples[0].image.copy()
    two[4:56, 8:48] = cv2.resize(samples[1].image[top - 8:bottom + 8, left - 8:right + 8], (40, 52))
    assert samples[0].box[1] > 60  # so that the smaller face does not overlap the larger one
    black = np.zeros_like(samples[0].image)
    scenes = dict(two=[two] * 5, none=[black] * 3, late=[black] * 4 + [samples[0].image] * 3)
    for name, frames in scenes.items():
        (tmp_path / name).mkdir()
        for index, frame in enumerate(frames):
            Image.fromarray(frame).save(tmp_path / name / f'{index}.png')
    annotate(tmp_path / 'a.json', [dict(clip_id=name, frame_dir=name, total_frames=len(frames),
                                        label=0) for name, frames in scenes.items()])
    summary = extract_faces(lambda: demo_detector, 'demo', [tmp_path / 'a.json'], tmp_path,
                            tmp_path / 'boxes.jsonl', stride=1, batch_size=4)
    clips = read_face_boxes(tmp_path / 'boxes.jsonl')[1]
    true_box = samples[0].box[None]
    assert clips['two'].num_faces == 2 and (box_iou(clips['two'].boxes, true_box) > 0.8).all()
    assert not clips['none'].has_face and clips['none'].boxes.tolist() == [[0, 0, 192, 192]] * 3
    assert clips['late'].detected.tolist() == [False] * 4 + [True] * 3
    assert (box_iou(clips['late'].boxes, true_box) > 0.8).all()
    assert summary.report() == ('3 clips: 1 without a face, 1 with several, '
                                '33.3% of the searched frames interpolated')


@pytest.mark.parametrize('num_frames, stride, expected', [
    (1, 2, [0]), (4, 2, [0, 2, 3]), (5, 2, [0, 2, 4]), (3, 10, [0, 2]), (3, 1, [0, 1, 2])])
def test_frames_to_search(num_frames, stride, expected):
    assert frames_to_search(num_frames, stride).tolist() == expected


def test_summary_counts_only_frames_that_were_searched():
    boxes = np.tile([0., 0, 9, 9], (5, 1))
    clip = FaceBoxes('a', (9, 9), boxes, [1, 0, 0, 0, 1], 1)
    assert summarize([clip], stride=2).filled_share == pytest.approx(1 / 3)
    assert summarize([FaceBoxes.whole_frame('b', (9, 9), 5)], stride=2).filled_share == 0


def test_the_tool(rendered, extracted, tmp_path, monkeypatch, capsys):
    root, out = rendered[0], tmp_path / 'boxes.jsonl'
    tool = str(ROOT / 'tools/extract_faces.py')
    command = [tool, ROOT / 'configs/detectors/yolox_demo.py', '--checkpoint',
               ROOT / 'ous_mmaction/rendered/weights/face_detector.pth', '--device', 'cpu',
               '--data-root', root, '--out', out, '--ann-files']

    def start(*ann_files):
        monkeypatch.setattr(sys, 'argv', list(map(str, [*command, *ann_files])))
        runpy.run_path(tool, run_name='__main__')

    start(root / 'some.json', root / 'more.json')
    assert capsys.readouterr().out.splitlines()[-1] == extracted[1].report()
    written, expected = (path.read_text().splitlines() for path in (out, extracted[0]))
    assert written[1:] == expected[1:]
    assert json.loads(written[0])['detector'] == (
        'yolox_demo with face_detector.pth, score >= 0.5, stride 2')
    with pytest.raises(SystemExit, match=f'^error: {root}/none.json: the annotation file'):
        start(root / 'none.json')


@contextlib.contextmanager
def disk_of(num_bytes):
    """Limit the size of files, so that writing beyond it fails as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (num_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize('share', [0.5, 0])
def test_full_disk(rendered, extracted, demo_detector, tmp_path, share):
    """The disk fills up in the middle of a line, or when the parts are joined at the end."""
    whole = extracted[0].read_bytes()
    out, part = tmp_path / 'boxes.jsonl', tmp_path / 'boxes.jsonl.part'
    if not share:
        part.write_bytes(whole)
    with pytest.raises(OSError, match=r'boxes.jsonl(.part)?: cannot be written .*same command'), \
            disk_of(int(len(whole) * (share or 0.5))):
        run(demo_detector, rendered[0], out)
    assert os.listdir(tmp_path) == ['boxes.jsonl.part']
    kept = part.read_bytes()
    assert whole.startswith(kept) and len(kept) >= int(len(whole) * 0.5)
    run(demo_detector, rendered[0], out)
    assert out.read_bytes() == whole


@pytest.mark.parametrize('suffix', ['', '.part', '.part3'])
def test_a_file_without_a_clip_does_not_block_another_detector(rendered, extracted, demo_detector,
                                                              tmp_path, suffix):
    """What a failed start leaves: a header. A file with a clip, or of another kind, is kept."""
    out = tmp_path / 'boxes.jsonl'
    failed, line = tmp_path / f'boxes.jsonl{suffix}', extracted[0].read_text().splitlines()[1]
    header = dump_header('DFEW', 'another detector') + '\n'
    for kept in (header + line + '\n', 'notes\n'):
        failed.write_text(kept)
        with pytest.raises(ValueError, match='[Cc]hoose another output file'):
            run(demo_detector, rendered[0], out)
        assert failed.read_text() == kept
    failed.write_text(header)
    run(demo_detector, rendered[0], out)
    assert out.read_bytes() == extracted[0].read_bytes()
    assert os.listdir(tmp_path) == ['boxes.jsonl']


def test_dataset_is_only_read(rendered, demo_detector, tmp_path):
    root = rendered[0]
    before = {path: path.stat().st_mtime_ns for path in sorted(root.rglob('*'))}
    run(demo_detector, root, tmp_path / 'elsewhere' / 'boxes.jsonl', ['some.json'])
    assert {path: path.stat().st_mtime_ns for path in sorted(root.rglob('*'))} == before
    # Where not even root can write; told before anything is searched.
    with pytest.raises(OSError, match='/proc/boxes.jsonl.part: cannot be written'):
        run(NoDetector(), root, '/proc/boxes.jsonl', ['some.json'])


@pytest.mark.parametrize('more', [-1, 1])
def test_clip_of_another_length_than_annotated(rendered, demo_detector, tmp_path, more):
    root, records, _ = rendered
    count = records[0]['total_frames']
    annotate(tmp_path / 'a.json', [dict(records[0], total_frames=count + more)])
    message = f'has {count} frames, but the annotation says {count + more}'
    with pytest.raises(ValueError, match=message):
        run(demo_detector, root, tmp_path / 'boxes.jsonl', [tmp_path / 'a.json'])


def test_memory_does_not_hold_what_is_done(rendered, demo_detector):
    """The frames and faces of a clip are released together with it."""
    _, records, _ = rendered
    path, num_frames = rendered[0] / records[0]['filename'], records[0]['total_frames']
    clips = [ClipToSearch(str(index), path, num_frames) for index in range(12)]
    alive = []
    for _ in search_clips(demo_detector, clips, stride=2, batch_size=8):
        alive.append(sum(type(item).__name__ == '_Search' for item in gc.get_objects()))
    assert len(alive) == 12 and max(alive) <= 4
