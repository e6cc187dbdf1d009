"""Checkpoints as MMEngine loads them after the package is imported: data, never code."""
import pickle
import re
import subprocess
import sys
import threading
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
from mmengine.runner import CheckpointLoader

load = CheckpointLoader.load_checkpoint


class Executes:
    """Loading a pickle of this object creates the file `marker`."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return Path.touch, (self.marker,)


def test_a_checkpoint_of_plain_data_loads(tmp_path):
    saved = dict(state_dict=dict(w=torch.arange(3.)), meta=dict(classes=['a', 'b'], epoch=2))
    torch.save(saved, tmp_path / 'a.pth')
    loaded = load(str(tmp_path / 'a.pth'))
    assert loaded['state_dict']['w'].equal(saved['state_dict']['w'])
    assert loaded['meta'] == saved['meta']


@pytest.mark.parametrize('zipped', [True, False])
def test_code_in_a_checkpoint_is_refused_and_not_run(tmp_path, zipped):
    marker, path = tmp_path / 'marker', tmp_path / 'bad.pth'
    torch.save(dict(state_dict={}, meta=Executes(marker)), path,
               _use_new_zipfile_serialization=zipped)
    with pytest.raises(ValueError, match='bad.pth: refused, because the file holds') as info:
        load(str(path))
    assert not marker.exists() and '\n' not in str(info.value)
    torch.load(path, weights_only=False)
    assert marker.exists()  # the code of the file would have run


def test_the_advised_command_converts_a_checkpoint_with_objects(tmp_path):
    path = tmp_path / 'runner.pth'
    torch.save(dict(state_dict=dict(w=torch.eye(2)), optimizer=Fraction(1, 2)), path)
    with pytest.raises(ValueError, match='fractions.Fraction') as info:
        load(str(path))
    code = re.search(r'python -c "(.*)"', str(info.value))[1]
    subprocess.run([sys.executable, '-c', code], check=True)
    assert load(str(tmp_path / 'runner_weights.pth'))['state_dict']['w'].equal(torch.eye(2))


@pytest.mark.parametrize('damage', [
    lambda data: data[:len(data) // 2], lambda data: b'', lambda data: b'no checkpoint',
    lambda data: pickle.dumps([1], protocol=2)])
def test_a_damaged_checkpoint_is_one_line(tmp_path, damage):
    path = tmp_path / 'cut.pth'
    torch.save(dict(w=torch.zeros(100)), path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError,
                       match='cut.pth: the file cannot be read as a checkpoint .*again$'):
        load(str(path))


def test_a_missing_checkpoint(tmp_path):
    with pytest.raises(FileNotFoundError, match='none.pth: the checkpoint file was not found'):
        load(str(tmp_path / 'none.pth'))


def test_a_checkpoint_by_url_is_held_to_the_same(tmp_path, monkeypatch):
    (tmp_path / 'www').mkdir()
    torch.save(dict(w=torch.ones(2)), tmp_path / 'www' / 'good.pth')
    torch.save(Executes(tmp_path / 'marker'), tmp_path / 'www' / 'bad.pth')
    monkeypatch.setattr(torch.hub, '_hub_dir', str(tmp_path / 'hub'))
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / 'www'))
    server = ThreadingHTTPServer(('127.0.0.1', 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f'http://127.0.0.1:{server.server_port}'
    try:
        assert load(f'{url}/good.pth')['w'].equal(torch.ones(2))
        with pytest.raises(ValueError, match='bad.pth: refused'):
            load(f'{url}/bad.pth')
        with pytest.raises(FileNotFoundError,
                           match=r'none.pth: the checkpoint cannot be downloaded \(.*404'):
            load(f'{url}/none.pth')
    finally:
        server.shutdown()
        server.server_close()
    assert not (tmp_path / 'marker').exists()
    assert load(f'{url}/good.pth')['w'].equal(torch.ones(2))  # downloaded only once
