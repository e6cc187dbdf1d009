import json

import numpy as np
import pytest

from ous_mmaction.evaluation.training_log import read_training_log


def train_line(step, loss, epoch=None, on=True):
    epoch = epoch or (step - 1) // 50 + 1
    return json.dumps(dict(lr=0.1, loss_contrast=loss, auxiliary=float(on), epoch=epoch, iter=step,
                           step=step))


def validation_line(epoch, loss):
    return json.dumps({'val/loss': loss, 'acc/UAR': 0.5, 'step': epoch})


@pytest.fixture
def write(tmp_path):
    """Write the scalars of a run, and optionally a config beside them."""

    def run(name, *lines, end='\n', config=None):
        folder = tmp_path / 'work' / name / 'vis_data'
        folder.mkdir(parents=True)
        (folder / 'scalars.json').write_text('\n'.join(lines) + end)
        if config:
            (folder / 'config.py').write_text(config)
        return tmp_path / 'work'

    return run


def test_a_resumed_run_replaces_what_it_repeats(write):
    """The run is killed in epoch 3 with a torn line and resumed from epoch 2, validated again."""
    write('20260101_000000', train_line(25, 5), train_line(50, 4), validation_line(1, 9),
          train_line(75, 3), train_line(100, 2), validation_line(2, 8), train_line(125, 99),
          train_line(150, 99)[:30], end='')
    work = write('20260101_000100', validation_line(2, 7), train_line(125, 1, on=False),
                 train_line(150, 0.5, on=False), validation_line(3, 6))
    log = read_training_log(work)
    times, losses = log.course('loss_contrast')
    assert losses.tolist() == [5, 4, 3, 2, 1, 0.5]
    np.testing.assert_allclose(times, [0.5, 1, 1.5, 2, 2.5, 3])
    assert [values.tolist() for values in log.course('val/loss')] == [[1, 2, 3], [9, 7, 6]]
    assert log.switches() == [(25, True), (125, False)]
    assert log.unit == 'epoch' and log.iterations_per_epoch == 50 and log.alpha is None
    # A new training run in the same folder replaces the whole old log.
    write('20260102_000000', train_line(25, 11), validation_line(1, 12))
    log = read_training_log(work)
    assert log.course('loss_contrast')[1].tolist() == [11]
    assert log.course('val/loss')[1].tolist() == [12]


def test_a_file_or_a_folder_of_one_run(write):
    work = write('a', train_line(50, 1), config="custom_hooks = [dict(type='EmptyCacheHook'), "
                                                "dict(type='AlphaLossSwitchHook', alpha=0.7)]")
    for path in (work, work / 'a', work / 'a/vis_data/scalars.json'):
        log = read_training_log(path)
        assert log.course('loss_contrast')[1].tolist() == [1] and log.alpha == 0.7


def test_a_run_that_counts_iterations(write):
    lines = [json.dumps(dict(loss_contrast=1., iter=step, step=step)) for step in (10, 20)]
    log = read_training_log(write('a', *lines, validation_line(20, 3)))
    assert log.unit == 'iteration'
    assert log.course('loss_contrast')[0].tolist() == [10, 20]
    assert log.course('val/loss')[0].tolist() == [20]
    assert log.switches() == []


def test_errors_name_the_file(write, tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere: no log of a training run was found'):
        read_training_log(tmp_path / 'nowhere')
    other = write('a', json.dumps(dict(loss_cls=1., step=1, iter=1)))
    with pytest.raises(ValueError, match='work: no line has `loss_contrast`'):
        read_training_log(other)
    for name, text in (('text', 'hello'), ('middle', f'{train_line(1, 1)}\n{{\n{train_line(2, 1)}'),
                       ('list', '[1]\n[2]'), ('empty', '')):
        path = tmp_path / f'{name}.json'
        path.write_text(text)
        with pytest.raises(ValueError, match=f'{name}.json: '):
            read_training_log(path)
