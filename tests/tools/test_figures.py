"""The figures of a small training, from the bank and from pixels."""
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import Runner

from ous_mmaction.datasets.annotation import read_annotation, write_annotation
from ous_mmaction.features.extraction import extract_features
from ous_mmaction.features.use_bank import use_bank

CONFIG = 'configs/ous_demo.py'
MODEL = ['confusion_matrix', 'feature_clusters', 'attention', 'attention_by_class']
LOADERS = [f'{name}_dataloader' for name in ('train', 'val', 'test')]


@pytest.fixture(scope='module')
def small(rendered, tmp_path_factory):
    """Options of the demo with 28 clips to train on and 21 to test, and a bank of them."""
    folder = tmp_path_factory.mktemp('small')
    options = {'model.cls_head.mcfe.num_blocks': 2}
    for split, count in (('train', 4), ('test', 3)):
        metainfo, records = read_annotation(rendered / f'annotations/fold1_{split}.json')
        some = [record for label in range(7) for record in
                [record for record in records if record['label'] == label][:count]]
        write_annotation(folder / f'{split}.json', metainfo, some)
    for loader, split in zip(LOADERS, ('train', 'test', 'test')):
        options |= {f'{loader}.num_workers': 0, f'{loader}.persistent_workers': False,
                    f'{loader}.dataset.data_root': str(rendered),
                    f'{loader}.dataset.ann_file': str(folder / f'{split}.json')}
    config = Config.fromfile(CONFIG)
    config.merge_from_dict(options)
    extract_features(config, folder / 'bank', views=0, dtype='float32')
    return options, folder / 'bank'


@pytest.fixture(scope='module')
def run(small, tmp_path_factory):
    """Work dir of three epochs from the bank."""
    options, bank = small
    config = use_bank(Config.fromfile(CONFIG), bank)
    config.merge_from_dict({**options, 'train_cfg.max_epochs': 3,
                            'default_hooks.logger.interval': 1,
                            'default_hooks.loss_switch.alpha': 1.9})
    config.work_dir = str(tmp_path_factory.mktemp('run'))
    Runner.from_cfg(config).train()
    return Path(config.work_dir)


def cfg_options(options):
    return ['--cfg-options', *(f'{key}={value}' for key, value in options.items())]


def numbers(folder, name):
    return json.loads((folder / f'{name}.json').read_text())


def test_all_figures_in_one_command(run_tool, run, small, tmp_path):
    """Of the bank; twice, to the same bytes; and of pixels, to the same numbers."""
    checkpoint = run / 'epoch_3.pth'
    options, bank = small
    for name, source in (('bank', ['--bank', bank]), ('again', ['--bank', bank]), ('pixels', [])):
        code, output = run_tool('figures.py', CONFIG, checkpoint, '--log', run, '--out-dir',
                                tmp_path / name, '--device', 'cpu', *source, *cfg_options(options))
        assert code == 0
    assert sorted(path.name for path in (tmp_path / 'bank').iterdir()) == sorted(
        f'{name}.{suffix}' for name in [*MODEL, 'loss_course'] for suffix in
        ('png', 'pdf', 'json'))
    for path in (tmp_path / 'bank').iterdir():
        assert path.stat().st_size > 100
        assert path.read_bytes() == (tmp_path / 'again' / path.name).read_bytes()

    counts = np.array(numbers(tmp_path / 'bank', 'confusion_matrix')['counts'])
    assert counts.sum(1).tolist() == [3] * 7
    assert f'WAR {np.trace(counts) / 21:.3f} on 21 clips' in output
    clusters = numbers(tmp_path / 'bank', 'feature_clusters')
    assert len(clusters['clips']) == 21
    stages = ['before the neck', 'after the neck', 'after MCFE']
    assert list(clusters['silhouette']) == list(clusters['clips'][0]['positions']) == stages
    for name, rows in (('attention', ['1', '2']), ('attention_by_class', clusters['classes'])):
        content = numbers(tmp_path / 'bank', name)
        assert content['rows'] == rows
        assert content['sources'] == ['face', 'scene', 'polarity', 'previous']
        for shares in (*content['shares'].values(), content['equal_weights']):
            np.testing.assert_allclose(np.sum(shares, -1), 1, atol=1e-5)
    assert 'silhouette ' in output and '% polarity (equal weights' in output

    pixels = tmp_path / 'pixels'
    assert numbers(pixels, 'confusion_matrix')['counts'] == counts.tolist()
    for stage, score in numbers(pixels, 'feature_clusters')['silhouette'].items():
        assert score == pytest.approx(clusters['silhouette'][stage], abs=1e-4)
    for query, shares in numbers(pixels, 'attention')['shares'].items():
        np.testing.assert_allclose(shares, numbers(tmp_path / 'bank', 'attention')['shares'][query],
                                   atol=1e-4)


