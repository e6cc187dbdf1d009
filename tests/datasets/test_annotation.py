from __future__ import annotations

import json
import os

import pytest

from ous_mmaction.datasets.annotation import (
    dump_annotation,
    read_annotation,
    write_annotation,
    write_atomically,
)

METAINFO = dict(dataset='DFEW', classes=['Happy', 'Sad'], split='train', fold=1)


def records(count=3):
    return [dict(clip_id=f'{i:05d}', filename=f'Clip/喜 {i}.mp4', total_frames=10 + i, label=i % 2)
            for i in range(count)]


def test_round_trip_and_bytes(tmp_path):
    path = tmp_path / 'fold1_train.json'
    write_annotation(path, METAINFO, records())
    assert read_annotation(path) == (METAINFO, records())
    text = path.read_bytes().decode('utf-8')
    assert json.loads(text) == dict(metainfo=METAINFO, data_list=records())
    assert text == dump_annotation(METAINFO, records())
    assert len(text.splitlines()) == 3 + 3  # one record per line


def test_records_may_be_folders_of_frames(tmp_path):
    path = tmp_path / 'train.json'
    record = dict(clip_id='a', frame_dir='a', total_frames=1, label=0)
    write_annotation(path, METAINFO, [record])
    assert read_annotation(path)[1] == [record]


@pytest.mark.parametrize('change, message', [
    (dict(label=2), r'record 1: `label` 2 of clip 00001 is outside the class set \(0..1'),
    (dict(label=-1), 'outside the class set'),
    (dict(label='Happy'), "`label` 'Happy'"),
    (dict(label=True), 'outside the class set'),
    (dict(clip_id='00000'), '`clip_id` 00000 appears twice'),
    (dict(total_frames=0), '`total_frames` 0 of clip 00001'),
    (dict(frame_dir='x'), 'exactly one of `filename` and `frame_dir`'),
    (dict(label=None), '`label` None'),
    (dict(face_dir='x'), '`face_dir` is given without the `frame_dir`'),
])
def test_broken_record(tmp_path, change, message):
    path = tmp_path / 'train.json'
    entries = records()
    entries[1].update(change)
    write_annotation(path, METAINFO, entries)
    with pytest.raises(ValueError, match=message) as caught:
        read_annotation(path)
    assert str(caught.value).startswith(str(path)) and '\n' not in str(caught.value)


@pytest.mark.parametrize('key', ['clip_id', 'filename', 'total_frames', 'label'])
def test_missing_key(tmp_path, key):
    path = tmp_path / 'train.json'
    entries = records()
    del entries[2][key]
    write_annotation(path, METAINFO, entries)
    with pytest.raises(ValueError, match=f'record 2: .*`{key}`'):
        read_annotation(path)


def test_missing_empty_and_foreign_files(tmp_path):
    path = tmp_path / 'train.json'
    message = 'train.json: the annotation file was not found.*prepare_dataset'
    with pytest.raises(FileNotFoundError, match=message):
        read_annotation(path)
    write_annotation(path, METAINFO, [])
    with pytest.raises(ValueError, match='the split has no clip'):
        read_annotation(path)
    for text in ('', 'video_name,label\n1,2\n', '[]', '{"metainfo": {}}',
                 '{"metainfo": {"classes": []}, "data_list": [', '{"metainfo": 1, "data_list": 2}'):
        path.write_text(text)
        with pytest.raises(ValueError, match='is not an annotation file'):
            read_annotation(path)


def test_reader_of_the_old_file_is_not_disturbed(tmp_path):
    path = tmp_path / 'train.json'
    write_atomically(path, 'old')
    with open(path) as file:
        write_atomically(path, 'new')
        assert file.read() == 'old'
    assert path.read_text() == 'new'


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'train.json'
    write_atomically(path, 'old')

    def full_disk(_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full_disk)
    with pytest.raises(OSError):
        write_atomically(path, 'new')
    assert path.read_text() == 'old'
    assert os.listdir(tmp_path) == ['train.json']
