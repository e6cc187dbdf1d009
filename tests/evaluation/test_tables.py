import math
import statistics

from ous_mmaction.evaluation.tables import (
    Table,
    latex,
    markdown,
    paired_percent,
    percent,
    plain_percent,
)

TABLE = Table('Folds & 5 % more', ['a_b', 'UAR'], [['x|y', '64.33 ± 0.50'], ['z', '–']])


def test_markdown():
    assert markdown(TABLE) == ('Folds & 5 % more\n\n| a_b | UAR |\n| --- | ---: |\n'
                               '| x\\|y | 64.33 ± 0.50 |\n| z | – |\n')


def test_latex_escapes_and_aligns():
    text = latex(TABLE)
    assert r'\caption{Folds \& 5 \% more}' in text and r'\begin{tabular}{lr}' in text
    assert r'a\_b & UAR \\' in text and r'64.33 $\pm$ 0.50 \\' in text
    assert text.count('{') == text.count('}')


def test_percent():
    values = [0.5, 0.52, 0.57]
    assert percent(values) == f'{100 * statistics.mean(values):.2f} ± ' \
                              f'{100 * statistics.stdev(values):.2f}'
    assert percent([0.123456]) == '12.35'
    assert plain_percent(64.33) == '64.33' and plain_percent(None) == '–'


def test_paired_percent():
    """With n = 3, Student's distribution has a closed form: p = 1 - t / sqrt(2 + t^2)."""
    values, reference = [0.5, 0.52, 0.57], [0.47, 0.53, 0.52]
    differences = [100 * (a - b) for a, b in zip(values, reference)]
    mean, deviation = statistics.mean(differences), statistics.stdev(differences)
    t = mean / (deviation / math.sqrt(3))
    assert paired_percent(values, reference) == (
        f'{mean:+.2f} ± {deviation:.2f}, p = {1 - t / math.sqrt(2 + t * t):.3f}')
    # The spread over seeds that both share does not count: only pairs see this difference.
    assert paired_percent([0.2, 0.5, 0.81], [0.1, 0.4, 0.7]) == '+10.33 ± 0.58, p = 0.001'
    assert paired_percent([0.5, 0.6], [0.5, 0.6]) == '+0.00 ± 0.00, p = –'
