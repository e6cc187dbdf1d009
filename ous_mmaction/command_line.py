"""What the command line tools share."""
from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import torch
import torch.distributed
from mmengine.config import Config, DictAction
from mmengine.logging import MMLogger
from mmengine.runner import Runner

from .config_checks import check_config, check_options
from .datasets.dfer_dataset import list_pipelines
from .engine import ConsoleRunner
from .features.use_bank import LOADERS
from .progress import close_progress_bars
from .user_errors import is_lost_connection, is_mendable, message_of

HOSTS = 'mmengine|mmcv|mmaction|mmdet|open_clip|timm|torch|torchvision'


def make_parser(description: str, examples: str) -> argparse.ArgumentParser:
    """A parser whose help ends with examples, with the argument that every tool has.

    Args:
        description: What the tool does; the docstring of its file.
        examples: Commands to copy, printed as they are.
    """
    parser = argparse.ArgumentParser(description=description, epilog=examples,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('-v', '--verbose', action='store_true',
                        help="also print MMEngine's log, warnings of host packages and the "
                             'traceback of an error')
    return parser


def run(parse_args: Callable[[], argparse.Namespace],
        main: Callable[[argparse.Namespace], None]) -> None:
    """Run a tool. An error that the user can mend ends in one line on stderr and exit code 1.

    A programming error (AttributeError, ...) keeps its traceback; with ``--verbose`` every error
    does. The log file of the run has the traceback in any case. An interrupt ends in one line and
    exit code 130. Of several processes one says what is wrong.

    Args:
        parse_args: Reads ``sys.argv``, by a parser of :func:`make_parser`.
        main: The tool.
    """
    args = parse_args()
    if not args.verbose:
        ignore_host_warnings()
    try:
        with _interrupts() as interrupted:
            main(args)
        if torch.distributed.is_initialized():
            _leave_process_group()
    except SystemExit:
        raise
    except BaseException as error:
        close_progress_bars()
        if isinstance(error, KeyboardInterrupt) or interrupted:
            _say_interrupted(args)
            sys.exit(130)
        _log(error)
        if args.verbose or not is_mendable(error):
            raise
        if int(os.environ.get('RANK', 0)) or is_lost_connection(error):
            time.sleep(5)  # until the launcher ends this process: one process says what is wrong
        sys.exit(f'error: {message_of(error)}')


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collect the interrupts of the user; an error after one is only its consequence."""
    received: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        received.append(number)
        raise KeyboardInterrupt

    previous = signal.getsignal(signal.SIGINT)
    # A shell's background job ignores interrupts.
    if (previous is signal.SIG_IGN
            or threading.current_thread() is not threading.main_thread()):
        yield received
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield received
    finally:
        signal.signal(signal.SIGINT, previous)


def _say_interrupted(args: argparse.Namespace) -> None:
    if int(os.environ.get('RANK', 0)) == 0:
        hint = ('. The same command with --resume goes on after the last finished epoch'
                if hasattr(args, 'resume') else '')
        print(f'interrupted{hint}', file=sys.stderr)


def _log(error: BaseException) -> None:
    """Write the traceback of an error to the log file of the run, if there is one."""
    for handler in MMLogger.get_current_instance().handlers:
        if isinstance(handler, logging.FileHandler):
            handler.emit(logging.makeLogRecord(dict(
                name='mmengine', levelno=logging.ERROR, levelname='ERROR', pathname=__file__,
                msg=''.join(traceback.format_exception(error)))))


def ignore_host_warnings() -> None:
    """Silence what the host packages say to each other and a user cannot act on."""
    for category in (DeprecationWarning, FutureWarning):
        warnings.filterwarnings('ignore', category=category, module=HOSTS)
    for message in ('torch.meshgrid',  # mmdet's anchor grid
                    r'Setting \w+_NUM_THREADS', 'Grad strides do not match'):
        warnings.filterwarnings('ignore', message)


def _leave_process_group() -> None:
    """Leave together: a rank that leaves early makes the connections of the others fail."""
    torch.distributed.barrier()
    if torch.distributed.get_backend() == 'gloo':
        # Its threads now and then abort an interpreter that ends while they run.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    torch.distributed.destroy_process_group()


class ConfigOptions(DictAction):
    """MMEngine's ``KEY=VALUE`` arguments, with an error for an argument that has no value."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace,
                 values: list[str], option_string: str | None = None) -> None:
        """Add the pairs to the namespace."""
        for text in values:
            if not text.partition('=')[0] or '=' not in text:
                raise argparse.ArgumentError(self, f'expected KEY=VALUE, but got {text!r}')
        super().__call__(parser, namespace, values, option_string)


