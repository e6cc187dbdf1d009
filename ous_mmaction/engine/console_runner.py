from __future__ import annotations

import contextlib
import io
import logging
from pathlib import Path

from mmengine.logging import MMLogger
from mmengine.runner import Runner

PACKAGE = Path(__file__).parents[1]


class ConsoleRunner(Runner):
    """MMEngine's runner with a terminal for people: its log goes to the log file alone.

    The terminal still gets what this package logs, and warnings and errors of every package.
    """

    def build_logger(self, log_level: int | str = 'INFO', log_file: str | None = None,
                     **kwargs) -> MMLogger:
        """MMEngine's logger, with the handler of the terminal restricted."""
        logger = super().build_logger(log_level, log_file, **kwargs)
        for handler in logger.handlers:
            if not isinstance(handler, logging.FileHandler):
                handler.addFilter(is_for_people)
        return logger

    def load_checkpoint(self, *args, **kwargs) -> dict:
        """MMEngine's, without the line that it prints past its log."""
        with contextlib.redirect_stdout(io.StringIO()):
            return super().load_checkpoint(*args, **kwargs)


def is_for_people(record: logging.LogRecord) -> bool:
    """Whether a user can act on a log record, or wants to know of it."""
    if record.levelno < logging.WARNING:
        return PACKAGE in Path(record.pathname).parents
    # MMEngine's checkpoint hook warns of names that MMEngine itself uses.
    return not ('deprecated in future' in record.getMessage() and 'mmengine' in record.pathname)
