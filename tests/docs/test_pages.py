"""What README and docs say about the repository is so."""
import re
from fnmatch import fnmatch
from itertools import product

import pytest
from mmaction import registry
from mmengine.config import Config

from tests.running import ROOT

PAGES = ['README.md', 'CONTRIBUTING.md', *sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / 'docs').glob('*.md'))]
# Folders that pages name without their parents.
BASES = ['', 'ous_mmaction', 'tests', 'tests/models', 'tools', 'docs']
FOLDERS = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name not in (
    'data', 'work_dirs', 'build', 'dist'))
# Written by tools, or part of a dataset.
OUTSIDE = re.compile(r'(data|work_dirs|annotations|label|EmoLabel|train|val|MMACTION2|.venv)/')
PATH = r'[\w./*{,}-]'
SUFFIXES = r'\.(?:py|sh|yml|toml|ipynb)'
FILES = {path.name for folder in ('configs', 'maintenance', 'ous_mmaction', 'tests', 'tools')
         for path in (ROOT / folder).rglob('*.*')} | {path.name for path in ROOT.iterdir()}
KEY = re.compile(r'((?:model|default_hooks|(?:train|val|test)_dataloader|train_cfg|optim_wrapper)'
                 r'(?:\.\w+)+)(?:=\S*)?$')


def text_of(page):
    return (ROOT / page).read_text(encoding='utf-8')


def code_blocks(text):
    return re.findall(r'^```\w*\n(.*?)^```', text, re.M | re.S)


def without_blocks(text):
    return re.sub(r'^```.*?^```', '', text, flags=re.M | re.S)


def inline_code(text):
    return [re.sub(r'\s+', ' ', code) for code in re.findall(r'`([^`]+)`', without_blocks(text))]


def commands(text):
    """Command lines of a page, each with its continuations."""
    shell = [block.replace('\\\n', ' ') for block in code_blocks(text)]
    lines = [line.split(' #')[0].strip() for block in shell for line in block.splitlines()]
    return [line for line in [*lines, *inline_code(text)]
            if re.match(r'(?:[A-Z_0-9]+=\S+ )*(?:\S*python|make|tools/\S+\.sh)\b', line)]


def expand(path):
    """All paths that braces stand for."""
    parts = [part[1:-1].split(',') if part.startswith('{') else [part]
             for part in re.split(r'(\{[^}]*\})', path)]
    return [''.join(choice) for choice in product(*parts)]


def exists(path):
    if '/' not in path:
        return any(fnmatch(name, path) for name in FILES)
    return all(any(any(ROOT.glob(f'{base}/{one}'.strip('/'))) for base in BASES)
               for one in expand(path.rstrip('/')))


def slugs(text):
    """Anchors that GitHub and the site give to the headings of a page."""
    heads = re.findall(r'^#+ (.+)$', re.sub(r'^```.*?^```', '', text, flags=re.M | re.S), re.M)
    return {re.sub(r'[^\w\- ]', '', head.lower()).replace(' ', '-') for head in heads}


@pytest.mark.parametrize('page', PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r'\]\(([^)\s]+)\)', without_blocks(text_of(page))):
        if re.match(r'https?://', target):
            continue
        path, _, anchor = target.partition('#')
        file = (ROOT / page).parent / path if path else ROOT / page
        assert file.exists(), f'{page}: {target}'
        assert not anchor or anchor in slugs(file.read_text(encoding='utf-8')), f'{page}: {target}'


@pytest.mark.parametrize('page', PAGES)
def test_paths_exist(page):
    text = text_of(page)
    words = [word.strip('\'",;()') for code in [*inline_code(text), *code_blocks(text)]
             for word in code.split()]
    folders = '|'.join(map(re.escape, FOLDERS))
    paths = re.compile(rf'(?:{folders})/{PATH}+$|{PATH}+{SUFFIXES}$')
    for word in words:
        if paths.match(word) and not OUTSIDE.match(word):
            assert exists(word), f'{page}: {word}'


def sources_of(tool):
    """The text of a tool and of what adds arguments to its parser."""
    shared = ['ous_mmaction/command_line.py', 'ous_mmaction/experiments/protocol.py',
              'ous_mmaction/apis/known_detectors.py']
    return ''.join(map(text_of, [tool, *shared]))


@pytest.mark.parametrize('page', PAGES)
def test_commands_name_tools_targets_and_flags_that_exist(page):
    targets = set(re.findall(r'^(\w+):', text_of('Makefile'), re.M))
    for command in commands(text_of(page)):
        made = re.match(r'make (\w+)', command)
        if made:
            assert made[1] in targets, f'{page}: {command}'
        tool = re.search(r'(?<![\w/])tools/\w+\.(?:py|sh)|(?<=-m )maintenance\.\w+', command)
        if not tool:
            continue
        name = tool[0].replace('maintenance.', 'maintenance/')
        file = name if '.' in name else f'{name}.py'
        assert (ROOT / file).is_file(), f'{page}: {command}'
        run = re.match(r'tools/(?:dist|slurm)_(train|test)\.sh', file)
        by_name = re.search(r'tools/dist_run\.sh (\w+)', command)
        if run or by_name:
            file = f'tools/{(run or by_name)[1]}.py'
        for flag in re.findall(r'(?<= )--[\w-]+', command):
            assert f"'{flag}'" in sources_of(file), f'{page}: {flag} in {command}'


@pytest.mark.parametrize('page', PAGES)
def test_config_keys_exist(page):
    """Keys of --cfg-options: all but the last name, which may be new, is in a config."""
    configs = [Config.fromfile(ROOT / 'configs' / name).to_dict()
               for name in ('ous_dfew.py', 'aen/aen_dfew.py')]
    text = text_of(page)
    words = [word for code in [*inline_code(text), *code_blocks(text)] for word in code.split()]
    for key in filter(None, map(KEY.match, words)):
        *parents, _ = key[1].split('.')
        for name in range(1, len(parents) + 1):
            path = '.'.join(parents[:name])
            assert any(has(config, path) for config in configs), f'{page}: {key[0]}'


def has(config, path):
    for name in path.split('.'):
        if name not in config:
            return False
        config = config[name]
    return True


def test_components_are_those_that_are_registered():
    table = text_of('docs/components.md').split('## What flows')[0]
    named = set(re.findall(r'`([A-Z]\w+)`', table))
    registries = (registry.MODELS, registry.DATASETS, registry.DATA_SAMPLERS, registry.TRANSFORMS,
                  registry.HOOKS, registry.METRICS)
    registered = {name for each in registries for name, part in each.module_dict.items()
                  if part.__module__.startswith('ous_mmaction')}
    assert named == registered


def test_readme_is_a_front_door():
    text = text_of('README.md')
    assert len(text.splitlines()) <= 130
    assert 'make demo' in text and 'make test' in text
