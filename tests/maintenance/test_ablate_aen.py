import sys

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

from maintenance.ablate_aen import Branch, encode, main, parse_args

from ..running import ROOT

CONFIG = str(ROOT / 'configs' / 'aen' / 'aen_demo.py')


@pytest.fixture
def options(rendered):
    """Frames of 32 px and random 2D weights."""
    options = {'model.fer2d.checkpoint': None, 'model.neck.level_channels': 64,
               'model.cls_head.level_channels': 64, 'train_dataloader.dataset.indices': 14,
               'train_cfg.max_epochs': 2}
    for loader in ('train', 'val', 'test'):
        dataset = f'{loader}_dataloader.dataset'
        options |= {f'{dataset}.data_root': str(rendered), f'{dataset}.pipeline.split.size': 32}
    return options


def test_neck_and_head_compute_on_the_maps_what_the_recognizer_does(options):
    """Probabilities of the stock path, clip by clip, and its losses."""
    config = Config.fromfile(CONFIG)
    config.merge_from_dict({**options, 'train_dataloader.dataset.indices': 3})
    dataset = dict(config.train_dataloader.dataset, pipeline=config.val_dataloader.dataset.pipeline)
    model = MODELS.build(config.model)
    model.init_weights()
    model.eval()
    branch = Branch(config.model).eval()
    branch.neck.load_state_dict(model.neck.state_dict())
    branch.cls_head.load_state_dict(model.cls_head.state_dict())
    clips = [DATASETS.build(dataset)[index] for index in range(3)]
    expected = [model.test_step(pseudo_collate([clip]))[0].pred_score for clip in clips]
    losses = model(**model.data_preprocessor(pseudo_collate(clips), False), mode='loss')
    model.fer2d.raw_scores = True
    maps = encode(model, dataset, 'train')
    torch.testing.assert_close(branch.log_probabilities(maps).exp(), torch.stack(expected),
                               rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(branch.losses(maps, torch.arange(3)), losses, rtol=1e-4, atol=1e-5)


def test_writes_the_same_table_twice(options, tmp_path, monkeypatch, capsys):
    texts = []
    for name in ('first', 'second'):
        monkeypatch.setattr(sys, 'argv', [
            'ablate_aen', CONFIG, str(ROOT / 'configs/ablations/aen/losses.py'), '--seeds', '0',
            '--out', str(tmp_path / name), '--cfg-options',
            *(f'{key}={value}' for key, value in options.items())])
        main(parse_args())
        texts.append((tmp_path / f'{name}.md').read_text())
    assert texts[0] == texts[1] and texts[0] in capsys.readouterr().out
    rows = [line.split('|')[1].strip() for line in texts[0].splitlines() if line.startswith('|')]
    assert rows[2:8] == ['AEN', 'without P1', 'without L_S2T', 'without L_e3', 'without L_e7',
                         'cross-entropy alone (P2)']
