from __future__ import annotations

import pytest

from ous_mmaction.datasets.readers.clip_list import read_list

ROWS = ['a.avi,happy', 'b c.avi,sad', 'anna/d.avi,happy']


def table(root, rows, name='videos.csv'):
    (root / name).write_text('\n'.join(rows) + '\n', encoding='utf-8-sig')
    return root / name


def listing(splits):
    return {split.name: [(clip.path, clip.label, clip.subject) for clip in split.clips]
            for split in splits}


@pytest.mark.parametrize('header', [[], ['path,label'], ['Path,Label']])
def test_paths_and_labels(tmp_path, header):
    """The first row is a clip although it has no digit."""
    assert listing(read_list(tmp_path, table(tmp_path, header + ROWS))) == dict(
        all=[('a.avi', 0, None), ('b c.avi', 1, None), ('anna/d.avi', 0, None)])
    (split,) = read_list(tmp_path, table(tmp_path, ROWS), ['sad', 'calm', 'happy'])
    assert split.metainfo == dict(dataset='videos', classes=['sad', 'calm', 'happy'], split='all')
    assert [clip.label for clip in split.clips] == [2, 0, 2]


def test_splits_and_subjects(tmp_path):
    rows = ['path,label,subject,split', 'a.avi,happy,anna,train', 'b.avi,sad,ben,Training',
            'c.avi,happy,,validation', 'd.avi,sad,anna,test']
    assert listing(read_list(tmp_path, table(tmp_path, rows))) == dict(
        train=[('a.avi', 0, 'anna'), ('b.avi', 1, 'ben')], val=[('c.avi', 0, None)],
        test=[('d.avi', 1, 'anna')])
    with pytest.raises(ValueError, match='has splits of its own. Leave out --subject-folds'):
        read_list(tmp_path, table(tmp_path, rows), subject_folds=2)


def test_folds_by_subject(tmp_path):
    rows = [f'{s}{label}.avi,{label},{s}' for s in 'xyz' for label in ('happy', 'sad')]
    splits = read_list(tmp_path, table(tmp_path, rows), subject_folds=3)
    assert len(splits) == 6
    tested = [{clip.subject for clip in split.clips} for split in splits[1::2]]
    assert sorted(map(sorted, tested)) == [['x'], ['y'], ['z']]


@pytest.mark.parametrize('rows, message', [
    (['a.avi'], r'videos.csv:1: .a.avi. is not `path,label\[,subject\[,split\]\]`'),
    (['a.avi,3'], 'the label 3 is a number. Name the emotion'),
    (['a.avi,sad,ben,exam'], 'the split exam is none of train, training'),
    (['a.avi,sad,ben,train', 'b.avi,sad,ben'], '1 of 2 rows have no split, .* is b.avi'),
    (['a.avi,sad', 'a.avi,happy'], 'clip a.avi is listed twice')])
def test_tables_that_are_refused(tmp_path, rows, message):
    with pytest.raises(ValueError, match=message):
        read_list(tmp_path, table(tmp_path, rows))


def test_classes_and_missing_table(tmp_path):
    with pytest.raises(ValueError, match='the label happy is none of the classes sad. Name all'):
        read_list(tmp_path, table(tmp_path, ROWS), ['sad'])
    with pytest.raises(FileNotFoundError, match='none.csv: the table given by --list'):
        read_list(tmp_path, tmp_path / 'none.csv')
