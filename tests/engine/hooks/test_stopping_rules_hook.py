from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist
from mmengine.logging import MessageHub, MMLogger

from ous_mmaction.engine import StoppingRulesHook

from ...processes import run_ranks


def runner(lr=0.002, epoch=0):
    return SimpleNamespace(
        epoch=epoch, optim_wrapper=SimpleNamespace(param_groups=[dict(lr=lr), dict(lr=lr / 10)]),
        train_loop=SimpleNamespace(stop_training=False), logger=MMLogger.get_instance('stopping'),
        message_hub=MessageHub('stopping'))


def train_epoch(hook, run, batches):
    """Train an epoch of (accuracy, size) batches and return whether training stops."""
    hook.before_train_epoch(run)
    for index, (accuracy, size) in enumerate(batches):
        hook.after_train_iter(run, index, dict(data_samples=[None] * size),
                              dict(acc=torch.tensor(accuracy)))
    hook.after_train_epoch(run)
    return run.train_loop.stop_training


def test_overfit_by_the_accuracy_over_clips_not_over_batches():
    """The mean over batches would be 0.75, but 9 of 10 clips are correct."""
    hook = StoppingRulesHook(max_train_accuracy=0.8)
    assert train_epoch(hook, runner(), [(1., 8), (0.5, 2)])
    assert not train_epoch(hook, runner(), [(1., 2), (0.75, 8)])  # exactly 0.8 does not exceed it
    assert not train_epoch(StoppingRulesHook(), runner(), [(1., 8)])


def test_converged_when_every_rate_is_below():
    hook, run = StoppingRulesHook(min_lr=1e-7), runner(lr=1e-7)
    hook.after_val_epoch(run, {})
    assert not run.train_loop.stop_training
    run.optim_wrapper.param_groups[0]['lr'] = 0.9e-7
    hook.after_val_epoch(run, {})
    assert run.train_loop.stop_training


def test_a_resumed_run_stops_again():
    hook, run = StoppingRulesHook(max_train_accuracy=0.8), runner()
    train_epoch(hook, run, [(0.9, 10)])
    resumed = runner(epoch=1)
    resumed.message_hub = run.message_hub  # as a checkpoint restores it
    StoppingRulesHook(max_train_accuracy=0.8).before_train(resumed)
    assert resumed.train_loop.stop_training
    for hook, epoch in ((StoppingRulesHook(max_train_accuracy=0.95), 1),
                        (StoppingRulesHook(), 1), (StoppingRulesHook(max_train_accuracy=0.8), 0)):
        resumed = runner(epoch=epoch)
        resumed.message_hub = run.message_hub
        hook.before_train(resumed)
        assert not resumed.train_loop.stop_training


def test_a_head_without_accuracy_is_named():
    hook = StoppingRulesHook(max_train_accuracy=0.8)
    hook.before_train_epoch(runner())
    with pytest.raises(ValueError, match='`acc`.*max_train_accuracy=None'):
        hook.after_train_iter(runner(), 0, dict(data_samples=[None]), dict(loss=torch.ones(())))


def two_ranks(rank, port, path):
    """Alone, rank 0 would stop and rank 1 would not."""
    dist.init_process_group('gloo', init_method=f'tcp://127.0.0.1:{port}', rank=rank, world_size=2)
    hook, run = StoppingRulesHook(max_train_accuracy=0.8), runner()
    stopped = [train_epoch(hook, run, [[(1., 8)], [(0.5, 8)]][rank]),
               train_epoch(hook, run, [[(1., 8)], [(0.75, 8)]][rank])]
    torch.save(stopped, f'{path}/{rank}.pt')
    dist.destroy_process_group()


def test_ranks_stop_in_the_same_epoch(tmp_path, free_port):
    run_ranks(two_ranks, free_port, str(tmp_path))
    assert [torch.load(tmp_path / f'{rank}.pt') for rank in (0, 1)] == [[False, True]] * 2
