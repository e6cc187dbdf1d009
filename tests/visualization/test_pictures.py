import json

import numpy as np
import pytest
from PIL import Image

from ous_mmaction.visualization.benchmark_sheet import choose_clips, draw_benchmark_sheet
from ous_mmaction.visualization.confusion_matrix import confusion_figure
from ous_mmaction.visualization.save_figure import save_figure


def test_confusion_matrix_has_true_classes_along_the_rows(tmp_path, class_names):
    """If all clips are predicted as the first class, its column is dark.

    If all clips belong to the first class, no column is dark.
    """
    confusion = np.zeros((7, 7), int)
    confusion[:, 0] = 10
    for name, counts in (('column', confusion), ('row', confusion.T)):
        save_figure(confusion_figure(counts, class_names, 'OUS:'), tmp_path / f'{name}.png')
    column, row = (np.asarray(Image.open(tmp_path / f'{name}.png').convert('L')) < 60
                   for name in ('column', 'row'))
    # Rows are normalized: seven dark cells in a column, against seven shares of 1/7 in a row.
    assert (column.mean(0) > 0.6).sum() > 0.05 * column.shape[1]
    assert (row[:, :row.shape[1] * 3 // 4].mean(0) > 0.6).sum() <= 4


def test_sheet_shows_twins_side_by_side_and_every_class(rendered, tmp_path):
    clips = json.loads((rendered / 'benchmark.json').read_text())['clips']
    by_number = {clip['number']: clip for clip in clips}
    tested = [clip['number'] for clip in clips if clip['fold'] == 1]
    chosen = choose_clips(by_number, tested)
    for first, second in zip(chosen[:6:2], chosen[1:6:2]):
        assert by_number[first]['twin'] == second
    assert len({by_number[number]['expression'] for number in chosen[:6]}) == 3
    assert {by_number[number]['emotion'] for number in chosen[6:]} == {
        clip['emotion'] for clip in clips}

    scores = np.full(7, 0.1).tolist()
    predictions = {f'{number:05d}': dict(prediction=0, scores=scores) for number in tested}
    draw_benchmark_sheet(rendered, predictions, tmp_path / 'sheet.png')
    picture = np.asarray(Image.open(tmp_path / 'sheet.png').convert('RGB'))
    assert picture.shape[1] > picture.shape[0] > 500
    assert (picture < 250).any(-1).mean() == pytest.approx(0.6, abs=0.25)
