"""The model zoo: metafiles in OpenMMLab's form, and the tables that are drawn from them.

Written by hand in a metafile: its collections, and of each model ``Name``, ``Config``,
``In Collection``, ``Architecture`` and ``Training Data``. The rest is measured. Published results
stand in ``evaluation/published.json`` and never among a metafile's ``Results``.
"""
from __future__ import annotations

import copy
import datetime
import json
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
import yaml
from mmengine.config import Config

from maintenance.complexity import Complexity, Subject, draw_clip, processor, processor_seconds
from ous_mmaction.atomic_files import write_atomically
from ous_mmaction.evaluation.published import published_results
from ous_mmaction.evaluation.tables import grid

INDEX, RESULTS = 'model-index.yml', 'docs/zoo/results.json'
BEGIN, END = '<!-- zoo -->', '<!-- /zoo -->'
# Parts of configs, variants of others and what is no model.
OUTSIDE = {'_base_', 'ablations', 'detectors', 'from_bank.py', 'released'}
DATASETS = ('DFEW', 'FERV39k', 'MAFW')
TASK = 'Dynamic Facial Expression Recognition'
TIME = 'inference time (ms/clip)'
METADATA = ('Architecture', 'Training Data', 'Epochs', 'Batch Size', 'Parameters',
            'Trained Parameters', 'FLOPs', 'Text FLOPs', TIME)


class Zoo:
    """Metafiles and measured results of a clone.

    Args:
        root (Path): The clone.

    Attributes:
        metafiles (dict[str, dict]): Content by path, in the order of ``model-index.yml``.
        results (list[dict]): What trainings left in ``docs/zoo/results.json``.
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
        """All collections; one is a method."""
        return [part for content in self.metafiles.values() for part in content['Collections']]

    @property
    def models(self) -> list[dict]:
        """All models; one is a config."""
        return [part for content in self.metafiles.values() for part in content['Models']]

    def of(self, collection: dict) -> list[dict]:
        """The models of a collection."""
        return [model for model in self.models if model['In Collection'] == collection['Name']]

    def choose(self, configs: Sequence[str]) -> list[dict]:
        """The models of these configs, or of ``all``.

        Raises:
            ValueError: A config is in no metafile.
        """
        if list(configs) == ['all']:
            return self.models
        by_config = {model['Config']: model for model in self.models}
        for config in configs:
            if config not in by_config:
                raise ValueError(f'{config}: no metafile of {INDEX} lists it; add its Name, '
                                 'Config, In Collection, Architecture and Training Data')
        return [by_config[config] for config in configs]

    def enter_schedules(self) -> None:
        """Replace every model's epochs and batch size by those of its config."""
        for model in self.models:
            config = Config.fromfile(self.root / model['Config'])
            enter(model, {'Epochs': config.train_cfg.max_epochs,
                          'Batch Size': config.train_dataloader.batch_size})

    def enter_results(self) -> None:
        """Replace every model's measured results by those of the file."""
        for model in self.models:
            model.pop('Results', None)
            entries = summarize(run for run in self.results if run['config'] == model['Config'])
            if entries:
                model['Results'] = entries

    def metafile_texts(self) -> dict[str, str]:
        """Text of every metafile, by path."""
        return {path: yaml.safe_dump(content, sort_keys=False, width=100)
                for path, content in self.metafiles.items()}

    def pages(self) -> dict[str, str]:
        """Text of every page with the tables drawn anew, by path.

        Raises:
            ValueError: A model has not been measured.
        """
        for model in self.models:
            if TIME not in model['Metadata']:
                raise ValueError(f'{model["Config"]} has not been measured: run python '
                                 f'maintenance/write_zoo.py --measure {model["Config"]}')
        sections = {'README.md': readme_section(self), 'docs/zoo.md': docs_section(self)}
        return {path: fill((self.root / path).read_text(encoding='utf-8'), section)
                for path, section in sections.items()}

    def write(self, texts: dict[str, str]) -> None:
        """Write files of the clone."""
        for path, text in texts.items():
            write_atomically(self.root / path, [text])


def measure(zoo: Zoo, models: Iterable[dict]) -> None:
    """Enter size and time of a clip of models into their metadata.

    Configs of one network and one input share what was measured once. Every model's numbers are
    written at once.
    """
    known: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        clip = draw_clip(Path(folder) / 'clip')
        for model in models:
            subject = Subject(Config.fromfile(zoo.root / model['Config']), clip)
            if subject.key not in known:
                known[subject.key] = {**size_metadata(subject.complexity()),
                                      **time_metadata(processor_seconds(subject.run))}
            enter(model, copy.deepcopy(known[subject.key]))  # else YAML writes references
            zoo.write(zoo.metafile_texts())


def zoo_configs(root: Path) -> list[str]:
    """Configs that a metafile has to list, relative to the clone."""
    paths = (path.relative_to(root) for path in (root / 'configs').rglob('*.py'))
    return sorted(path.as_posix() for path in paths if path.parts[1] not in OUTSIDE)


def enter(model: dict, values: dict) -> None:
    """Replace metadata of a model; None takes an entry out."""
    merged = {**model['Metadata'], **values}
    model['Metadata'] = {name: merged[name] for name in METADATA if merged.get(name) is not None}


def size_metadata(complexity: Complexity) -> dict:
    """What metadata say of a model's size; only of a partly frozen one what is trained."""
    partly = complexity.trained != complexity.total
    return {'Parameters': f'{complexity.total / 1e6:.2f}M',
            'Trained Parameters': f'{complexity.trained / 1e6:.2f}M' if partly else None,
            'FLOPs': f'{complexity.macs / 1e9:.2f}G',
            'Text FLOPs': f'{complexity.text_macs / 1e9:.2f}G' if complexity.text_macs else None}


