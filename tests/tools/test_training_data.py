"""A checkpoint knows its classes and its clips, and is not used with others in silence."""
import json

import pytest
import torch

from ous_mmaction.checkpoints import describe_clips
from ous_mmaction.datasets.preparation import prepare
from ous_mmaction.datasets.readers.dfew import read_dfew

CONFIG = 'configs/ous_demo.py'


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('trained')


@pytest.fixture
def trained(run_tool, demo_options, folder):
    """A checkpoint of one epoch on 32 clips of fold 1."""
    checkpoint = folder / 'epoch_1.pth'
    if not checkpoint.exists():
        assert run_tool('train.py', CONFIG, '--no-validate', '--work-dir', folder, *demo_options,
                        'train_cfg.max_epochs=1', 'train_dataloader.dataset.indices=32')[0] == 0
    return checkpoint


@pytest.fixture
def changed(trained, tmp_path):
    """Write a copy of the checkpoint whose content is changed by a function."""
    def save(change):
        content = torch.load(trained, weights_only=True)
        change(content)
        path = tmp_path / 'changed.pth'
        torch.save(content, path)
        return path
    return save


def swap_classes(content):
    classes = content['meta']['dataset_meta']['classes']
    classes[0], classes[1] = classes[1], classes[0]


@pytest.mark.parametrize('tool', ['test', 'resume', 'load', 'infer'])
def test_a_checkpoint_of_another_class_order_is_refused(run_tool, demo_options, changed, rendered,
                                                       tmp_path, tool):
    """Its head has no stamp of its own here; the classes of its training clips differ."""
    path = changed(swap_classes)
    work = ('--work-dir', tmp_path / 'work')
    name, arguments = dict(
        test=('test.py', [CONFIG, path, *work, *demo_options]),
        resume=('train.py', [CONFIG, '--resume', path, *work, *demo_options]),
        load=('train.py', [CONFIG, *work, *demo_options, f'load_from={path}']),
        infer=('infer.py', [rendered / 'Clip/original/1.mp4', '--config', CONFIG, '--checkpoint',
                            path, '--out-dir', tmp_path / 'films', *demo_options]))[tool]
    code, _ = run_tool(name, *arguments)
    assert code.startswith('error: The class order of model.cls_head.class_names is Happy, Sad')
    assert 'but that of the checkpoint is Sad, Happy' in code and '\n' not in code


@pytest.fixture(scope='module')
def second_fold(rendered, tmp_path_factory):
    """Options that read fold 2 of the benchmark."""
    folds = tmp_path_factory.mktemp('fold2')
    prepare(read_dfew(rendered, [2]), rendered, folds, workers=2, progress=False)
    return [f'{loader}_dataloader.dataset.ann_dir={folds}' for loader in ('train', 'val', 'test')]


def test_a_checkpoint_knows_its_clips(trained, rendered):
    content = json.loads((rendered / 'annotations/fold1_train.json').read_text())
    ids = [record['clip_id'] for record in content['data_list'][:32]]
    stamp = torch.load(trained, weights_only=True)['meta']['trained_clips']
    assert stamp['annotation'] == ['fold1_train.json'] and len(stamp['clips']) == 32
    assert stamp['digest'] == describe_clips('Rendered', [], ids[::-1])['digest']


def test_clips_that_were_trained_on_are_not_tested(run_tool, demo_options, trained, second_fold,
                                                   tmp_path):
    """A checkpoint of fold 1 on the test list of fold 2, by each tool that tests."""
    arguments = [CONFIG, trained, '--fold', 2, *demo_options, *second_fold]
    line = ('error: The checkpoint was trained on fold1_train.json and has seen 32 of the 70 clips '
            'of fold2_test.json')
    work = ('--work-dir', tmp_path / 'work')
    assert run_tool('test.py', *work, *arguments)[0].startswith(line)
    assert run_tool('figures.py', '--out-dir', tmp_path / 'a', *arguments)[0].startswith(line)
    code, output = run_tool('test.py', '--allow-trained-clips', *work, *arguments)
    assert code == 0 and output.startswith('test: UAR')


def test_clips_of_the_initial_weights_count(run_tool, demo_options, trained, second_fold,
                                            tmp_path):
    """Trained on fold 1, then on fold 2: the test clips of both were seen."""
    code, _ = run_tool('train.py', CONFIG, '--fold', 2, '--no-validate', '--work-dir', tmp_path,
                       *demo_options, *second_fold, f'load_from={trained}',
                       'train_cfg.max_epochs=1', 'train_dataloader.dataset.indices=16')
    assert code == 0
    code, _ = run_tool('test.py', CONFIG, tmp_path / 'epoch_1.pth', '--work-dir', tmp_path / 'b',
                       '--fold', 2, *demo_options, *second_fold)
    assert 'was trained on fold2_train.json and has seen 32 of the 70 clips of fold2_test' in code


@pytest.mark.parametrize('what', ['fold', 'selection'])
def test_a_run_is_resumed_with_its_clips_only(run_tool, demo_options, trained, second_fold,
                                              tmp_path, what):
    options = ['--fold', 2, *demo_options, *second_fold] if what == 'fold' else [
        '--selection', 'holdout', *demo_options, 'train_dataloader.dataset.indices=32']
    code, _ = run_tool('train.py', CONFIG, '--resume', trained, '--work-dir', tmp_path, *options)
    assert code.startswith('error: The checkpoint was trained on fold1_train.json, but the config '
                           f'trains on fold{1 + (what == "fold")}_train.json, which lists other')


def test_a_checkpoint_without_the_record_is_accepted_with_one_warning(
        run_tool, demo_options, changed, tmp_path):
    path = changed(lambda content: content['meta'].pop('trained_clips'))
    code, output = run_tool('train.py', CONFIG, '--resume', path, '--no-validate', '--work-dir',
                            tmp_path, *demo_options, 'train_dataloader.dataset.indices=32')
    assert code == 0
    assert output.count('does not say which clips it was trained on') == 1
    stamp = torch.load(tmp_path / 'epoch_2.pth', weights_only=True)['meta']['trained_clips']
    assert len(stamp['clips']) == 32
