"""What the command line tools share."""
from __future__ import annotations

import argparse
import inspect
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
import torch.distributed
from mmengine.config import Config, DictAction
from mmengine.runner import Runner

from .engine import ConsoleRunner
from .video import VideoError

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

    A programming error (TypeError, AttributeError, ...) keeps its traceback; with ``--verbose``
    every error does.

    Args:
        parse_args: Reads ``sys.argv``, by a parser of :func:`make_parser`.
        main: The tool.
    """
    args = parse_args()
    if not args.verbose:
        ignore_host_warnings()
    try:
        main(args)
        if torch.distributed.is_initialized():
            _leave_process_group()
    except (ValueError, OSError, KeyError, VideoError) as error:
        if args.verbose:
            raise
        sys.exit(f'error: {message_of(error)}')
    except KeyboardInterrupt:
        sys.exit(130)


def ignore_host_warnings() -> None:
    """Silence what the host packages say to each other and a user cannot act on."""
    for category in (DeprecationWarning, FutureWarning):
        warnings.filterwarnings('ignore', category=category, module=HOSTS)
    warnings.filterwarnings('ignore', 'torch.meshgrid')  # mmdet's anchor grid


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


def message_of(error: Exception) -> str:
    """An error's message in one line."""
    text = str(error.args[0] if isinstance(error, KeyError) else error).strip()
    if 'Original Traceback' in text:  # a DataLoader worker's error, its traceback as text
        text = re.sub(r'^[\w.]+: ', '', text.splitlines()[-1])
    # Each registry on the way puts its class before the message.
    text = re.sub(r'^(class `\w+` in [\w/.]+: )+', '', text)
    return ' '.join(text.split())


def add_config_arguments(parser: argparse.ArgumentParser) -> None:
    """Where results go, and what to change in the config."""
    parser.add_argument('--work-dir', help='folder for logs, checkpoints and figures; default '
                                           'work_dirs/<config name>')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='override keys of the config, such as train_cfg.max_epochs=3 or '
                             'model.backbone.clip_model.pretrained=weights.safetensors')


def add_runner_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of MMAction2's tools that training and testing share."""
    add_config_arguments(parser)
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none',
                        help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0,
                        help=argparse.SUPPRESS)


def load_config(args: argparse.Namespace) -> Config:
    """The config file with the shared arguments laid over it."""
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    config = read_config(args.config, args.cfg_options)
    config.launcher = args.launcher
    config.work_dir = args.work_dir or config.get('work_dir') or str(
        Path('work_dirs') / Path(args.config).stem)
    if args.launcher == 'pytorch' and not torch.cuda.is_available():
        join_cpu_processes(config)
    return config


def read_config(path: str | Path, options: dict | None = None) -> Config:
    """A config file with options laid over it.

    Args:
        path: Config file.
        options: Dotted key -> value, from ``--cfg-options``.

    Raises:
        FileNotFoundError: The file is missing.
        ValueError: An override of what only the config file reads, such as ``fold``, while it is
            parsed: it would do nothing.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: config file not found')
    config = Config.fromfile(path)
    check_options(config, options or {}, '--cfg-options')
    config.merge_from_dict(options or {})
    return config


def check_options(config: Config, options: dict, where: str) -> None:
    """Refuse overrides of what only the config file reads, such as ``fold``.

    Args:
        config: As it was parsed.
        options: Dotted key -> value.
        where: Begins the message, before the key.

    Raises:
        ValueError: There is one: it would do nothing.
    """
    read_by_runner = {*inspect.signature(Runner.__init__).parameters, 'custom_imports',
                      'find_unused_parameters', 'model_wrapper_cfg', 'sync_bn', 'compile'}
    for option in options:
        key = option.split('.')[0]
        if key in config and key not in read_by_runner:
            raise ValueError(
                f'{where} {option}: `{key}` is read while the config file is parsed, so an '
                f'override would change nothing; set it in {config.filename}, or override what is '
                'made of it, such as train_dataloader.dataset.ann_file')


def join_cpu_processes(config: Config) -> None:
    """Several processes on a machine without GPU, where MMEngine would ask for one each."""
    torch.distributed.init_process_group('gloo')
    config.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None,
                                    broadcast_buffers=False)


def build_runner(config: Config, verbose: bool) -> Runner:
    """A runner; its terminal shows a progress bar and results, or else MMEngine's whole log.

    Args:
        config: Config of a training or a test.
        verbose: Whether to leave MMEngine's log on the terminal.
    """
    if verbose:
        return Runner.from_cfg(config)
    config.default_hooks.progress_bar = dict(type='ProgressBarHook')
    return ConsoleRunner.from_cfg(config)
