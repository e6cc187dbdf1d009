"""Cross-validation of a config, and its row next to the results of other papers."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config

from ..evaluation.folds import FoldSummary, summarize_folds
from ..evaluation.predictions import confusion_of, read_predictions
from ..evaluation.published import published_results
from ..evaluation.tables import Table, percent, plain_percent, write_tables
from ..features.use_bank import views_of
from .coverage import Coverage, describe_coverage
from .experiment import Experiment
from .protocol import apply_protocol, ceilings_of, check_splits, has_folds
from .runs import run_experiments

SELECTED_BY = dict(test='the test fold, as in the literature',
                   holdout='a part of the training fold', validation='a validation split')


def cross_validate(config: Config, folds: Sequence[int], work_dir: Path,
                   selection: str | None = None, checkpoint: str = 'best',
                   jobs: int = 1) -> list[Table]:
    """Train and test every fold, then write ``results.md``, ``.tex`` and ``.json``.

    A dataset with one official split counts as one fold.

    Args:
        config (Config): Config of any fold.
        folds (Sequence[int]): Numbers of the folds.
        work_dir (Path): Each fold has a folder ``work_dir/fold<k>``. Finished folds are kept.
        selection (str, optional): ``'test'`` or ``'holdout'``. None leaves it to the config.
        checkpoint (str): Checkpoint to test, ``'best'`` or ``'last'``. Defaults to ``'best'``.
        jobs (int): Number of folds at a time. Defaults to 1.

    Returns:
        list[Table]: The table of folds and the comparison with published results.

    Raises:
        FileNotFoundError: If the annotation file of a fold is missing. Nothing is trained then.
        ValueError: If a split lacks a class, the folds disagree, or a run failed.
    """
    experiments, identities = [], []
    for fold in folds if has_folds(config) else [None]:
        fold_config = Config(config.to_dict(), filename=config.filename)
        apply_protocol(fold_config, fold, selection)
        identities.append(check_splits(fold_config))
        name = 'split' if fold is None else f'fold{fold}'
        experiments.append(Experiment(name, fold_config, work_dir / name, checkpoint))
    if any(identity != identities[0] for identity in identities):
        raise ValueError(f'{config.filename}: the folds have different datasets or classes: '
                         f'{identities}. Prepare them again from one dataset')
    dataset, classes = identities[0]
    coverage = describe_coverage([experiment.config for experiment in experiments])
    results = run_experiments(experiments, jobs)
    summary = summarize_folds([confusion_of(*read_predictions(e.work_dir / 'predictions.json'))
                               for e in experiments])
    tables = [fold_table(dataset, [e.name for e in experiments], results, summary, coverage),
              comparison_table(dataset, classes, Path(config.filename).stem, summary,
                               ceilings_of(config), coverage)]
    work_dir.mkdir(parents=True, exist_ok=True)
    write_tables(tables, work_dir / 'results', dict(
        warning=coverage.warning, coverage=coverage.statement,
        dataset=dataset, classes=classes, selection=results[0]['selection'],
        checkpoint=checkpoint, views=views_of(experiments[0].config),
        folds={e.name: r for e, r in zip(experiments, results)}, **summary._asdict()))
    return tables


def fold_table(dataset: str, names: Sequence[str], results: Sequence[dict],
               summary: FoldSummary, coverage: Coverage) -> Table:
    """Make a table with one row per fold, their mean ± standard deviation and the pooled figures.

    Args:
        dataset (str): Name of the dataset.
        names (Sequence[str]): Names of the folds.
        results (Sequence[dict]): Result of each fold, see :func:`run_experiments`.
        summary (FoldSummary): Summary of the folds.
        coverage (Coverage): What part of the dataset the folds cover.

    Returns:
        Table: The table.
    """
    first = results[0]
    selected_by = SELECTED_BY[first['selection']]
    rule = (f'lowest validation loss on {selected_by}' if first['checkpoint'] == 'best' else
            f'last epoch, schedule by {selected_by}')
    rows = [[name, percent([r['UAR']]), percent([r['WAR']]), str(r['epoch']), str(r['clips'])]
            for name, r in zip(names, results)]
    clips = str(sum(r['clips'] for r in results))
    rows.append(['mean of folds', percent(summary.UAR), percent(summary.WAR), '', clips])
    rows.append(['pooled', percent([summary.pooled_UAR]), percent([summary.pooled_WAR]), '',
                 clips])
    return Table(f'{dataset}. Checkpoint: {rule}. {coverage.statement}',
                 ['fold', 'UAR', 'WAR', 'epoch', 'clips'], rows, coverage.warning)


def comparison_table(dataset: str, classes: Sequence[str], method: str, summary: FoldSummary,
                     ceilings: dict[str, float], coverage: Coverage) -> Table:
    """Make a table of a dataset's published rows, its ceilings if known, and the measured rows.

    Args:
        dataset (str): Name of the dataset.
        classes (Sequence[str]): K names of the classes.
        method (str): Name of the measured method.
        summary (FoldSummary): Summary of the measured folds.
        ceilings (dict[str, float]): Closed-form ceilings by name, as fractions of 1.
        coverage (Coverage): What part of the dataset the measured folds cover.

    Returns:
        Table: The table.
    """
    rows = []
    for row in published_results():
        if row.dataset == dataset:
            recalls = row.recalls or {}
            rows.append([row.method, *(plain_percent(recalls.get(name)) for name in classes),
                         plain_percent(row.UAR), plain_percent(row.WAR), row.source])
    for name, value in ceilings.items():
        rows.append([name, *['–'] * len(classes), percent([value]),
                     percent([value]), 'closed form'])
    rows.append([f'{method}, mean of folds', *(percent([r]) for r in summary.recalls),
                 percent(summary.UAR), percent(summary.WAR), 'measured'])
    rows.append([f'{method}, pooled', *(percent([r]) for r in summary.pooled_recalls),
                 percent([summary.pooled_UAR]), percent([summary.pooled_WAR]), 'measured'])
    return Table(f'{dataset}: recall of every class, UAR, WAR. Measured: {coverage.statement}',
                 ['method', *classes, 'UAR', 'WAR', 'source'], rows, coverage.warning)
