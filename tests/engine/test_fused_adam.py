import copy

import torch
from mmaction.registry import OPTIMIZERS
from mmengine.utils import digit_version
from torch import nn


def train(model, optimizer, steps):
    generator = torch.Generator().manual_seed(1)
    for _ in range(steps):
        optimizer.zero_grad()
        x = torch.randn(4, 5, generator=generator).to(next(model.parameters()).dtype)
        model(x).square().sum().backward()
        optimizer.step()


def test_steps_are_those_of_adam_and_a_state_of_adam_goes_on():
    """Checkpoints that were written with torch's Adam resume."""
    options = dict(lr=0.01, betas=(0.8, 0.99), weight_decay=0.1)
    ours = nn.Linear(5, 3).double()
    theirs = copy.deepcopy(ours)
    fused = OPTIMIZERS.build(dict(type='FusedAdam', params=ours.parameters(), **options))
    adam = torch.optim.Adam(theirs.parameters(), foreach=False, **options)
    on_cpu = digit_version(torch.__version__) >= digit_version('2.4')
    assert bool(fused.defaults['fused']) == on_cpu and not adam.defaults['fused']
    train(ours, fused, 20)
    train(theirs, adam, 20)
    for a, b in zip(ours.parameters(), theirs.parameters()):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)

    fused.load_state_dict(copy.deepcopy(adam.state_dict()))
    train(ours, fused, 5)
    train(theirs, adam, 5)
    for a, b in zip(ours.parameters(), theirs.parameters()):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_groups_keep_their_rates():
    model = nn.Sequential(nn.Linear(5, 4), nn.Linear(4, 3))
    groups = [dict(params=model[0].parameters(), lr=0.), dict(params=model[1].parameters())]
    before = copy.deepcopy(model.state_dict())
    optimizer = OPTIMIZERS.build(dict(type='FusedAdam', params=groups, lr=0.01))
    train(model, optimizer, 1)
    assert torch.equal(before['0.weight'], model[0].weight)
    assert not torch.equal(before['1.weight'], model[1].weight)
