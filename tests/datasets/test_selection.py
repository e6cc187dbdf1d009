import random
from collections import Counter
from pathlib import Path

import pytest
from mmaction.registry import HOOKS
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ous_mmaction.datasets.annotation import read_annotation
from ous_mmaction.datasets.selection import stratified_holdout

ROOT = Path(__file__).parents[2]
IDS = [f'{number:05d}' for number in range(200)]
LABELS = [number % 7 if number % 3 else 2 for number in range(200)]


def test_every_class_gives_its_share():
    held_out = stratified_holdout(IDS, LABELS, 0.1, seed=0)
    counts, shares = Counter(LABELS), Counter(LABELS[int(clip)] for clip in held_out)
    assert shares == {label: round(0.1 * count) for label, count in counts.items()}


def test_drawn_by_seed_and_not_by_the_order_of_the_file():
    pairs = list(zip(IDS, LABELS))
    random.Random(1).shuffle(pairs)
    assert stratified_holdout(IDS, LABELS, 0.1, 0) == stratified_holdout(*zip(*pairs), 0.1, 0)
    assert stratified_holdout(IDS, LABELS, 0.1, 0) != stratified_holdout(IDS, LABELS, 0.1, 1)


def test_what_cannot_be_held_out_is_named():
    with pytest.raises(ValueError, match='`holdout_share` must lie between 0 and 1, but got 1'):
        stratified_holdout(IDS, LABELS, 1, 0)
    with pytest.raises(ValueError, match='Class 1 has 1 clips'):
        stratified_holdout(['a', 'b', 'c'], [0, 0, 1], 0.5, 0)


class SeenClips(Hook):
    """Hook that records the clips of training and of validation."""

    def __init__(self):
        self.train, self.val = [], []

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.train += [sample.clip_id for sample in data_batch['data_samples']]

    def after_val_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        self.val += [sample.clip_id for sample in data_batch['data_samples']]


@pytest.mark.parametrize('selection', ['holdout', 'test'])
def test_no_test_clip_reaches_training_schedule_or_selection(selection, rendered, tmp_path):
    """The key is set in the config file itself, and the ids are those that a real run reads."""
    text = (ROOT / 'configs/ous_demo.py').read_text()
    path = tmp_path / 'ous_demo.py'
    path.write_text(text.replace("'./_base_/", f"'{ROOT}/configs/_base_/")
                    .replace("selection = 'test'", f'selection = {selection!r}'))
    config = Config.fromfile(path)
    config.merge_from_dict({
        'work_dir': str(tmp_path), 'train_cfg.max_epochs': 1,
        'model.cls_head.mcfe.num_blocks': 1, 'experiment_name': f'holdout_{selection}',
        **{f'{loader}_dataloader.{key}': value for loader in ('train', 'val', 'test')
           for key, value in {'dataset.data_root': str(rendered), 'num_workers': 0,
                              'persistent_workers': False}.items()}})
    runner, seen = Runner.from_cfg(config), SeenClips()
    runner.register_hook(seen)
    runner.train()

    ids = {split: {record['clip_id'] for record in
                   read_annotation(rendered / f'annotations/fold1_{split}.json')[1]}
           for split in ('train', 'test')}
    assert len(seen.train) == len(set(seen.train)) and len(seen.val) == len(set(seen.val))
    if selection == 'holdout':
        assert set(seen.train) | set(seen.val) == ids['train']
        assert not set(seen.train) & set(seen.val)
        assert len(seen.val) == 7  # a tenth of ten clips per class
    else:
        assert set(seen.train) == ids['train'] and set(seen.val) == ids['test']
    assert HOOKS.get('StoppingRulesHook') in map(type, runner.hooks)
