"""A checkpoint knows its classes and its clips, and is not used with others in silence."""
import pytest
import torch

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
                            path, '--out', tmp_path / 'picture.png', *demo_options]))[tool]
    code, _ = run_tool(name, *arguments)
    assert code.startswith('error: The class order of model.cls_head.class_names is Happy, Sad')
    assert 'but that of the checkpoint is Sad, Happy' in code and '\n' not in code
