"""MAE-DFER, SVFAP, S2D and FRU-Adapter: sizes, input, what trains, and that the loss falls."""
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS, PARAM_SCHEDULERS
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.optim import build_optim_wrapper
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from ous_mmaction.datasets.dfer_dataset import pipeline_steps

CONFIGS = Path(__file__).parents[1] / 'configs'
METHODS = ('mae_dfer', 'svfap', 's2d', 'fru_adapter')


def config_of(name):
    return Config.fromfile(CONFIGS / name.rpartition('_')[0] / f'{name}.py')


# All numbers of a model, those that training changes, and GMACs per view. The first two follow from
# the sheet's counts: S2D's file without the norm that nothing reads (1,536) and with the used part
# of the landmark net; FRU-Adapter's without its unused head (1,025,000). The sheet has 49.65 GMACs
# for MAE-DFER, and for S2D 9.26 M trained numbers and 298 GMACs; docs/zoo/s2d.md explains the
# latter. The others are ours.
@pytest.mark.parametrize('name, numbers, trained, gmacs, size', [
    ('mae_dfer_dfew', 84_878_343, 84_878_343, 49.65, 160),
    ('mae_dfer_mafw', 84_880_395, 84_880_395, 49.65, 160),
    ('svfap_dfew', 77_635_351, 77_635_351, 43.54, 160),
    ('s2d_dfew', 95_055_571 - 1_536 + 565_888, 9_256_915, 313.11, 224),
    ('fru_adapter_dfew', 313_308_527 - 1_025_000, 9_083_271, 1009.98, 224)])
def test_sizes_are_the_papers(name, numbers, trained, gmacs, size):
    config = config_of(name).model
    config.data_preprocessor = None  # mixup draws from a distribution that the meta device lacks
    with torch.device('meta'):
        model = MODELS.build(config)
        model.eval()
        clip = torch.empty(1, 1, 3, 16, size, size)
    parameters = list(model.parameters())
    assert sum(p.numel() for p in parameters) == numbers
    assert sum(p.numel() for p in parameters if p.requires_grad) == trained
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        logits, _ = model.extract_feat(clip, stage='head')
    assert logits.shape == (1, len(model.cls_head.class_names))
    assert counter.get_total_flops() / 2e9 == pytest.approx(gmacs, rel=0.001)


AS_STRINGS = [0, 9, 10, 11, 12, 13, 14, 15, 1, 2, 3, 4, 5, 6, 7, 8]
FIRST_AND_LAST = [*range(16), *range(4, 20)]
EVERY_FOURTH = [0, 4, 8, 12, *[16] * 12] * 2


@pytest.mark.parametrize('name, folder, frames, indices', [
    ('mae_dfer_dfew', 'frame_dir', 20, EVERY_FOURTH),
    ('mae_dfer_ferv39k', 'face_dir', 20, FIRST_AND_LAST),
    ('svfap_mafw', 'face_dir', 20, EVERY_FOURTH),
    ('s2d_dfew', 'frame_dir', 16, AS_STRINGS), ('s2d_ferv39k', 'face_dir', 20, FIRST_AND_LAST),
    ('fru_adapter_dfew', 'frame_dir', 20, EVERY_FOURTH),
    ('fru_adapter_dfew_16f', 'frame_dir', 16, AS_STRINGS)])
def test_frames_and_pixels_are_the_sheets(name, folder, frames, indices, tmp_path):
    """PIL resizes frames of odd size straight to a square; ours differs by a gray level at most."""
    generator = np.random.default_rng(0)
    for k in range(frames):
        small = Image.fromarray(generator.integers(0, 256, (9, 7, 3), dtype=np.uint8))
        small.resize((181, 243), Image.BICUBIC).save(tmp_path / f'{k + 1}.png')
        (tmp_path / 'frames').mkdir(exist_ok=True)
        small.save(tmp_path / 'frames' / f'{k + 1}.png')  # not those to read
    config = Config.fromfile(next(CONFIGS.glob(f'*/{name}.py')))
    record = dict(clip_id='1', total_frames=frames, label=0, start_index=0, modality='RGB',
                  **{'frame_dir': str(tmp_path / 'frames'), folder: str(tmp_path)})
    data = Compose(pipeline_steps(config.test_dataloader.dataset.pipeline))(record)
    model = dict(config.model.data_preprocessor)
    inputs = MODELS.build(model)(pseudo_collate([data]), training=False)['inputs'][0]
    size = inputs.shape[-1]
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    expected = np.stack([
        (np.asarray(Image.open(tmp_path / f'{k + 1}.png').resize((size, size), Image.BILINEAR))
         / 255 - mean) / std for k in indices])
    found = inputs.permute(0, 2, 3, 4, 1).flatten(0, 1).numpy()
    assert found.shape == expected.shape
    assert np.abs((found - expected) * std * 255).max() < 1.01
    shown = np.abs(found - expected).mean()
    assert shown < 0.5 * np.abs(found - np.roll(expected, 1, axis=0)).mean()


