"""From annotation and boxes to the batch that a model gets, with the workers of a data loader."""
from __future__ import annotations

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.runner import Runner
from PIL import Image

from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.datasets.face_boxes import FaceBoxes, dump_header
from ous_mmaction.video import VideoError

FRAMES = dict(long=40, exact=16, short=5, single=1, faceless=20, folder=18, portrait=17)
SIZE = 24

SPLIT = [dict(type='ReadClip'), dict(type='LoadFaceBoxes'), dict(type='FaceSceneSplit', size=SIZE),
         dict(type='PackActionInputs', collect_keys=('face', 'scene', 'mask'),
              meta_keys=('clip_id', 'face_found'))]
TEST = [dict(type='SampleClip', test_mode=True), *SPLIT]
AUGMENT = [dict(type='FaceSceneRandomCrop'), dict(type='FaceSceneFlip'),
           dict(type='FaceSceneColorJitter')]
TRAIN = [dict(type='SampleClip'), *SPLIT[:-1], *AUGMENT, SPLIT[-1]]


@pytest.fixture(scope='module')
def root(tmp_path_factory, video):
    root = tmp_path_factory.mktemp('clips')
    records, lines = [], [dump_header('X', 'truth')]
    for label, (name, count) in enumerate(FRAMES.items()):
        size = (64, 48) if name == 'portrait' else (48, 64)
        record = dict(clip_id=name, total_frames=count, label=label)
        frames = video.stamped_frames(count)
        if name == 'folder':
            (root / name).mkdir()
            for index, image in enumerate(frames, 1):
                Image.fromarray(image).save(root / name / f'{index}.png')
            record['frame_dir'] = name
        else:
            path = video.write(root / f'{name}.mp4', frames)
            record['filename'] = path.name
            if name == 'portrait':
                one = 1 << 16
                video.patch(path, b'tkhd', 44, (0, one, 0, -one, 0, 0, 48 * one, 0, 1 << 30))
        # The face wanders out of the frame to the right.
        boxes = [[8 + 3 * i, 10, 28 + 3 * i, 34] for i in range(count)]
        entry = FaceBoxes(name, size, boxes, np.ones(count, bool), 1)
        if name == 'faceless':
            entry = FaceBoxes.whole_frame(name, size, count)
        records.append(record)
        lines.append(entry.to_json())
    metainfo = dict(dataset='X', classes=list(FRAMES), split='test')
    write_annotation(root / 'all.json', metainfo, records)
    (root / 'faces.jsonl').write_text('\n'.join(lines) + '\n')
    return root


def loader(root, pipeline, workers=2, seed=0, shuffle=False, **dataset):
    options = dict(type='DFERDataset', data_root=str(root), ann_file='all.json',
                   boxes_file='faces.jsonl', pipeline=pipeline, **dataset)
    return Runner.build_dataloader(dict(
        batch_size=3, num_workers=workers, dataset=options,
        sampler=dict(type='DefaultSampler', shuffle=shuffle)), seed=seed)


def batches(root, pipeline, **options):
    preprocessor = MODELS.build(dict(type='FaceScenePreprocessor', mean=[0] * 3, std=[1 / 255] * 3))
    output = [preprocessor(data) for data in loader(root, pipeline, **options)]
    inputs = {key: torch.cat([data['inputs'][key] for data in output])
              for key in output[0]['inputs']}
    return inputs, [sample for data in output for sample in data['data_samples']]


def test_clips_of_every_kind_in_one_batch(root, video):
    inputs, samples = batches(root, TEST)
    assert inputs['face'].shape == inputs['scene'].shape == (7, 16, 3, SIZE, SIZE)
    assert inputs['mask'].sum(dim=1).tolist() == [16, 16, 5, 1, 16, 16, 16]
    assert [sample.gt_label.item() for sample in samples] == list(range(7))
    assert [sample.clip_id for sample in samples] == list(FRAMES)
    assert [sample.face_found for sample in samples] == [name != 'faceless' for name in FRAMES]
    for index, (name, count) in enumerate(FRAMES.items()):
        bounds = np.arange(17) * count // 16
        expected = ((bounds[:-1] + bounds[1:]) // 2).tolist()
        if count < 16:
            expected = [*range(count)] + [count - 1] * (16 - count)
        for stream in ('scene', 'face') if name == 'faceless' else ('scene', ):
            frames = inputs[stream][index].permute(0, 2, 3, 1).numpy()
            if name == 'portrait':
                frames = np.rot90(frames, axes=(1, 2))
            assert video.read_stamps(frames) == expected, (name, stream)


def test_face_is_cut_where_the_boxes_say(root, video):
    inputs, _ = batches(root, TEST)
    folder = list(FRAMES).index('folder')  # png: the pixels are known
    frames = video.stamped_frames(18)
    bounds = np.arange(17) * 18 // 16
    for position, frame in enumerate((bounds[:-1] + bounds[1:]) // 2):
        side = round(24 * 1.1)
        left = min(round(18 + 3 * frame - side / 2), 64 - side)
        crop = frames[frame, 9:9 + side, left:left + side]
        expected = Image.fromarray(crop).resize((SIZE, SIZE), Image.BICUBIC)
        difference = inputs['face'][folder, position].permute(1, 2, 0).numpy() - expected
        assert np.abs(difference).max() <= 2


def test_training_depends_on_the_seed_alone(root):
    first, _ = batches(root, TRAIN, shuffle=True)
    again, _ = batches(root, TRAIN, shuffle=True)
    reseeded, _ = batches(root, TRAIN, shuffle=True, seed=1)
    for key in ('face', 'scene', 'mask'):
        assert torch.equal(first[key], again[key])
    assert not torch.equal(first['face'], reseeded['face'])
    assert torch.isfinite(first['face']).all() and first['face'].min() >= 0
    assert first['face'].max() <= 255


def test_clip_that_breaks_stops_the_loader(root, tmp_path, video):
    for name in ('all.json', 'faces.jsonl'):
        (tmp_path / name).write_bytes((root / name).read_bytes())
    for path in root.glob('*.mp4'):
        (tmp_path / path.name).write_bytes(path.read_bytes()[:-900])
    with pytest.raises(VideoError, match=r'long\.mp4: .*\. Fetch the file again'):
        batches(tmp_path, TEST, indices=[0, 1, 2])
