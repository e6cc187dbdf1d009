from __future__ import annotations

import errno
import hashlib
import json
import os
import runpy
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from PIL import Image

from ous_mmaction.datasets.annotation import read_annotation
from ous_mmaction.datasets.preparation import make_records, prepare
from ous_mmaction.datasets.readers.dfew import read_dfew
from ous_mmaction.datasets.readers.split import Clip, Split
from ous_mmaction.datasets.report import make_report
from ous_mmaction.datasets.transforms.resizing import resize_frames
from ous_mmaction.video import ClipCheck, clip_digest

TOOL = Path(__file__).parents[2] / 'tools' / 'prepare_dataset.py'
FRAMES = {1: 12, 2: 20, 3: 15, 4: 16, 5: 30, 6: 13, 7: 14}


@pytest.fixture(scope='module')
def distributed(tmp_path_factory, video):
    """Two folds of a small DFEW.

    Clip 3 is missing, 5 is cut off, 6 is empty, and 7 claims a wrong length.
    """
    root = tmp_path_factory.mktemp('dfew')
    clips = root / 'Clip' / 'original'
    clips.mkdir(parents=True)
    for number, frames in FRAMES.items():
        video.write(clips / f'{number}.mp4', video.stamped_frames(frames), faststart=True)
    (clips / '3.mp4').unlink()
    data = (clips / '5.mp4').read_bytes()
    (clips / '5.mp4').write_bytes(data[:int(len(data) * 0.7)])
    (clips / '6.mp4').write_bytes(b'')
    video.patch(clips / '7.mp4', b'stts', 12, (99,))
    folds = {(1, 'train'): [1, 3, 4, 7], (1, 'test'): [2, 5, 6],
             (2, 'train'): [1, 2, 5, 7], (2, 'test'): [3, 4, 6]}
    for (fold, split), numbers in folds.items():
        path = root / f'EmoLabel_DataSplit/{split}(single-labeled)/set_{fold}.csv'
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('video_name,label\n' + ''.join(f'{n},{n}\n' for n in numbers))
    return root


def fingerprint(folder):
    return {path.relative_to(folder).as_posix():
            hashlib.md5(path.read_bytes()).hexdigest() if path.is_file() else None
            for path in sorted(folder.rglob('*'))}


def test_annotations_hold_what_can_be_read(distributed, tmp_path):
    before = fingerprint(distributed)
    report = prepare(read_dfew(distributed, [1, 2]), distributed, tmp_path, progress=False)
    assert fingerprint(distributed) == before

    metainfo, records = read_annotation(tmp_path / 'fold1_train.json')
    assert metainfo['fold'] == 1 and metainfo['split'] == 'train'
    data = [(distributed / f'Clip/original/{number}.mp4').read_bytes() for number in (1, 4)]
    digests = [hashlib.blake2b(content, digest_size=16).hexdigest() for content in data]
    assert records == [
        dict(clip_id='00001', filename='Clip/original/1.mp4', total_frames=12, label=0,
             bytes=len(data[0]), digest=digests[0]),
        dict(clip_id='00004', filename='Clip/original/4.mp4', total_frames=16, label=3,
             bytes=len(data[1]), digest=digests[1])]
    _, records = read_annotation(tmp_path / 'fold2_train.json')
    assert [(record['clip_id'], record['total_frames']) for record in records] == [
        ('00001', 12), ('00002', 20)]

    assert (tmp_path / 'report.txt').read_text() == report
    lines = report.splitlines()
    assert lines[2].split() == ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear',
                                'total']
    assert lines[3].split() == ['fold1_train', '1', '0', '0', '1', '0', '0', '0', '2']
    assert lines[4].split() == ['published', '1956', '1515', '2135', '1738', '1175', '116', '721',
                                '9356']
    assert 'clips: 7 listed, 3 readable, 4 left out' in lines
    assert 'frames per clip: 12 to 20, mean 16.0; 1 clips have fewer than 16' in lines
    for number, reason in ((3, 'the clip is missing. Unpack'), (5, 'the header counts 30 frames'),
                           (6, 'the file is empty'), (7, 'the header counts 99 frames')):
        assert any(line.startswith(f'  Clip/original/{number}.mp4: {reason}') for line in lines)


def test_report_says_where_things_were_found(distributed):
    lines = make_report(read_dfew(distributed, [1]), {}).splitlines()
    assert f'labels from: {distributed / "EmoLabel_DataSplit"}' in lines
    assert 'clips from: Clip/original' in lines


