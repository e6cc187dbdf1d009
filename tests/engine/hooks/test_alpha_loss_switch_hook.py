from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ous_mmaction.engine import AlphaLossSwitchHook


def runner():
    head = nn.Module()
    head.register_buffer('auxiliary', torch.ones(()))
    head.register_buffer('contrast_ema', torch.full((), float('inf')))
    model = nn.Module()
    model.cls_head = head
    return SimpleNamespace(model=model), head


def run(hook, losses):
    run_, head = runner()
    hook.before_train(run_)
    states = [float(head.auxiliary)]
    for i, loss in enumerate(losses):
        hook.after_train_iter(run_, i, outputs=dict(loss_contrast=torch.tensor(loss)))
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


def test_bad_use_is_named():
    with pytest.raises(ValueError, match='`momentum`.*0'):
        AlphaLossSwitchHook(1., momentum=0)
    with pytest.raises(ValueError, match='finds no MCFEHead'):
        AlphaLossSwitchHook(1.).before_train(
            SimpleNamespace(model=SimpleNamespace(cls_head=nn.Linear(1, 1))))
