"""A run touches only the files of its own folder."""
import os
import shutil

import pytest

CONFIG = 'configs/ous_demo.py'


def snapshot(folder):
    """Bytes and time of every checkpoint of a folder."""
    return {path.name: (path.read_bytes(), os.stat(path).st_mtime_ns)
            for path in folder.glob('*.pth')}


@pytest.fixture(scope='module')
def first(tmp_path_factory):
    return tmp_path_factory.mktemp('first')


@pytest.fixture
def train(run_tool, demo_options, first):
    def run(work_dir, *arguments, epochs=1):
        code, output = run_tool('train.py', CONFIG, '--work-dir', work_dir, *arguments,
                                *demo_options, f'train_cfg.max_epochs={epochs}',
                                'train_dataloader.dataset.indices=32',
                                'val_dataloader.dataset.indices=28')
        return code, output

    if not list(first.glob('*.pth')):
        assert run(first)[0] == 0
    return run


def best_files(folder):
    return sorted(path.name for path in folder.glob('best_*'))




def test_resuming_into_another_folder_leaves_the_first_one(train, first, tmp_path):
    """The new best checkpoint is written beside the new run; the old one stays where it is."""
    before = snapshot(first)
    code, output = train(tmp_path, '--resume', first / 'epoch_1.pth', epochs=3)
    assert code == 0
    assert snapshot(first) == before
    assert len(best_files(tmp_path)) == 1 and f'best checkpoint: {tmp_path}/best' in output


def test_resuming_a_copy_leaves_the_original(train, first, tmp_path):
    """The copy's own best checkpoint is replaced by a better one."""
    copy = tmp_path / 'copy'
    shutil.copytree(first, copy)
    before = snapshot(first)
    assert train(copy, '--resume', epochs=3)[0] == 0
    assert snapshot(first) == before
    assert len(best_files(copy)) == 1 and best_files(copy) != best_files(first)


@pytest.mark.parametrize('resumes', [False, True])
def test_a_folder_of_another_run_is_refused(train, first, tmp_path, resumes):
    """A new run, or one that continues from elsewhere, would overwrite and remove its files."""
    other = tmp_path / 'epoch_1.pth'
    shutil.copy(first / 'epoch_1.pth', other)
    before = {path: path.read_bytes() for path in first.iterdir() if path.is_file()}
    code, _ = train(first, *(['--resume', other] if resumes else []))
    assert code.startswith(f'error: {first}/epoch_1.pth: the folder holds the checkpoints of an '
                           'earlier run, which ')
    assert '--resume' in code and '--work-dir' in code
    assert {path: path.read_bytes() for path in first.iterdir() if path.is_file()} == before
