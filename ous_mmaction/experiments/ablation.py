"""Tables of variants of one config."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config

from ..command_line import check_options
from ..datasets.dfer_dataset import pipeline_steps
from ..evaluation.tables import Table, percent
from ..features.extraction import extract_features
from ..features.use_bank import LOADERS, use_bank
from .protocol import use_selection
from .runs import Experiment, run_experiments


class Variant(NamedTuple):
    """A row of an ablation table.

    Attributes:
        name: As the table prints it.
        options: Dotted key of the config -> value.
    """

    name: str
    options: dict


def read_table(path: str | Path) -> tuple[str, list[Variant]]:
    """Title and rows of a file in ``configs/ablations/``.

    The file has ``title``, a text, and ``variants``, a dict from the name of a row to the keys of
    the config that it changes.

    Raises:
        FileNotFoundError: It is missing.
        ValueError: It has no such keys.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: table of variants not found')
    table = Config.fromfile(path)
    if 'variants' not in table or 'title' not in table:
        raise ValueError(f'{path}: no table of variants; it must have the keys `title` and '
                         '`variants`, as the files in configs/ablations/ do')
    variants = table.to_dict()['variants']
    return table.title, [Variant(name, options) for name, options in variants.items()]


def reads_other_pixels(variant: Variant) -> bool:
    """Whether a row changes what the frozen CLIP sees, so that it needs a bank of its own."""
    return any('pipeline' in key or key.startswith('model.backbone') for key in variant.options)


def run_ablation(config_file: str | Path, variants: Sequence[Variant], seeds: Sequence[int],
                 work_dir: Path, bank: Path | None, selection: str, options: dict,
                 jobs: int, device: str) -> dict[str, list[dict]]:
    """Train and test every variant with every seed.

    Args:
        config_file: Config that trains from pixels.
        variants: Rows; those of one name must be of the same options and run once.
        seeds: Random seeds, the same ones for every row.
        work_dir: ``work_dir/<row>/seed<k>`` holds a run.
        bank: Folder of the config's features, extracted first if they are not there; a row that
            changes the pixels has its own beside it. None: every run trains from pixels.
        selection: ``test`` or ``holdout``.
        options: Laid over every row, before the row's own.
        jobs: Runs at a time.
        device: For the extraction of features.

    Returns:
        Name of a variant -> a result (see :func:`run_experiments`) a seed.

    Raises:
        ValueError: Two rows of one name differ, a row changes what nothing reads or does not fit
            the config, or as of :func:`run_experiments`.
    """
    parsed = Config.fromfile(config_file)
    rows: dict[str, Variant] = {}
    for variant in variants:
        if rows.setdefault(variant.name, variant) != variant:
            raise ValueError(f'two rows are called {variant.name!r} and change different keys: '
                             'rename one')
        check_options(parsed, variant.options, f'row {variant.name!r} changes')
    experiments, extracted = [], set()
    for variant in rows.values():
        config = Config(parsed.to_dict(), filename=parsed.filename)
        config.merge_from_dict(options)
        try:
            config.merge_from_dict(variant.options)
            for loader in LOADERS:
                pipeline_steps(config[loader].dataset.pipeline)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f'row {variant.name!r} does not fit {config_file} ({error.args[0]}): '
                             'leave its table out, or write one for this config') from None
        use_selection(config, selection)
        if bank is not None:
            own = bank.with_name(f'{bank.name}_{slug(variant.name)}')
            folder = own if reads_other_pixels(variant) else bank
            if folder not in extracted:
                extract_features(config, folder, device=device)
                extracted.add(folder)
            config = use_bank(config, folder)
        for seed in seeds:
            run = Config(config.to_dict(), filename=config.filename)
            run.randomness = dict(run.get('randomness', {}), seed=seed)
            experiments.append(Experiment(f'{variant.name}, seed {seed}', run,
                                          work_dir / slug(variant.name) / f'seed{seed}'))
    torch.cuda.empty_cache()  # what the extraction held is the runs' now
    results = run_experiments(experiments, jobs)
    return {name: results[start * len(seeds):(start + 1) * len(seeds)]
            for start, name in enumerate(rows)}


def slug(name: str) -> str:
    """A row's name as a folder's."""
    kept = ''.join(c if c.isalnum() or c in '.=+-' else ' ' for c in name.lower())
    return '_'.join(kept.split())


def ablation_table(title: str, variants: Sequence[Variant], results: dict[str, list[dict]],
                   ceilings: dict[str, float]) -> Table:
    """UAR and WAR over seeds in percent, and the mean epoch of the tested checkpoint."""
    first = results[variants[0].name]
    seeds = ('One seed' if len(first) == 1 else
             f'Mean ± standard deviation of {len(first)} seeds')
    caption = (f'{title}. {seeds}, test fold of '
               f'{first[0]["clips"]} clips, checkpoint of the lowest validation loss on the '
               f'{"test fold" if first[0]["selection"] == "test" else "holdout"}')
    rows = []
    for variant in variants:
        runs = results[variant.name]
        epochs = sum(run['epoch'] for run in runs) / len(runs)
        uars = sorted(run['UAR'] for run in runs)
        rows.append([variant.name, percent(uars), f'{100 * uars[0]:.2f} to {100 * uars[-1]:.2f}',
                     percent([run['WAR'] for run in runs]), f'{epochs:.1f}'])
    rows += [[name, percent([value]), '', percent([value]), '']
             for name, value in ceilings.items()]
    return Table(caption, ['variant', 'UAR', 'range', 'WAR', 'epoch'], rows)
