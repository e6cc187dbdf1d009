from __future__ import annotations

import pytest

from ous_mmaction.datasets.readers.split import Clip, Split, check_consistency


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


def test_clip_in_train_and_test():
    splits = [split('train', 1, ('a', 0)), split('test', 1, ('a', 0))]
    with pytest.raises(ValueError, match='Clip a is in fold1_train and in fold1_test'):
        check_consistency(splits)
