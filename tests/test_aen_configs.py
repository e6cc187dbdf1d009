import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from ous_mmaction.command_line import default_work_dir
from ous_mmaction.config_checks import check_options
from ous_mmaction.experiments.ablation import read_table

CONFIGS = Path(__file__).parents[1] / 'configs'
CLIPS = ['aen/aen_dfew.py', 'aen/aen_ferv39k.py', 'aen/aen_mafw.py', 'aen/aen_demo.py',
         'aen/aen_released_dfew.py', 'aen/aen_released_demo.py']
STILLS = ['aen/aen_2d_affectnet.py', 'aen/aen_2d_mafw.py', 'aen/aen_2d_demo.py',
          'aen/aen_released_2d_affectnet.py', 'aen/aen_released_2d_demo.py']

NOUNS = dict(happy='happiness', sad='sadness', angry='anger')


def load(name):
    return Config.fromfile(CONFIGS / name)


@pytest.mark.parametrize('name', CLIPS + STILLS)
def test_class_names_dataset_and_head_share_one_order(name):
    config = load(name)
    names = config.model.cls_head.class_names
    for loader in ('train', 'val', 'test'):
        assert config[f'{loader}_dataloader'].dataset.classes == names


@pytest.mark.parametrize('name', ['aen/aen_dfew.py', 'aen/aen_ferv39k.py', 'aen/aen_mafw.py',
                                  'aen/aen_released_dfew.py'])
def test_paper_settings(name):
    config = load(name)
    assert config.optim_wrapper.optimizer == dict(type='SGD', lr=0.01, momentum=0.9,
                                                  weight_decay=1e-4)
    assert config.param_scheduler == dict(type='StepLR', step_size=40, gamma=0.1)
    assert config.train_cfg.max_epochs == 200
    assert config.train_dataloader.batch_size == 32
    for loader in (config.train_dataloader, config.test_dataloader):
        sample = loader.dataset.pipeline.sample
        assert (sample.clip_len, sample.frames_per_segment) == (16, 2)
    head = config.model.cls_head
    weights = [head[key].loss_weight for key in ('loss_sentiment', 'loss_cls', 'loss_token',
                                                 'loss_sentiment_scores', 'loss_emotion_scores')]
    assert weights == [0.6, 1.4, 0.4, 0.7, 0.3]


def test_released_settings():
    """What the released code has beyond the paper's settings, from the facts on its training."""
    config = load('aen/aen_released_dfew.py')
    assert config.optim_wrapper.clip_grad is None and config.train_dataloader.drop_last
    assert config.test_dataloader.dataset.classes == ['Happy', 'Sad', 'Neutral', 'Angry',
                                                      'Surprise', 'Disgust', 'Fear']
    transformer = config.model.neck.transformer
    assert [transformer[key] for key in ('max_frames', 'depth', 'num_heads', 'head_channels',
                                         'mlp_channels')] == [16, 3, 8, 64, 1024]
    pipeline = config.train_dataloader.dataset.pipeline
    turn, color = pipeline.affine, pipeline.jitter
    assert (turn.prob, color.prob) == (0.5, 0.5)
    assert turn.transforms[0].degrees == (-5, 5.5)
    assert [color.transforms[0][key] for key in ('brightness', 'contrast', 'saturation',
                                                 'hue')] == [0.1] * 4
    assert config.model.start_from_fer2d
    stills = load('aen/aen_released_2d_affectnet.py')
    assert stills.optim_wrapper.optimizer.lr == 1e-4 and stills.train_cfg.max_epochs == 100
    assert stills.param_scheduler == dict(type='StepLR', step_size=20, gamma=0.1)
    assert stills.train_dataloader.batch_size == 32
    assert stills.train_dataloader.sampler.type == 'ClassBalancedSampler'


@pytest.mark.parametrize('name', ['aen/aen_mafw.py', 'aen/aen_dfew.py'])
def test_sentiments_are_aens_groups(name):
    """MAFW's four own emotions are negative."""
    groups = MODELS.build(load(name).model.cls_head).groups.members.T
    names = np.array([NOUNS.get(name.lower(), name.lower())
                      for name in load(name).model.cls_head.class_names])
    assert set(names[groups[0]]) == {'happiness', 'surprise'}
    assert set(names[groups[1]]) == {'neutral'}
    own = {'contempt', 'anxiety', 'helplessness', 'disappointment'} if len(names) == 11 else set()
    assert set(names[groups[2]]) == {'sadness', 'anger', 'disgust', 'fear'} | own


@pytest.mark.parametrize('name', ['aen/aen_2d_affectnet.py', 'aen/aen_2d_mafw.py'])
def test_2d_settings(name):
    config = load(name)
    assert config.optim_wrapper.optimizer.type == 'SGD'
    assert config.optim_wrapper.optimizer.lr == 1e-4 and config.train_cfg.max_epochs == 100
    assert config.train_dataloader.sampler.type == 'ClassBalancedSampler'


@pytest.mark.parametrize('name, stills', [('aen/aen_dfew.py', 'aen/aen_2d_affectnet.py'),
                                          ('aen/aen_mafw.py', 'aen/aen_2d_mafw.py'),
                                          ('aen/aen_demo.py', 'aen/aen_2d_demo.py'),
                                          ('aen/aen_released_dfew.py',
                                           'aen/aen_released_2d_affectnet.py'),
                                          ('aen/aen_released_demo.py',
                                           'aen/aen_released_2d_demo.py')])
