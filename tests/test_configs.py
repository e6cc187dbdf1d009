from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import Runner

from ous_mmaction.engine import StoppingRulesHook

CONFIGS = Path(__file__).parents[1] / 'configs'
PAPER = sorted(path.name for path in CONFIGS.glob('ous_*.py'))


def load(name):
    config = Config.fromfile(CONFIGS / name)
    if config.model.backbone.clip_model.pretrained == 'openai':
        config.model.backbone.clip_model.pretrained = None
    return config


@pytest.mark.parametrize('name', PAPER)
def test_class_names_dataset_and_head_share_one_order(name):
    config = load(name)
    names = config.model.cls_head.class_names
    for loader in ('train', 'val', 'test'):
        assert config[f'{loader}_dataloader'].dataset.classes == names


# What the paper prints, and where. The paper gives no number of frames.
PAPER = {
    'optimizer': ('Adam', 'Training Details'),
    'initial learning rate': (0.002, 'Training Details'),
    'batch size': (16, 'Training Details'),
    'epochs': (60, 'Training Details'),
    'learning rate is reduced to': (1 / 3, 'Training Details: "a third of its value"'),
    'epochs without a lower validation loss': (5, 'Training Details: "five consecutive epochs"'),
    'converged below the rate': (1e-7, 'Training Details'),
    'overfitting above the training accuracy': (0.8, 'Training Details'),
    'saved': ('lowest val/loss', 'Training Details: "lowest loss on the validation set"'),
    'vision encoder': ('ViT-L/14', 'Method, above eq. 12'),
    'vision encoder is trained': (False, 'Method: "remains frozen throughout"'),
    'context tokens M': (64, 'Table 4'),
    'MCFE blocks': (12, 'Table 4'),
}
SCHEDULE = ('optim_wrapper', 'param_scheduler', 'train_cfg', 'auto_scale_lr', 'default_hooks')


class Observer(Hook):
    """Counts the clips and the rates of one epoch, then ends the training."""

    def __init__(self):
        self.clips, self.rates = 0, set()

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.clips += len(data_batch['data_samples'])
        self.rates.add(runner.optim_wrapper.param_groups[0]['lr'])

    def after_train_epoch(self, runner):
        runner.train_loop.stop_training = True


@pytest.fixture(scope='module')
def trained(rendered, tmp_path_factory):
    """DFEW's config on 32 rendered clips, with the demo's CLIP and small frames."""
    config = Config.fromfile(CONFIGS / 'ous_dfew.py')
    encoder = config.model.backbone.clip_model
    names = encoder.name, encoder.pretrained
    config.merge_from_dict({
        'model.backbone.clip_model': dict(name='vit_demo', pretrained='rendered'),
        'model.neck.in_channels': 128, 'model.neck.tap_channels': 128,
        'train_dataloader.dataset.indices': 32, 'log_level': 'ERROR',
        'work_dir': str(tmp_path_factory.mktemp('paper'))})
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        loader.update(num_workers=0, persistent_workers=False)
        loader.dataset.data_root = str(rendered)
        loader.dataset.pipeline.split.size = 64
    runner, observer = Runner.from_cfg(config), Observer()
    runner.register_hook(observer)
    runner.train()
    return names, runner, observer


def hook_of(runner, kind):
    (hook,) = (hook for hook in runner.hooks if isinstance(hook, kind))
    return hook


def stagnation(runner):
    """Drive the schedule with a loss that no longer falls: bad epochs and what the rate becomes."""
    (scheduler,), (group,) = runner.param_schedulers, runner.optim_wrapper.param_groups
    scheduler.step(metrics={'val/loss': 1e-6})  # lower than that of the epoch
    before, bad = group['lr'], 0
    while group['lr'] == before:
        scheduler.step(metrics={'val/loss': 1e-6})
        bad += 1
    return bad, group['lr'] / before


def test_the_runner_trains_by_the_numbers_of_the_paper(trained):
    (name, weights), runner, observer = trained
    assert weights == 'openai'
    optimizer = runner.optim_wrapper.optimizer
    (steps,) = {int(state['step']) for state in optimizer.state.values()}
    (rate,) = observer.rates
    stopping, saving = (hook_of(runner, kind) for kind in (StoppingRulesHook, CheckpointHook))
    head, clip = runner.model.cls_head, runner.model.backbone.clip_model.model
    trained_ids = {id(p) for group in optimizer.param_groups for p in group['params']}
    (best,) = Path(runner.work_dir).glob('best_*.pth')
    assert best.name == 'best_val_loss_epoch_1.pth' and saving.rules == ['less']
    assert observer.clips == 32
    bad_epochs, factor = stagnation(runner)
    measured = {
        'optimizer': next(base.__name__ for base in type(optimizer).__mro__
                          if base.__module__.startswith('torch.')),
        'initial learning rate': rate,
        'batch size': observer.clips / steps,
        'epochs': runner.max_epochs,
        'learning rate is reduced to': pytest.approx(factor),
        'epochs without a lower validation loss': bad_epochs,
        'converged below the rate': stopping.min_lr,
        'overfitting above the training accuracy': stopping.max_train_accuracy,
        'saved': f'lowest {saving.key_indicators[0]}',
        'vision encoder': name.removesuffix('-quickgelu').replace('-14', '/14'),
        'vision encoder is trained': any(p.requires_grad or id(p) in trained_ids
                                         for p in clip.parameters()),
        'context tokens M': len(head.prompts.context),
        'MCFE blocks': len(head.mcfe.blocks),
    }
    assert measured == {key: value for key, (value, _) in PAPER.items()}


@pytest.mark.parametrize('name', ['ous_ferv39k.py', 'ous_ferv39k_detected.py', 'ous_mafw.py',
                                  'ous_mafw_pairs.py'])
def test_the_other_datasets_train_as_dfew(name):
    """The same model and schedule; classes and readers of the clips differ."""
    config, dfew = load(name), load('ous_dfew.py')
    for key in SCHEDULE:
        assert config[key] == dfew[key], key
    assert config.train_dataloader.batch_size == dfew.train_dataloader.batch_size
    for each in (config, dfew):
        del each.model.cls_head['class_names']
    assert config.model == dfew.model


@pytest.mark.parametrize('num_frames', [2, pytest.param(16, marks=pytest.mark.full)])
def test_paper_model_trains_a_step_at_full_size(num_frames):
    """ViT-L/14, 224 px, M = 64, 12 blocks, random weights; the paper's clips have 16 frames."""
    config = load('ous_dfew.py')
    model = MODELS.build(config.model)
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=config.lr)
    clip = model.backbone.clip_model
    assert (clip.name, clip.embed_dims, clip.width) == ('ViT-L-14-quickgelu', 768, 1024)
    frames = torch.randint(0, 256, (2, num_frames, 3, 224, 224), dtype=torch.uint8)
    data = dict(inputs=dict(face=[frames[0]], scene=[frames[1]],
                            mask=[torch.ones(num_frames, dtype=torch.bool)]),
                data_samples=[ActionDataSample().set_gt_label(6)])
    data = model.data_preprocessor(data, training=True)
    losses = model(**data, mode='loss')
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    before = model.cls_head.mcfe.queries.detach().clone()
    optimizer.step()
    assert not torch.equal(model.cls_head.mcfe.queries, before)
