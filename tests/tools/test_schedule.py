"""Schedule, stop and choice of the checkpoint: two processes as one, resumed as undisturbed."""
import json
import os
import time

import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import DefaultSampler
from mmengine.evaluator import BaseMetric
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.runner import Runner

from ..processes import start_tool
from .launching import run

CONFIG = 'configs/ous_demo.py'
EPOCHS = 12
# An epoch is good if it lowers the loss by 35 %, else the rate falls: it ends converged after
# four bad ones. SGD, as Adam turns the rounding of gradients into steps.
RULES = [f'train_cfg.max_epochs={EPOCHS}', 'train_dataloader.dataset.indices=48',
         'val_dataloader.dataset.indices=32', 'optim_wrapper.optimizer.type=SGD',
         'optim_wrapper.optimizer.lr=0.03', 'param_scheduler.patience=0',
         'param_scheduler.threshold=0.35', 'default_hooks.stopping.min_lr=5e-4',
         'default_hooks.checkpoint.max_keep_ckpts=100']


def course(work_dir):
    """What decided: the rate and validation loss of every epoch, the last epoch and the best."""
    lines = [json.loads(line) for path in sorted(work_dir.glob('*/vis_data/scalars.json'))
             for line in path.read_text().splitlines()]
    losses = {line['step']: line['val/loss'] for line in lines if 'val/loss' in line}
    rates = {line['epoch']: line['lr'] for line in lines if 'lr' in line}
    last = max(int(path.stem.split('_')[1]) for path in work_dir.glob('epoch_*.pth'))
    best = [path.name for path in work_dir.glob('best_*.pth')]
    return losses, rates, last, best


@pytest.fixture(scope='module')
def options(rendered):
    return ['--cfg-options',
            *(f'{loader}_dataloader.{key}' for loader in ('train', 'val', 'test')
              for key in (f'dataset.data_root={rendered}', 'num_workers=0',
                          'persistent_workers=False')),
            'model.cls_head.mcfe.num_blocks=1', *RULES]


def start(work_dir, options, output=os.devnull):
    return start_tool('train.py', CONFIG, '--resume', '--work-dir', work_dir, *options,
                      'train_dataloader.batch_size=16', output=output)


@pytest.fixture(scope='module')
def one(options, tmp_path_factory):
    work_dir = tmp_path_factory.mktemp('one')
    process = start(work_dir, options, work_dir / 'output.txt')
    process.join()
    assert process.exitcode == 0
    assert ('Training stops because training has converged '
            '(the learning rate fell below 0.0005)') in (work_dir / 'output.txt').read_text()
    return work_dir


def test_the_rules_act_as_written(one):
    losses, rates, last, best = course(one)
    assert 4 <= last < EPOCHS and len(losses) == last
    rate, lowest = 0.03, float('inf')
    for epoch in range(1, last + 1):
        assert rates[epoch] == pytest.approx(rate, rel=1e-3)
        if losses[epoch] < 0.65 * lowest:
            lowest = losses[epoch]
        else:
            rate /= 3
    assert rate < 5e-4 <= 3 * rate
    assert best == [f'best_val_loss_epoch_{min(losses, key=losses.get)}.pth']


def test_two_processes_decide_as_one(one, options, tmp_path):
    run('dist_train.sh', CONFIG, 2, '--work-dir', tmp_path, *options,
        'train_dataloader.batch_size=8')
    (losses, *decided), (others, *others_decided) = course(one), course(tmp_path)
    assert decided == others_decided
    assert losses == pytest.approx(others, rel=1e-3)


def test_killed_and_resumed_it_ends_the_same_and_stays_ended(one, options, tmp_path):
    process = start(tmp_path, options)
    while not (tmp_path / 'epoch_2.pth').exists():
        assert process.is_alive()
        time.sleep(0.05)
    process.kill()
    process.join()
    for _ in range(2):  # the second finds it ended
        process = start(tmp_path, options)
        process.join()
        assert process.exitcode == 0
        assert course(tmp_path)[2:] == course(one)[2:]
    last = course(one)[2]
    first, second = (torch.load(path / f'epoch_{last}.pth', weights_only=True)
                     for path in (one, tmp_path))
    assert first['param_schedulers'] == second['param_schedulers']
    for name, value in first['state_dict'].items():
        torch.testing.assert_close(value, second['state_dict'][name], msg=name)


class Line(BaseModel):
    """A model of one weight."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))

    def forward(self, inputs, mode):
        loss = (self.weight * torch.stack(inputs)).square().mean()
        return dict(loss=loss) if mode == 'loss' else [dict(pred=0)] * len(inputs)


class Numbers(list):
    metainfo = dict(classes=['Happy', 'Sad'])


class Scripted(BaseMetric):
    """A validation loss that is known beforehand."""

    default_prefix = 'val'

    def __init__(self, losses):
        super().__init__()
        self.losses = iter(losses)

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        return dict(loss=next(self.losses))


class Rates(Hook):
    def __init__(self):
        self.rates = []

    def before_train_epoch(self, runner):
        self.rates.append(runner.optim_wrapper.param_groups[0]['lr'])


def test_the_fifth_bad_epoch_in_a_row_lowers_the_rate_to_a_third(tmp_path):
    """The paper's patience, by the config's scheduler in a real run; the rates are by hand.

    The loss is lowest in epochs 2, 9 and 14. Epochs 3 to 7 are the first five bad ones in a row,
    also where the loss only stays the same. The four after epoch 9 do not act, and neither do
    those before epoch 14 count for the five after it.
    """
    losses = [1., 0.9, 0.9, 0.95, 0.9, 0.91, 0.9, 0.9, 0.8, 0.81, 0.8, 0.8, 0.8, 0.79,
              0.79, 0.8, 0.85, 0.79, 0.79, 0.5]
    config = Config.fromfile('configs/ous_dfew.py')
    loader = dict(dataset=Numbers(dict(inputs=torch.tensor(float(n))) for n in range(2)),
                  batch_size=2, num_workers=0, sampler=dict(type=DefaultSampler, shuffle=False),
                  collate_fn=dict(type='pseudo_collate'))
    rates = Rates()
    Runner(Line(), str(tmp_path), train_dataloader=loader, val_dataloader=loader, val_cfg={},
           val_evaluator=[Scripted(losses)], train_cfg=dict(by_epoch=True, max_epochs=20),
           optim_wrapper=config.optim_wrapper, param_scheduler=config.param_scheduler,
           custom_hooks=[rates], default_scope='mmaction', log_level='ERROR',
           experiment_name=tmp_path.name).train()
    assert rates.rates == pytest.approx(7 * [0.002] + 12 * [0.002 / 3] + [0.002 / 9])
