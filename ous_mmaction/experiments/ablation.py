"""Tables of variants of one config."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from mmengine.config import Config

from ..config_checks import check_options
from ..datasets.dfer_dataset import pipeline_steps
from ..evaluation.tables import Table, paired_percent, percent
from ..features.extraction import extract_features
from ..features.use_bank import LOADERS, use_bank
from .coverage import Coverage
from .experiment import Experiment
from .protocol import use_selection
from .runs import run_experiments


class Variant(NamedTuple):
    """A row of an ablation table.

    Attributes:
        name (str): Name of the row in the table.
        options (dict): Values of the config by dotted key.
    """

    name: str
    options: dict


def read_table(path: str | Path) -> tuple[str, list[Variant]]:
    """Read a table of variants, such as the files in ``configs/ablations/``.

    The file has the keys ``title``, a text, and ``variants``, which maps the name of each row to
    the keys of the config that the row changes.

    Args:
        path (str | Path): File of the table.

    Returns:
        tuple[str, list[Variant]]: Title and rows.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file lacks these keys.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: the table of variants was not found. Give a file like '
                                'those in configs/ablations/')
    table = Config.fromfile(path)
    if 'variants' not in table or 'title' not in table:
        raise ValueError(f'{path}: the file is not a table of variants. It must have the keys '
                         '`title` and `variants`, like the files in configs/ablations/')
    variants = table.to_dict()['variants']
    return table.title, [Variant(name, options) for name, options in variants.items()]


def reads_other_pixels(variant: Variant) -> bool:
    """Whether a row changes the frozen CLIP or its input, so that it needs its own bank."""
    return any('pipeline' in key or key.startswith('model.backbone') for key in variant.options)


def run_ablation(config_file: str | Path, variants: Sequence[Variant], seeds: Sequence[int],
                 work_dir: Path, bank: Path | None, selection: str, options: dict,
                 jobs: int, device: str, views: int | None = None) -> dict[str, list[dict]]:
    """Train and test every variant with every seed.

    Args:
        config_file (str | Path): Config that trains from pixels.
        variants (Sequence[Variant]): Rows of all tables. Rows of the same name must have the same
            options and run once.
        seeds (Sequence[int]): Random seeds, the same for every row.
        work_dir (Path): Each run has a folder ``work_dir/<row>/seed<k>``.
        bank (Path | None): Folder of the config's features, which are extracted first if they are
            missing. A row that changes the pixels has its own bank next to it. None trains every
            run from pixels.
        selection (str): ``'test'`` or ``'holdout'``.
        options (dict): Overrides for every row by dotted key. The row's own options take
            precedence.
        jobs (int): Number of runs at a time.
        device (str): Device for the extraction of features.
        views (int, optional): Augmented views per clip in a bank. Defaults to those of a bank that
            is there, see :func:`extract_features`.

    Returns:
        dict[str, list[dict]]: One result per seed (see :func:`run_experiments`) by name of the
        variant.

    Raises:
        ValueError: If two rows of the same name differ, if a row changes a key that nothing reads
            or does not fit the config, or if :func:`run_experiments` raises one.
    """
    parsed = Config.fromfile(config_file)
    rows = _unique_rows(variants)
    for variant in rows.values():
        check_options(parsed, variant.options, f'Row {variant.name!r} changes')
    experiments, extracted = [], set()
    for variant in rows.values():
        config = _row_config(parsed, variant, options)
        use_selection(config, selection)
        if bank is not None:
            own_bank = bank.with_name(f'{bank.name}_{slug(variant.name)}')
            folder = own_bank if reads_other_pixels(variant) else bank
            if folder not in extracted:
                extract_features(config, folder, views=views, device=device)
                extracted.add(folder)
            config = use_bank(config, folder)
        for seed in seeds:
            run = Config(config.to_dict(), filename=config.filename)
            run.randomness = dict(run.get('randomness', {}), seed=seed)
            experiments.append(Experiment(f'{variant.name}, seed {seed}', run,
                                          work_dir / slug(variant.name) / f'seed{seed}'))
    torch.cuda.empty_cache()  # hands the memory of the extraction to the runs
    results = run_experiments(experiments, jobs)
    return {name: results[start * len(seeds):(start + 1) * len(seeds)]
            for start, name in enumerate(rows)}


