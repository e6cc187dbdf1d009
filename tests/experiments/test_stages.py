"""Stages run by forking, compared with the same commands in processes of Python's own."""
import os
import subprocess
import sys
import textwrap

import pytest

from ous_mmaction.experiments.stages import Stages

TOOL = textwrap.dedent('''\
    """A tool."""
    import json, os, sys
    from pathlib import Path
    from beside import NAME

    if __name__ == '__main__':
        seen = [NAME, __file__, __doc__, sys.argv[2:], sys.path[0]]
        Path(sys.argv[1]).write_text(json.dumps(seen))
        Path(sys.argv[1] + '.process').write_text(f"{os.getpid()} {'torch' in sys.modules}")
        os.environ['LEFT_BEHIND'] = sys.modules['os'].left_behind = 'yes'
        if 'fail' in sys.argv:
            sys.exit('error: the reason')
    ''')


@pytest.fixture
def tools(tmp_path):
    (tmp_path / 'tool.py').write_text(TOOL)
    (tmp_path / 'beside.py').write_text('NAME = "beside"\n')
    return tmp_path


def test_a_stage_is_the_command_that_it_prints(tools, tmp_path, capfd):
    """The tool sees what a fresh Python gives it; only the imports are there already."""
    stages = Stages(tools, 2, verbose=True)
    stages.run('first', 'tool.py', str(tmp_path / 'forked'), 'a b')
    assert capfd.readouterr().out == f'\n[1/2] first: python tools/tool.py {tmp_path}/forked a b\n'
    subprocess.run([sys.executable, str(tools / 'tool.py'), str(tmp_path / 'fresh'), 'a b',
                    '--verbose'], check=True)
    assert (tmp_path / 'forked').read_text() == (tmp_path / 'fresh').read_text()
    process, imported = (tmp_path / 'forked.process').read_text().split()
    assert int(process) != os.getpid() and imported == 'True'
    # Nothing of a stage reaches the next one.
    assert 'LEFT_BEHIND' not in os.environ and not hasattr(os, 'left_behind')
    assert list(stages.seconds) == ['first']


def test_a_stage_that_fails_ends_the_run(tools, tmp_path, capfd):
    stages = Stages(tools, 1, verbose=False)
    with pytest.raises(SystemExit, match='the stage `only` failed'):
        stages.run('only', 'tool.py', str(tmp_path / 'out'), 'fail')
    assert capfd.readouterr().err == 'error: the reason\n'
    assert not stages.seconds
