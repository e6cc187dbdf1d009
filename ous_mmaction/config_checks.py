"""Checks of the keys of a config that MMEngine would ignore in silence, or refuse in a riddle."""
from __future__ import annotations

import inspect

from mmaction.registry import OPTIMIZERS
from mmengine.config import Config
from mmengine.runner import Runner

from .checks import known_key
from .user_errors import did_you_mean

# Top-level keys of a config that MMEngine reads, and the keys of the dicts of which it ignores any
# other key in silence.
READ_BY_RUNNER = {*inspect.signature(Runner.__init__).parameters, 'activation_checkpointing',
                  'compile', 'custom_imports', 'efficient_conv_bn_eval', 'find_unused_parameters',
                  'model_wrapper_cfg', 'sync_bn'} - {'self', 'cfg'}
READ_BY_GET = {
    'auto_scale_lr': ('enable', 'base_batch_size'),
    'env_cfg': ('cudnn_benchmark', 'mp_cfg', 'dist_cfg', 'resource_limit'),
    'env_cfg.mp_cfg': ('mp_start_method', 'opencv_num_threads')}


def check_config(config: Config, name: str) -> None:
    """Check the groups of keys that MMEngine reads one by one, and the name of the optimizer.

    Args:
        config (Config): Config to check.
        name (str): Its file, for the message.

    Raises:
        ValueError: If a key of such a group is unknown, or there is no such optimizer.
    """
    for group, known in READ_BY_GET.items():
        for key in _get_dotted(config, group) or ():
            known_key(f'{group}.{key}', key, known, name)
    optimizer = _get_dotted(config, 'optim_wrapper.optimizer.type')
    if isinstance(optimizer, str) and OPTIMIZERS.get(optimizer) is None:
        names = sorted({*OPTIMIZERS.module_dict, *OPTIMIZERS.parent.module_dict})
        raise ValueError(f'The key `optim_wrapper.optimizer.type` is {optimizer!r}, which is no '
                         f'optimizer. {did_you_mean(optimizer, names)}')


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
            used = [dotted for part in config if part in READ_BY_RUNNER
                    for dotted in _keys_named(key, config[part], part)]
            instead = f', or override {", ".join(used[:3])}' if used else ''
            raise ValueError(
                f'{origin} {option}: `{key}` is only read while the config file is parsed, so the '
                f'override would change nothing. Set it in {config.filename}{instead}')


def _keys_named(name: str, values: object, prefix: str) -> list[str]:
    """Return the dotted keys of nested dicts that end in a name."""
    if not isinstance(values, dict):
        return []
    return [dotted for key, value in values.items() for dotted in
            ([f'{prefix}.{key}'] if key == name else _keys_named(name, value, f'{prefix}.{key}'))]


def _get_dotted(config: Config, key: str) -> object:
    """Return the value of a dotted key of a config; None if a part of it is missing or None."""
    value: object = config
    for part in key.split('.'):
        value = value.get(part) if hasattr(value, 'get') else None
    return value
