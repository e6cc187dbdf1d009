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
    """What a run logged.

    Args:
        train (list[dict]): Scalars of the logged iterations, ``step`` ascending.
        validation (list[dict]): Metrics of the validations, ``step`` ascending: the epoch where the
            run counts epochs, else the iteration.
        alpha (float, optional): Of :class:`AlphaLossSwitchHook`; None where it is unknown.
    """

    train: list[dict]
    validation: list[dict]
    alpha: float | None = None

    @property
    def unit(self) -> str:
        """What the courses are counted in: ``epoch`` or ``iteration``."""
        return 'epoch' if 'epoch' in self.train[-1] else 'iteration'

    @property
    def iterations_per_epoch(self) -> float:
        """Iterations of an epoch; 1 where the run counts iterations."""
        if self.unit == 'iteration':
            return 1.
        # The last line of an epoch has the largest quotient: that of the epoch's length.
        return max(record['step'] / record['epoch'] for record in self.train)

    def course(self, key: str) -> tuple[np.ndarray, np.ndarray]:
        """Times in :attr:`unit` and values of a key of the training or validation; maybe empty."""
        times, values = [], []
        for records, length in ((self.train, self.iterations_per_epoch), (self.validation, 1)):
            for record in records:
                if key in record:
                    times.append(record['step'] / length)
                    values.append(record[key])
        return np.array(times, float), np.array(values, float)

    def switches(self) -> list[tuple[int, bool]]:
        """Where similarity and polarity loss are switched.

        Returns:
            Iteration and whether they count from then on. The switch may have been made at any
            iteration behind the logged one before. The first entry is the start.
        """
        changes: list[tuple[int, bool]] = []
        for record in self.train:
            if 'auxiliary' in record:
                on = record['auxiliary'] > 0.5
                if not changes or changes[-1][1] != on:
                    changes.append((record['step'], on))
        return changes


def read_training_log(path: str | Path) -> TrainingLog:
    """Read a run, also one that was resumed: what a later run logged replaces the rest of earlier.

    Args:
        path: A work dir, a run's folder in it, or a ``scalars.json``.

    Raises:
        FileNotFoundError: There is no log.
        ValueError: It is damaged, or not of a run with :class:`MCFEHead`.
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
        raise ValueError(f'{path}: no line has `loss_contrast`: it is not the log of a training '
                         'with MCFEHead')
    return TrainingLog(train, validation, read_alpha(files[-1].with_name('config.py')))


def find_logs(path: str | Path) -> list[Path]:
    """The files of scalars of a run and of those that it resumed, in the order of time."""
    path = Path(path)
    if path.is_file():
        return [path]
    # Folders are named by the time of their start.
    files = sorted(path.glob(f'*/vis_data/{SCALARS}')) or sorted(path.glob(f'vis_data/{SCALARS}'))
    if not files:
        raise FileNotFoundError(f'{path}: no log of a training there (*/vis_data/{SCALARS}); name '
                                'its work dir or that file')
    return files


def read_scalars(path: str | Path) -> list[dict]:
    """Records of a file of one JSON object a line; the last one of a killed run may be torn."""
    lines = Path(path).read_text(encoding='utf-8').splitlines()
    records = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            record['step'] / 1
        except (ValueError, TypeError, KeyError):
            if number == len(lines) and records:
                break
            raise ValueError(f'{path}: line {number} is not a JSON object with a `step`: it is no '
                             f'{SCALARS} of MMEngine') from None
        records.append(record)
    return records


def read_alpha(config: Path) -> float | None:
    """Alpha in the config that MMEngine leaves beside the scalars."""
    if not config.is_file():
        return None
    content = Config.fromfile(config)
    hooks = [*(content.get('default_hooks') or {}).values(), *(content.get('custom_hooks') or [])]
    return next((hook['alpha'] for hook in hooks
                 if hook and hook['type'] == 'AlphaLossSwitchHook'), None)
