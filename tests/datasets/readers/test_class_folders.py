from __future__ import annotations

import pytest

from ous_mmaction.datasets.readers.class_folders import read_folders


def touch(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b'x')
    return root


def listing(splits):
    return {split.name: [(clip.path, clip.label) for clip in split.clips] for split in splits}


def test_split_and_class_folders(tmp_path):
    """The layout of CAER, with a class that one split lacks."""
    touch(tmp_path, 'train/Sad/10.avi', 'train/Sad/9.avi', 'train/Anger/1.avi',
          'validation/Sad/1.avi', 'test/Sad/2.avi', 'test/Sad/._2.avi', 'test/Sad/readme.txt')
    splits = read_folders(tmp_path)
    assert listing(splits) == dict(
        test=[('test/Sad/2.avi', 1)],
        train=[('train/Anger/1.avi', 0), ('train/Sad/9.avi', 1), ('train/Sad/10.avi', 1)],
        val=[('validation/Sad/1.avi', 1)])
    assert splits[0].metainfo == dict(dataset=tmp_path.name, classes=['Anger', 'Sad'],
                                      split='test')
    assert splits[0].clips[0].clip_id == 'test/Sad/2.avi'


def test_afew_names_and_frame_folders(tmp_path):
    touch(tmp_path, 'Train_AFEW/Angry/000 a.avi', 'Val_AFEW/Angry/喜 1/0001.png')
    assert listing(read_folders(tmp_path)) == dict(
        train=[('Train_AFEW/Angry/000 a.avi', 0)], val=[('Val_AFEW/Angry/喜 1', 0)])


def test_ones_own_videos_without_splits(tmp_path):
    touch(tmp_path, 'happy/a.mp4', 'sad/b.MOV', 'annotations/all.json')
    splits = read_folders(tmp_path)
    assert listing(splits) == dict(all=[('happy/a.mp4', 0), ('sad/b.MOV', 1)])
    assert splits[0].metainfo['classes'] == ['happy', 'sad']


def test_class_order_by_the_user(tmp_path):
    touch(tmp_path, 'train/Sad/1.mp4', 'train/Happy/2.mp4')
    splits = read_folders(tmp_path, ['Sad', 'Neutral', 'Happy'])
    assert listing(splits) == dict(train=[('train/Happy/2.mp4', 2), ('train/Sad/1.mp4', 0)])
    assert splits[0].metainfo['classes'] == ['Sad', 'Neutral', 'Happy']
    with pytest.raises(ValueError, match='Other folders with clips: Happy. Name the classes'):
        read_folders(tmp_path, ['Sad'])


@pytest.mark.parametrize('paths, message', [
    (['train/Sad/1.jpg'], '1.jpg: this is an image, but a clip is a video file or a folder'),
    (['train/Sad/1.mp4', 'Training/Sad/1.mp4'], 'are both the split train'),
    (['train/Sad/readme.txt'], 'expected one folder with clips per class .*: none'),
    (['train/Sad/1.mp4', 'test/readme.txt'], 'test: no clip is listed here')])
def test_folders_that_are_refused(tmp_path, paths, message):
    with pytest.raises(ValueError, match=message):
        read_folders(touch(tmp_path, *paths))


def test_missing_root(tmp_path):
    with pytest.raises(FileNotFoundError, match='no: the folder is missing'):
        read_folders(tmp_path / 'no')