def _unique_rows(variants: Sequence[Variant]) -> dict[str, Variant]:
    """Return the rows by name, and raise a ValueError if rows of the same name differ."""
    rows: dict[str, Variant] = {}
    for variant in variants:
        if rows.setdefault(variant.name, variant) != variant:
            raise ValueError(f'Two rows are named {variant.name!r} but change different keys. '
                             'Rename one of them')
    return rows


def _row_config(parsed: Config, variant: Variant, options: dict) -> Config:
    """Return a copy of a config with the options of all rows and then those of one row."""
    config = Config(parsed.to_dict(), filename=parsed.filename)
    config.merge_from_dict(options)
    try:
        config.merge_from_dict(variant.options)
        for loader in LOADERS:
            pipeline_steps(config[loader].dataset.pipeline)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f'Row {variant.name!r} does not fit {parsed.filename} ({error.args[0]}). '
                         'Leave out its table, or write one for this config') from None
    return config


def slug(name: str) -> str:
    """Turn the name of a row into the name of a folder.

    Examples:
        >>> slug('M = 8, no MCFE')
        'm_=_8_no_mcfe'
    """
    kept = ''.join(c if c.isalnum() or c in '.=+-' else ' ' for c in name.lower())
    return '_'.join(kept.split())


def ablation_table(title: str, variants: Sequence[Variant], results: dict[str, list[dict]],
                   ceilings: dict[str, float], coverage: Coverage) -> Table:
    """Make a table of UAR and WAR over seeds in percent and the mean epoch of the checkpoints.

    With several seeds, the last column compares the UAR of each row with the first row by a paired
    t-test over the seeds.

    Args:
        title (str): Beginning of the caption.
        variants (Sequence[Variant]): Rows of the table.
        results (dict[str, list[dict]]): Results from :func:`run_ablation`.
        ceilings (dict[str, float]): Ceilings of UAR and WAR by name, as fractions of 1.
        coverage (Coverage): What part of the dataset the runs cover.

    Returns:
        Table: The table.
    """
    first = results[variants[0].name]
    seeds = ('One seed' if len(first) == 1 else
             f'Mean ± standard deviation of {len(first)} seeds')
    caption = (f'{title}. {seeds}, test fold of '
               f'{first[0]["clips"]} clips, checkpoint of the lowest validation loss on the '
               f'{"test fold" if first[0]["selection"] == "test" else "holdout"}. '
               f'{coverage.statement}')
    header = ['variant', 'UAR', 'range', 'WAR', 'epoch']
    if len(first) > 1:
        caption += ('. Last column: difference of UAR from the first row, mean ± standard '
                    'deviation and p of the two-sided paired t-test over the n = '
                    f'{len(first)} seeds')
        header.append(f'UAR − {variants[0].name}')
    rows = []
    for variant in variants:
        runs = results[variant.name]
        epochs = sum(run['epoch'] for run in runs) / len(runs)
        uars = sorted(run['UAR'] for run in runs)
        rows.append([variant.name, percent(uars), f'{100 * uars[0]:.2f} to {100 * uars[-1]:.2f}',
                     percent([run['WAR'] for run in runs]), f'{epochs:.1f}'])
        if len(first) > 1 and variant != variants[0]:
            rows[-1].append(paired_percent(*([run['UAR'] for run in group]
                                             for group in (runs, first))))
    rows += [[name, percent([value]), '', percent([value])] for name, value in ceilings.items()]
    rows = [[*row, *[''] * (len(header) - len(row))] for row in rows]
    return Table(caption, header, rows, coverage.warning)