def test_the_2d_model_is_the_one_that_its_config_trains(name, stills):
    """Both have the same weights and pixels, and the checkpoint is that of the last epoch."""
    config, config_2d = load(name), load(stills)
    frozen = config.model.fer2d.model
    frozen.cls_head.class_names = config.model.cls_head.class_names
    assert (list(MODELS.build(frozen).state_dict()) ==
            list(MODELS.build(config_2d.model).state_dict()))
    imgs = config.model.data_preprocessor.preprocessors.imgs
    assert imgs == config_2d.model.data_preprocessor
    assert config.model.fer2d.checkpoint == (
        f'{default_work_dir(config_2d)}/epoch_{config_2d.train_cfg.max_epochs}.pth')


def test_stills_of_the_demo_are_faces_of_the_training_fold(rendered):
    """Every epoch takes another frame of each clip. Only testing reads test clips."""
    config = load('aen/aen_2d_demo.py')
    clips = {}
    for loader in ('train', 'val', 'test'):
        config[f'{loader}_dataloader'].dataset.data_root = str(rendered)
        dataset = DATASETS.build(config[f'{loader}_dataloader'].dataset)
        clips[loader] = {dataset.get_data_info(i)['clip_id'] for i in range(len(dataset))}
        sample = dataset[0]
        assert sample['inputs'].shape == (1, 3, 64, 64)
    assert not clips['train'] & clips['val'] and not clips['test'] & (clips['train']
                                                                      | clips['val'])
    config.train_dataloader.dataset.pipeline.update(crop=None, flip=None)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    frames = [np.asarray(dataset.draw(0, epoch)['inputs']) for epoch in range(6)]
    assert len({frame.tobytes() for frame in frames}) > 1


def test_model_trains_a_step_at_full_size():
    """The clips have 16 frames of 112 px. Four frames of the second one are padding."""
    config = load('aen/aen_dfew.py')
    config.model.fer2d.checkpoint = None
    model = MODELS.build(config.model)
    model.train()
    mask = torch.arange(16) < torch.tensor([[16], [12]])
    data = dict(inputs=dict(imgs=list(torch.randint(0, 256, (2, 16, 3, 112, 112),
                                                    dtype=torch.uint8)), mask=list(mask)),
                data_samples=[ActionDataSample().set_gt_label(i) for i in (6, 0)])
    data = model.data_preprocessor(data, training=True)
    assert torch.equal(data['inputs']['mask'], mask)
    losses = model(**data, mode='loss')
    sum(value for key, value in losses.items() if 'loss' in key).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize('loader', ['train', 'test'])
def test_pipeline_of_the_demo_feeds_its_model(rendered, loader):
    config = load('aen/aen_demo.py')
    config[f'{loader}_dataloader'].dataset.data_root = str(rendered)
    dataset = DATASETS.build(config[f'{loader}_dataloader'].dataset)
    model = MODELS.build(config.model).eval()
    with torch.no_grad():
        [sample] = model.test_step(pseudo_collate([dataset[0]]))
    assert float(sample.pred_score.sum()) == pytest.approx(1, abs=1e-5)
    assert float(sample.sentiment_score.sum()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize('table', ['losses', 'arithmetic'])
def test_rows_of_the_ablations_train_a_step(table):
    """Every row is a config that exists, differs from the others, and gets finite gradients."""
    _, rows = read_table(CONFIGS / 'ablations' / 'aen' / f'{table}.py')
    masks = torch.arange(4) < torch.tensor([[4], [3]])
    data = dict(inputs=dict(imgs=list(torch.randint(0, 256, (2, 4, 3, 32, 32),
                                                    dtype=torch.uint8)), mask=list(masks)),
                data_samples=[ActionDataSample().set_gt_label(i) for i in (6, 0)])
    small = {'model.fer2d.checkpoint': None, 'model.neck.level_channels': 64,
             'model.cls_head.level_channels': 64}
    totals = {}
    for row in rows:
        config = load('aen/aen_demo.py')
        check_options(config, row.options, row.name)
        config.merge_from_dict({**small, **row.options})
        torch.manual_seed(0)
        model = MODELS.build(config.model).train()
        losses = model(**model.data_preprocessor(data, training=True), mode='loss')
        total = sum(value for key, value in losses.items() if 'loss' in key)
        gradients = torch.autograd.grad(total, list(model.parameters()))
        assert all(x.isfinite().all() for x in gradients), row.name
        totals[row.name] = (float(total), config.optim_wrapper.to_dict(),
                            config.model.cls_head.mix)
    assert all(a != b for a, b in itertools.combinations(totals.values(), 2))


def test_augmentation_is_the_same_in_every_frame(rendered):
    config = load('aen/aen_dfew.py')
    dataset = config.train_dataloader.dataset
    dataset.update(data_root=str(rendered))
    dataset.pipeline.sample = dict(type='SampleClip', clip_len=2, select='last')
    dataset = DATASETS.build(dataset)
    read = dataset.pipeline.transforms[1].transform

    def still(results):  # the first frame twice
        results = read(results)
        results['imgs'][1] = results['imgs'][0]
        results['clip_boxes'].boxes[:] = results['clip_boxes'].boxes[0]
        return results

    dataset.pipeline.transforms[1].transform = still
    frames = [dataset.draw(0, epoch)['inputs']['imgs'] for epoch in range(3)]
    assert all(torch.equal(first, second) for first, second in frames)
    assert not torch.equal(frames[0], frames[1])


def test_the_log_does_not_average_sentiments_over_epochs():
    """`sentiment` contains `time`, by which the log decides what to average."""
    pattern = load('aen/aen_demo.py').log_processor.mean_pattern
    assert re.search(pattern, 'loss_sentiment')
    assert not re.search(pattern, 'sentiment/UAR')
    assert not re.search(pattern, 'sentiment_head/recall_positive')
