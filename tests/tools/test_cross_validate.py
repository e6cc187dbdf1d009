import json
import shutil

import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from ous_mmaction.datasets.preparation import prepare
from ous_mmaction.datasets.readers.dfew import read_dfew

CONFIG = 'configs/ous_demo.py'


@pytest.fixture(scope='module')
def folds(rendered, tmp_path_factory):
    """The two folds of the small benchmark: data_root for the clips, annotations of their own."""
    folder = tmp_path_factory.mktemp('two_folds')
    prepare(read_dfew(rendered, [1, 2]), rendered, folder, workers=2)
    return folder


@pytest.fixture
def validate(run_tool, demo_options, folds):
    def run(work_dir, *arguments, annotations=folds):
        options = [f'{loader}_dataloader.dataset.ann_dir={annotations}'
                   for loader in ('train', 'val', 'test')]
        return run_tool('cross_validate.py', CONFIG, '--work-dir', work_dir, *arguments,
                        *demo_options, *options, 'train_cfg.max_epochs=1',
                        'train_dataloader.dataset.indices=32')
    return run


def test_two_folds(validate, tmp_path):
    """The figures agree with scikit-learn on the raw predictions, a finished fold is kept."""
    code, output = validate(tmp_path, '--folds', 1, 2, '--selection', 'holdout', '--jobs', 2)
    assert code == 0, code
    results = json.loads((tmp_path / 'results.json').read_text())
    folds, ids = [], []
    for fold in (1, 2):
        entries = json.loads((tmp_path / f'fold{fold}/predictions.json').read_text())['predictions']
        folds.append(([e['label'] for e in entries], [e['prediction'] for e in entries]))
        ids.append({e['clip_id'] for e in entries})
    assert not ids[0] & ids[1]
    pooled = [sum(lists, []) for lists in zip(*folds)]
    assert results['UAR'] == pytest.approx([balanced_accuracy_score(*fold) for fold in folds])
    assert results['WAR'] == pytest.approx([accuracy_score(*fold) for fold in folds])
    assert results['pooled_UAR'] == pytest.approx(balanced_accuracy_score(*pooled))
    assert results['pooled_WAR'] == pytest.approx(accuracy_score(*pooled))
    assert results['selection'] == 'holdout'
    assert results['views'] is None and results['folds']['fold2']['views'] is None
    assert output.count('input: pixels') == 2
    assert 'lowest validation loss on a part of the training fold' in output
    assert f'| pooled | {100 * results["pooled_UAR"]:.2f}' in output
    assert 'ceiling: face only' in output
    for suffix in ('.md', '.tex'):
        assert 'mean of folds' in (tmp_path / f'results{suffix}').read_text()

    first = (tmp_path / 'fold1/result.json').stat().st_mtime_ns
    shutil.rmtree(tmp_path / 'fold2')
    assert validate(tmp_path, '--folds', 1, 2, '--selection', 'holdout')[1] == output
    assert (tmp_path / 'fold1/result.json').stat().st_mtime_ns == first

    code, _ = validate(tmp_path, '--folds', 1, 2, '--selection', 'test')
    assert code.startswith('error: ') and 'holds a run with another `config.' in code


@pytest.mark.full
def test_a_missing_bank_is_extracted(validate, tmp_path):
    code, output = validate(tmp_path / 'work', '--folds', 1, '--bank', tmp_path / 'bank', '--views',
                            1)
    assert code == 0 and output.count('input: bank, 1 views') == 2
    results = json.loads((tmp_path / 'work/results.json').read_text())
    assert results['views'] == results['folds']['fold1']['views'] == 1
    code, _ = validate(tmp_path / 'work', '--folds', 1, '--bank', tmp_path / 'bank', '--views', 2)
    assert 'the bank has 1 views, but --views is 2' in code


def test_missing_fold_ends_before_training(validate, tmp_path):
    code, _ = validate(tmp_path / 'work', '--folds', 1, 2, 3)
    assert code.startswith('error: ')
    assert 'fold3_train.json: the annotation file was not found' in code
    assert not (tmp_path / 'work').exists()


def test_class_absent_from_a_fold(validate, folds, tmp_path):
    copy = tmp_path / 'annotations'
    shutil.copytree(folds, copy)
    content = json.loads((copy / 'fold2_test.json').read_text())
    content['data_list'] = [r for r in content['data_list'] if r['label'] != 5]
    (copy / 'fold2_test.json').write_text(json.dumps(content))
    code, _ = validate(tmp_path / 'work', '--folds', 1, 2, annotations=copy)
    assert code.startswith('error: ')
    assert 'fold2_test.json: the split has no clip of Disgust' in code


def test_one_fold_that_fails_leaves_the_others(validate, folds, tmp_path):
    copy = tmp_path / 'annotations'
    shutil.copytree(folds, copy)
    content = json.loads((copy / 'fold2_train.json').read_text())
    for record in content['data_list']:
        record['filename'] = 'Clip/lost.mp4'
    (copy / 'fold2_train.json').write_text(json.dumps(content))
    code, _ = validate(tmp_path / 'work', '--folds', 2, 1, annotations=copy)
    assert code.startswith('error: 1 of 2 runs failed, and the others are kept: fold2: ')
    assert 'Clip/lost.mp4' in code and 'fold2/log.txt' in code
    assert (tmp_path / 'work/fold1/result.json').exists()
