"""MMAction2's flags of test.py that draw: --show, --show-dir, --interval, --wait-time."""
import argparse
import json
import runpy
from importlib.util import find_spec
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.visualization import Visualizer

from ous_mmaction.visualization import prediction_sheet_hook
from ous_mmaction.visualization.prediction_sheet_hook import streams_of

from ..running import ROOT

CONFIG = 'configs/ous_demo.py'
STOCK = Path(find_spec('mmaction').origin).parent / '.mim' / 'tools'


@pytest.fixture
def show(run_tool, clone_after_demo, demo_options, tmp_path):
    """Test seven clips of the demo and draw them."""
    def run(*arguments):
        return run_tool('test.py', CONFIG, clone_after_demo / 'work_dirs/demo/epoch_12.pth',
                        '--work-dir', tmp_path / 'work', *arguments, *demo_options,
                        'model.cls_head.mcfe.num_blocks=12', 'test_dataloader.dataset.indices=70',
                        'test_dataloader.batch_size=8')
    return run


def test_show_dir_draws_every_nth_clip_as_the_model_saw_it(show, rendered, tmp_path, monkeypatch):
    drawn = []
    draw = prediction_sheet_hook.draw_prediction_sheet

    def keep(title, streams):
        drawn.append((title, streams))
        return draw(title, streams)

    monkeypatch.setattr(prediction_sheet_hook, 'draw_prediction_sheet', keep)
    code, _ = show('--show-dir', tmp_path / 'clips', '--interval', 30, '--dump',
                   tmp_path / 'predictions.json')
    assert code == 0
    config = Config.fromfile(ROOT / CONFIG)
    config.test_dataloader.dataset.data_root = str(rendered)
    dataset = DATASETS.build(config.test_dataloader.dataset)
    predictions = {entry['clip_id']: entry for entry in json.loads(
        (tmp_path / 'predictions.json').read_text())['predictions']}
    assert len(drawn) == 3
    for number, (title, streams) in zip((0, 30, 60), drawn):
        sample = dataset[number]
        clip_id = sample['data_samples'].clip_id
        entry = predictions[clip_id]
        classes = dataset.metainfo['classes']
        assert title == (f'{clip_id}: {classes[entry["label"]]}, predicted '
                         f'{classes[entry["prediction"]]} ({max(entry["scores"]):.2f})')
        for name in ('face', 'scene'):
            expected = sample['inputs'][name][sample['inputs']['mask']].permute(0, 2, 3, 1)
            assert np.array_equal(streams[name], expected.numpy())
        picture = matplotlib.image.imread(tmp_path / f'clips/{clip_id}.png')
        assert picture.std() > 0.1
    assert len(list((tmp_path / 'clips').iterdir())) == 3


def test_show_opens_windows(show, monkeypatch, tmp_path):
    """On a machine with a display; without one it is refused before the test."""
    code, _ = show('--show')
    assert code == ('error: --show opens windows, and matplotlib finds no display. Use --show-dir')
    shown = []
    monkeypatch.setattr(prediction_sheet_hook.pyplot, 'get_backend', lambda: 'tkagg')
    monkeypatch.setattr(Visualizer, 'show', lambda self, image, win_name, wait_time: shown.append(
        (image.shape[2], win_name, wait_time)))
    code, _ = show('--show', '--interval', 40, '--wait-time', 0.5)
    assert code == 0 and [entry[::2] for entry in shown] == [(3, 0.5)] * 2
    assert not (tmp_path / 'clips').exists()


def test_a_bank_has_nothing_to_draw(show, tmp_path):
    code, _ = show('--show-dir', tmp_path / 'clips', '--bank', tmp_path)
    assert code.startswith('error: --show and --show-dir draw what the model sees') and (
        '\n' not in code)


@pytest.mark.parametrize('shape, frames', [((5, 3, 8, 6), 5), ((2, 3, 4, 8, 6), 8), ((3, 8, 6), 1)])
def test_inputs_of_the_other_recognizers(shape, frames):
    clip = torch.randint(0, 256, shape, dtype=torch.uint8)
    (pictures,) = streams_of([clip, clip], 1).values()
    assert pictures.shape == (frames, 8, 6, 3)
    last = clip if clip.ndim == 3 else clip[-1] if clip.ndim == 4 else clip[-1, :, -1]
    assert np.array_equal(pictures[-1], last.permute(1, 2, 0).numpy())


def flags(tool, monkeypatch):
    """The flags of a tool."""
    parsers = []

    def stop(parser):
        parsers.append(parser)
        raise StopIteration

    with monkeypatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, 'parse_args', stop)
        with pytest.raises(StopIteration):
            runpy.run_path(str(tool), run_name='tool')['parse_args']()
    return set(parsers[0]._option_string_actions)


@pytest.mark.parametrize('tool', ['train.py', 'test.py'])
def test_every_flag_of_mmaction2_is_there(tool, monkeypatch):
    assert flags(STOCK / tool, monkeypatch) <= flags(ROOT / 'tools' / tool, monkeypatch)
