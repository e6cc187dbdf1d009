"""Draw the tables of the model zoo in README.md and docs/zoo.md."""
from __future__ import annotations

from collections.abc import Iterable, Sequence

from maintenance.zoo import TIME, Zoo
from ous_mmaction.datasets.dfer_dataset import describe_input
from ous_mmaction.evaluation.published import published_results
from ous_mmaction.evaluation.tables import grid, percent, plain_percent

BEGIN, END = '<!-- zoo -->', '<!-- /zoo -->'
DATASETS = ('DFEW', 'FERV39k', 'MAFW')
# Collections in the table of README.md: the methods of both papers, and one baseline of each kind
# (transformer, recurrent, 3D convolution).
README_COLLECTIONS = ('OUS', 'AEN', 'ResNet18+ViT', 'ResNet18+LSTM', '3D ResNet18')
METHOD_HEADER = ('method', 'network', 'M parameters', 'GMACs per clip', *DATASETS,
                 'rendered benchmark')
MISSING = '–'
METHOD_NOTE = """\
UAR/WAR in percent. The results on DFEW, FERV39k and MAFW are **published by others and not
reproduced here**. Those on the rendered benchmark are measured here with smaller networks, each
next to its ceiling, the best result that the model's input allows. The runs are short and of
different lengths, so they do not rank the methods. The table of runs says what each run read."""


def draw_pages(zoo: Zoo) -> dict[str, str]:
    """Return the text of each page with its tables redrawn.

    Args:
        zoo (Zoo): The zoo.

    Returns:
        dict[str, str]: Texts by path relative to the root.

    Raises:
        ValueError: If a model has not been measured.
    """
    for model in zoo.models:
        if TIME not in model['Metadata']:
            raise ValueError(f'{model["Config"]}: the model has not been measured. Run python -m '
                             f'maintenance.write_zoo --measure {model["Config"]}')
    sections = {'README.md': readme_section(zoo), 'docs/zoo.md': docs_section(zoo)}
    return {path: replace_section((zoo.root / path).read_text(encoding='utf-8'), section)
            for path, section in sections.items()}


def replace_section(text: str, section: str) -> str:
    r"""Replace the section of a text between the two markers.

    Args:
        text (str): Text with the markers.
        section (str): New section.

    Returns:
        str: The text with the new section.

    Examples:
        >>> replace_section('a <!-- zoo -->old<!-- /zoo --> b', 'new')
        'a <!-- zoo -->\nnew\n<!-- /zoo --> b'
    """
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f'{before}{BEGIN}\n{section}\n{END}{after}'


def readme_section(zoo: Zoo) -> str:
    """Draw the results of the methods in ``README_COLLECTIONS``."""
    by_name = {collection['Name']: collection for collection in zoo.collections}
    rows = [method_row(zoo, by_name[name]) for name in README_COLLECTIONS]
    return '\n'.join([
        METHOD_NOTE, '',
        left_aligned(METHOD_HEADER, rows), '',
        'All methods, configs and runs, the sources and what is counted: '
        '[docs/zoo.md](docs/zoo.md).'])


def docs_section(zoo: Zoo) -> str:
    """Draw every published method, every config, every measured run and every published result."""
    methods = [method_row(zoo, collection) for collection in zoo.collections
               if is_published(collection)]
    return '\n'.join([
        '## Methods', '', METHOD_NOTE, '',
        left_aligned(METHOD_HEADER, methods),
        '', '## Configs', '', f'Clips per second: {timing_note(zoo)}.', '',
        left_aligned(['config', 'method', 'network', 'data', 'epochs', 'batch size per process',
                      'M parameters', 'GMACs per clip', 'GMACs of the prompts, once', 'clips/s'],
                     map(config_row, zoo.models)),
        '', '## Measured on the rendered benchmark', '',
        left_aligned(['config', 'epochs', 'seed', 'UAR', 'WAR', 'ceiling', 'input', 'seconds',
                      'machine', 'date', 'command'], map(run_row, zoo.results)),
        '', '## Published by others, not measured here', '',
        left_aligned(['dataset', 'method', 'UAR', 'WAR', 'source', 'note'],
                     [[row.dataset, row.method, plain_percent(row.UAR), plain_percent(row.WAR),
                       row.source, row.note or ''] for row in published_results()])])