def test_classes_that_no_list_has():
    """MAFW's lists with captions hold no neutral clip."""
    metainfo = dict(dataset='MAFW', classes=['anger', 'neutral', 'fear'], split='train')
    split = Split('train', metainfo, [Clip('1', '1.mp4', 0), Clip('2', '2.mp4', 2)])
    warning = make_report([split], {}).splitlines()[-1]
    assert warning.startswith('warning: the labels list no clip of neutral. UAR over 3 classes is ')
    assert warning.endswith('The lists of with_caption have none. Take those of no_caption.')
    split.clips.append(Clip('3', '3.mp4', 1))
    assert 'warning' not in make_report([split], {})
    test = Split('test', dict(metainfo, split='test'), [Clip('4', '4.mp4', 1)])
    assert make_report([split, test], {}).splitlines()[-1] == (
        'warning: test has no clip of anger, fear, so that UAR is undefined on it')


def test_bytes_do_not_depend_on_the_workers(distributed, tmp_path):
    splits = read_dfew(distributed, [1, 2])
    prepare(splits, distributed, tmp_path / 'a', workers=1, progress=False)
    prepare(splits, distributed, tmp_path / 'b', workers=3, progress=False)
    assert len(fingerprint(tmp_path / 'a')) == 5
    assert fingerprint(tmp_path / 'a') == fingerprint(tmp_path / 'b')


def test_pairs_that_do_not_pair_up_are_left_out(tmp_path, video):
    """Clip 2 has other names, 3 no crops, a crop of 4 is broken, and 5 lacks its frames."""
    image = Image.fromarray(video.stamped_frames(1)[0])
    counts = {1: (3, 3), 2: (3, 2), 3: (3, 0), 4: (3, 3), 5: (0, 3)}
    for number, pair in counts.items():
        for folder, count in zip(('frames', 'faces'), pair):
            for index in range(count):
                path = tmp_path / folder / str(number) / f'{index}.png'
                path.parent.mkdir(parents=True, exist_ok=True)
                image.save(path)
    (tmp_path / 'faces/4/1.png').write_bytes(b'x')
    for index in range(2):
        (tmp_path / f'faces/2/{index}.png').rename(tmp_path / f'faces/2/{index + 7}.png')
    clips = [Clip(str(n), f'frames/{n}', 0, f'faces/{n}') for n in counts]
    split = Split('test', dict(dataset='X', classes=['Happy'], split='test'), clips)
    report = prepare([split], tmp_path, tmp_path / 'out', progress=False)
    size = 6 * (tmp_path / 'frames/1/0.png').stat().st_size
    [record] = read_annotation(tmp_path / 'out/test.json')[1]
    assert record.pop('digest') == clip_digest(str(tmp_path / 'frames/1'),
                                               str(tmp_path / 'faces/1'))[1]
    assert record == dict(clip_id='1', frame_dir='frames/1', face_dir='faces/1', total_frames=3,
                          label=0, bytes=size)
    for line in ('face crops: in pairs with the frames, no detector needed',
                 'clips: 5 listed, 1 readable, 4 left out'):
        assert line in report.splitlines()
    for number, reason in ((2, 'none of its 3 frames has a face crop of the same name in faces/2'),
                           (3, 'its face crops are unusable: faces/3: the clip is missing'),
                           (4, 'its face crops are unusable: faces/4: frame 1 does not decode'),
                           (5, 'the clip is missing')):
        assert f'  frames/{number}: {reason}' in report


def test_frames_are_paired_by_name_and_the_others_counted(tmp_path, video):
    """Clip 1 lacks crop 3 of 6, clip 2 lacks frame 1 and crop 5, clip 3 is complete.

    Each pair that is read shows one number: before, every pair after a gap was shifted.
    """
    kept = {1: ([1, 2, 3, 4, 5, 6], [1, 2, 4, 5, 6]), 2: ([2, 3, 4, 5, 6], [1, 2, 3, 4, 6]),
            3: ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6])}
    images = video.stamped_frames(7)
    for number, pair in kept.items():
        for folder, suffix, indices in zip(('frames', 'faces'), ('{}.png', '{:04d}.png'), pair):
            for index in indices:
                path = tmp_path / folder / str(number) / suffix.format(index)
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(images[index]).save(path)
    clips = [Clip(str(n), f'frames/{n}', 0, f'faces/{n}') for n in kept]
    split = Split('test', dict(dataset='X', classes=['Happy'], split='test'), clips)
    report = prepare([split], tmp_path, tmp_path / 'out', progress=False).splitlines()
    assert ('without a partner of the same name, and left out: 2 frames and 1 face crops of 2 '
            'clips') in report
    assert '  frames/1: 1 frames, 0 face crops' in report
    assert '  frames/2: 1 frames, 1 face crops' in report

    records = read_annotation(tmp_path / 'out/test.json')[1]
    assert [record['total_frames'] for record in records] == [5, 4, 6]
    transform = TRANSFORMS.build(dict(type='ReadPair', size=48))
    for record, expected in zip(records, ([1, 2, 4, 5, 6], [2, 3, 4, 6], [1, 2, 3, 4, 5, 6])):
        folders = {key: str(tmp_path / record[key]) for key in ('frame_dir', 'face_dir')}
        read = transform({**record, **folders, 'frame_inds': np.arange(len(expected))})
        for stream in ('face', 'scene'):
            assert torch.equal(read[stream], resize_frames(images[expected], 48))


