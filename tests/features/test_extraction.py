"""A bank is written completely, once, and identically after any interruption."""
import json
import os
import re
import resource
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.logging import MMLogger

from ous_mmaction.datasets.annotation import read_annotation, write_annotation
from ous_mmaction.datasets.transforms.read_clip import ReadClip
from ous_mmaction.features import FeatureBank, open_bank
from ous_mmaction.features.extraction import (
    DEFAULT_VIEWS,
    choose_precision,
    ensure_bank,
    extract_features,
)
from ous_mmaction.video import VideoError


def content(folder):
    """Bytes of the files in a folder by name."""
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


@pytest.fixture
def extract(pixel_config):
    """Extract in float16, like the fixture's bank, from the config with further options."""

    def extract(out, options=None, **kwargs):
        config = pixel_config.copy()
        config.merge_from_dict(options or {})
        return extract_features(config, out, **{'views': 0, 'batch_size': 5, **kwargs})

    return extract


@pytest.fixture(scope='module')
def parts(pixel_config, banks, tmp_path_factory):
    """The folder ``parts`` before the parts are joined."""
    folder = tmp_path_factory.mktemp('unjoined')

    def interrupt(*_):
        raise InterruptedError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('ous_mmaction.features.bank_writer.BankWriter.finish', interrupt)
        with pytest.raises(InterruptedError):
            extract_features(pixel_config, folder, views=0, batch_size=5)
    return folder / 'parts'


@pytest.mark.parametrize('kept', [0, 1, 3, 4])
def test_a_run_that_was_killed_is_continued(extract, parts, banks, tmp_path, kept):
    """A kill leaves complete parts, not necessarily the first ones, and a torn one."""
    shutil.copytree(parts, tmp_path / 'parts')
    for path in sorted((tmp_path / 'parts').glob('0*.npy'))[:4 - kept]:
        path.rename(path.with_name(f'.{path.name}.part'))
        os.truncate(path.with_name(f'.{path.name}.part'), 50)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / 'parts').glob('0*.npy')}
    assert len(before) == kept
    extract(tmp_path)
    assert content(tmp_path) == content(banks['float16'])


def test_a_kill_while_parts_are_joined_or_removed_costs_nothing(extract, parts, banks, tmp_path):
    whole = content(banks['float16'])
    for left in (dict(), {'features.npy': whole['features.npy']}, whole):
        folder = tmp_path / str(len(left))
        shutil.copytree(parts, folder / 'parts')
        (folder / 'parts' / 'features.npy').write_bytes(b'torn')
        for name, data in left.items():
            (folder / name).write_bytes(data)
        if len(left) == 2:
            (folder / 'parts' / '000000005.npy').unlink()
        extract(folder)
        assert content(folder) == whole


def test_the_bar_tells_the_rate_and_the_wait_for_data(extract, tmp_path, monkeypatch, capfd):
    read = ReadClip.transform

    def read_slowly(self, results):
        time.sleep(0.2)
        return read(self, results)

    monkeypatch.setattr(ReadClip, 'transform', read_slowly)
    begin = time.perf_counter()
    extract(tmp_path, {'test_dataloader.dataset.pipeline.read.backend': 'pyav'})
    passed = time.perf_counter() - begin
    last = capfd.readouterr().err.split('\r')[-1]
    rate, share = map(int, re.search(r'(\d+) img/s, (\d+) % of the time waiting', last).groups())
    assert '20/20' in last and 'view/s' in last
    images = 20 * 2 * 17
    assert images / passed < rate + 1 and rate - 1 < images / (20 * 0.2)
    assert share >= 100 * 20 * 0.2 / passed - 1


def test_a_finished_bank_is_left_alone(extract, banks, tmp_path):
    shutil.copytree(banks['float16'], tmp_path / 'bank')
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / 'bank').iterdir()}
    extract(tmp_path / 'bank')
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / 'bank').iterdir()}


@pytest.mark.parametrize('options, arguments, key, finished', [
    ({'model.backbone.clip_model.pretrained': None}, {}, 'clip.pretrained', False),
    ({'test_dataloader.dataset.pipeline.split.scene': 'masked'}, {},
     r'pipelines.test.3.scene` \(full, now masked\)', True),
    ({'model.data_preprocessor.std': [1, 1, 1]}, {}, 'preprocessor.std', False),
    ({}, dict(dtype='float32'), 'dtype', True), ({}, dict(views=1), r'views` \(0, now 1\)', False)])
