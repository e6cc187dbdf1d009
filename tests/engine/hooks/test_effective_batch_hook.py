"""The same clips per step of the optimizer, on any number of processes: real runs of the demo."""
import copy
import json
import os

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

from ous_mmaction import command_line
from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.engine.hooks.effective_batch_hook import plan_batch
from ous_mmaction.features.extraction import extract_features
from ous_mmaction.features.use_bank import use_bank

from ...processes import run_ranks
from ...running import ROOT

CLIPS = 24  # a step of 16 and one of 8


@pytest.fixture(scope='module')
def settings(rendered, tmp_path_factory):
    """Config text of two epochs of SGD from a bank; alpha is such that the losses switch."""
    folder = tmp_path_factory.mktemp('effective_batch')
    config = Config.fromfile(ROOT / 'configs' / 'ous_demo.py')
    for split, loaders, step, count in (('train', ['train'], 3, CLIPS),
                                        ('test', ['val', 'test'], 5, 14)):
        content = json.loads((rendered / f'annotations/fold1_{split}.json').read_text())
        write_annotation(folder / f'{split}.json', content['metainfo'],
                         content['data_list'][::step][:count])
        for loader in loaders:
            config[f'{loader}_dataloader'].dataset.update(
                data_root=str(rendered), ann_file=str(folder / f'{split}.json'))
            config[f'{loader}_dataloader'].update(num_workers=0, persistent_workers=False)
    extract_features(config, folder / 'bank', views=2)
    use_bank(config, folder / 'bank')
    config.merge_from_dict({
        'model.cls_head.mcfe.num_blocks': 2, 'train_cfg.max_epochs': 2, 'log_level': 'ERROR',
        # Adam turns the rounding of a gradient that is zero into steps.
        'optim_wrapper.optimizer': dict(type='SGD', lr=0.01, _delete_=True),
        'default_hooks.loss_switch.alpha': 2.1})
    path = folder / 'config.py'
    command_line.list_pipelines(config)
    config.dump(path)
    return path


def train(path, work_dir, batch_size, **options):
    """Train, and return the runner and the weights."""
    config = Config.fromfile(path)
    config.merge_from_dict({'train_dataloader.batch_size': batch_size, 'work_dir': str(work_dir),
                            'experiment_name': f'{work_dir}'.replace('/', '_'),
                            **copy.deepcopy(options)})
    if 'RANK' in os.environ:
        config.launcher = 'pytorch'
        command_line.join_cpu_processes(config)
    runner = Runner.from_cfg(config)
    runner.train()
    return runner, {name: value for name, value in runner.model.state_dict().items()}


