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


def test_folders_of_subjects(tmp_path):
    """Frames in a folder stay a clip, beside subjects who have videos or folders of frames."""
    touch(tmp_path, 'happy/anna/1.mp4', 'happy/anna/2.mp4', 'happy/ben/smile/01.jpg',
          'happy/3.mp4', 'sad/clip 4/01.jpg')
    (split,) = read_folders(tmp_path)
    assert [(clip.path, clip.subject) for clip in split.clips] == [
        ('happy/3.mp4', None), ('happy/anna/1.mp4', 'anna'), ('happy/anna/2.mp4', 'anna'),
        ('happy/ben/smile', 'ben'), ('sad/clip 4', None)]
    with pytest.raises(ValueError, match='the subject of happy/3.mp4 is unknown'):
        read_folders(tmp_path, subject_folds=2)


def test_folds_by_subject(tmp_path):
    paths = [f'{label}/{subject}/{number}.mp4' for label in ('happy', 'sad', 'calm')
             for subject in 'abcdefg' for number in range(1 + ord(subject) % 3)]
    splits = read_folders(touch(tmp_path, *paths), subject_folds=3)
    assert [split.name for split in splits] == [
        f'fold{fold}_{part}' for fold in (1, 2, 3) for part in ('train', 'test')]
    for train, test in zip(splits[::2], splits[1::2]):
        assert not {c.subject for c in train.clips} & {c.subject for c in test.clips}
        assert sorted(clip.path for clip in train.clips + test.clips) == sorted(paths)
        assert {clip.label for clip in test.clips} == {0, 1, 2}
    tested = [clip.path for split in splits[1::2] for clip in split.clips]
    assert sorted(tested) == sorted(paths)  # each clip once
    assert listing(read_folders(tmp_path, subject_folds=3)) == listing(splits)
    with pytest.raises(ValueError, match='--subject-folds 8: .* at most 7, the number of subjects'):
        read_folders(tmp_path, subject_folds=8)


def test_split_folders_are_not_divided_again(tmp_path):
    touch(tmp_path, 'train/Sad/anna/1.mp4', 'test/Sad/ben/2.mp4')
    assert listing(read_folders(tmp_path))['test'] == [('test/Sad/ben/2.mp4', 0)]
    with pytest.raises(ValueError, match='has splits of its own .*Leave out --subject-folds'):
        read_folders(tmp_path, subject_folds=2)


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