def time_metadata(seconds: float) -> dict:
    """What metadata say of the time of a clip on this machine today."""
    return {TIME: [{
        'value': round(1e3 * seconds, 1), 'hardware': f'one core of {processor()}',
        'backend': f'PyTorch {torch.__version__}', 'batch size': 1, 'mode': 'FP32',
        'date': str(datetime.date.today())}]}


def summarize(runs: Iterable[dict]) -> list[dict]:
    """A metafile's results of a config: percent, the mean over the seeds of each schedule.

    Args:
        runs: Entries of ``docs/zoo/results.json``: ``config``, ``epochs``, ``seed``; ``UAR``,
            ``WAR`` and ``ceiling``, the best that what the model sees allows, as fractions;
            ``date``, ``command``, ``machine``, ``seconds``.
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


def fill(text: str, section: str) -> str:
    """A text with the section between the two markers replaced."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f'{before}{BEGIN}\n{section}\n{END}{after}'


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, its columns aligned to the left."""
    return grid(head, ['---'] * len(head), rows)


def readme_section(zoo: Zoo) -> str:
    """One row a published method: its first config's size, and its first measured result."""
    rows = []
    for collection in zoo.collections:
        models = zoo.of(collection)
        metadata = models[0]['Metadata']
        published = [published_cell(dataset, collection['Name']) for dataset in DATASETS]
        if set(published) == {'-'}:
            continue
        measured = next((result_cell(entry) for model in models
                         for entry in model.get('Results', ())), '-')
        rows.append([collection['Name'], metadata['Architecture'], parameters_cell(metadata),
                     metadata['FLOPs'].rstrip('G'), clips_per_second(metadata), *published,
                     measured])
    return '\n'.join([
        'UAR/WAR in percent. **DFEW, FERV39k, MAFW: as published by others, not measured here.** '
        'Rendered: measured here, with',
        'smaller networks, on the rendered benchmark, and the ceiling of what the model sees. Its '
        'rows had few epochs, not all the same number,',
        'and do not rank the methods. Sources, every config and run and what is '
        f'counted: [docs/zoo.md](docs/zoo.md). Clips a second: {timing(zoo)}.', '',
        table(['method', 'network', 'M parameters', 'GMACs a clip', 'clips/s', 'DFEW', 'FERV39k',
               'MAFW', 'rendered'], rows)])


def docs_section(zoo: Zoo) -> str:
    """Every config, every measured run and every published row."""
    configs = [[f'`{model["Config"]}`', model['In Collection'], data['Architecture'],
                data['Training Data'], data['Epochs'], data['Batch Size'], parameters_cell(data),
                data['FLOPs'].rstrip('G'), data.get('Text FLOPs', '-').rstrip('G'),
                clips_per_second(data)]
               for model in zoo.models for data in [model['Metadata']]]
    runs = [[f'`{run["config"]}`', run['epochs'], run['seed'], percent(run['UAR']),
             percent(run['WAR']), percent(run['ceiling']), f'{run["seconds"]:.0f}', run['machine'],
             run['date'], f'`{run["command"]}`'] for run in zoo.results]
    published = [[row.dataset, row.method, f'{row.UAR:.2f}', f'{row.WAR:.2f}', row.source,
                  row.note or ''] for row in published_results()]
    return '\n'.join([
        '## Configs', '', f'Clips a second: {timing(zoo)}.', '',
        table(['config', 'method', 'network', 'data', 'epochs', 'batch of a process',
               'M parameters', 'GMACs a clip', 'GMACs of the prompts, once', 'clips/s'], configs),
        '', '## Measured on the rendered benchmark', '',
        table(['config', 'epochs', 'seed', 'UAR', 'WAR', 'ceiling', 'seconds',
               'machine', 'date', 'command'], runs),
        '', '## Published by others, not measured here', '',
        table(['dataset', 'method', 'UAR', 'WAR', 'source', 'note'], published)])


def published_cell(dataset: str, method: str) -> str:
    """``UAR/WAR`` of a published row; a dash where there is none."""
    return next((f'{row.UAR:.2f}/{row.WAR:.2f}' for row in published_results()
                 if (row.dataset, row.method) == (dataset, method)), '-')


def result_cell(result: dict) -> str:
    """``UAR/WAR`` of a measured result and its ceiling."""
    metrics = result['Metrics']
    return f'{metrics["UAR"]:.1f}/{metrics["WAR"]:.1f} of {result["Ceiling"]:.1f}'


def parameters_cell(metadata: dict) -> str:
    """All parameters in millions, and how many are trained where that is not all."""
    total, trained = (metadata.get(key, '').rstrip('M')
                      for key in ('Parameters', 'Trained Parameters'))
    return f'{total} ({trained} trained)' if trained else total


def clips_per_second(metadata: dict) -> str:
    """Two digits that count."""
    rate = 1e3 / metadata[TIME][0]['value']
    return f'{float(f"{rate:.2g}"):g}'


def timing(zoo: Zoo) -> str:
    """How and when the times were measured."""
    entries = [model['Metadata'][TIME][0] for model in zoo.models]
    machines, software, dates = (sorted({entry[key] for entry in entries})
                                 for key in ('hardware', 'backend', 'date'))
    days = dates[0] if len(dates) == 1 else f'{dates[0]} to {dates[-1]}'
    return (f'processor time, {" or ".join(machines)}, {" or ".join(software)}, batch 1, '
            f'reading of videos apart, {days}')


def percent(fraction: float | None) -> str:
    """One decimal, rounded as a metafile's results are; a dash for None."""
    return '-' if fraction is None else f'{round(100 * fraction, 2):.1f}'
