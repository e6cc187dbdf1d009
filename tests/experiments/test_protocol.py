import json
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from ous_mmaction.datasets.selection import annotation_files, split_source
from ous_mmaction.experiments.protocol import check_splits, selection_of, use_fold, use_selection

CONFIGS = Path(__file__).parents[2] / 'configs'


@pytest.fixture
def config():
    return Config.fromfile(CONFIGS / 'ous_demo.py')


def files(config):
    return [annotation_files(config[f'{split}_dataloader'].dataset)
            for split in ('train', 'val', 'test')]


def test_fold(config):
    use_fold(config, 4)
    assert files(config) == [[f'annotations/fold4_{split}.json']
                             for split in ('train', 'test', 'test')]
    with pytest.raises(ValueError, match='the datasets have no key `fold`, because they have one '
                                         'official split'):
        use_fold(Config.fromfile(CONFIGS / 'ous_ferv39k.py'), 2)


def test_selection(config):
    assert selection_of(config) == 'test'
    use_selection(config, 'holdout')
    assert selection_of(config) == 'holdout'
    assert files(config) == [[f'annotations/fold1_{split}.json']
                             for split in ('train', 'train', 'test')]
    assert [split_source(split, 'holdout')[1]
            for split in ('train', 'val', 'test')] == ['rest', 'holdout', 'all']
    use_selection(config, 'test')
    assert selection_of(config) == 'test'
    use_selection(config, 'holdout')
    config.val_dataloader.dataset.holdout_seed = 1
    with pytest.raises(ValueError, match='val_dataloader.dataset.holdout_seed is 1'):
        selection_of(config)
    use_selection(config, 'test')
    config.val_dataloader.dataset.ann_file = 'validation.json'
    assert selection_of(config) == 'validation'
    config.val_dataloader.dataset.ann_file = 'annotations/fold1_train.json'
    with pytest.raises(ValueError, match='validation reads the training clips'):
        selection_of(config)


def test_splits_are_checked_before_anything_is_computed(config, rendered, tmp_path):
    for split in ('train', 'val', 'test'):
        config[f'{split}_dataloader'].dataset.data_root = str(rendered)
    name, classes = check_splits(config)
    assert classes == list(config.class_names) and name
    content = json.loads((rendered / 'annotations/fold1_test.json').read_text())
    content['data_list'] = [r for r in content['data_list'] if r['label'] not in (5, 6)]
    (tmp_path / 'fold1_test.json').write_text(json.dumps(content))
    config.test_dataloader.dataset.ann_file = str(tmp_path / 'fold1_test.json')
    with pytest.raises(ValueError, match='fold1_test.json: the split has no clip of Disgust, Fear'):
        check_splits(config)
    del config.test_dataloader.dataset['ann_file']
    use_fold(config, 9)
    message = 'fold9_train.json: the annotation file was not found'
    with pytest.raises(FileNotFoundError, match=message):
        check_splits(config)


def test_a_2d_model_of_another_fold_has_seen_test_clips(tmp_path):
    config = Config.fromfile(CONFIGS / 'aen/aen_demo.py')
    config.model.fer2d.checkpoint = str(tmp_path / '2d.pth')
    torch.save(dict(meta=dict(dataset_meta=dict(fold=1)), state_dict={}), tmp_path / '2d.pth')
    use_fold(config, 1)
    with pytest.raises(ValueError, match='2d.pth: .*was trained on fold 1.*test clips of fold 2'):
        use_fold(config, 2)
    torch.save(dict(meta=dict(dataset_meta=dict(classes=[])), state_dict={}), tmp_path / '2d.pth')
    use_fold(config, 2)


def test_data_without_annotation_files_have_no_folds():
    with pytest.raises(ValueError, match='is a StillImageDataset, which reads a folder and has no '
                                         'folds'):
        check_splits(Config.fromfile(CONFIGS / 'aen/aen_2d_affectnet.py'))