def left_aligned(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table with all columns aligned to the left."""
    return grid(header, ['---'] * len(header), rows)


def is_published(collection: dict) -> bool:
    """Whether there is a published result of a collection."""
    return any(row.method == collection['Name'] for row in published_results())


def method_row(zoo: Zoo, collection: dict) -> list[str]:
    """Return the row of a method: the size of its first config and its first measured result."""
    models = zoo.models_of(collection)
    metadata = models[0]['Metadata']
    published = [published_cell(dataset, collection['Name']) for dataset in DATASETS]
    measured = next((result_cell(entry) for model in models
                     for entry in model.get('Results', ())), MISSING)
    return [collection['Name'], metadata['Architecture'], parameters_cell(metadata),
            metadata['FLOPs'].rstrip('G'), *published, measured]


def config_row(model: dict) -> list[object]:
    """Return the row of a config."""
    metadata = model['Metadata']
    return [f'`{model["Config"]}`', model['In Collection'], metadata['Architecture'],
            metadata['Training Data'], metadata['Epochs'], metadata['Batch Size'],
            parameters_cell(metadata), metadata['FLOPs'].rstrip('G'),
            metadata.get('Text FLOPs', MISSING).rstrip('G'), clips_per_second(metadata)]


def run_row(run: dict) -> list[object]:
    """Return the row of a run in ``docs/zoo/results.json``."""
    return [f'`{run["config"]}`', run['epochs'], run['seed'], percent([run['UAR']]),
            percent([run['WAR']]), percent([run['ceiling']]),
            describe_input(run.get('views')), f'{run["seconds"]:.0f}', run['machine'],
            run['date'], f'`{run["command"]}`']


def published_cell(dataset: str, method: str) -> str:
    """Return ``UAR/WAR`` of a published result, or a dash if there is none."""
    return next((f'{plain_percent(row.UAR)}/{plain_percent(row.WAR)}'
                 for row in published_results()
                 if (row.dataset, row.method) == (dataset, method)), MISSING)


def result_cell(result: dict) -> str:
    """Return ``UAR/WAR`` of a measured result and its ceiling.

    Examples:
        >>> result_cell(dict(Metrics=dict(UAR=64.76, WAR=64.76), Ceiling=65.71))
        '64.76/64.76 of 65.71'
    """
    metrics = result['Metrics']
    return (f'{plain_percent(metrics["UAR"])}/{plain_percent(metrics["WAR"])} of '
            f'{plain_percent(result["Ceiling"])}')


def parameters_cell(metadata: dict) -> str:
    """Return all parameters in millions, and the trained ones if they are fewer.

    Examples:
        >>> parameters_cell({'Parameters': '7.48M', 'Trained Parameters': '3.09M'})
        '7.48 (3.09 trained)'
    """
    total, trained = (metadata.get(key, '').rstrip('M')
                      for key in ('Parameters', 'Trained Parameters'))
    return f'{total} ({trained} trained)' if trained else total


def clips_per_second(metadata: dict) -> str:
    """Return the number of clips per second with two significant digits.

    Examples:
        >>> clips_per_second({TIME: [dict(value=12.9)]})
        '78'
    """
    rate = 1e3 / metadata[TIME][0]['value']
    return f'{float(f"{rate:.2g}"):g}'


def timing_note(zoo: Zoo) -> str:
    """Describe how and when the times were measured."""
    entries = [model['Metadata'][TIME][0] for model in zoo.models]
    machines, software, dates = (sorted({entry[key] for entry in entries})
                                 for key in ('hardware', 'backend', 'date'))
    days = dates[0] if len(dates) == 1 else f'{dates[0]} to {dates[-1]}'
    return (f'processor time, {" or ".join(machines)}, {" or ".join(software)}, batch size 1, '
            f'without reading videos, {days}')
