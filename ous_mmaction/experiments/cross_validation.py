"""The five folds of a config, and their row beside what other papers print."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config

from ..evaluation.folds import FoldSummary, summarise_folds
from ..evaluation.predictions import confusion_of, read_predictions
from ..evaluation.published import published_results
from ..evaluation.tables import Table, percent, plain_percent, write_tables
from .protocol import apply_protocol, ceilings_of, check_splits, has_folds
from .runs import Experiment, run_experiments

SELECTED_BY = dict(test='the test fold, as in the literature',
                   holdout='a part of the training fold', validation='a validation split')


def cross_validate(config: Config, folds: Sequence[int], work_dir: Path,
                   selection: str | None = None, checkpoint: str = 'best',
                   jobs: int = 1) -> list[Table]:
    """Train and test every fold, then write ``results.md``, ``.tex`` and ``.json``.

    A dataset with one official split is one fold.

    Args:
        config: Of any fold.
        folds: Numbers of folds.
        work_dir: ``work_dir/fold<k>`` holds a fold's run; folds that are done are kept.
        selection: ``test`` or ``holdout``; None leaves it to the config.
        checkpoint: ``best`` or ``last``.
        jobs: Folds at a time.

    Returns:
        The table of folds and the one beside published rows.

    Raises:
        FileNotFoundError: A fold's annotation is missing; nothing is trained then.
        ValueError: A split misses a class, the folds disagree, or a run failed.
    """
    experiments, identities = [], []
    for fold in folds if has_folds(config) else [None]:
        of_fold = Config(config.to_dict(), filename=config.filename)
        apply_protocol(of_fold, fold, selection)
        identities.append(check_splits(of_fold))
        name = 'split' if fold is None else f'fold{fold}'
        experiments.append(Experiment(name, of_fold, work_dir / name, checkpoint))
    if any(identity != identities[0] for identity in identities):
        raise ValueError(f'{config.filename}: folds of different datasets or classes: '
                         f'{identities}')
    dataset, classes = identities[0]
    results = run_experiments(experiments, jobs)
    summary = summarise_folds([confusion_of(*read_predictions(e.work_dir / 'predictions.json'))
                               for e in experiments])
    tables = [fold_table(dataset, [e.name for e in experiments], results, summary),
              comparison_table(dataset, classes, Path(config.filename).stem, summary,
                               ceilings_of(config))]
    work_dir.mkdir(parents=True, exist_ok=True)
    write_tables(tables, work_dir / 'results', dict(
        dataset=dataset, classes=classes, selection=results[0]['selection'],
        checkpoint=checkpoint, folds={e.name: r for e, r in zip(experiments, results)},
        **summary._asdict()))
    return tables


def fold_table(dataset: str, names: Sequence[str], results: Sequence[dict],
               summary: FoldSummary) -> Table:
    """A row a fold, then their mean ± standard deviation and the pooled figures."""
    first = results[0]
    by = SELECTED_BY[first['selection']]
    chosen = (f'lowest validation loss on {by}' if first['checkpoint'] == 'best' else
              f'last epoch, schedule by {by}')
    rows = [[name, percent([r['UAR']]), percent([r['WAR']]), str(r['epoch']), str(r['clips'])]
            for name, r in zip(names, results)]
    clips = str(sum(r['clips'] for r in results))
    rows.append(['mean of folds', percent(summary.UAR), percent(summary.WAR), '', clips])
    rows.append(['pooled', percent([summary.pooled_UAR]), percent([summary.pooled_WAR]), '',
                 clips])
    return Table(f'{dataset}. Checkpoint: {chosen}', ['fold', 'UAR', 'WAR', 'epoch', 'clips'],
                 rows)


def comparison_table(dataset: str, classes: Sequence[str], method: str, summary: FoldSummary,
                     ceilings: dict[str, float]) -> Table:
    """Published rows of the dataset, closed-form ceilings where there are, and the measured row."""
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
    return Table(f'{dataset}: recall of every class, UAR, WAR',
                 ['method', *classes, 'UAR', 'WAR', 'source'], rows)
