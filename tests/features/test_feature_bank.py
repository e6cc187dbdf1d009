"""The content of a bank, and what is refused."""
import copy
import json
import pickle
import shutil

import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.dataset import default_collate, pseudo_collate
from mmengine.logging import MMLogger

from ous_mmaction.datasets.annotation import read_annotation, write_annotation
from ous_mmaction.features import FeatureBank
from ous_mmaction.features.extraction import extract_features
from ous_mmaction.features.feature_bank import SHARD_BYTES, checksums, dump_index

from .conftest import NUM_FRAMES


@pytest.fixture
def damaged(banks, tmp_path):
    return shutil.copytree(banks['float16'], tmp_path / 'copy')


@torch.no_grad()
def logits(config, collate, state_dict=None):
    """Logits and streams of the test split, and the model's state dict."""
    torch.manual_seed(1)
    model = MODELS.build(config.model).eval()
    if state_dict is not None:
        model.load_state_dict(state_dict)
    dataset = DATASETS.build(config.test_dataloader.dataset)
    data = model.data_preprocessor(collate([dataset[i] for i in range(len(dataset))]))
    streams = model.backbone.encode_streams(**data['inputs'])
    return model.cls_head(model.neck(streams)), streams, model.state_dict()


@pytest.mark.parametrize('dtype, tolerance', [('float16', 2e-3), ('float32', 1e-5)])
@pytest.mark.parametrize('hold', ['host', 'device'])
def test_logits_are_those_from_pixels(banks, pixel_config, bank_config, dtype, tolerance, hold):
    """The clips have 12 to 20 frames, so that some of them are padded."""
    expected, pixels, state = logits(pixel_config, pseudo_collate)
    config = bank_config(banks[dtype], **{'model.backbone.hold': hold})
    actual, streams, cached_state = logits(config, default_collate, state)
    assert list(state) == list(cached_state)
    assert (actual - expected).abs().max() <= tolerance * expected.abs().max()
    assert not pixels.mask.all() and torch.equal(streams.mask, pixels.mask)
    for name in ('face', 'scene', 'taps'):
        torch.testing.assert_close(getattr(streams, name), getattr(pixels, name),
                                   rtol=tolerance, atol=tolerance)


def test_augmented_views_are_those_of_the_epochs(banks, pixel_config, bank_config):
    """Epochs 0 to 2 of two views, so that the third epoch repeats the first."""
    pixels = DATASETS.build(pixel_config.train_dataloader.dataset)
    dataset = DATASETS.build(bank_config(banks['float32']).train_dataloader.dataset)
    backbone = MODELS.build(pixel_config.model.backbone)
    preprocessor = MODELS.build(pixel_config.model.data_preprocessor)
    table, bank = dataset.bank.table(), dataset.bank
    faces = []
    for epoch in range(3):
        dataset.set_epoch(epoch, pixel_config.randomness.seed)
        pixels.set_epoch(epoch % 2, pixel_config.randomness.seed)
        rows = torch.stack([dataset[i]['inputs']['record'] for i in range(len(dataset))])
        fields = bank.unpack(table[rows])
        data = preprocessor(pseudo_collate([pixels[i] for i in (3, 11)]))
        with torch.no_grad():
            expected = backbone.encode_streams(**data['inputs'])
        torch.testing.assert_close(fields['face'][[3, 11]], expected.face, rtol=1e-4, atol=1e-5)
        faces.append(fields['face'])
    assert torch.equal(faces[0], faces[2]) and not torch.allclose(faces[0], faces[1], atol=1e-2)


def test_without_epochs_views_are_drawn(banks, bank_config):
    dataset = DATASETS.build(bank_config(banks['float32']).train_dataloader.dataset)
    np.random.seed(0)
    drawn = {dataset[3]['inputs']['record'].item() for _ in range(20)}
    assert drawn == {3 * 3 + 1, 3 * 3 + 2}