def test_what_is_begun_with_other_settings_is_not_mixed(extract, banks, parts, tmp_path, options,
                                                        arguments, key, finished):
    folder = tmp_path / 'bank'
    files = folder if finished else folder / 'parts'
    shutil.copytree(banks['float16'] if finished else parts, files)
    before = content(files)
    with pytest.raises(ValueError, match=f'begun with another `{key}.* --out of .* or --bank of'):
        extract(folder, options, **arguments)
    assert content(files) == before


def test_other_face_boxes_are_not_mixed(extract, rendered, parts, tmp_path):
    text = (rendered / 'faces.jsonl').read_text()
    header, *lines = text.splitlines()
    boxes = [json.loads(line) for line in lines]
    for clip in boxes:
        clip['boxes'][0][0] -= 1
    (tmp_path / 'faces.jsonl').write_text('\n'.join([header, *map(json.dumps, boxes)]))
    shutil.copytree(parts, tmp_path / 'bank' / 'parts')
    with pytest.raises(ValueError, match='begun with another `boxes`'):
        extract(tmp_path / 'bank',
                {'test_dataloader.dataset.boxes_file': str(tmp_path / 'faces.jsonl')})


def test_a_clip_that_does_not_decode_stops_the_run_and_keeps_what_is_done(
        extract, pixel_config, banks, rendered, tmp_path):
    shutil.copytree(rendered, tmp_path / 'data')
    _, records = read_annotation(pixel_config.train_dataloader.dataset.ann_file)
    broken = tmp_path / 'data' / records[7]['filename']
    whole = broken.read_bytes()
    broken.write_bytes(whole[:len(whole) // 2])
    options = {f'{loader}_dataloader.dataset.data_root': str(tmp_path / 'data')
               for loader in ('train', 'val', 'test')}
    with pytest.raises(VideoError, match=broken.name):
        extract(tmp_path / 'bank', options)
    assert (tmp_path / 'bank/parts/000000000.npy').exists()
    broken.write_bytes(whole)
    extract(tmp_path / 'bank', options)
    assert content(tmp_path / 'bank') == content(banks['float16'])


@pytest.mark.parametrize('size, name', [(30_000, 'parts/000000000.npy'), (100_000, 'features.npy')])
def test_a_full_disk_is_told_and_costs_nothing(extract, banks, tmp_path, size, name):
    """The disk fills up at the first part, or at the joined array."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        with pytest.raises(OSError, match=f'{tmp_path}/{name}: cannot be written .*Make room'):
            extract(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not [path for path in tmp_path.rglob('.*')]
    extract(tmp_path)
    assert content(tmp_path) == content(banks['float16'])


def test_each_clip_is_there_once_in_the_order_of_the_files(extract, pixel_config, banks, tmp_path):
    """Folds share clips, so that the second file repeats some clips of the first."""
    loaders = pixel_config.train_dataloader, pixel_config.test_dataloader
    train, test = (read_annotation(loader.dataset.ann_file) for loader in loaders)
    write_annotation(tmp_path / 'fold.json', test[0], test[1][::-1] + train[1][:3])
    ann_files = [str(tmp_path / 'fold.json'), loaders[1].dataset.ann_file]
    bank = FeatureBank(extract(tmp_path / 'bank', ann_files=ann_files).parent)
    assert list(bank.rows) == [r['clip_id'] for r in test[1][::-1] + train[1][:3]]
    expected = FeatureBank(banks['float16'])
    for clip_id, row in bank.rows.items():
        np.testing.assert_allclose(bank.records['face'][row].astype(np.float32),
                                   expected.records['face'][expected.rows[clip_id]], atol=2e-2)


@pytest.mark.parametrize('dataset, longer, message', [
    ('Rendered', 1, 'other.json: clip .* differs from the clip'),
    ('DFEW', 0, 'other.json: its `dataset` is DFEW, but .* has Rendered')])
def test_annotations_that_disagree_are_refused(extract, pixel_config, tmp_path, dataset, longer,
                                               message):
    ann_file = pixel_config.test_dataloader.dataset.ann_file
    metainfo, records = read_annotation(ann_file)
    records[0]['total_frames'] += longer
    write_annotation(tmp_path / 'other.json', dict(metainfo, dataset=dataset), records)
    with pytest.raises(ValueError, match=message):
        extract(tmp_path / 'bank', {'test_dataloader.dataset.boxes_file': None},
                ann_files=[ann_file, str(tmp_path / 'other.json')])


def test_features_that_do_not_fit_are_refused(extract, tmp_path):
    with pytest.raises(ValueError, match='not finite in float16. Extract with --dtype float32'):
        extract(tmp_path / 'bank', {'model.data_preprocessor.mean': [float('inf')] * 3})


@pytest.mark.parametrize('arguments, message', [
    (dict(views=-1), '--views must be at least 0, but got -1'),
    (dict(batch_size=0), '--batch-size must be at least 1, but got 0')])
def test_counts_are_checked(extract, tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        extract(tmp_path / 'bank', **arguments)


def test_a_config_that_reads_a_bank_is_refused(banks, bank_config, tmp_path):
    with pytest.raises(ValueError, match='the backbone is FeatureBankBackbone, but a bank is'):
        extract_features(bank_config(banks['float16']), tmp_path / 'bank')


def test_the_number_of_views_is_that_of_the_bank_that_is_there(pixel_config, banks, tmp_path):
    """Of a finished one and of one that was begun; a new bank has enough for training."""
    for name, unfinished in (('finished', False), ('begun', True)):
        out = shutil.copytree(banks['float32'], tmp_path / name)
        if unfinished:
            (out / 'parts').mkdir()
            header = json.loads((out / 'index.json').read_text())
            for key in ('shards', 'checksum'):
                del header[key]
            (out / 'parts' / 'plan.json').write_text(json.dumps(header))
            (out / 'index.json').unlink()
        extract_features(pixel_config, out, dtype='float32', batch_size=5)
        assert open_bank(out).views == 2
    extract_features(pixel_config, tmp_path / 'new', [
        pixel_config.test_dataloader.dataset.ann_file])
    assert open_bank(tmp_path / 'new').views == DEFAULT_VIEWS == 4


def test_a_bank_is_extracted_where_it_is_missing(pixel_config, banks, tmp_path):
    ensure_bank(pixel_config, banks['float32'], None)
    ensure_bank(pixel_config, banks['float32'], 2)
    with pytest.raises(ValueError, match='the bank has 2 views, but --views is 4'):
        ensure_bank(pixel_config, banks['float32'], 4)
    config = pixel_config.copy()
    config.merge_from_dict({'train_dataloader.dataset.ann_file':
                            config.test_dataloader.dataset.ann_file})
    ensure_bank(config, tmp_path / 'new', 1)
    assert open_bank(tmp_path / 'new').views == 1


def test_a_bank_says_in_which_precision_it_was_computed(extract, banks, bank_config, tmp_path,
                                                        caplog):
    extract(tmp_path, precision='bf16')
    half, exact = FeatureBank(tmp_path), FeatureBank(banks['float16'])
    assert (half.precision, exact.precision) == ('bf16', 'fp32')
    for name in ('face', 'scene', 'taps'):
        a, b = (torch.from_numpy(bank.records[name].astype(np.float32)) for bank in (half, exact))
        assert not torch.equal(a, b)
        assert torch.cosine_similarity(a, b, dim=-1).min() > 0.999

    with pytest.raises(ValueError, match=r'another `precision` \(bf16, now fp32\)'):
        extract(tmp_path, precision='fp32')

    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        for key, warnings in (('bf16', 0), ('fp32', 1)):
            MODELS.build(bank_config(tmp_path, **{'model.backbone.precision': key}).model.backbone)
            assert caplog.text.count('CLIP computed the features in bf16, but reads pixels in fp32'
                                     ) == warnings
    finally:
        logger.removeHandler(caplog.handler)


def test_the_key_then_the_begun_bank_then_the_hardware_choose_the_precision(
        pixel_config, banks, tmp_path):
    config = pixel_config.copy()
    assert choose_precision(config, tmp_path, 'cuda') == 'fp16'
    assert choose_precision(config, tmp_path, 'cpu') in ('fp32', 'bf16')
    assert choose_precision(config, banks['float16'], 'cuda') == 'fp32'
    (tmp_path / 'parts').mkdir()
    (tmp_path / 'parts' / 'plan.json').write_text('{"precision": "bf16"}')
    assert choose_precision(config, tmp_path, 'cuda') == 'bf16'
    config.model.backbone.precision = 'fp32'
    assert choose_precision(config, tmp_path, 'cuda') == 'fp32'
