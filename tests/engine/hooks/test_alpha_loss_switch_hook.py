from types import SimpleNamespace

import pytest
import torch
import torch.distributed as dist
from mmengine.logging import MessageHub
from torch import nn

from ous_mmaction.engine import AlphaLossSwitchHook

from ...processes import run_ranks


def runner_and_head():
    head = nn.Module()
    head.register_buffer('auxiliary', torch.ones(()))
    head.register_buffer('contrast_ema', torch.full((), float('inf')))
    model = nn.Module()
    model.cls_head = head
    hub = MessageHub.get_instance('alpha')
    every_batch = SimpleNamespace(should_update=lambda: True)
    return SimpleNamespace(model=model, message_hub=hub, optim_wrapper=every_batch), head


def run(hook, losses):
    runner, head = runner_and_head()
    hook.before_train(runner)
    states = [float(head.auxiliary)]
    for i, loss in enumerate(losses):
        hook.after_train_iter(runner, i, outputs=dict(loss_contrast=torch.tensor(loss)))
        states.append(float(head.auxiliary))
    return states, float(head.contrast_ema)


def test_switches_on_the_moving_average():
    losses = [2., 0.5, 0.5, 0.5, 3., 3.]
    average, expected = None, [1.]
    for loss in losses:
        average = loss if average is None else 0.5 * average + 0.5 * loss
        expected.append(float(average > 1.))
    states, ema = run(AlphaLossSwitchHook(alpha=1., momentum=0.5), losses)
    assert states == expected == [1., 1., 1., 0., 0., 1., 1.]
    assert ema == pytest.approx(average)


def test_extremes_of_alpha():
    assert run(AlphaLossSwitchHook(alpha=0.), [5., 1e-3])[0] == [1., 1., 1.]
    assert run(AlphaLossSwitchHook(alpha=float('inf')), [5., 9.])[0] == [0., 0., 0.]


def test_a_loss_that_is_not_finite_leaves_the_average_alone():
    hook = AlphaLossSwitchHook(alpha=1., momentum=0.5)
    nan, inf = float('nan'), float('inf')
    states, ema = run(hook, [2., nan, inf, 0.1])
    assert states == [1., 1., 1., 1., 1.] and ema == pytest.approx(1.05)


def test_bad_use_is_named():
    with pytest.raises(ValueError, match=r'`AlphaLossSwitchHook.momentum` .*\(0, 1\], but got 0$'):
        AlphaLossSwitchHook(1., momentum=0)
    with pytest.raises(ValueError, match='needs an MCFEHead, .*`default_hooks.loss_switch.alpha`'):
        AlphaLossSwitchHook(1.).before_train(
            SimpleNamespace(model=SimpleNamespace(cls_head=nn.Linear(1, 1))))


def two_ranks(rank, port, path):
    """Each rank has its own losses. Alone, rank 0 would switch and rank 1 would not."""
    dist.init_process_group('gloo', init_method=f'tcp://127.0.0.1:{port}', rank=rank, world_size=2)
    result = run(AlphaLossSwitchHook(alpha=1., momentum=0.5),
                 [[2., 0.1, 0.1, 0.1, 0.1], [2., 3., 2.5, 1.5, 0.5]][rank])
    torch.save(result, f'{path}/{rank}.pt')
    dist.destroy_process_group()


def test_ranks_switch_in_the_same_iteration(tmp_path, free_port):
    run_ranks(two_ranks, free_port, str(tmp_path))
    first, second = (torch.load(tmp_path / f'{rank}.pt') for rank in (0, 1))
    assert first == second
    assert first == run(AlphaLossSwitchHook(alpha=1., momentum=0.5), [2., 1.55, 1.3, 0.8, 0.3])
    assert first[0] == [1., 1., 1., 1., 1., 0.]
