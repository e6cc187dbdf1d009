"""The GPU section of docs/benchmarks.md, from the files of the pieces."""
from __future__ import annotations

import json
from pathlib import Path

from ous_mmaction.atomic_files import write_atomically
from ous_mmaction.evaluation.tables import grid

BEGIN, END = '<!-- GPU: begin -->', '<!-- GPU: end -->'
HEADER = ('measured', 'result', 'target', 'met')


def write_section(results: Path, page: Path) -> None:
    """Write the section between two marks of the page.

    Args:
        results (Path): Folder with one JSON file per piece.
        page (Path): Page with the marks.

    Raises:
        FileNotFoundError: If no piece has been run.
        ValueError: If the page lacks a mark, or the results are of a trial.
    """
    found = {path.stem: json.loads(path.read_text()) for path in sorted(results.glob('*.json'))}
    if not found:
        raise FileNotFoundError(f'{results}: holds no results. Run the pieces first: '
                                'python -m maintenance.measure_gpu all --out DIR')
    text = page.read_text(encoding='utf-8')
    if BEGIN not in text or END not in text:
        raise ValueError(f'{page}: lacks the marks {BEGIN} and {END}. Add both, with an empty '
                         'line between them')
    trials = [name for name, result in found.items() if result['tiny']]
    if trials:
        raise ValueError(f'{results}: {", ".join(trials)} ran with --tiny, which measures nothing. '
                         'Run them again without it')
    head, rest = text.split(BEGIN)
    _, tail = rest.split(END)
    write_atomically(page, [head, BEGIN, '\n', section(found), '\n', END, tail])


def section(found: dict[str, dict]) -> str:
    """Return the section in Markdown.

    Args:
        found (dict[str, dict]): Results by the name of the piece.
    """
    machines = sorted({f'{result["date"]}, {result["device"]}, torch {result["torch"]}'
                       for result in found.values()})
    rows = [cells for name, result in sorted(found.items()) for cells in _rows(name, result, found)]
    return (f'{"; ".join(machines)}. Each line is of `python -m maintenance.measure_gpu`.\n\n'
            + grid(HEADER, ['---'] * len(HEADER), rows))


def _rows(name: str, result: dict, found: dict[str, dict]) -> list[tuple]:
    """Return the rows of a piece."""
    if name == 'parity':
        return [_row('logits, GPU and CPU, relative', result['logits'], 1e-4),
                _row('gradients, GPU and CPU, relative', result['gradients'], 1e-3),
                *(_row(f'logits in {dtype}, relative; gradients finite: {result[dtype]["finite"]}',
                       result[dtype]['logits'], 0.05) for dtype in ('float16', 'bfloat16')),
                ('features of banks held by host and GPU are equal', str(result['held_alike']),
                 'True', _met(result['held_alike']))]
    if name == 'suite':
        return [(f'tests: {" ".join(result["tests"])}', result['end'], 'pass',
                 _met(result['passed']))]
    if name == 'ddp':
        return [_row(f'gradients of {world} processes over {result["backend"]} and of none, '
                     'relative', value, 1e-4) for world, value in result['difference'].items()]
    if name == 'extraction':
        return [(f'CLIP encoding, batch {row["batch"]}, {row["layout"]}; open_clip alone '
                 f'{row["open_clip"]:.0f} img/s', f'{row["images"]:.0f} img/s, MFU '
                 + ('unknown' if row['mfu'] is None else f'{row["mfu"]:.1%}'), '≥ 3000 img/s',
                 _met(row['images'] >= 3000)) for row in result['rows']]
    if name == 'training':
        return [(f'training step from the bank, held by {row["hold"]}, {row["dtype"]}',
                 f'{1e3 / row["steps"]:.1f} ms, peak {row["memory"] or 0:.1f} GB', '', '')
                for row in result['rows']]
    if name == 'faces':
        return [(result['quantity'], f'{result["ours"]}; {result["baseline"]}; ratio '
                 f'{result["ratio"]}', result['target'], _met(result['met']))]
    return [_fold_row(result, found.get('extraction'))]


def _fold_row(result: dict, extraction: dict | None) -> tuple:
    minutes = result['seconds'] / max(result['epochs'], 1) * result['of'] / 60
    text = (f'{result["epochs"]} of {result["of"]} epochs measured, {minutes:.1f} min for all')
    if extraction is None:
        return 'a fold of DFEW from the bank, without extraction', text, '', ''
    encoding = result['extracted_images'] / extraction['best'] / 60
    return ('a fold of DFEW: epochs from the bank, and the encoding of all clips at the best rate '
            'above, without decoding', f'{text}, and {encoding:.1f} min', '≤ 15 min',
            _met(minutes + encoding <= 15))


def _row(quantity: str, value: float, limit: float) -> tuple:
    return quantity, f'{value:.1e}', f'≤ {limit:g}', _met(value <= limit)


def _met(met: bool) -> str:
    return 'yes' if met else '**no**'