@pytest.fixture(scope='module')
def batch(rendered):
    """The first clips of every class, as the demos read them."""
    config = config_of('mae_dfer_demo')
    config.train_dataloader.dataset.data_root = str(rendered)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    np.random.seed(0)
    return pseudo_collate([dataset[i] for i in range(0, len(dataset), 5)])


TRAINED = dict(
    # The score reads the region tokens, and nothing reads what the last block adds to the others.
    mae_dfer=lambda name: not name.startswith((
        'backbone.blocks.3.read_attn.', 'backbone.blocks.3.query_norm.',
        'backbone.blocks.3.key_norm.')),
    svfap=lambda name: True,
    s2d=lambda name: name.startswith((
        'cls_head.', 'backbone.prompt', 'backbone.landmark_embed.', 'backbone.temporal_embed',
        'backbone.ln_post.')),
    fru_adapter=lambda name: 'norm' in name or name.startswith((
        'cls_head.', 'backbone.cls_token', 'backbone.adapters.', 'backbone.frame_fc.')))


@pytest.mark.parametrize('method', METHODS)
def test_loss_falls_and_gradients_reach_what_trains(method, batch):
    torch.manual_seed(0)
    config = config_of(f'{method}_demo')
    model = MODELS.build(config.model)
    model.init_weights()
    model.train()
    optimizer = build_optim_wrapper(model, config.optim_wrapper)
    statistics = {name: x.clone() for name, x in model.named_buffers() if 'running' in name}
    frozen = {name: p.detach().clone() for name, p in model.named_parameters()
              if not p.requires_grad}
    losses = [float(model.train_step(batch, optimizer)['loss']) for _ in range(8)]
    assert losses[-1] < losses[0] - 0.05
    model(**model.data_preprocessor(batch, training=True), mode='loss')['loss_cls'].backward()
    reached = {name for name, p in model.named_parameters()
               if p.grad is not None and p.grad.abs().max() > 0}
    expected = {name for name, _ in model.named_parameters() if TRAINED[method](name)}
    assert reached == expected
    parameters = dict(model.named_parameters())
    assert all(torch.equal(parameters[name], value) for name, value in frozen.items())
    assert all(torch.equal(x, statistics[name]) for name, x in model.named_buffers()
               if name in statistics)


# Base rate, rate at the end, and epochs of warm-up, by the sheets.
@pytest.mark.parametrize('name, rate, last, warmup', [
    ('mae_dfer_dfew', 1e-3 * 96 / 256, 1e-6 * 96 / 256, 5),
    ('mae_dfer_ferv39k', 1e-3 * 120 / 256, 1e-6 * 120 / 256, 5),
    ('svfap_mafw', 1e-3 * 64 / 256, 1e-6 * 64 / 256, 5),
    ('s2d_dfew', 1e-5 * 16 / 8, 1e-8 * 16 / 256, 2),
    ('fru_adapter_dfew', 1e-3, 1e-4, 5), ('fru_adapter_dfew_16f', 1e-3, 1e-4, 0),
    ('fru_adapter_mafw', 1e-4, 1e-5, 0)])
def test_rate_follows_the_sheets(name, rate, last, warmup):
    config = Config.fromfile(next(CONFIGS.glob(f'*/{name}.py')))
    settings = {**config.optim_wrapper.optimizer}
    assert settings.pop('lr') == pytest.approx(rate, rel=1e-12)
    assert settings == dict(type='AdamW', weight_decay=0.05)
    assert config.train_cfg.max_epochs == 100
    length = 10
    optimizer = torch.optim.AdamW([torch.zeros(1, requires_grad=True)], lr=rate)
    schedulers = [PARAM_SCHEDULERS.build(
        dict(dict(end=100), **scheduler),
        default_args=dict(optimizer=optimizer, epoch_length=length))
        for scheduler in config.param_scheduler]
    rates = []
    for _ in range(100 * length):
        rates.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    rates, start = np.array(rates), warmup * length
    np.testing.assert_allclose(rates[:start], rate * np.linspace(1e-6, 1, start), rtol=1e-6)
    share = np.arange(1000 - start) / (1000 - start)
    cosine = last + (rate - last) * (1 + np.cos(np.pi * share)) / 2
    np.testing.assert_allclose(rates[start:], cosine, rtol=0.03, atol=rate * 1e-2)
    assert rates[-1] == pytest.approx(last, abs=rate * 1e-4)