def test_a_copy_of_a_model_reads_the_same_bank(banks, bank_config):
    model = MODELS.build(bank_config(banks['float32']).model)
    assert copy.deepcopy(model).backbone.bank is model.backbone.bank
    assert pickle.loads(pickle.dumps(model.backbone.bank)) is model.backbone.bank


def test_items_carry_what_metrics_read(banks, pixel_config, bank_config):
    pixels, items = (DATASETS.build(config.test_dataloader.dataset)
                     for config in (pixel_config, bank_config(banks['float32'])))
    assert len(pixels) == len(items) == 8 and items.metainfo == pixels.metainfo
    for pixel, item in ((pixels[i]['data_samples'], items[i]['data_samples']) for i in range(8)):
        assert (item.clip_id, item.gt_label) == (pixel.clip_id, pixel.gt_label)


def test_a_bank_is_a_plain_numpy_file(banks):
    records = np.load(banks['float16'] / 'features.npy', mmap_mode='r', allow_pickle=False)
    assert records.shape == (20, 1) and records['face'].shape == (20, 1, NUM_FRAMES, 128)
    assert records['taps'].shape == (20, 1, 4, 128) and records['face'].dtype == np.float16
    assert sorted(path.name for path in banks['float16'].iterdir()) == [
        'features.npy', 'index.json']


def test_without_polarity_there_are_no_taps(pixel_config, bank_config, tmp_path):
    options = {'model.backbone.num_taps': 0, 'model.neck.tap_channels': None}
    config = pixel_config.copy()
    config.merge_from_dict(options)
    extract_features(config, tmp_path / 'bank', [config.test_dataloader.dataset.ann_file],
                     views=0)
    _, streams, _ = logits(bank_config(tmp_path / 'bank', **options), default_collate)
    assert streams.taps is None and streams.face.shape == (8, NUM_FRAMES, 128)
    with pytest.raises(ValueError, match='features have 0 taps, but the config has `num_taps` = 4'):
        MODELS.build(bank_config(tmp_path / 'bank').model)


@pytest.mark.parametrize('name', ['features.npy', 'index.json'])
@pytest.mark.parametrize('share', [0.001, 0.3, 0.999])
def test_one_flipped_bit_is_found(damaged, name, share):
    path = damaged / name
    data = bytearray(path.read_bytes())
    data[int(share * len(data))] ^= 4
    path.write_bytes(data)
    with pytest.raises(ValueError, match=f'{name}: .*damaged.*Copy the bank again') as error:
        FeatureBank(damaged)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('name', ['features.npy', 'index.json'])
@pytest.mark.parametrize('kept', [0, 0.5, -1, 2])
def test_a_file_of_another_length_is_found(damaged, name, kept):
    data = (damaged / name).read_bytes()
    data = data * 2 if kept == 2 else data[:kept if kept < 0 else int(kept * len(data))]
    (damaged / name).write_bytes(data)
    with pytest.raises(ValueError, match=f'{name}: .*damaged'):
        FeatureBank(damaged)


def test_damage_is_located(tmp_path):
    """A file with several checksums: 40 MB of records, with a bit flipped in the third shard."""
    np.save(tmp_path / 'features.npy', np.zeros((40, 1, 1 << 20), np.uint8))
    header = dict(format='ous_mmaction/feature_bank', version=1, clips=[])
    (tmp_path / 'index.json').write_text(dump_index(header, checksums(tmp_path / 'features.npy')))
    FeatureBank(tmp_path)
    with open(tmp_path / 'features.npy', 'r+b') as file:
        file.seek(2 * SHARD_BYTES + 77)
        file.write(b'\1')
    with pytest.raises(ValueError, match=f'after byte {2 * SHARD_BYTES}'):
        FeatureBank(tmp_path)


