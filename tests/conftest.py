import contextlib
import io
import json
import logging
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import open_clip
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

import ous_mmaction  # noqa: F401
from ous_mmaction.datasets.face_boxes import FaceBoxes, dump_header
from ous_mmaction.datasets.preparation import prepare
from ous_mmaction.datasets.readers.dfew import read_dfew
from ous_mmaction.features.extraction import extract_features
from ous_mmaction.features.use_bank import use_bank
from ous_mmaction.rendered import BenchmarkSpec, render_benchmark

from . import stamped_video
from .running import ROOT, run_script

# Files of few long tests come first, so that no core waits for the last of them.
LONG_FILES = ('tests/tools/', 'tests/docs/', 'tests/maintenance/', 'tests/detection/',
              'tests/test_configs.py')

init_default_scope('mmaction')
open_clip.add_model_config(Path(__file__).parent / 'assets' / 'vit_test.json')


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(LONG_FILES))


EPOCHS = 16  # of the demo's model
DFEW = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']


@pytest.fixture
def class_names():
    return list(DFEW)


@pytest.fixture
def clip_model_cfg():
    """A tiny open_clip model with random weights: D = 32, W = 48, 32 px, 5 blocks."""
    return dict(name='vit_test')


@pytest.fixture(scope='session')
def video():
    """How to write videos whose frames carry their number, and to read those numbers."""
    return SimpleNamespace(stamped_frames=stamped_video.stamped_frames, patch=stamped_video.patch,
                           read_stamps=stamped_video.read_stamps, write=stamped_video.write_video)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def open_logs():
    """Drop the log files of earlier tests that are closed, to which MMEngine would write.

    A server that configures logging, such as uvicorn, closes the handlers of all loggers.
    """
    for logger in MMLogger._instance_dict.values():
        for handler in list(logger.handlers):
            if isinstance(handler, logging.FileHandler) and handler.stream is None:
                logger.removeHandler(handler)


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


@pytest.fixture(scope='session')
def rendered(tmp_path_factory):
    """A small rendered benchmark with annotations and its true face boxes; not to be changed."""
    root = tmp_path_factory.mktemp('rendered') / 'data'
    index = render_benchmark(root, BenchmarkSpec(clips_per_class=20, folds=2), progress=False)
    prepare(read_dfew(root, [1]), root, root / 'annotations', workers=2)
    clips = json.loads(index.read_text())['clips']
    size = (BenchmarkSpec.size, BenchmarkSpec.size)
    lines = [FaceBoxes(f"{clip['number']:05d}", size, clip['boxes'],
                       [True] * clip['num_frames'], 1).to_json() for clip in clips]
    (root / 'faces.jsonl').write_text('\n'.join([dump_header('Rendered', 'truth'), *lines]) + '\n')
    return root


@pytest.fixture(scope='session')
def clone_after_demo(rendered, tmp_path_factory):
    """A clone in which `make demo` has left a small benchmark and a model trained on it."""
    clone = tmp_path_factory.mktemp('clone')
    for name in ('configs', 'ous_mmaction'):
        (clone / name).symlink_to(ROOT / name)
    (clone / 'data').mkdir()
    (clone / 'data' / 'rendered').symlink_to(rendered)

    config = Config.fromfile(ROOT / 'configs' / 'ous_demo.py')
    config.merge_from_dict({f'{loader}_dataloader.dataset.data_root': str(rendered)
                            for loader in ('train', 'val', 'test')})
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the model is small, and other tests may run beside this one
    bank = extract_features(config, tmp_path_factory.mktemp('bank'), views=0).parent
    config.merge_from_dict({
        'train_cfg.max_epochs': EPOCHS, 'train_cfg.val_interval': EPOCHS, 'param_scheduler': None,
        'default_hooks.loss_switch.alpha': float('inf'),  # with few clips it learns sooner
        'work_dir': str(tmp_path_factory.mktemp('work_dir')), 'log_level': 'ERROR'})
    Runner.from_cfg(use_bank(config, bank)).train()
    torch.set_num_threads(threads)
    (clone / 'work_dirs' / 'demo').mkdir(parents=True)
    shutil.copy(Path(config.work_dir) / f'epoch_{EPOCHS}.pth',
                clone / 'work_dirs' / 'demo' / 'epoch_12.pth')
    return clone


@pytest.fixture
def run_tool(monkeypatch):
    """Run a tool in this process: its exit code (0, 1 or the message) and its standard output."""

    def run(tool, *arguments):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            try:
                run_script(ROOT / 'tools' / tool, arguments, monkeypatch)
                code = 0
            except SystemExit as stop:
                code = stop.code or 0
        return code, output.getvalue()

    return run
