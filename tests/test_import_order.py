"""The package is ordered in rooms from top to bottom, and dependencies only point down."""
import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A room may import the rooms after it in this list, and none before it.
ROOMS = [
    'tools', 'maintenance',
    'export', 'apis', 'converters', 'experiments', 'command_line', 'config_checks', 'visualization',
    'features', 'detection',
    'models', 'evaluation', 'engine', 'rendered', 'datasets', 'checkpoints', 'work_sharing',
    'user_errors', 'video', 'atomic_files', 'emotions', 'checks', 'progress', 'version', 'compat',
]


def room_of(module):
    """Return the room of a module: None for foreign modules, '' for the package itself."""
    top, *rest = module.split('.')
    if top in ('tools', 'maintenance'):
        return top
    if top != 'ous_mmaction':
        return None
    return rest[0] if rest else ''


def imported_modules(path, package):
    """Absolute names of all modules that a file imports, anywhere in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package[:len(package) - node.level + 1] if node.level else []
            module = '.'.join([*parents, *(node.module or '').split('.')]).strip('.')
            # `from . import name` and `from package import name` may name a module.
            yield from (f'{module}.{alias.name}' for alias in node.names)


def files():
    for folder in ('ous_mmaction', 'tools', 'maintenance'):
        for path in sorted((ROOT / folder).rglob('*.py')):
            parts = path.relative_to(ROOT).with_suffix('').parts
            if parts != ('ous_mmaction', '__init__'):  # it imports every room that registers parts
                yield pytest.param(path, parts, id='/'.join(parts))


@pytest.mark.parametrize('path, parts', list(files()))
def test_imports_point_down(path, parts):
    own = room_of('.'.join(parts))
    for module in imported_modules(path, list(parts[:-1])):
        room = room_of(module)
        if room in (None, '', own) or module == 'ous_mmaction.__version__':
            continue
        assert room in ROOMS, f'{module}: add its room to the list'
        assert ROOMS.index(own) < ROOMS.index(room), f'{path} must not import {module}'


def test_video_imports_nothing_of_the_package():
    for path in sorted((ROOT / 'ous_mmaction/video').glob('*.py')):
        modules = imported_modules(path, ['ous_mmaction', 'video'])
        assert {room_of(module) for module in modules} <= {None, 'video'}, path


def test_every_room_is_in_the_list():
    rooms = {path.stem for path in (ROOT / 'ous_mmaction').iterdir()
             if path.suffix == '.py' or (path / '__init__.py').exists()} - {'__init__'}
    assert rooms == set(ROOMS) - {'tools', 'maintenance'}
