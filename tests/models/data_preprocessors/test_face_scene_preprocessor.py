from __future__ import annotations

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.dataset import default_collate, pseudo_collate

# https://github.com/openai/CLIP, clip/clip.py, _transform
MEAN = np.array([0.48145466, 0.4578275, 0.40821073])
STD = np.array([0.26862954, 0.26130258, 0.27577711])


def build(**kwargs):
    return MODELS.build(dict(type='FaceScenePreprocessor', **kwargs))


def samples(count=3, frames=4, size=6):
    generator = torch.Generator().manual_seed(0)

    def pixels():
        shape = (frames, 3, size, size)
        return torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)

    return [dict(inputs=dict(face=pixels(), scene=pixels(), mask=torch.arange(frames) <= index),
                 data_samples=ActionDataSample().set_gt_label(index)) for index in range(count)]


@pytest.mark.parametrize('mean, std', [(MEAN, STD), (np.array([.5, .4, .3]), np.array([1, 2, 3]))])
def test_normalizes_like_float64(mean, std):
    batch = samples()
    preprocessor = build() if mean is MEAN else build(mean=mean.tolist(), std=std.tolist())
    output = preprocessor(pseudo_collate(batch), training=True)
    for key in ('face', 'scene'):
        pixels = np.stack([sample['inputs'][key].numpy() for sample in batch]).astype(np.float64)
        expected = (pixels / 255 - mean[:, None, None]) / std[:, None, None]
        assert output['inputs'][key].dtype == torch.float32
        assert output['inputs'][key].shape == (3, 4, 3, 6, 6)
        np.testing.assert_allclose(output['inputs'][key].numpy(), expected, atol=1e-6)
    mask = output['inputs']['mask']
    assert mask.dtype == torch.bool and mask.sum(dim=1).tolist() == [1, 2, 3]
    assert [sample.gt_label.item() for sample in output['data_samples']] == [0, 1, 2]


def test_takes_stacked_batches():
    batch = samples()
    stacked = dict(inputs=default_collate([sample['inputs'] for sample in batch]),
                   data_samples=[sample['data_samples'] for sample in batch])
    listed = build()(pseudo_collate(batch))
    output = build()(stacked)
    for key, value in listed['inputs'].items():
        assert torch.equal(output['inputs'][key], value)


def test_leaves_the_batch_alone_and_works_without_labels():
    batch = pseudo_collate(samples())
    before = [face.clone() for face in batch['inputs']['face']]
    del batch['data_samples']
    output = build()(batch)
    assert output['data_samples'] is None
    assert all(torch.equal(a, b) for a, b in zip(before, batch['inputs']['face']))


@pytest.mark.parametrize('key', ['face', 'scene', 'mask'])
def test_missing_input(key):
    batch = pseudo_collate(samples())
    del batch['inputs'][key]
    with pytest.raises(KeyError, match=f'needs `{key}`, but the inputs only hold .*'
                                       '`collect_keys` of PackActionInputs'):
        build()(batch)


def test_adds_nothing_to_a_checkpoint():
    assert not build().state_dict()