def test_course_is_that_of_the_log(run_tool, run, tmp_path):
    """No model is needed; where the flag changes in the log, there is the switch."""
    code, output = run_tool('figures.py', '--log', run, '--out-dir', tmp_path)
    assert code == 0
    [log] = run.glob('*/vis_data/scalars.json')
    records = [json.loads(line) for line in log.read_text().splitlines()]
    content = numbers(tmp_path, 'loss_course')
    assert content['alpha'] == 1.9 and content['unit'] == 'epoch'
    train = [record for record in records if 'iter' in record]
    assert content['courses']['loss_contrast'][1] == [record['loss_contrast'] for record in train]
    assert content['courses']['val/loss'] == [[1, 2, 3], [record['val/loss'] for record in records
                                                          if 'val/loss' in record]]
    flags = [record['auxiliary'] for record in train]
    changes = [record['step'] for record, before, now in zip(train[1:], flags, flags[1:])
               if before != now]
    assert [switch['iteration'] for switch in content['switches'][1:]] == changes
    assert {path.name for path in tmp_path.iterdir()} == {
        'loss_course.png', 'loss_course.pdf', 'loss_course.json'}


def test_confusion_of_predictions_without_a_model(run_tool, tmp_path):
    for fold, prediction in ((1, 0), (2, 1)):
        (tmp_path / f'{fold}.json').write_text(json.dumps(dict(classes=['a', 'b'], predictions=[
            dict(clip_id=f'{fold}-{label}', label=label, prediction=prediction, scores=[])
            for label in (0, 1)])))
    files = [tmp_path / '1.json', tmp_path / '2.json']
    code, output = run_tool('figures.py', '--predictions', *files, '--out-dir', tmp_path / 'out')
    assert code == 0 and output.startswith('UAR 0.500, WAR 0.500 on 4 clips\n')
    assert numbers(tmp_path / 'out', 'confusion_matrix')['counts'] == [[1, 1], [1, 1]]
    # One class without clips: UAR has no value, which JSON says as null.
    one = json.loads(files[0].read_text())
    one['predictions'].pop()
    files[0].write_text(json.dumps(one))
    assert run_tool('figures.py', '--predictions', files[0], '--out-dir', tmp_path / 'out')[0] == 0
    assert numbers(tmp_path / 'out', 'confusion_matrix')['UAR'] is None


def test_a_stock_recognizer_has_a_confusion_matrix_alone(run_tool, small, tmp_path):
    path = 'configs/mixed/openclip_tsn.py'
    config = Config.fromfile(path)
    torch.save(dict(state_dict=MODELS.build(config.model).state_dict()), tmp_path / 'tsn.pth')
    options = {key: value for key, value in small[0].items() if key.startswith('test_')}
    code, output = run_tool('figures.py', path, tmp_path / 'tsn.pth', '--out-dir',
                            tmp_path / 'out', '--device', 'cpu', *cfg_options(options))
    assert code == 0
    assert ('no figures of clusters and attention: Recognizer2D with TSNHead gives no features'
            in ' '.join(output.split()))
    assert {path.stem for path in (tmp_path / 'out').iterdir()} == {'confusion_matrix'}


