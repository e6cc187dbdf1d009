import errno
import os

import pytest

from ous_mmaction.atomic_files import check_writable, whole_file, write_atomically


@pytest.mark.parametrize('mode, content', [('w', 'é\n'), ('wb', b'\x00\xff')])
def test_nothing_is_seen_before_the_end(tmp_path, mode, content):
    path = tmp_path / 'file'
    path.write_text('old')
    with whole_file(path, mode) as file:
        file.write(content)
        assert path.read_text() == 'old'
    assert path.read_bytes() == (content if 'b' in mode else content.encode())
    assert os.listdir(tmp_path) == ['file']


def test_an_error_keeps_the_old_file_and_leaves_nothing(tmp_path):
    path = tmp_path / 'file'
    path.write_text('old')
    with pytest.raises(RuntimeError, match='mine'), whole_file(path) as file:
        file.write('new')
        raise RuntimeError('mine')
    assert path.read_text() == 'old' and os.listdir(tmp_path) == ['file']


def test_full_disk_names_file_and_remedy(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, 'No space left on device')
    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match=f'{tmp_path}/file: cannot be written .No space.*Make room'):
        write_atomically(tmp_path / 'file', ['text'])
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize('path', ['/proc/no/result.json', '{tmp}/file/result.json', '{tmp}'])
def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path, path):
    (tmp_path / 'file').touch()
    with pytest.raises(OSError, match='cannot be written'):
        check_writable(path.format(tmp=tmp_path))


def test_nothing_is_created_by_the_check(tmp_path):
    check_writable(tmp_path / 'a' / 'b' / 'result.json')
    assert not list(tmp_path.iterdir())
