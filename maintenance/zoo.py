"""The model zoo: metafiles in OpenMMLab's form and the measured results that go into them.

The collections in a metafile are written by hand, and so are ``Name``, ``Config``,
``In Collection``, ``Architecture`` and ``Training Data`` of each model. Everything else is
measured. Published results are in ``evaluation/published.json``, never among the ``Results`` of a
metafile.
"""
from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml
from mmengine.config import Config

from ous_mmaction.atomic_files import write_atomically

INDEX, RESULTS = 'model-index.yml', 'docs/zoo/results.json'
# Parts of configs, variants of other configs, and configs that are not models.
OUTSIDE = {'_base_', 'ablations', 'detectors', 'from_bank.py', 'from_detector.py', 'released'}
TASK = 'Dynamic Facial Expression Recognition'
TIME = 'inference time (ms/clip)'
METADATA = ('Architecture', 'Training Data', 'Epochs', 'Batch Size', 'Parameters',
            'Trained Parameters', 'FLOPs', 'Text FLOPs', TIME)


class Zoo:
    """Metafiles and measured results of a clone of the repository.

    Args:
        root (Path): Root of the clone.

    Attributes:
        metafiles (dict[str, dict]): Content of each metafile by path, in the order of
            ``model-index.yml``.
        results (list[dict]): Results of training runs from ``docs/zoo/results.json``.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        index = yaml.safe_load((root / INDEX).read_text(encoding='utf-8'))
        self.metafiles = {path: yaml.safe_load((root / path).read_text(encoding='utf-8'))
                          for path in index['Import']}
        results = root / RESULTS
        self.results = json.loads(results.read_text()) if results.is_file() else []

    @property
    def collections(self) -> list[dict]:
        """All collections, one per method."""
        return [part for content in self.metafiles.values() for part in content['Collections']]

    @property
    def models(self) -> list[dict]:
        """All models, one per config."""
        return [part for content in self.metafiles.values() for part in content['Models']]

    def models_of(self, collection: dict) -> list[dict]:
        """Return the models of a collection."""
        return [model for model in self.models if model['In Collection'] == collection['Name']]

    def select_models(self, configs: Sequence[str]) -> list[dict]:
        """Return the models of some configs.

        Args:
            configs (Sequence[str]): Paths of configs, or only ``all``.

        Returns:
            list[dict]: The models.

        Raises:
            ValueError: If no metafile lists a config.
        """
        if list(configs) == ['all']:
            return self.models
        by_config = {model['Config']: model for model in self.models}
        for config in configs:
            if config not in by_config:
                raise ValueError(f'{config}: no metafile of {INDEX} lists the config. Add its '
                                 'Name, Config, In Collection, Architecture and Training Data to '
                                 'a metafile')
        return [by_config[config] for config in configs]

    def update_schedules(self) -> None:
        """Update the epochs and the batch size of every model from its config."""
        for model in self.models:
            config = Config.fromfile(self.root / model['Config'])
            update_metadata(model, {'Epochs': config.train_cfg.max_epochs,
                                    'Batch Size': config.train_dataloader.batch_size})

    def update_results(self) -> None:
        """Update the measured results of every model from ``docs/zoo/results.json``."""
        for model in self.models:
            model.pop('Results', None)
            entries = summarize_runs(
                run for run in self.results if run['config'] == model['Config'])
            if entries:
                model['Results'] = entries

    def metafile_texts(self) -> dict[str, str]:
        """Return the text of every metafile by path."""
        return {path: yaml.safe_dump(content, sort_keys=False, width=100)
                for path, content in self.metafiles.items()}

    def write(self, texts: dict[str, str]) -> None:
        """Write files of the clone.

        Args:
            texts (dict[str, str]): Texts by path relative to the root.
        """
        for path, text in texts.items():
            write_atomically(self.root / path, [text])


def zoo_configs(root: Path) -> list[str]:
    """List the configs that a metafile has to include.

    Args:
        root (Path): Root of the clone.

    Returns:
        list[str]: Paths relative to the root.
    """
    paths = (path.relative_to(root) for path in (root / 'configs').rglob('*.py'))
    return sorted(path.as_posix() for path in paths if path.parts[1] not in OUTSIDE)


def update_metadata(model: dict, values: dict) -> None:
    """Update entries in the metadata of a model.

    Args:
        model (dict): Model of a metafile, changed in place.
        values (dict): New entries. The value None removes an entry.
    """
    merged = {**model['Metadata'], **values}
    model['Metadata'] = {name: merged[name] for name in METADATA if merged.get(name) is not None}


def summarize_runs(runs: Iterable[dict]) -> list[dict]:
    """Summarize the runs of a config, with the mean over the seeds of each schedule in percent.

    Args:
        runs (Iterable[dict]): Entries of ``docs/zoo/results.json``: ``config``, ``epochs``,
            ``seed``; ``UAR``, ``WAR`` and ``ceiling``, the best value that the model's input
            allows, as fractions of 1; ``views`` of the feature bank (missing for pixels);
            ``date``, ``command``, ``machine``, ``seconds``.

    Returns:
        list[dict]: ``Results`` of a metafile, the longest schedule first.
    """
    by_epochs: dict[int, list[dict]] = {}
    for run in runs:
        by_epochs.setdefault(run['epochs'], []).append(run)
    return [{'Dataset': 'rendered benchmark, test fold 1', 'Task': TASK,
             'Metrics': {name: round(100 * statistics.mean(run[name] for run in group), 2)
                         for name in ('UAR', 'WAR')},
             'Ceiling': round(100 * group[0]['ceiling'], 2), 'Epochs': epochs,
             'Seeds': [run['seed'] for run in group]}
            for epochs, group in sorted(by_epochs.items(), reverse=True)]
