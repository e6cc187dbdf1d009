import re


def test_prints_what_is_asked_for_as_a_table(run_tool):
    code, output = run_tool('../maintenance/measure_speed.py', '--sections', 'loader', 'faces',
                            '--repeats', 1)
    assert code == 0
    table = [line.strip('|').split('|') for line in output.splitlines() if line.startswith('|')]
    assert [len(row) for row in table] == [6] * 4
    assert [cell.strip() for cell in table[0]] == ['measured', 'ours', 'baseline', 'ratio',
                                                   'target', 'met']
    for row, quantity in zip(table[2:], ('8 clips of 192 px', 'faces of 32 frames')):
        assert row[0].strip().startswith(quantity)
        assert all(float(re.match(r' ([\d.]+) ms ', cell)[1]) > 0 for cell in row[1:3])
    assert 'torch' in output.split('|')[0]
