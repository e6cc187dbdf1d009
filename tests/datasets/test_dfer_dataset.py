from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, TRANSFORMS
from torch.utils.data import DataLoader

from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.datasets.face_boxes import FaceBoxes, dump_header

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
    assert (second['clip_id'], second['total_frames']) == ('2', 6)


def test_annotation_may_lie_elsewhere_than_the_clips(tmp_path):
    build(tmp_path)
    dataset = build(tmp_path, ann_file=f'{tmp_path}/annotations/train.json', data_root='/readonly',
                    data_prefix=dict(video='DFEW'))
    assert dataset[0]['filename'] == '/readonly/DFEW/Clip/1.mp4'


def test_pair_of_folders(tmp_path):
    build(tmp_path)
    pair = dict(clip_id='3', frame_dir='scene/3', face_dir='face/3', total_frames=6, label=1)
    write_annotation(tmp_path / 'pairs.json', METAINFO, [pair])
    record = build(tmp_path, ann_file='pairs.json')[0]
    assert record['frame_dir'] == f'{tmp_path}/scene/3'
    assert record['face_dir'] == f'{tmp_path}/face/3'


def test_classes_must_agree_in_names_and_order(tmp_path):
    assert build(tmp_path, classes=('Happy', 'Sad')).metainfo['classes'] == ['Happy', 'Sad']
    for classes in (['Sad', 'Happy'], ['Happy'], ['happy', 'sad']):
        with pytest.raises(ValueError, match='`classes` = .*Names and order must be the same'):
            build(tmp_path, classes=classes)


def test_missing_annotation(tmp_path):
    with pytest.raises(FileNotFoundError, match=f'{tmp_path}/val.json: .*`ann_file`'):
        build(tmp_path, ann_file='val.json')


def write_boxes(path, dataset='DFEW', frames=(5, 6)):
    lines = [FaceBoxes(str(i + 1), (48, 64), [[1, 2, 11, 12]] * count, [True] * count, 1).to_json()
             for i, count in enumerate(frames)]
    path.write_text('\n'.join([dump_header(dataset, 'x'), *lines]) + '\n')


def test_records_carry_their_face_boxes(tmp_path):
    write_boxes(tmp_path / 'faces.jsonl')
    dataset = build(tmp_path, boxes_file='faces.jsonl')
    assert [dataset[i]['clip_boxes'].clip_id for i in range(2)] == ['1', '2']
    assert dataset[1]['clip_boxes'].boxes.shape == (6, 4)


@pytest.mark.parametrize('options, message', [
    (dict(dataset='MAFW'),
     'face boxes of MAFW, but the annotation is of DFEW. Correct `boxes_file`'),
    (dict(frames=(5,)), 'clip 2 has no face boxes. Run tools/extract_faces.py again'),
    (dict(frames=(5, 7)), 'clip 2 are for 7 frames, but the clip has 6')])
def test_boxes_of_something_else_are_told_before_training(tmp_path, options, message):
    write_boxes(tmp_path / 'faces.jsonl', **options)
    with pytest.raises(ValueError, match=f'faces.jsonl: (?:.* )?{message}'):
        build(tmp_path, boxes_file='faces.jsonl')


def test_missing_boxes_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'no\.jsonl: the face boxes file was not found'):
        build(tmp_path, boxes_file='no.jsonl')


@TRANSFORMS.register_module()
class DrawOfThisTest:
    """Transform that returns one draw from each global generator."""

    def __call__(self, results):
        return (results['clip_id'], random.random(), np.random.rand(), float(torch.rand(())))


def draws(dataset, epoch, seed=0, **loader):
    dataset.set_epoch(epoch, seed)
    return list(DataLoader(dataset, batch_size=None, **loader))


def test_random_numbers_depend_on_seed_epoch_and_clip_alone(tmp_path):
    dataset = build(tmp_path, pipeline=[dict(type='DrawOfThisTest')])
    torch.manual_seed(1)
    first = draws(dataset, epoch=3)
    assert len({number for draw in first for number in draw[1:]}) == 6
    assert draws(dataset, epoch=3) == first
    assert draws(dataset, epoch=3, num_workers=2) == first
    assert all(a[1:] != b[1:] for a, b in zip(draws(dataset, epoch=4), first))
    assert all(a[1:] != b[1:] for a, b in zip(draws(dataset, epoch=3, seed=1), first))


def test_draws_go_on_where_no_epoch_is_set(tmp_path):
    """This is the case in a training run without EpochSeedHook."""
    dataset = build(tmp_path, pipeline=[dict(type='DrawOfThisTest')])
    assert [dataset[0] for _ in range(2)] != [dataset[0]] * 2


def test_epoch_reaches_workers_that_run_already(tmp_path):
    dataset = build(tmp_path, pipeline=[dict(type='DrawOfThisTest')])
    expected = [draws(dataset, epoch) for epoch in range(3)]
    loader = DataLoader(dataset, batch_size=None, num_workers=1, persistent_workers=True)
    for epoch in range(3):
        dataset.set_epoch(epoch)
        assert list(loader) == expected[epoch]


def test_loading_leaves_the_generators_of_the_process_alone(tmp_path):
    dataset = build(tmp_path, pipeline=[dict(type='DrawOfThisTest')])
    dataset.set_epoch(0)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    dataset[0]
    assert torch.equal(torch.rand(3), expected)
