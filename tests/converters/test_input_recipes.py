"""The test pipelines of the released configs give the frames and pixels of the published codes."""
import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from PIL import Image

from ous_mmaction.datasets import DFERDataset
from ous_mmaction.datasets.dfer_dataset import pipeline_steps

from ..running import ROOT

D = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']
SHORT = dict(short_all=[0, 1, 2, 3, 4, *[4] * 11], short_first=[0, 1] * 8)


def write_frames(folder, count, size):
    """Smooth random images of an odd size."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(count)
    images = []
    for k in range(count):
        small = Image.fromarray(generator.integers(0, 256, (9, 7, 3), dtype=np.uint8))
        images.append(small.resize(size, Image.BICUBIC))
        images[-1].save(folder / f'{k + 1:05d}.png')
    return images


@pytest.mark.parametrize('config, key, size, indices', [
    ('dfer_clip/dfer_clip_dfew.py', 'frame_dir', 224, SHORT['short_all']),
    ('dfer_clip/dfer_clip_ferv39k.py', 'face_dir', 224, SHORT['short_all']),
    ('former_dfer/former_dfer_dfew.py', 'frame_dir', 112, SHORT['short_first'])])
def test_frames_and_pixels(config, key, size, indices, tmp_path):
    """PIL resizes straight to a square, bilinear; ours differs by a gray level at most."""
    images = write_frames(tmp_path / 'crops', 5, (181, 243))
    write_frames(tmp_path / 'frames', 5, (64, 64))  # of the same names, but not those to read
    config = Config.fromfile(ROOT / 'configs' / config)
    steps = pipeline_steps(config.test_dataloader.dataset.pipeline)
    record = dict(clip_id='1', total_frames=5, label=0, modality='RGB', start_index=0,
                  **{'frame_dir': str(tmp_path / 'frames'), key: str(tmp_path / 'crops')})
    packed = Compose(steps)(record)['inputs']
    expected = np.stack([np.asarray(images[k].resize((size, size), Image.BILINEAR))
                         for k in indices])
    frames = packed[0].permute(1, 2, 3, 0).numpy() if packed.shape[1] == 3 else packed.numpy()
    assert frames.shape == expected.shape and packed.dtype == torch.uint8
    assert np.abs(frames.astype(int) - expected).max() <= 1


def test_videos_of_whole_scenes_are_refused(tmp_path):
    config = Config.fromfile(ROOT / 'configs' / 'dfer_clip' / 'dfer_clip_dfew.py')
    step = Compose([config.test_dataloader.dataset.pipeline.boxes])
    with pytest.raises(ValueError, match='clip 7 is a video, not a folder of face crops'):
        step(dict(clip_id='7', filename='7.mp4', imgs=np.zeros((1, 9, 9, 3), np.uint8)))


@pytest.mark.parametrize('crops, lengths, message', [
    ('native', [16, 16], 'all 2 clips have 16 frames, so these are the aligned'),
    ('16f', [16, 17], 'not all clips have 16 frames'), ('native', [16, 17], None),
    ('16f', [16, 16], None), (None, [16, 16], None), ('aligned', [16], 'must be one of')])
def test_the_kind_of_crops_is_checked(crops, lengths, message, tmp_path):
    records = [dict(clip_id=str(k), frame_dir=str(k), total_frames=n, label=0)
               for k, n in enumerate(lengths)]
    (tmp_path / 'annotations').mkdir()
    (tmp_path / 'annotations' / 'test.json').write_text(json.dumps(dict(
        metainfo=dict(dataset='DFEW', classes=D, split='test'), data_list=records)))
    options = dict(pipeline=[], split='test', data_root=str(tmp_path), crops=crops)
    if message is None:
        assert len(DFERDataset(**options)) == len(lengths)
    else:
        with pytest.raises(ValueError, match=message):
            DFERDataset(**options)
