import statistics

from ous_mmaction.evaluation.tables import Table, latex, markdown, percent, plain_percent

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
