import errno
import os

import pytest
from mmengine.fileio import get_file_backend

import ous_mmaction.engine  # noqa: F401


@pytest.fixture
def backend():
    return get_file_backend(backend_args=dict(backend='atomic'))


def test_writes_and_replaces(backend, tmp_path):
    path = tmp_path / 'new folder' / 'epoch_1.pth'
    backend.put(b'first', path)
    backend.put(b'second', str(path))
    assert path.read_bytes() == b'second'
    assert os.listdir(path.parent) == ['epoch_1.pth']


def test_full_disk_keeps_the_previous_file(backend, tmp_path, monkeypatch):
    path = tmp_path / 'epoch_1.pth'
    backend.put(b'first', path)

    def full(descriptor):
        raise OSError(errno.ENOSPC, 'No space left on device')
    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='No space left'):
        backend.put(b'second', path)
    assert path.read_bytes() == b'first'
    assert os.listdir(tmp_path) == ['epoch_1.pth']