def test_few_clips_say_so(run_tool, run, small, tmp_path):
    options = cfg_options({**small[0], 'test_dataloader.dataset.indices': '[0,5,10]'})
    code, _ = run_tool('figures.py', CONFIG, run / 'epoch_3.pth', '--bank', small[1], '--out-dir',
                       tmp_path, *options)
    assert code == 'error: Clusters of 3 clips cannot be drawn. Give at least 5 clips'
    assert (tmp_path / 'confusion_matrix.png').exists() and (tmp_path / 'attention.png').exists()


@pytest.mark.parametrize('case, line', [
    ('no log', 'nowhere: no log of a training run was found'),
    ('other log', 'this is not the log of a training run with MCFEHead'),
    ('no checkpoint', 'nowhere.pth: the checkpoint file was not found'),
    ('other checkpoint', 'the weights do not fit the model that the config builds'),
    ('no config', 'nowhere.py: the config file was not found'),
    ('no predictions', 'nowhere.json: the file of predictions was not found'),
    ('other predictions', 'scalars.json: the file does not hold predictions'),
])
def test_errors_in_one_line(run_tool, run, small, tmp_path, case, line):
    log = tmp_path / 'scalars.json'
    log.write_text('{"loss": 1.0, "loss_cls": 1.0, "iter": 1, "step": 1}\n')
    other = tmp_path / 'other.pth'
    weights = torch.load(run / 'epoch_3.pth', weights_only=True)['state_dict']
    torch.save(dict(state_dict={key: value for key, value in weights.items()
                                if 'mcfe' not in key}), other)
    arguments = {
        'no log': ['--log', 'nowhere'], 'other log': ['--log', log],
        'no checkpoint': [CONFIG, 'nowhere.pth', *cfg_options(small[0])],
        'other checkpoint': [CONFIG, other, *cfg_options(small[0])],
        'no config': ['nowhere.py', 'x.pth'],
        'no predictions': ['--predictions', 'nowhere.json'],
        'other predictions': ['--predictions', log]}[case]
    code, _ = run_tool('figures.py', '--out-dir', tmp_path / 'out', *arguments)
    assert code.startswith('error: ') and line in code and '\n' not in code
    assert not (tmp_path / 'out').exists()


@pytest.mark.parametrize('arguments', [[], ['config.py'], ['a.py', 'b.pth', '--predictions', 'c']])
def test_arguments_that_do_not_go_together(run_tool, tmp_path, arguments):
    code, _ = run_tool('figures.py', *arguments, '--out-dir', tmp_path)
    assert code == 2


def test_a_killed_and_resumed_run_has_one_course(run_tool, run, tmp_path):
    """Its log in two folders, the later one again from the second epoch."""
    [log] = run.glob('*/vis_data/scalars.json')
    lines = log.read_text().splitlines(keepends=True)
    first = [line for line in lines if json.loads(line).get('epoch', 0) < 3]
    for name, part in (('20260101_000000', ''.join(first) + lines[-2][:20]),
                       ('20260101_000001', ''.join(lines[len(lines) // 2 - 1:]))):
        (tmp_path / name / 'vis_data').mkdir(parents=True)
        (tmp_path / name / 'vis_data/scalars.json').write_text(part)
        shutil.copy(log.with_name('config.py'), tmp_path / name / 'vis_data')
    for path, out in ((run, tmp_path / 'whole'), (tmp_path, tmp_path / 'parts')):
        assert run_tool('figures.py', '--log', path, '--out-dir', out)[0] == 0
    assert numbers(tmp_path / 'whole', 'loss_course') == numbers(tmp_path / 'parts', 'loss_course')