def positive(text: str) -> int:
    """Parse an integer argument that is at least 1."""
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f'expected a whole number of at least 1, but got {text}')
    return int(text)


def add_option_arguments(parser: argparse.ArgumentParser, data_root: bool = True) -> None:
    """Add ``--cfg-options`` and ``--data-root``, which :func:`config_options` reads.

    Args:
        parser: Of a tool that reads a config.
        data_root: Whether the tool reads the dataset of the config.
    """
    if data_root:
        parser.add_argument('--data-root', metavar='DIR',
                            help="folder of the dataset; default: the config's")
    parser.add_argument('--cfg-options', nargs='+', action=ConfigOptions, metavar='KEY=VALUE',
                        help='override keys of the config, such as train_cfg.max_epochs=3 or '
                             'model.backbone.clip_model.pretrained=weights.safetensors')


def config_options(args: argparse.Namespace) -> dict:
    """Dotted key -> value, from ``--cfg-options`` and ``--data-root``."""
    options = {}
    if getattr(args, 'data_root', None):
        options = {f'{loader}.dataset.data_root': args.data_root for loader in LOADERS}
    return {**options, **(args.cfg_options or {})}


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """Add where results go, and what to change in the config."""
    parser.add_argument('--work-dir', help='folder for logs, checkpoints and figures; default: '
                                           'a folder in work_dirs/ with the name of the config')
    add_option_arguments(parser)


def add_runner_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of MMAction2's tools that training and testing share."""
    add_config_arguments(parser)
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none',
                        help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0,
                        help=argparse.SUPPRESS)


def load_config(args: argparse.Namespace) -> Config:
    """Read the config of a training or a test, and apply the shared arguments."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    config = read_config(args)
    config.launcher = args.launcher
    config.work_dir = (args.work_dir or config.get('work_dir')
                       or default_work_dir(config, getattr(args, 'fold', None)))
    if args.launcher == 'pytorch' and not torch.cuda.is_available():
        join_cpu_processes(config)
    return config


def default_work_dir(config: Config, fold: int | None = None) -> str:
    """Return the folder of a config's runs, one per fold.

    Args:
        config: Config of a training or a test.
        fold: Number of the fold; None for that of the config's test set, if it has one.
    """
    if fold is None:
        fold = (config.get('test_dataloader') or {}).get('dataset', {}).get('fold')
    name = Path(config.filename).stem
    return str(Path('work_dirs', name if fold is None else f'{name}_fold{fold}'))


def read_config(args: argparse.Namespace) -> Config:
    """Read the config file of a tool and apply the overrides of :func:`config_options`.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If an override would do nothing, because nothing reads its key, or because the
            key, such as ``fold``, is only read while the file is parsed.
    """
    if not Path(args.config).is_file():
        raise FileNotFoundError(f'{args.config}: the config file was not found. Check the path')
    config = Config.fromfile(args.config)
    options = config_options(args)
    check_options(config, options, '--cfg-options')
    config.merge_from_dict(options)
    if 'launcher' in config:  # dumped by a run under a launcher
        config.launcher = 'none'
    check_config(config, args.config)
    return config


def join_cpu_processes(config: Config) -> None:
    """Join processes on a machine without GPUs, where MMEngine would expect one GPU each."""
    torch.distributed.init_process_group('gloo')
    config.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None,
                                    broadcast_buffers=False)


def build_runner(config: Config, verbose: bool) -> Runner:
    """A runner; its terminal shows a progress bar and results, or else MMEngine's whole log.

    Args:
        config: Config of a training or a test.
        verbose: Whether to leave MMEngine's log on the terminal.
    """
    list_pipelines(config)
    if verbose:
        runner = Runner.from_cfg(config)
    else:
        config.default_hooks.progress_bar = dict(type='ProgressBarHook')
        runner = ConsoleRunner.from_cfg(config)
    _dump_for_reuse(runner)
    return runner


def _dump_for_reuse(runner: Runner) -> None:
    """Dump the config again, without what belongs to this start of the run alone."""
    config = runner.cfg
    if config.get('resume'):
        config.update(resume=False, load_from=None)
    config.launcher = 'none'
    if not torch.cuda.is_available():
        config.pop('model_wrapper_cfg', None)  # see :func:`join_cpu_processes`
    runner.dump_config()
