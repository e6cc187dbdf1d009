import json
from pathlib import Path

import pytest
from mmengine.config import Config

from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.features.extraction import extract_features
from ous_mmaction.features.use_bank import use_bank

CONFIGS = Path(__file__).parents[2] / 'configs'
# An odd number, so that the fields of a record are not aligned by chance. It exceeds the length of
# some clips.
NUM_FRAMES = 17


@pytest.fixture(scope='session')
def demo(rendered, tmp_path_factory):
    """Options of the demo on 12 + 8 rendered clips, for extraction and for training."""
    folder = tmp_path_factory.mktemp('annotations')
    for split, count in (('train', 12), ('test', 8)):
        content = json.loads((rendered / f'annotations/fold1_{split}.json').read_text())
        write_annotation(folder / f'{split}.json', content['metainfo'],
                         content['data_list'][::3][:count])
    options = {'model.neck.frames_encoder.max_frames': NUM_FRAMES,
               'model.cls_head.mcfe.num_blocks': 2}
    for loader, split in (('train', 'train'), ('val', 'test'), ('test', 'test')):
        key = f'{loader}_dataloader'
        options |= {f'{key}.num_workers': 0, f'{key}.persistent_workers': False,
                    f'{key}.batch_size': 4, f'{key}.dataset.data_root': str(rendered),
                    f'{key}.dataset.ann_file': str(folder / f'{split}.json'),
                    f'{key}.dataset.pipeline.sample.clip_len': NUM_FRAMES}
    return options


@pytest.fixture(scope='session')
def pixel_config(demo):
    config = Config.fromfile(CONFIGS / 'ous_demo.py')
    config.merge_from_dict(demo)
    return config


@pytest.fixture(scope='session')
def bank_config(demo):
    """Build the config that trains from a bank, with further options."""

    def config(bank, **options):
        config = Config.fromfile(CONFIGS / 'ous_demo.py')
        config.merge_from_dict({**demo})
        use_bank(config, bank)
        config.merge_from_dict(options)
        return config

    return config


@pytest.fixture(scope='session')
def banks(pixel_config, tmp_path_factory):
    """One bank per precision, the float32 one with two augmented views. Do not change them."""
    folder = tmp_path_factory.mktemp('banks')
    for dtype, views in (('float16', 0), ('float32', 2)):
        extract_features(pixel_config, folder / dtype, views=views, dtype=dtype, batch_size=5)
    return {dtype: folder / dtype for dtype in ('float16', 'float32')}
