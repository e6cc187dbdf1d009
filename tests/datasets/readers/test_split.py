from __future__ import annotations

import pytest

from ous_mmaction.datasets.readers.split import Clip, Split, check_consistency, take_few


def split(name, fold, *clips):
    metainfo = dict(dataset='x', classes=['Happy', 'Sad'], split=name, fold=fold)
    return Split(f'fold{fold}_{name}', metainfo, [Clip(i, f'{i}.mp4', label) for i, label in clips])


def test_folds_share_clips():
    check_consistency([split('train', 1, ('a', 0), ('b', 1)), split('test', 1, ('c', 0)),
                       split('train', 2, ('a', 0), ('c', 0)), split('test', 2, ('b', 1))])


def test_clip_with_two_labels():
    splits = [split('train', 1, ('a', 0)), split('test', 2, ('a', 1))]
    with pytest.raises(ValueError, match='Clip a is Happy in fold1_train and Sad in fold2_test'):
        check_consistency(splits)


def test_a_few_clips_have_every_class(tmp_path):
    clips = [(f'{index}', index // 40 % 2) for index in range(80)]
    splits = [split('train', 1, *clips), split('test', 1, ('t', 1), ('u', 0), ('v', 0)),
              split('train', 2, *clips)]
    for clip in splits[0].clips[1:] + splits[1].clips:
        (tmp_path / clip.path).touch()
    train, test = take_few(splits, tmp_path, count=8)
    assert [clip.clip_id for clip in train.clips] == ['1', '40', '2', '41']  # 0 is missing
    assert [clip.clip_id for clip in test.clips] == ['t', 'u', 'v']
    assert (train.name, train.published) == ('fold1_train', None)


def test_clip_in_train_and_test():
    splits = [split('train', 1, ('a', 0)), split('test', 1, ('a', 0))]
    with pytest.raises(ValueError, match='Clip a is in fold1_train and in fold1_test'):
        check_consistency(splits)
