"""The course of a training run, from the scalars that MMEngine's LocalVisBackend writes."""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mmengine.config import Config

SCALARS = 'scalars.json'


@dataclass
class TrainingLog:
    """Scalars that a run logged.

    Args:
        train (list[dict]): Scalars of the logged iterations, with ascending ``step``.
        validation (list[dict]): Metrics of the validations, with ascending ``step``: the epoch if
            the run counts epochs, else the iteration.
        alpha (float, optional): Alpha of :class:`AlphaLossSwitchHook`; None if it is unknown.
    """

    train: list[dict]
    validation: list[dict]
    alpha: float | None = None

    @property
    def unit(self) -> str:
        """Unit in which courses are counted, ``'epoch'`` or ``'iteration'``."""
        return 'epoch' if 'epoch' in self.train[-1] else 'iteration'

    @property
    def iterations_per_epoch(self) -> float:
        """Number of iterations per epoch; 1 if the run counts iterations."""
        if self.unit == 'iteration':
            return 1.
        # The quotient is largest at the last logged line of an epoch, where it is the epoch's
        # length.
        return max(record['step'] / record['epoch'] for record in self.train)

    def course(self, key: str) -> tuple[np.ndarray, np.ndarray]:
        """Return the values of a scalar over time.

        Args:
            key (str): Key of a scalar of the training or validation.

        Returns:
            tuple[np.ndarray, np.ndarray]: Times in :attr:`unit` and values, both of shape (N,),
            where N may be 0.
        """
        times, values = [], []
        for records, length in ((self.train, self.iterations_per_epoch), (self.validation, 1)):
            for record in records:
                if key in record:
                    times.append(record['step'] / length)
                    values.append(record[key])
        return np.array(times, float), np.array(values, float)

    def switches(self) -> list[tuple[int, bool]]:
        """Return where the similarity and polarity losses are switched on or off.

        Returns:
            list[tuple[int, bool]]: Logged iteration, and whether the losses count from then on. The
            switch itself may have happened at any iteration after the previous logged one. The
            first entry is the start.
        """
        changes: list[tuple[int, bool]] = []
        for record in self.train:
            if 'auxiliary' in record:
                on = record['auxiliary'] > 0.5
                if not changes or changes[-1][1] != on:
                    changes.append((record['step'], on))
        return changes


def read_training_log(path: str | Path) -> TrainingLog:
    """Read the log of a run.

    If the run was resumed, the log of the later part replaces the earlier log from its first step
    on.

    Args:
        path (str | Path): Work dir, the folder of a run in it, or a ``scalars.json``.

    Returns:
        TrainingLog: The merged log.

    Raises:
        FileNotFoundError: If there is no log.
        ValueError: If the log is damaged, or comes from a run without :class:`MCFEHead`.
    """
    files = find_logs(path)
    train: list[dict] = []
    validation: list[dict] = []
    for file in files:
        records = read_scalars(file)
        for merged, new in ((train, [record for record in records if 'iter' in record]),
                            (validation, [record for record in records if 'iter' not in record])):
            if new:
                merged[:] = [record for record in merged if record['step'] < new[0]['step']] + new
    if not any('loss_contrast' in record for record in train):
        raise ValueError(f'{path}: no line has `loss_contrast`, so this is not the log of a '
                         'training run with MCFEHead')
    return TrainingLog(train, validation, read_alpha(files[-1].with_name('config.py')))


def find_logs(path: str | Path) -> list[Path]:
    """Find the files of scalars of a run and of the runs that it resumed.

    Args:
        path (str | Path): Work dir, the folder of a run in it, or a ``scalars.json``.

    Returns:
        list[Path]: Files in the order of time.

    Raises:
        FileNotFoundError: If there is no file of scalars.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    # The name of a run's folder is the time of its start.
    files = sorted(path.glob(f'*/vis_data/{SCALARS}')) or sorted(path.glob(f'vis_data/{SCALARS}'))
    if not files:
        raise FileNotFoundError(f'{path}: no log of a training run was found '
                                f'(*/vis_data/{SCALARS}). Name its work dir or that file')
    return files


def read_scalars(path: str | Path) -> list[dict]:
    """Read a file that has one JSON object per line; a killed run may have torn the last line.

    Args:
        path (str | Path): A ``scalars.json``.

    Returns:
        list[dict]: Records, each with a ``step``.

    Raises:
        ValueError: If a line other than a torn last one is not a record.
    """
    lines = Path(path).read_text(encoding='utf-8').splitlines()
    records = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            record['step'] / 1
        except (ValueError, TypeError, KeyError):
            if number == len(lines) and records:
                break
            raise ValueError(f'{path}: line {number} is not a JSON object with a `step`, so this '
                             f'is not a {SCALARS} of MMEngine') from None
        records.append(record)
    return records


def read_alpha(config: Path) -> float | None:
    """Read alpha from the config that MMEngine leaves beside the scalars.

    Args:
        config (Path): Config file.

    Returns:
        float | None: Alpha of :class:`AlphaLossSwitchHook`; None if it is not there.
    """
    if not config.is_file():
        return None
    content = Config.fromfile(config)
    hooks = [*(content.get('default_hooks') or {}).values(), *(content.get('custom_hooks') or [])]
    return next((hook['alpha'] for hook in hooks
                 if hook and hook['type'] == 'AlphaLossSwitchHook'), None)
