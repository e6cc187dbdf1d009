import json

import pytest

from ous_mmaction.evaluation.predictions import (
    dump_csv,
    dump_json,
    pooled_confusion,
    read_predictions,
)


@pytest.fixture
def dump(tmp_path):
    """Write a file as DumpPredictions does, from clip, label and prediction."""

    def write(name, *clips, classes=('a', 'b')):
        path = tmp_path / name
        path.write_text(json.dumps(dict(classes=classes, predictions=[
            dict(clip_id=clip_id, label=label, prediction=prediction, scores=[0.5, 0.5])
            for clip_id, label, prediction in clips])))
        return path

    return write


def test_folds_add_up(dump):
    first, second = dump('1.json', ('x', 0, 0), ('y', 0, 1)), dump('2.json', ('z', 1, 0))
    classes, confusion = pooled_confusion([first, second])
    assert classes == ['a', 'b'] and confusion.tolist() == [[1, 1], [1, 0]]
    assert read_predictions(first)[1]['y']['prediction'] == 1


def test_json_and_csv_hold_the_same(tmp_path):
    entries = [dict(clip_id='一, "1"', label=0, prediction=1, scores=[0.125, 0.875]),
               dict(clip_id='2', label=1, prediction=0, scores=[1e-6, 0.999999])]
    for dump, name in ((dump_json, 'p.json'), (dump_csv, 'p.csv')):
        (tmp_path / name).write_text(dump(['Happy', 'Sad'], entries), encoding='utf-8')
        assert read_predictions(tmp_path / name) == (
            ['Happy', 'Sad'], {entry['clip_id']: entry for entry in entries})
    (tmp_path / 'p.csv').write_text('clip_id,label\n1,Happy\n')
    with pytest.raises(ValueError, match='p.csv: the file does not hold predictions'):
        read_predictions(tmp_path / 'p.csv')


def test_what_cannot_be_pooled(dump, tmp_path):
    first, same = dump('1.json', ('x', 0, 0)), dump('2.json', ('y', 0, 0), ('x', 1, 1))
    with pytest.raises(ValueError, match='2.json: clip x is also in another of the files'):
        pooled_confusion([first, same])
    swapped = dump('3.json', ('z', 0, 0), classes=('b', 'a'))
    with pytest.raises(ValueError, match='3.json: the classes are b, a, but .*1.json has a, b'):
        pooled_confusion([first, swapped])
    with pytest.raises(ValueError, match='A label lies outside the 2 classes'):
        pooled_confusion([dump('4.json', ('x', 2, 0))])


@pytest.mark.parametrize('text', ['', '[]', '{"classes": []}', 'null',
                                  '{"classes": ["a"], "predictions": [{"clip_id": "x"}]}'])
def test_other_files_are_named(tmp_path, text):
    path = tmp_path / 'file.json'
    path.write_text(text)
    with pytest.raises(ValueError, match='file.json: the file does not hold predictions.*--dump'):
        read_predictions(path)
    message = 'nowhere.json: the file of predictions was not found'
    with pytest.raises(FileNotFoundError, match=message):
        read_predictions(tmp_path / 'nowhere.json')