def test_face_crops_do_not_pair_up_with_videos(distributed, tmp_path):
    clips = [Clip('1', 'Clip/original/1.mp4', 0, 'Clip/original')]
    split = Split('test', dict(dataset='X', classes=['Happy'], split='test'), clips)
    message = '1.mp4: this is a video, but face crops .* with folders of frames.*--source'
    with pytest.raises(ValueError, match=message):
        make_records(split, distributed, {'Clip/original/1.mp4': ClipCheck(12)})


def test_split_without_a_readable_clip(distributed, tmp_path):
    root = tmp_path / 'dfew'
    shutil.copytree(distributed, root)
    (root / 'Clip/original/2.mp4').unlink()
    with pytest.raises(ValueError, match='fold1_test: none of its 3 clips .*report.txt'):
        prepare(read_dfew(root, [1]), root, tmp_path, progress=False)
    assert '2.mp4: the clip is missing' in (tmp_path / 'report.txt').read_text()


def test_report_on_screen_is_short():
    clips = [Clip(str(i), f'{i}.mp4', 0) for i in range(50)]
    split = Split('train', dict(dataset='X', classes=['Happy'], split='train'), clips, 60)
    checks = {clip.path: ClipCheck(reason='missing') for clip in clips}
    checks['0.mp4'] = ClipCheck(10, (4, 6), 5.0)
    lines = make_report([split], checks, limit=20).splitlines()
    assert sum(line.endswith(': missing') for line in lines) == 20
    assert '  and 29 more, all named in report.txt' in lines
    assert make_report([split], checks).count('.mp4: missing\n') == 49
    assert 'duration: 2.00 to 2.00 s, 0.00 h in total' in lines
    assert any(line.split() == ['published', '60'] for line in lines)


def run_tool(monkeypatch, *arguments):
    monkeypatch.setattr(sys, 'argv', ['prepare_dataset.py', *map(str, arguments)])
    runpy.run_path(str(TOOL), run_name='__main__')


def test_tool(distributed, tmp_path, monkeypatch, capfd):
    run_tool(monkeypatch, 'dfew', distributed, '--folds', 1, 2, '--out', tmp_path / 'out')
    assert sorted(os.listdir(tmp_path / 'out')) == [
        'fold1_test.json', 'fold1_train.json', 'fold2_test.json', 'fold2_train.json', 'report.txt']
    out, err = capfd.readouterr()
    assert out.startswith((tmp_path / 'out/report.txt').read_text())
    assert out.endswith(f'wrote 4 annotation files and report.txt to {tmp_path / "out"}\n')
    assert '7/7' in err  # each clip once, though the folds list 14


