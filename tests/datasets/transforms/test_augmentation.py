"""The augmentations that change face and scene alike."""
from __future__ import annotations

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as tvf

CONFIGS = [dict(type='FaceSceneFlip', prob=0.5),
           dict(type='FaceSceneRandomCrop', scale=(0.5, 1.0)),
           dict(type='FaceSceneColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)]
every = pytest.mark.parametrize('config', CONFIGS, ids=lambda config: config['type'])


@pytest.fixture
def frames():
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (4, 3, 24, 24), generator=generator, dtype=torch.uint8)


def apply(config, face, scene, seed=0):
    np.random.seed(seed)
    return TRANSFORMS.build(config)(dict(face=face.clone(), scene=scene.clone()))


@every
def test_both_streams_and_all_frames_get_the_same(config, frames):
    still = frames[:1].expand(4, -1, -1, -1)
    changed = 0
    for seed in range(10):
        results = apply(config, still, still, seed)
        assert torch.equal(results['face'], results['scene'])
        assert torch.equal(results['face'], results['face'][:1].expand_as(still))
        changed += not torch.equal(results['face'], still)
    assert changed > 0


@every
def test_streams_do_not_mix(config, frames):
    results = apply(config, frames, frames.flip(0), seed=1)
    alone = apply(config, frames, torch.zeros_like(frames), seed=1)
    assert torch.equal(results['face'], alone['face'])
    assert results['face'].shape == frames.shape and results['face'].dtype == torch.uint8


@every
def test_seed_decides(config, frames):
    outcomes = [apply(config, frames, frames, seed)['face'] for seed in range(8)]
    repeated = [apply(config, frames, frames, seed)['face'] for seed in range(8)]
    assert all(torch.equal(a, b) for a, b in zip(outcomes, repeated))
    assert any(not torch.equal(outcomes[0], outcome) for outcome in outcomes)


def test_flip_mirrors_columns_at_its_rate(frames):
    flipped = [torch.equal(apply(CONFIGS[0], frames, frames, seed)['face'], frames.flip(3))
               for seed in range(200)]
    assert 70 < sum(flipped) < 130
    assert torch.equal(apply(dict(type='FaceSceneFlip', prob=0.0), frames, frames)['face'], frames)


@pytest.mark.parametrize('seed', range(5))
def test_crop_is_torchvisions_with_the_drawn_numbers(frames, seed):
    scene = torch.nn.functional.interpolate(frames.float(), scale_factor=2).to(torch.uint8)
    results = apply(CONFIGS[1], frames, scene, seed)
    np.random.seed(seed)
    scale, (down, right) = np.random.uniform(0.5, 1.0), np.random.rand(2)
    for name, stream in (('face', frames), ('scene', scene)):
        size = stream.shape[-1]
        side = round(size * scale)
        top, left = int(down * (size - side + 1)), int(right * (size - side + 1))
        expected = tvf.resize(stream[..., top:top + side, left:left + side], [size, size],
                              InterpolationMode.BICUBIC, antialias=True)
        assert torch.equal(results[name], expected)


def test_crop_stays_inside_for_every_draw(frames):
    ramp = torch.arange(24, dtype=torch.uint8).expand(4, 3, 24, 24)
    for seed in range(100):
        results = apply(dict(type='FaceSceneRandomCrop', scale=(0.1, 1.0)), ramp, ramp, seed)
        assert results['face'].shape == (4, 3, 24, 24) and results['face'].max() <= 24


@pytest.mark.parametrize('seed', range(5))
def test_jitter_is_torchvisions_with_the_drawn_numbers(frames, seed):
    results = apply(CONFIGS[2], frames, frames, seed)
    np.random.seed(seed)
    factors = dict(brightness=1 + np.random.uniform(-0.4, 0.4),
                   contrast=1 + np.random.uniform(-0.4, 0.4),
                   saturation=1 + np.random.uniform(-0.4, 0.4),
                   hue=np.random.uniform(-0.1, 0.1))
    expected = frames
    for index in np.random.permutation(4):
        name = list(factors)[index]
        expected = getattr(tvf, f'adjust_{name}')(expected, factors[name])
    assert torch.equal(results['face'], expected)


def test_jitter_of_zero_strength_changes_nothing(frames):
    config = dict(type='FaceSceneColorJitter', brightness=0, contrast=0, saturation=0, hue=0)
    assert torch.equal(apply(config, frames, frames)['scene'], frames)


@pytest.mark.parametrize('config, message', [
    (dict(type='FaceSceneRandomCrop', scale=(0.9, 0.5)),
     r'Crop.scale` must rise within 0..1, but got \(0.9, 0.5\)'),
    (dict(type='FaceSceneRandomCrop', scale=(0, 1)), r'Crop.scale` must .* but got \(0, 1\)'),
    (dict(type='FaceSceneColorJitter', hue=0.6),
     'Jitter.hue` must lie within 0..0.5, but got 0.6'),
    (dict(type='FaceSceneColorJitter', contrast=-1),
     'Jitter.contrast` must lie within 0..1, but got -1')])
def test_impossible_settings(config, message):
    with pytest.raises(ValueError, match=message):
        TRANSFORMS.build(config)
