import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
import yaml
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
    """A copy of the packaged files, since setup.py writes next to itself."""
    folder = tmp_path_factory.mktemp('source')
    for name in ('setup.py', 'model-index.yml', 'README.md', 'LICENSE'):
        shutil.copy(ROOT / name, folder)
    for name in ('ous_mmaction', 'configs', 'tools'):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns('__pycache__'))
    return folder


def requirements(source, python=sys.executable, **kwargs):
    """Return the requirements of the package if that interpreter installs it."""
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
    """In an environment with a compiled mmcv, the package requires it instead of mmcv-lite."""
    venv.create(tmp_path, symlinks=True)
    site = next(tmp_path.glob('**/site-packages'))
    if compiled:
        (site / 'mmcv-2.1.0.dist-info').mkdir()
        (site / 'mmcv-2.1.0.dist-info' / 'METADATA').write_text('Name: mmcv\nVersion: 2.1.0\n')
    # As in a build that pip isolates, setuptools is on the path but outside the environment.
    required = requirements(source, next(tmp_path.glob('*/python')),
                            env=dict(PYTHONPATH=sysconfig.get_path('purelib')))
    names = {requirement.name for requirement in required}
    assert names & {'mmcv', 'mmcv-lite'} == {'mmcv' if compiled else 'mmcv-lite'}


@pytest.fixture(scope='module')
def built(source, tmp_path_factory):
    """The package as it is in a wheel."""
    folder = tmp_path_factory.mktemp('built')
    subprocess.run([sys.executable, 'setup.py', '-q', 'build_py', '--build-lib', folder],
                   cwd=source, check=True)
    return folder / 'ous_mmaction'


def files(folder, pattern='*'):
    return {path.relative_to(folder) for path in folder.rglob(pattern) if path.is_file()}


def test_every_module_and_weight_file_is_packaged(source, built):
    package = source / 'ous_mmaction'
    expected = files(package, '*.py')
    expected |= {path.relative_to(package) for pattern in ('rendered/weights/*',
                                                           'evaluation/*.json',
                                                           'apis/*.css', 'apis/*.js',
                                                           'apis/outputs/*.html')
                 for path in package.glob(pattern)}
    assert len(expected) > 30
    assert expected == {path for path in files(built) if path.parts[0] != '.mim'}


def test_mim_finds_the_zoo(source, built):
    mim = built / '.mim'
    for name in ('configs', 'tools'):
        assert files(mim / name) == files(source / name)
    for metafile in yaml.safe_load((mim / 'model-index.yml').read_text())['Import']:
        for model in yaml.safe_load((mim / metafile).read_text())['Models']:
            assert (mim / model['Config']).is_file()


def test_the_version_is_the_packages(source):
    done = subprocess.run([sys.executable, 'setup.py', '--version'], cwd=source, check=True,
                          capture_output=True, text=True)
    assert done.stdout.split()[-1] == ous_mmaction.__version__


def test_the_metadata_say_what_a_package_index_shows(source):
    subprocess.run([sys.executable, 'setup.py', '-q', 'egg_info'], cwd=source, check=True)
    text = (source / 'ous_mmaction.egg-info' / 'PKG-INFO').read_text(encoding='utf-8')
    head, _, description = text.partition('\n\n')
    for line in ('License: Apache-2.0', 'License-File: LICENSE', 'Requires-Python: >=3.9',
                 'Description-Content-Type: text/markdown'):
        assert line in head.splitlines(), line
    assert description.startswith('# ous_mmaction')
    assert 'UNKNOWN' not in head
