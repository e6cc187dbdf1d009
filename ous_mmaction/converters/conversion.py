"""A published checkpoint in, one safe checkpoint of ours out."""
from __future__ import annotations

from pathlib import Path

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor

from ..checkpoints import save_checkpoint
from .class_orders import ORDERS, permutation, reorder
from .families import recognize
from .family import Family
from .inputs import classes_of, input_of
from .source import Source, read_source


def convert_checkpoint(path: str | Path, destination: str | Path, configs: str | Path,
                       config: Config | None = None) -> dict:
    """Write a published checkpoint as one that a config can test and train from.

    Args:
        path (str | Path): Published file.
        destination (str | Path): Our checkpoint, which is written completely or not at all.
        configs (str | Path): Folder of the configs that the families name.
        config (Config, optional): Config to use. Defaults to the family's config of the dataset,
            if the checkpoint tells which one that is.

    Returns:
        dict: The checkpoint with ``state_dict`` and ``meta``. ``meta['converted']`` says what was
        converted, and what input the weights expect.

    Raises:
        FileNotFoundError: If the file or CLIP's weights are missing.
        ValueError: If the file cannot be read without running code, is of no known family, or
            contradicts the config.
    """
    source = read_source(path)
    family = recognize(source)
    try:
        if config is None:
            config = Config.fromfile(Path(configs) / family_config(family, source, Path(configs)))
        check_classes(family, source, config)
        family.prepare(source, config)
        init_default_scope(config.get('default_scope', 'mmaction'))
        model = MODELS.build(config.model)
        dataset = config_dataset(family, config)
        tensors = in_config_order(family, source, config, dataset)
        state = family.convert(tensors, model)
        notes = family.notes(tensors, model)
    except ValueError as error:
        raise ValueError(f'{path} ({family.name}): {error}') from None
    return save_checkpoint(model, state, destination, converted=dict(
        family=family.name, file=Path(path).name, sha256=source.sha256,
        repository=family.repository, license=family.license, citation=family.citation,
        dataset=dataset, class_names=classes_of(config), input=input_of(config),
        epoch=source.notes.get('epoch'), **notes))


def family_config(family: Family, source: Source, configs: Path) -> str:
    """Return the config of a checkpoint, relative to ``configs``.

    Args:
        family (Family): Family of the checkpoint.
        source (Source): The checkpoint.
        configs (Path): Folder of the configs.

    Returns:
        str: The only config that fits.

    Raises:
        ValueError: If none or several fit.
    """
    dataset = family.dataset(source)
    if dataset is not None:
        return family.configs[dataset]
    classes = family.num_classes(source.tensors)
    fitting = [file for file in family.configs.values()
               if len(classes_of(Config.fromfile(configs / file))) == classes]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise ValueError(f'the checkpoint has {classes} classes, but the configs of the family are '
                         f'for {", ".join(family.configs)}. Give your own by --config')
    commands = ' or '.join(f'--config {(configs / file).as_posix()}' for file in fitting)
    raise ValueError(f'the {classes} classes do not tell which dataset the checkpoint was trained '
                     f'on. Say it with {commands}')


def config_dataset(family: Family, config: Config) -> str | None:
    """Return the dataset of a family's own config, or None for another config."""
    own = Path(config.filename or '').name
    return next((name for name, file in family.configs.items() if Path(file).name == own), None)


def in_config_order(family: Family, source: Source, config: Config,
                    dataset: str | None) -> dict[str, Tensor]:
    """Return a checkpoint's tensors with the classes in the order of the config.

    Args:
        family (Family): Family of the checkpoint.
        source (Source): The checkpoint.
        config (Config): Config whose class order is taken.
        dataset (str, optional): Dataset of the config, if it is one of the family's.

    Returns:
        dict[str, Tensor]: Tensors by name.

    Raises:
        ValueError: If the classes differ, or the config does not tell in which order they are.
    """
    names = classes_of(config)
    orders = {order for name, order in family.orders.items()
              if dataset in (None, name) and len(ORDERS[order]) == len(names)}
    if not family.orders or dataset is not None and dataset not in family.orders:
        return dict(source.tensors)
    if len(orders) != 1:
        raise ValueError(f'the config {config.filename} does not tell in which order the '
                         f'{len(names)} classes of the checkpoint are. Give one of the configs '
                         f'{", ".join(family.configs.values())}')
    return reorder(source.tensors, family.class_tensors,
                   permutation(ORDERS[orders.pop()], names))


def check_classes(family: Family, source: Source, config: Config) -> None:
    """Raise a ValueError if number of classes or dataset differ from the config's."""
    classes, names = family.num_classes(source.tensors), classes_of(config)
    if classes != len(names):
        raise ValueError(f'the checkpoint has {classes} classes, but the config has {len(names)}: '
                         f'{", ".join(names)}. Give the config of its dataset')
    dataset, given = family.dataset(source), config_dataset(family, config)
    if dataset and given not in (None, dataset):
        raise ValueError(f'the checkpoint says that it was trained on {dataset}, but the config is '
                         f'for {given}. Give configs/{family.configs[dataset]}')