def rank_trains(rank, port, path, work_dir, batch_size):
    os.environ.update(RANK=str(rank), WORLD_SIZE='2', LOCAL_RANK=str(rank),
                      MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    torch.set_num_threads(1)
    runner, weights = train(path, work_dir, batch_size)
    torch.save({name.removeprefix('module.'): value for name, value in weights.items()},
               f'{work_dir}/weights{rank}.pt')
    torch.distributed.destroy_process_group()


@pytest.fixture(scope='module')
def whole_batches(settings, tmp_path_factory):
    """Weights of one process with batches of 16, and how they changed."""
    runner, weights = train(settings, tmp_path_factory.mktemp('whole'), 16)
    assert runner.optim_wrapper._accumulative_counts == 1 and runner.iter == 4
    return weights


def assert_equal(weights, expected):
    for name, value in expected.items():
        torch.testing.assert_close(weights[name], value, rtol=1e-4, atol=1e-6, msg=name)


def test_small_batches_are_accumulated(settings, whole_batches, tmp_path):
    """The last step of an epoch averages the two batches that are left, also when resumed."""
    runner, weights = train(settings, tmp_path / 'a', 4)
    assert runner.optim_wrapper._accumulative_counts == 4 and runner.iter == 12
    assert_equal(weights, whole_batches)
    assert weights['cls_head.contrast_ema'] < 2.2  # not its first value, infinity
    train(settings, tmp_path / 'b', 4, **{'train_cfg.max_epochs': 1})
    _, resumed = train(settings, tmp_path / 'b', 4, resume=True)
    for name, value in weights.items():
        assert torch.equal(resumed[name], value), name


@pytest.mark.parametrize('batch_size, accumulated', [
    (4, 2), pytest.param(16, 1, marks=pytest.mark.full)])
def test_two_processes_are_one(settings, whole_batches, tmp_path, free_port, batch_size,
                               accumulated):
    """Batches of 4 are accumulated, those of 16 become 8."""
    assert plan_batch(16, 2, batch_size).accumulation == accumulated
    run_ranks(rank_trains, free_port, str(settings), str(tmp_path), batch_size)
    for rank in (0, 1):
        assert_equal(torch.load(tmp_path / f'weights{rank}.pt'), whole_batches)


def test_a_large_batch_becomes_smaller(settings, whole_batches, tmp_path):
    runner, weights = train(settings, tmp_path, 64)
    assert runner.train_dataloader.batch_size == 16 and runner.iter == runner.max_iters == 4
    for name, value in whole_batches.items():
        assert torch.equal(weights[name], value), name


def test_what_a_division_leaves_scales_the_learning_rate(settings, tmp_path):
    """12 clips per step; the schedule lowers the scaled rate, and a resumed run keeps it."""
    options = {'param_scheduler': dict(type='MultiStepLR', milestones=[1], gamma=0.5,
                                       _delete_=True)}
    runner, _ = train(settings, tmp_path, 12, **options)
    (group,) = runner.optim_wrapper.param_groups
    assert group['lr'] == pytest.approx(0.01 * 12 / 16 / 2)
    assert group['initial_lr'] == pytest.approx(0.01 * 12 / 16)
    runner, _ = train(settings, tmp_path, 12, **options, resume=True,
                      **{'train_cfg.max_epochs': 3})
    assert runner.optim_wrapper.param_groups[0]['lr'] == pytest.approx(0.01 * 12 / 16 / 2)


def test_the_papers_schedule_starts_from_the_scaled_rate(settings, tmp_path):
    schedule = dict(type='ReduceOnPlateauLR', monitor='val/loss', rule='less', factor=1 / 3,
                    patience=0, threshold=1e9, _delete_=True)  # no epoch after the first is better
    runner, _ = train(settings, tmp_path, 12, param_scheduler=schedule)
    (group,) = runner.optim_wrapper.param_groups
    assert group['lr'] == pytest.approx(0.01 * 12 / 16 / 3)


def test_the_rule_can_be_switched_off(settings, tmp_path):
    one = {'train_cfg.max_epochs': 1}
    runner, _ = train(settings, tmp_path / 'a', 4,
                      **{'default_hooks.batch.effective_batch': None}, **one)
    assert runner.optim_wrapper._accumulative_counts == 1
    # A run from before the rule goes on with it.
    runner, _ = train(settings, tmp_path / 'a', 4, resume=True)
    assert runner.optim_wrapper._accumulative_counts == 4 and runner.iter == 12
    runner, _ = train(settings, tmp_path / 'b', 4, **{'auto_scale_lr.enable': True}, **one)
    assert runner.optim_wrapper._accumulative_counts == 1
    assert runner.optim_wrapper.param_groups[0]['lr'] == pytest.approx(0.01 / 4)
    with pytest.raises(ValueError, match='`optim_wrapper.accumulative_counts` is 3'):
        train(settings, tmp_path / 'c', 4, **{'optim_wrapper.accumulative_counts': 3})
    with pytest.raises(ValueError, match='must be at least 1, or None, but got 0'):
        train(settings, tmp_path / 'd', 4, **{'default_hooks.batch.effective_batch': 0})


@pytest.mark.parametrize('processes', range(1, 33))
@pytest.mark.parametrize('batch_size', [1, 3, 4, 8, 16, 40])
def test_every_plan_is_the_effective_batch_or_scales(processes, batch_size):
    plan = plan_batch(16, processes, batch_size)
    clips = processes * plan.batch_size * plan.accumulation
    assert plan.lr_factor == clips / 16 and 1 <= plan.batch_size <= batch_size
    assert clips <= 16 or (processes > 16 and plan.batch_size == 1)
    if 16 % (processes * batch_size) == 0 or (processes * batch_size > 16 and 16 % processes == 0):
        assert clips == 16
