"""The input that weights expect, as the test pipeline of their config prepares it."""
from __future__ import annotations

from collections.abc import Mapping

from mmengine.config import Config

from ..checkpoints import as_plain_data, read_checkpoint
from ..datasets.dfer_dataset import pipeline_steps

# These read, find and pack frames; they do not change what a model sees.
_NEUTRAL = ('ReadClip', 'LoadFaceBoxes', 'DetectFaces', 'FormatShape', 'PackActionInputs')


def classes_of(config: Config) -> list[str]:
    """Return the class names of a config in its order.

    Raises:
        ValueError: If the config names no classes.
    """
    names = config.test_dataloader.dataset.get('classes')
    if not names:
        raise ValueError('The config names no classes. Set the key '
                         '`test_dataloader.dataset.classes`')
    return list(names)


def input_of(config: Config) -> dict:
    """Describe in plain data which frames a config shows to its model, and how.

    Args:
        config (Config): Config with a test pipeline and a model.

    Returns:
        dict: Arguments by step: the steps of the test pipeline that choose, crop and resize frames
        by the names of their types, ``preprocessor`` (mean and std), and ``crops``, the key of that
        name of the test set, which says what the files of the dataset show.
    """
    dataset = config.test_dataloader.dataset
    steps = [step for step in pipeline_steps(dataset.pipeline) if step['type'] not in _NEUTRAL]
    described = {step['type']: {key: value for key, value in step.items() if key != 'type'}
                 for step in steps}
    preprocessor = config.model.get('data_preprocessor') or {}
    described['preprocessor'] = {key: preprocessor[key] for key in ('mean', 'std')
                                 if key in preprocessor}
    return as_plain_data(dict(described, crops=dataset.get('crops')))


def read_for_config(checkpoint: str, config: Config) -> dict:
    """Read a checkpoint, and refuse it if it was converted for another input than the config's.

    Args:
        checkpoint (str): File or URL.
        config (Config): Config that builds the model and prepares its input.

    Returns:
        dict: The content of the file.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file cannot be read safely, or a converted checkpoint expects other
            frames, another size, other crops or another class order.
    """
    loaded = read_checkpoint(checkpoint)
    meta = loaded.get('meta')
    converted = meta.get('converted') if isinstance(meta, Mapping) else None
    if isinstance(converted, Mapping):
        try:
            check_input(converted, config)
        except ValueError as error:
            raise ValueError(f'{checkpoint}: {error}') from None
    return loaded


def check_input(converted: Mapping, config: Config) -> None:
    """Raise a ValueError if a config prepares another input than converted weights expect.

    Args:
        converted (Mapping): ``meta['converted']`` of a checkpoint.
        config (Config): Config to compare with.

    Raises:
        ValueError: If class order or input differ.
    """
    names = classes_of(config)
    if list(converted['class_names']) != names:
        raise ValueError(f'the {converted["family"]} weights give the classes '
                         f'{", ".join(converted["class_names"])} in this order, but the config has '
                         f'{", ".join(names)}. Give the config that they were converted for')
    expected, found = converted['input'], input_of(config)
    for step in [*expected, *(step for step in found if step not in expected)]:
        want, have = _settings(expected, step), _settings(found, step)
        for key in [*want, *(key for key in have if key not in want)]:
            if want.get(key) != have.get(key):
                raise ValueError(
                    f'the {converted["family"]} weights were trained with `{key}` = '
                    f'{want.get(key)!r}, but the config has {have.get(key)!r}. On another input '
                    'such weights lose many points without a warning. Give the config that they '
                    'were converted for')


def _settings(described: Mapping, step: str) -> dict:
    """Return the settings of a step with their full names; a step that is missing has none."""
    value = described.get(step)
    if isinstance(value, Mapping):
        return {step: True, **{f'{step}.{key}': item for key, item in value.items()}}
    return {step: value}
