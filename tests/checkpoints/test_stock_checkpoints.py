"""Checkpoints of stock MMEngine are read, resumed from, and still cannot run code."""
import collections
import io
import pickle
from collections import OrderedDict

import numpy as np
import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.model import BaseModel
from mmengine.registry import DefaultScope
from mmengine.runner import CheckpointLoader, Runner
from torch import nn

from ous_mmaction.checkpoints import plain_unpickler

load = CheckpointLoader.load_checkpoint


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def forward(self, x, y, mode):
        return dict(loss=(self.layer(x)[:, 0] - y).square().mean())


def train(folder, plain=False, **options):
    """A run of MMEngine with its own checkpoint hook, momentum and a schedule."""
    torch.manual_seed(0)
    MessageHub._instance_dict.clear()
    data = [(x, x.sum()) for x in torch.randn(8, 3)]
    runner = Runner(
        model=Line(), work_dir=str(folder), log_level='ERROR', experiment_name=folder.name,
        train_dataloader=dict(dataset=data, batch_size=4, sampler=dict(
            type='mmengine.DefaultSampler', shuffle=False), collate_fn=dict(
                type='mmengine.default_collate')),
        train_cfg=dict(by_epoch=True, max_epochs=3),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.05, momentum=0.9)),
        param_scheduler=dict(type='mmengine.StepLR', step_size=1, gamma=0.5),
        default_scope='mmengine',
        custom_hooks=[dict(type='mmaction.PlainCheckpointHook')] if plain else None, **options)
    runner.train()
    return runner


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmengine'):
        yield


@pytest.mark.parametrize('plain', [False, True])
def test_a_run_is_resumed_whichever_hook_wrote_it(tmp_path, plain):
    """With optimizer, schedule and history, without a hook of ours in the run that resumes."""
    whole = train(tmp_path / 'whole', plain)
    resumed = train(tmp_path / 'resumed', resume=True,
                    load_from=str(tmp_path / 'whole/epoch_1.pth'))
    assert torch.equal(resumed.model.layer.weight, whole.model.layer.weight)
    for name in ('train/loss', 'train/lr'):
        ours, theirs = (runner.message_hub.get_scalar(name) for runner in (resumed, whole))
        assert ours.data[0].tolist() == theirs.data[0].tolist() and len(ours.data[0]) == 6
        assert ours.mean(3) == theirs.mean(3)


@pytest.mark.parametrize('zipped', [True, False])
def test_what_mmengine_puts_into_checkpoints(tmp_path, zipped):
    path = tmp_path / 'a.pth'
    state = OrderedDict(w=torch.arange(6.).view(2, 3).t(), b=nn.Parameter(torch.ones(2).half()))
    state._metadata = OrderedDict({'': dict(version=1)})
    saved = dict(
        state_dict=state,
        message_hub=dict(log_scalars=OrderedDict(loss=HistoryBuffer([3., 2.], [4, 4], 9))),
        meta=dict(score=np.float64(0.25), counts=np.arange(4), shape=torch.Size([2, 3]),
                  dtype=torch.bfloat16, dataset_meta=ConfigDict(classes=['a'], more=dict(b=1))))
    torch.save(saved, path, _use_new_zipfile_serialization=zipped)
    loaded = load(str(path))
    assert torch.equal(loaded['state_dict']['w'], state['w'])
    assert torch.equal(loaded['state_dict']['b'], state['b'])
    assert loaded['state_dict']._metadata == state._metadata
    history = loaded['message_hub']['log_scalars']['loss']
    assert (history.data[0].tolist(), history.data[1].tolist()) == ([3., 2.], [4, 4])
    assert history.mean() == 5 / 8 and history.max_length == 9
    meta = loaded['meta']
    assert meta.pop('counts').tolist() == [0, 1, 2, 3]
    assert meta == dict(score=0.25, shape=(2, 3), dtype=torch.bfloat16,
                        dataset_meta=dict(classes=['a'], more=dict(b=1)))


class Call:
    """An object that is built by calling a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Filled:
    """An object that is built as another one and then filled."""

    def __init__(self, target, state):
        self.target, self.state = target, state

    def __reduce__(self):
        return (self.target[0], self.target[1], self.state)


@pytest.mark.parametrize('content, name', [
    (Call(getattr, HistoryBuffer, '__init__'), 'builtins.getattr'),
    (Call(getattr, np.ndarray, 'tofile'), 'builtins.getattr'),
    (Call(eval, '1'), 'builtins.eval'),
    (Call(torch.load, 'x'), 'torch.serialization.load'),
    (Call(collections.namedtuple, 'A', 'b'), 'collections.namedtuple'),
    (Filled((torch.Size, ([1], )), dict(a=1)), 'torch.Size')])
def test_nothing_else_is_built_called_or_filled(tmp_path, content, name):
    """A history comes first, so that torch's own unpickler refuses the file before."""
    path = tmp_path / 'bad.pth'
    torch.save([HistoryBuffer([1.], [1]), content], path)
    with pytest.raises(ValueError, match=f'bad.pth: refused, because the .*{name}'):
        load(str(path))


def test_classes_are_not_changed():
    """``pickle`` itself would set any attribute of an allowed class."""
    code = (b'\x80\x02cmmengine.logging.history_buffer\nHistoryBuffer\n'
            b'N}X\x04\x00\x00\x00mean}s\x86b.')
    with pytest.raises(pickle.UnpicklingError, match='builtins.type'):
        plain_unpickler.load(io.BytesIO(code))
    assert callable(HistoryBuffer.mean)