def test_a_missing_or_unfinished_bank_is_told(damaged):
    (damaged / 'features.npy').unlink()
    with pytest.raises(FileNotFoundError, match='features.npy: the features file was not found'):
        FeatureBank(damaged)
    (damaged / 'index.json').unlink()
    with pytest.raises(FileNotFoundError, match='bank was not found. '
                                                'Write it with tools/extract_feat'):
        FeatureBank(damaged)
    (damaged / 'parts').mkdir()
    with pytest.raises(FileNotFoundError, match='is not finished'):
        FeatureBank(damaged)


def test_another_version_is_refused(damaged):
    content = json.loads((damaged / 'index.json').read_text())
    del content['checksum']
    shards = content.pop('shards')
    (damaged / 'index.json').write_text(dump_index(dict(content, version=2), shards))
    with pytest.raises(ValueError, match='of version 2, but this package reads'):
        FeatureBank(damaged)


def test_another_clip_is_refused(banks, bank_config):
    config = bank_config(banks['float16'], **{'model.backbone.clip_model.pretrained': None})
    with pytest.raises(ValueError, match='features were made with CLIP vit_demo/rendered .* but '
                                         'the config has vit_demo/None .*Set the key `clip_model`'):
        MODELS.build(config.model)


@pytest.mark.parametrize('loader, step, key, value', [
    ('test', 'split', 'size', 32), ('test', 'sample', 'clip_len', 8),
    ('test', 'split', 'scene_resize', 'pad'), ('train', 'split', 'fade', 0.25),
    ('train', 'split', 'scene', 'masked'), ('train', 'flip', 'prob', 0.1)])
def test_another_pipeline_is_refused(banks, bank_config, loader, step, key, value):
    config = bank_config(banks['float32'])
    config[f'{loader}_dataloader'].dataset.pipeline[step][key] = value
    number = dict(sample=0, split=3, flip=4)[step]
    message = f"step {number} of the {loader} pipeline was .* but the config has .*'{key}': "
    with pytest.raises(ValueError, match=message):
        DATASETS.build(config[f'{loader}_dataloader'].dataset)


def test_a_bank_without_augmented_views_takes_any_train_pipeline(banks, bank_config):
    config = bank_config(banks['float16'])
    config.train_dataloader.dataset.pipeline.flip.prob = 0.1
    dataset = DATASETS.build(config.train_dataloader.dataset)
    assert [dataset[i]['inputs']['record'].item() for i in (0, 1, 11)] == [0, 1, 11]


@pytest.mark.parametrize('change, message', [
    (lambda meta, records: records[2].update(clip_id='new'),
     'the bank has no features of clip new of'),
    (lambda meta, records: records[2].update(total_frames=99),
     'frames, but .* says 99. .*another copy'),
    (lambda meta, records: meta.update(dataset='DFEW'),
     'the features belong to Rendered, but .* belongs to DFEW')])
def test_other_clips_are_refused(banks, bank_config, tmp_path, change, message):
    config = bank_config(banks['float16'])
    metainfo, records = read_annotation(config.test_dataloader.dataset.ann_file)
    change(metainfo, records)
    write_annotation(tmp_path / 'other.json', metainfo, records)
    config.test_dataloader.dataset.ann_file = str(tmp_path / 'other.json')
    with pytest.raises(ValueError, match=message):
        DATASETS.build(config.test_dataloader.dataset)


def test_hold_is_checked(banks, bank_config):
    with pytest.raises(ValueError, match='`FeatureBankBackbone.hold` must be one of host, device, '
                                         "but got 'disk'"):
        MODELS.build(bank_config(banks['float16'], **{'model.backbone.hold': 'disk'}).model)


def changed_boxes(rendered, folder, clip_id):
    """The face boxes with one coordinate of one clip changed."""
    header, *lines = (rendered / 'faces.jsonl').read_text().splitlines()
    clips = [json.loads(line) for line in lines]
    next(clip for clip in clips if clip['clip_id'] == clip_id)['boxes'][0][0] -= 0.01
    path = folder / 'faces.jsonl'
    path.write_text('\n'.join([header, *map(json.dumps, clips)]))
    return path


