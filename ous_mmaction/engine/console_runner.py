from __future__ import annotations

import contextlib
import io
import logging
from pathlib import Path

from mmengine.logging import MMLogger
from mmengine.runner import Runner

PACKAGE = Path(__file__).parents[1]


class ConsoleRunner(Runner):
    """MMEngine's runner with a terminal for people: MMEngine's log goes only to the log file.

    The terminal still shows what this package logs, and the warnings and errors of all packages.
    The arguments are those of MMEngine's ``Runner``.
    """

    def build_logger(self, log_level: int | str = 'INFO', log_file: str | None = None,
                     **kwargs) -> MMLogger:
        """Build MMEngine's logger and restrict its terminal handlers to :func:`is_for_people`.

        Args:
            log_level (int | str): Log level of all handlers. Defaults to ``INFO``.
            log_file (str, optional): Log file. Defaults to a file in the run's folder.
            kwargs: Further arguments of MMEngine's ``Runner.build_logger``.

        Returns:
            MMLogger: The logger.
        """
        logger = super().build_logger(log_level, log_file, **kwargs)
        for handler in logger.handlers:
            if not isinstance(handler, logging.FileHandler):
                handler.addFilter(is_for_people)
        return logger

    def load_checkpoint(self, *args, **kwargs) -> dict:
        """Load a checkpoint as MMEngine does, without the line that it prints past its log."""
        with contextlib.redirect_stdout(io.StringIO()):
            return super().load_checkpoint(*args, **kwargs)


def is_for_people(record: logging.LogRecord) -> bool:
    """Whether a user can act on a log record or wants to know about it.

    Args:
        record (logging.LogRecord): Record of any package.

    Returns:
        bool: True for records of this package, and for warnings and errors of all packages except
        MMEngine's warning about its own deprecated names.
    """
    if record.levelno < logging.WARNING:
        return PACKAGE in Path(record.pathname).parents
    # MMEngine's checkpoint hook warns about names that MMEngine itself uses.
    return not ('deprecated in future' in record.getMessage() and 'mmengine' in record.pathname)
