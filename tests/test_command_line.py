import importlib
import os
import signal
import time
import warnings
from argparse import Namespace

import pytest
from mmengine.registry import Registry
from torch.utils.data import DataLoader

from ous_mmaction import command_line


class Broken:
    def __len__(self):
        return 1

    def __getitem__(self, index):
        raise ValueError('clip.mp4: cannot be read; fetch it again')


def quiet():
    return Namespace(verbose=False)


def verbose():
    return Namespace(verbose=True)


@pytest.mark.parametrize('error, line', [
    (ValueError('a.json: key `x`\n  is wrong'), 'error: a.json: key `x` is wrong'),
    (FileNotFoundError('b.mp4: missing'), 'error: b.mp4: missing'),
    (KeyError('no such thing'), 'error: no such thing')])
def test_errors_of_the_user_are_one_line(error, line):
    def main(args):
        raise error
    with pytest.raises(SystemExit) as stop:
        command_line.run(quiet, main)
    assert stop.value.code == line
    with pytest.raises(type(error)):
        command_line.run(verbose, main)


def test_error_in_a_worker_is_the_same_line():
    with pytest.raises(SystemExit) as stop:
        command_line.run(quiet, lambda args: list(DataLoader(Broken(), num_workers=1)))
    assert stop.value.code == 'error: clip.mp4: cannot be read; fetch it again'


class Picky:
    def __init__(self, *, width, depth=1):
        pass


def build(**config):
    registry = Registry('picky')
    registry.register_module(module=Picky)
    return registry.build(dict(type='Picky', **config))


@pytest.mark.parametrize('config, line', [
    (dict(width=1, dept=2), 'Picky has no key `dept`. Did you mean depth? There are width, depth'),
    (dict(depth=2), "Picky needs the key 'width', which the config does not give")])
def test_keys_that_a_class_does_not_have(config, line):
    with pytest.raises(SystemExit) as stop:
        command_line.run(quiet, lambda args: build(**config))
    assert stop.value.code == f'error: {line}'


def test_the_same_mistake_in_code_keeps_its_traceback():
    with pytest.raises(TypeError):
        command_line.run(quiet, lambda args: Picky(dept=2))


def test_missing_package_is_one_line():
    with pytest.raises(SystemExit) as stop:
        command_line.run(quiet, lambda args: importlib.import_module('no_such_package'))
    assert stop.value.code == "error: No module named 'no_such_package'"


@pytest.fixture
def interrupts():
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


@pytest.mark.parametrize('consequence', [None, ValueError('cut off'), RuntimeError('gloo')])
def test_an_interrupt_is_one_line_whatever_it_causes(consequence, interrupts, capsys):
    def main(args):
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        except KeyboardInterrupt:
            raise consequence or KeyboardInterrupt from None

    with pytest.raises(SystemExit) as stop:
        command_line.run(lambda: Namespace(verbose=False, resume=None), main)
    assert stop.value.code == 130
    assert capsys.readouterr().err == (
        'interrupted. The same command with --resume goes on after the last finished epoch\n')
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_programming_errors_keep_their_traceback():
    with pytest.raises(TypeError):
        command_line.run(quiet, lambda args: None + 1)


@pytest.mark.parametrize('parse_args, module, silent', [
    (quiet, 'mmdet.models.backbones.csp_darknet', True),
    (quiet, 'ous_mmaction.datasets', False),
    (verbose, 'mmdet.models.backbones.csp_darknet', False)])
def test_warnings_of_the_hosts_reach_the_terminal_on_request(parse_args, module, silent):
    with warnings.catch_warnings(record=True) as caught:
        warnings.resetwarnings()
        command_line.run(parse_args, lambda args: warnings.warn_explicit(
            'autocast is deprecated', FutureWarning, 'csp_darknet.py', 118, module))
    assert bool(caught) != silent


def test_a_dumped_config_does_not_start_its_launcher_again(tmp_path):
    """As runs of 0.1.0 under a launcher left it."""
    path = tmp_path / 'dumped.py'
    path.write_text("launcher = 'pytorch'\ntrain_cfg = dict(max_epochs=1)\n")
    args = Namespace(config=str(path), cfg_options=None)
    assert command_line.read_config(args).launcher == 'none'
