import json
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from maintenance.speed import memory, quiet_machine, training_step, workbench
from ous_mmaction.models.structures import StreamFeatures

CONFIGS = Path(__file__).parents[2] / 'configs'


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A bench whose model is tiny: the paper's config on a CLIP of 32 channels."""
    monkeypatch.setitem(workbench.OPEN_CLIP_NAMES, 'tiny', 'vit_test')
    return workbench.Workbench(CONFIGS, tmp_path, 1)


def test_prints_what_is_asked_for_as_a_table(run_tool):
    code, output = run_tool('../maintenance/measure_speed.py', '--sections', 'loader', 'faces',
                            '--repeats', 1, '--loaded-anyway')
    assert code == 0
    table = [line.strip('|').split('|') for line in output.splitlines() if line.startswith('|')]
    assert [len(row) for row in table] == [6] * 4
    assert [cell.strip() for cell in table[0]] == ['measured', 'ours', 'baseline', 'ratio',
                                                   'target', 'met']
    for row, quantity in zip(table[2:], ('8 clips of 192 px', 'faces of 32 frames')):
        assert row[0].strip().startswith(quantity)
        ours, baseline = (float(re.match(r' ([\d.]+) ms ', cell)[1]) for cell in row[1:3])
        ratio, least, greatest = map(float, re.findall(r'\d+\.\d\d', row[3]))
        assert ours > 0 and ratio == pytest.approx(ours / baseline, rel=0.02)
        assert least <= ratio <= greatest
    assert 'torch' in output.split('|')[0]
    assert re.search(r'other processes used at most \d+% of the processors', output)


@contextmanager
def busy_processors():
    """A process that uses a processor, for each processor."""
    count = quiet_machine.os.cpu_count()
    processes = [subprocess.Popen([sys.executable, '-c', 'while True: pass'])
                 for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_busy_machine_is_refused_unless_it_is_asked_for(run_tool):
    with busy_processors():
        code, output = run_tool('../maintenance/measure_speed.py', '--sections', 'loader')
        assert code.startswith('error: The machine is busy: other processes use ')
        assert '--loaded-anyway' in code and '|' not in output
        assert quiet_machine.require_quiet_machine(False, True, 0.2) > quiet_machine.BUSY


def test_waiting_ends_when_the_others_do(monkeypatch):
    shares = iter([0.9, 0.5, 0.05, 0.9])
    monkeypatch.setattr(quiet_machine, 'share_of_others', lambda seconds: next(shares))
    assert quiet_machine.require_quiet_machine(True, False) == 0.05


def test_the_stock_step_computes_what_ours_does(bench):
    """Otherwise their times would not compare; in float64, after three steps."""
    ours = bench.training('tiny', 4)
    stock = training_step.use_stock_parts(bench.training('tiny', 4))
    assert type(stock.optimizer) is torch.optim.Adam
    assert not stock.optimizer.param_groups[0]['fused']
    stock.model.load_state_dict(ours.model.state_dict())
    streams, samples = ours.gather(ours.load())
    for training in (ours, stock):
        training.model.double()
        for _ in range(3):
            training.update(StreamFeatures(*(x if x.dtype == torch.bool else x.double()
                                             for x in streams)), samples)
    ours.model.float()  # the CLIP model is shared with other tests
    for (name, a), b in zip(ours.model.named_parameters(), stock.model.parameters()):
        torch.testing.assert_close(a.double(), b.double(), rtol=1e-5, atol=1e-6, msg=name)
    assert all(param.grad is not None for param in stock.model.parameters())


def test_peaks_are_measured_per_batch_size(bench, monkeypatch, capsys):
    monkeypatch.setattr(memory, 'TASKS', {'training': ('tiny', ''), 'extraction': ('tiny', '')})
    bench.bank('tiny')
    memory.print_peak('training', 4, bench)
    measured = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert measured['peak'] >= measured['before'] > 0.1 and measured['seconds'] > 0
