from __future__ import annotations

import pytest
from mmaction.registry import DATASETS

from ous_mmaction.datasets.annotation import write_annotation

METAINFO = dict(dataset='DFEW', classes=['Happy', 'Sad'], split='train', fold=1)
RECORDS = [dict(clip_id='1', filename='Clip/1.mp4', total_frames=5, label=0),
           dict(clip_id='2', frame_dir='Clip/2', total_frames=6, label=1)]


def build(root, **kwargs):
    (root / 'annotations').mkdir(exist_ok=True)
    write_annotation(root / 'annotations/train.json', METAINFO, RECORDS)
    options = dict(ann_file='annotations/train.json', data_root=str(root), pipeline=[])
    return DATASETS.build(dict(type='DFERDataset', **{**options, **kwargs}))


def test_records_and_paths(tmp_path):
    dataset = build(tmp_path)
    assert len(dataset) == 2
    assert dataset.metainfo == METAINFO
    first, second = dataset[0], dataset[1]
    assert first['filename'] == f'{tmp_path}/Clip/1.mp4' and first['label'] == 0
    assert second['frame_dir'] == f'{tmp_path}/Clip/2' and 'filename' not in second
    assert (second['clip_id'], second['total_frames'], second['dataset']) == ('2', 6, 'DFEW')


def test_annotation_may_lie_elsewhere_than_the_clips(tmp_path):
    build(tmp_path)
    dataset = build(tmp_path, ann_file=f'{tmp_path}/annotations/train.json', data_root='/readonly',
                    data_prefix=dict(video='DFEW'))
    assert dataset[0]['filename'] == '/readonly/DFEW/Clip/1.mp4'


def test_classes_must_agree_in_names_and_order(tmp_path):
    assert build(tmp_path, classes=('Happy', 'Sad')).metainfo['classes'] == ['Happy', 'Sad']
    for classes in (['Sad', 'Happy'], ['Happy'], ['happy', 'sad']):
        with pytest.raises(ValueError, match='`classes` = .*names and order must be the same'):
            build(tmp_path, classes=classes)


def test_missing_annotation(tmp_path):
    with pytest.raises(FileNotFoundError, match=f'{tmp_path}/val.json: .*`ann_file`'):
        build(tmp_path, ann_file='val.json')