@pytest.mark.parametrize('loader', ['train', 'test'])
def test_face_boxes_that_have_changed_are_refused(banks, bank_config, rendered, tmp_path, loader):
    """One clip of the loader has another box; the loader that does not read it is not concerned."""
    other = 'test' if loader == 'train' else 'train'
    config = bank_config(banks['float16'])
    clip_id = read_annotation(config[f'{loader}_dataloader'].dataset.ann_file)[1][2]['clip_id']
    path = changed_boxes(rendered, tmp_path, clip_id)
    for name in (loader, other):
        config[f'{name}_dataloader'].dataset.boxes_file = str(path)
    DATASETS.build(config[f'{other}_dataloader'].dataset)
    with pytest.raises(ValueError, match=f'the face boxes of 1 of .* .first: {clip_id}. have '
                                         f'changed since the features were made, see {path}'):
        DATASETS.build(config[f'{loader}_dataloader'].dataset)


def test_files_that_have_changed_are_refused(banks, bank_config, tmp_path):
    """The annotation is written anew for another copy of one clip, with as many frames."""
    config = bank_config(banks['float16'])
    dataset = config.test_dataloader.dataset
    metainfo, records = read_annotation(dataset.ann_file)
    assert all(len(record['digest']) == 32 for record in records)
    records[4]['digest'] = 32 * '0'
    dataset.ann_file = str(tmp_path / 'test.json')
    write_annotation(dataset.ann_file, metainfo, records)
    with pytest.raises(ValueError, match='the files of 1 of 8 clips .first: '
                                         f'{records[4]["clip_id"]}. have changed'):
        DATASETS.build(dataset)


def test_a_bank_without_its_boxes_file_is_used_with_a_warning(banks, bank_config, caplog):
    dataset = bank_config(banks['float16']).test_dataloader.dataset
    dataset.boxes_file = 'nowhere.jsonl'
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        assert len(DATASETS.build(dataset)) == 8
    finally:
        logger.removeHandler(caplog.handler)
    assert 'nowhere.jsonl: the face boxes file was not found, so that it is not' in caplog.text


def test_training_on_the_view_of_the_test_warns(banks, bank_config, caplog):
    """Not with augmented views, and not where training has no random step."""
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        plain = bank_config(banks['float16'])
        plain.train_dataloader.dataset.pipeline = plain.test_dataloader.dataset.pipeline
        for config in (plain, bank_config(banks['float32'])):
            DATASETS.build(config.train_dataloader.dataset)
        assert 'no augmented views' not in caplog.text
        DATASETS.build(bank_config(banks['float16']).train_dataloader.dataset)
    finally:
        logger.removeHandler(caplog.handler)
    assert caplog.text.count('the bank has no augmented views, so that training sees every clip as '
                             'it is tested') == 1


def test_a_bank_of_version_0_1_0_is_used_with_a_warning(damaged, bank_config, pixel_config,
                                                       rendered, tmp_path, caplog):
    """It holds no hashes of its sources. Extracting again keeps it as it is."""
    index = json.loads((damaged / 'index.json').read_text())
    for key in ('sources', 'checksum'):
        del index[key]
    shards = index.pop('shards')
    (damaged / 'index.json').write_text(dump_index(index, shards))
    before = (damaged / 'index.json').read_bytes()
    dataset = bank_config(damaged).test_dataloader.dataset
    dataset.boxes_file = str(changed_boxes(rendered, tmp_path, '00001'))
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        assert len(DATASETS.build(dataset)) == len(DATASETS.build(dataset)) == 8
    finally:
        logger.removeHandler(caplog.handler)
    assert caplog.text.count('does not say which face boxes and files it was made from') == 1
    extract_features(pixel_config, damaged, views=0, batch_size=5)
    assert (damaged / 'index.json').read_bytes() == before