def test_tool_on_a_dataset_of_each_kind(tmp_path, monkeypatch, video):
    clip = video.write(tmp_path / 'clip.mp4', video.stamped_frames(4)).read_bytes()

    def put(path, data):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)

    frame = tmp_path / 'frame.png'
    Image.fromarray(video.stamped_frames(1)[0]).save(frame)
    for split, name in (('train', '0001'), ('test', '0002')):
        put(f'ferv/4_setups/All_scenes/{split}_All.csv', f'Action/Fear/{name} Fear\n'.encode())
        put(f'ferv/3_ClipsforScenImages/Action/Fear/{name}/1.png', frame.read_bytes())
        put(f'mafw/Train_Test_Set/single/with_caption/set_3/{split}.txt',
            f'{name}.mp4\tcontempt\ta, b\t他很生气\r\n'.encode('gbk'))
        put(f'mafw/data/clips/{name}.mp4', clip)
        put(f'caer/{split}/Happy/{name}.mp4', clip)
    run_tool(monkeypatch, 'ferv39k', tmp_path / 'ferv')
    run_tool(monkeypatch, 'mafw', tmp_path / 'mafw', '--folds', 3)
    run_tool(monkeypatch, 'folders', tmp_path / 'caer', '--classes', 'Sad', 'Happy')
    run_tool(monkeypatch, 'folders', tmp_path / 'caer', '--classes', 'Sad', 'Happy')

    def only(path):
        (record,) = read_annotation(tmp_path / path)[1]
        clip = Path(tmp_path, path).parents[1] / record.get('filename', record.get('frame_dir'))
        assert (record.pop('bytes'), record.pop('digest')) == clip_digest(str(clip))
        return record

    assert only('ferv/annotations/test.json') == dict(
        clip_id='Action/Fear/0002', frame_dir='3_ClipsforScenImages/Action/Fear/0002',
        total_frames=1, label=6)
    assert only('mafw/annotations/fold3_train.json') == dict(
        clip_id='0001', filename='data/clips/0001.mp4', total_frames=4, label=7)
    assert only('caer/annotations/train.json') == dict(
        clip_id='train/Happy/0001.mp4', filename='train/Happy/0001.mp4', total_frames=4, label=1)


def test_tool_on_a_table_with_the_same_video_twice(tmp_path, monkeypatch, video, capfd):
    for number in range(4):
        video.write(tmp_path / f'{number}.mp4', video.stamped_frames(4 + number))
    shutil.copy(tmp_path / '1.mp4', tmp_path / 'copy of 1.mp4')
    table = tmp_path / 'videos.csv'
    table.write_text('path,label,subject\n0.mp4,Sad,a\n1.mp4,Happy,a\n2.mp4,Sad,b\n'
                     '3.mp4,Happy,b\ncopy of 1.mp4,Happy,b\n')
    run_tool(monkeypatch, 'list', tmp_path, '--list', table, '--subject-folds', 2)
    records = {path.stem: read_annotation(path)[1] for path in tmp_path.glob('annotations/*.json')}
    assert {name: len(rows) for name, rows in records.items()} in (
        dict(fold1_train=3, fold1_test=2, fold2_train=2, fold2_test=3),
        dict(fold1_train=2, fold1_test=3, fold2_train=3, fold2_test=2))
    report = (tmp_path / 'annotations/report.txt').read_text()
    assert 'warning: 1 pairs of videos in two splits are the same file' in report
    assert any(line.strip() in report for line in (
        '1.mp4 (fold1_train) is copy of 1.mp4 (fold1_test)',
        'copy of 1.mp4 (fold1_train) is 1.mp4 (fold1_test)'))
    assert 'same file' in capfd.readouterr().out
    with pytest.raises(SystemExit, match='--subject-folds: the dataset dfew has no such option'):
        run_tool(monkeypatch, 'dfew', tmp_path, '--subject-folds', 2)


@pytest.mark.parametrize('arguments, message', [
    (['dfew', '{root}'], r'error: .*set_3.csv: the label file is missing'),
    (['dfew', '{root}/no'], 'error: .*/no: the folder of the dataset was not found'),
    (['mafw', '{root}'], r'error: .*train.txt: the label file is missing'),
    (['dfew', '{root}', '--folds', '1', '--source', 'x'], 'error: .*given by --source is missing'),
    (['dfew', '{root}', '--folds', '1', '--out', '/dev/null/x'],
     'error: /dev/null/x: .*Not a directory.*--out'),
    (['dfew', '{root}', '--folds', '1', '--out', '/proc/self'],
     'error: /proc/self: .*cannot be written.*--out')])
def test_tool_ends_in_one_line(distributed, monkeypatch, arguments, message):
    with pytest.raises(SystemExit, match=message) as caught:
        run_tool(monkeypatch, *[argument.format(root=distributed) for argument in arguments])
    assert '\n' not in str(caught.value)


def test_full_disk(distributed, tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    run_tool(monkeypatch, 'dfew', distributed, '--folds', 1, '--out', tmp_path)
    before = fingerprint(tmp_path)
    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(SystemExit, match='error: .*No space left on device'):
        run_tool(monkeypatch, 'dfew', distributed, '--folds', 2, '--out', tmp_path)
    assert fingerprint(tmp_path) == before


def test_annotation_is_plain_json(distributed, tmp_path):
    prepare(read_dfew(distributed, [1]), distributed, tmp_path, progress=False)
    content = json.loads((tmp_path / 'fold1_test.json').read_text())
    assert set(content) == {'metainfo', 'data_list'}
