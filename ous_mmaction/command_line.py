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

from .checks import known_key
from .engine import ConsoleRunner
from .features.use_bank import LOADERS
from .progress import close_progress_bars
from .video import VideoError

# Top-level keys of a config that MMEngine reads, and the keys of the dicts of which it ignores any
# other key in silence.
READ_BY_RUNNER = {*inspect.signature(Runner.__init__).parameters, 'activation_checkpointing',
                  'compile', 'custom_imports', 'efficient_conv_bn_eval', 'find_unused_parameters',
                  'model_wrapper_cfg', 'sync_bn'} - {'self', 'cfg'}
READ_BY_GET = {
    'auto_scale_lr': ('enable', 'base_batch_size'),
    'env_cfg': ('cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'),
    'env_cfg.mp_cfg': ('mp_start_method', 'opencv_num_threads')}
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


def positive(text: str) -> int:
    """Parse an integer that is at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f'expected at least 1, but got {number}')
    return number


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
        close_progress_bars()
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
    """Return the message of an error in one line."""
    text = str(error.args[0] if isinstance(error, KeyError) else error).strip()
    if 'Original Traceback' in text:  # a DataLoader worker's error, its traceback as text
        text = re.sub(r'^[\w.]+: ', '', text.splitlines()[-1])
    # Every registry on the way puts its class in front of the message.
    text = re.sub(r'^(class `\w+` in [\w/.]+: )+', '', text)
    return ' '.join(text.split())


def add_option_arguments(parser: argparse.ArgumentParser, data_root: bool = True) -> None:
    """Add ``--cfg-options`` and ``--data-root``, which :func:`config_options` reads.

    Args:
        parser: Of a tool that reads a config.
        data_root: Whether the tool reads the dataset of the config.
    """
    if data_root:
        parser.add_argument('--data-root', metavar='DIR',
                            help="folder of the dataset; default: the config's")
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
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
    for group, known in READ_BY_GET.items():
        for key in get_dotted(config, group) or ():
            known_key(f'{group}.{key}', key, known, args.config)
    if 'launcher' in config:  # dumped by a run under a launcher
        config.launcher = 'none'
    return config


def get_dotted(config: Config, key: str) -> object:
    """Return the value of a dotted key of a config; None if a part of it is missing or None."""
    value: object = config
    for part in key.split('.'):
        value = value.get(part) if hasattr(value, 'get') else None
    return value


def check_options(config: Config, options: dict, origin: str) -> None:
    """Refuse overrides of keys that nothing reads, or only the parser of the config file.

    Args:
        config: The parsed config.
        options: Dotted key -> value.
        origin: Where the options come from, for the message.

    Raises:
        ValueError: If an override would do nothing.
    """
    for option in options:
        key = option.split('.')[0]
        known_key(option, key, {*READ_BY_RUNNER, *config}, origin)
        if key not in READ_BY_RUNNER:
            raise ValueError(
                f'{origin} {option}: `{key}` is only read while the config file is parsed, so the '
                f'override would change nothing. Set it in {config.filename}, or override a key '
                'that is made of it, such as train_dataloader.dataset.fold')


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
