"""Every piece runs here at a tiny size, so that only the GPU itself is new where there is one."""
import json

import pytest

from maintenance.gpu import PIECES
from maintenance.gpu.report import BEGIN, END, section, write_section

TOOL = '../maintenance/measure_gpu.py'


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    return tmp_path_factory.mktemp('gpu')


@pytest.fixture
def run(run_tool, results):
    def run(*pieces):
        return run_tool(TOOL, *pieces, '--out', results, '--device', 'cpu', '--tiny',
                        '--seconds', 0)
    return run


# The suite's piece starts a process of its own.
@pytest.mark.parametrize('name', [
    pytest.param(name, marks=pytest.mark.full if name == 'suite' else []) for name in PIECES])
def test_piece_runs_and_is_not_run_again(run, results, name):
    code, printed = run(name)
    assert code == 0 and f'{name}: ' in printed
    result = json.loads((results / f'{name}.json').read_text())
    assert result['device'] == 'CPU' and result['tiny']
    if name == 'parity':
        assert result['logits'] == result['gradients'] == 0 and result['held_alike']
        assert 0 < result['bfloat16']['logits'] < 0.2 and result['bfloat16']['finite']
    elif name == 'suite':
        assert result['passed'] and 'passed' in result['end']
    elif name == 'ddp':
        assert result['difference']['1'] < 1e-6
    elif name == 'fold':
        assert result['epochs'] == result['of'] == 2
    assert run(name) == (0, '')


def test_report_writes_the_section_and_refuses_trials(results, run, tmp_path):
    run(*(name for name in PIECES if name != 'suite'))
    page = tmp_path / 'page.md'
    page.write_text(f'before\n{BEGIN}\nold\n{END}\nafter\n')
    with pytest.raises(ValueError, match='--tiny'):
        write_section(results, page)
    found = {path.stem: dict(json.loads(path.read_text()), tiny=False)
             for path in results.glob('*.json')}
    measured = tmp_path / 'measured'
    measured.mkdir()
    for name, result in found.items():
        (measured / f'{name}.json').write_text(json.dumps(result))
    write_section(measured, page)
    text = page.read_text()
    assert text.startswith(f'before\n{BEGIN}\n') and text.endswith(f'{END}\nafter\n')
    assert section(found) in text and '\nold\n' not in text
    for part in ('logits, GPU and CPU', 'over gloo', 'img/s', 'training step', 'faces of 32',
                 'a fold of DFEW'):
        assert part in text


def test_without_a_gpu_or_results_one_line_says_so(run_tool, tmp_path):
    code, _ = run_tool(TOOL, 'report', '--out', tmp_path)
    assert 'holds no results' in code
    code, _ = run_tool(TOOL, 'parity', '--out', tmp_path, '--device', 'cuda')
    assert code.startswith('error: torch finds no GPU') and list(tmp_path.iterdir()) == []
