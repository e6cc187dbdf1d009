import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import ous_mmaction

ROOT = Path(__file__).parents[1]


def read_constraints():
    lines = (ROOT / 'requirements' / 'constraints.txt').read_text().splitlines()
    pins = (line.split('==') for line in lines if line and not line.startswith('#'))
    return {normalize(name): version for name, version in pins}


def normalize(name):
    return re.sub('[-_.]+', '-', name).lower()


@pytest.fixture(scope='module')
def source(tmp_path_factory):
    """A copy of what is packaged: setup.py writes beside itself."""
    folder = tmp_path_factory.mktemp('source')
    shutil.copy(ROOT / 'setup.py', folder)
    shutil.copytree(ROOT / 'ous_mmaction', folder / 'ous_mmaction',
                    ignore=shutil.ignore_patterns('__pycache__'))
    return folder


def requirements(source, python=sys.executable, **kwargs):
    """What the package requires if it is installed by that interpreter."""
    subprocess.run([python, 'setup.py', '-q', 'egg_info'], cwd=source, check=True, **kwargs)
    text = (source / 'ous_mmaction.egg-info' / 'requires.txt').read_text()
    return [Requirement(line) for line in text.splitlines() if line and line[0] != '[']


def test_the_tested_set_lies_in_the_accepted_ranges(source):
    pins = read_constraints()
    for requirement in requirements(source):
        if requirement.name != 'mmcv':
            assert requirement.specifier.contains(pins[normalize(requirement.name)]), requirement


def test_all_wheels_of_cv2_are_of_one_version():
    versions = {name: pin for name, pin in read_constraints().items() if name.startswith('opencv')}
    assert len(versions) == 3 and len(set(versions.values())) == 1


@pytest.mark.parametrize('compiled', [False, True])
def test_a_compiled_mmcv_is_kept(source, tmp_path, compiled):
    """In an environment that has one, the package requires it and not mmcv-lite in its place."""
    venv.create(tmp_path, symlinks=True)
    site = next(tmp_path.glob('**/site-packages'))
    if compiled:
        (site / 'mmcv-2.1.0.dist-info').mkdir()
        (site / 'mmcv-2.1.0.dist-info' / 'METADATA').write_text('Name: mmcv\nVersion: 2.1.0\n')
    # setuptools is found as in a build that pip isolates: on the path, outside the environment.
    required = requirements(source, next(tmp_path.glob('*/python')),
                            env=dict(PYTHONPATH=sysconfig.get_path('purelib')))
    names = {requirement.name for requirement in required}
    assert names & {'mmcv', 'mmcv-lite'} == {'mmcv' if compiled else 'mmcv-lite'}


def test_every_module_and_weight_file_is_packaged(source, tmp_path):
    subprocess.run([sys.executable, 'setup.py', '-q', 'build_py', '--build-lib', tmp_path],
                   cwd=source, check=True)
    package = ROOT / 'ous_mmaction'
    expected = {path.relative_to(ROOT) for path in package.rglob('*.py')}
    expected |= {path.relative_to(ROOT) for pattern in ('synthetic/weights/*', 'evaluation/*.json')
                 for path in package.glob(pattern)}
    assert len(expected) > 30
    assert expected == {path.relative_to(tmp_path) for path in tmp_path.rglob('*')
                        if path.is_file()}


def test_the_version_is_the_packages(source):
    done = subprocess.run([sys.executable, 'setup.py', '--version'], cwd=source, check=True,
                          capture_output=True, text=True)
    assert done.stdout.split()[-1] == ous_mmaction.__version__
