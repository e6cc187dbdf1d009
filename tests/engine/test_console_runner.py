import logging

import ous_mmaction
from ous_mmaction.engine.console_runner import PACKAGE, is_for_people


def record(level, path, message='text'):
    return logging.LogRecord('mmengine', level, str(path), 1, message, None, None)


def test_the_terminal_gets_our_lines_and_the_warnings_of_all():
    ours, theirs = PACKAGE / 'engine/hooks/stopping_rules_hook.py', '/venv/mmengine/hooks/hook.py'
    assert PACKAGE.samefile(ous_mmaction.__path__[0])
    assert is_for_people(record(logging.INFO, ours))
    assert not is_for_people(record(logging.INFO, theirs))
    assert is_for_people(record(logging.WARNING, theirs, 'the batch is small'))
    assert not is_for_people(record(logging.WARNING, theirs, '"X" will be deprecated in future.'))
    assert is_for_people(record(logging.ERROR, theirs))
