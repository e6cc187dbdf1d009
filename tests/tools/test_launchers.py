"""What the shell scripts hand on; that torchrun works is shown in test_distributed.py."""
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def launch(tmp_path):
    """Run a script where `srun` and `python` only print their arguments, one per line."""
    for name in ('srun', 'python'):
        command = tmp_path / name
        command.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        command.chmod(0o755)

    def run(script, *arguments, **environment):
        done = subprocess.run(
            ['bash', str(ROOT / 'tools' / script), *arguments], capture_output=True, text=True,
            env=dict(os.environ, PATH=f'{tmp_path}:{os.environ["PATH"]}', **environment))
        return done.returncode, done.stdout.splitlines(), done.stderr
    return run


@pytest.mark.parametrize('script, arguments, expected', [
    ('slurm_train.sh', ['part', 'job', 'a b.py', '--amp'], ['train.py', 'a b.py', '--amp']),
    ('slurm_test.sh', ['part', 'job', 'c.py', 'w.pth', '--dump', 'p.json'],
     ['test.py', 'c.py', 'w.pth', '--dump', 'p.json'])])
def test_slurm(launch, script, arguments, expected):
    code, lines, _ = launch(script, *arguments, GPUS='6', GPUS_PER_NODE='3', SRUN_ARGS='-A x -q y')
    assert code == 0
    assert lines[:4] == ['--partition=part', '--job-name=job', '--gres=gpu:3', '--ntasks=6']
    assert {'--kill-on-bad-exit=1', '-A', 'x', '-q', 'y'} <= set(lines)
    start = lines.index('-u') + 1
    assert lines[start].endswith('/tools/' + expected[0])
    assert lines[start + 1:] == [*expected[1:], '--launcher', 'slurm']


def test_torchrun_on_one_machine_takes_a_free_port(launch):
    code, lines, _ = launch('dist_train.sh', 'c.py', '4', '--resume')
    assert code == 0 and '--standalone' in lines and '--nproc_per_node=4' in lines
    assert lines[-4:] == ['c.py', '--resume', '--launcher', 'pytorch']


def test_torchrun_on_several_machines(launch):
    _, lines, _ = launch('dist_test.sh', 'c.py', 'w.pth', '8', NNODES='2', NODE_RANK='1',
                         MASTER_ADDR='host', PORT='29501')
    assert {'--nnodes=2', '--node_rank=1', '--master_addr=host',
            '--master_port=29501'} <= set(lines)
    assert lines[-4:] == ['c.py', 'w.pth', '--launcher', 'pytorch']


@pytest.mark.parametrize('line, code, says', [
    ("sys.exit('error: no clip' if rank else time.sleep(60))", 1, 'error: no clip'),
    ('os.kill(os.getpid(), 9) if rank else time.sleep(60)', 1, 'error: process 1 was killed')])
def test_the_launcher_adds_nothing_to_an_error(tmp_path, line, code, says):
    script = tmp_path / 'tool.py'
    script.write_text(f"import os, sys, time\nrank = int(os.environ['RANK'])\n{line}\n")
    done = subprocess.run([sys.executable, ROOT / 'tools/launch.py', '--standalone',
                           '--nproc_per_node=2', script], capture_output=True, text=True)
    assert done.returncode == code and done.stdout == ''
    (last,) = done.stderr.splitlines()
    assert last.startswith(says)


@pytest.mark.full
def test_several_processes_end_in_one_line(rendered, tmp_path):
    """A mistake that every rank makes, and an interrupt of all of them."""
    command = ['bash', 'tools/dist_train.sh', 'configs/ous_demo.py', '2', '--data-root', rendered,
               '--work-dir', tmp_path, '--cfg-options', 'model.cls_head.mcfe.num_blocks=2']
    environment = dict(os.environ, PYTHON=sys.executable)
    done = subprocess.run([*command, 'model.neck.typo=3'], cwd=ROOT, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    (line,) = [line for line in done.stdout.splitlines() if line.strip()]
    assert done.returncode == 1 and line.startswith('error: FaceSceneNeck has no key `typo`')
    process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    while 'epoch 1/' not in (line := process.stdout.readline()):
        assert line, process.wait()
    os.killpg(process.pid, signal.SIGINT)
    lines = process.communicate(timeout=120)[0].splitlines()
    assert process.returncode == 130 and len(lines) < 8
    assert lines[-1].startswith('interrupted. The same command with --resume goes on')


@pytest.mark.parametrize('script', ['dist_train.sh', 'dist_test.sh', 'slurm_train.sh',
                                    'slurm_test.sh'])
def test_missing_arguments_print_the_usage(launch, script):
    code, _, usage = launch(script, 'c.py')
    assert code == 2 and f'tools/{script}' in usage
