import re

import pytest
import torch
from mmengine.dataset import DefaultSampler
from mmengine.evaluator import BaseMetric
from mmengine.model import BaseModel

from ous_mmaction.engine import ConsoleRunner, PlainCheckpointHook, ProgressBarHook


class Line(BaseModel):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(()))

    def forward(self, inputs, mode):
        if mode == 'loss':
            return dict(loss=(self.weight * torch.stack(inputs).float()).square().mean())
        return [dict(pred=0)] * len(inputs)


class Clips(list):
    metainfo = dict(classes=['Happy', 'Sad'])


class Score(BaseMetric):
    default_prefix = ''

    def process(self, data_batch, data_samples):
        self.results.append(0)

    def compute_metrics(self, results):
        return {'acc/UAR': 0.25, 'val/loss': 1.5, 'acc/recall_Happy': 0.5, 'acc/recall_Sad': 0.}


def loader(clips):
    return dict(dataset=Clips(dict(inputs=torch.tensor(number)) for number in range(clips)),
                batch_size=2, num_workers=0, sampler=dict(type=DefaultSampler, shuffle=False),
                collate_fn=dict(type='pseudo_collate'))


@pytest.fixture
def make_runner(tmp_path):
    """Builds runners with three training batches per epoch and two of validation.

    A run of three epochs validates epochs 2 and 3.
    """

    def make(epochs, **kwargs):
        return ConsoleRunner(
            Line(), str(tmp_path), train_dataloader=loader(6), val_dataloader=loader(4),
            test_dataloader=loader(4), val_cfg={}, test_cfg={},
            train_cfg=dict(by_epoch=True, max_epochs=epochs, val_interval=2),
            val_evaluator=[Score()], test_evaluator=[Score()],
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.)),
            param_scheduler=dict(type='ConstantLR', factor=1.),
            custom_hooks=[PlainCheckpointHook(), ProgressBarHook()],
            default_scope='mmaction', experiment_name=f'{tmp_path.name}{epochs}', **kwargs)

    return make


def test_the_bar_counts_training_and_validation_and_resumes(make_runner, tmp_path, capsys):
    make_runner(3).train()
    lines, bar = capsys.readouterr()
    assert re.findall(r'(\d+)/13 ', bar)[-1] == '13'  # 3 x 3 + 2 x 2
    # The mean of 0.5, 6.5 and 20.5, because the learning rate is 0.
    assert lines.splitlines() == [
        'epoch 2/3: training loss 9.1667; validation: UAR 0.2500, loss 1.5000',
        'epoch 3/3: training loss 9.1667; validation: UAR 0.2500, loss 1.5000',
        f'log and checkpoints: {tmp_path}']

    make_runner(5, resume=True).train()
    lines, bar = capsys.readouterr()
    # A run of five epochs does not validate epoch 3, so 3 x 3 + 2 of 5 x 3 + 3 x 2 are done.
    assert re.findall(r'(\d+)/21 ', bar)[0] == '11'
    assert re.findall(r'(\d+)/21 ', bar)[-1] == '21'
    assert lines.splitlines()[0] == 'resuming after epoch 3'
    assert [line.split(':')[0] for line in lines.splitlines()[1:-1]] == ['epoch 4/5', 'epoch 5/5']


def test_results_of_a_test(make_runner, capsys):
    make_runner(1).test()
    lines, bar = capsys.readouterr()
    assert re.findall(r'(\d+)/2 ', bar)[-1] == '2'
    assert lines.splitlines() == ['test: UAR 0.2500, loss 1.5000',
                                  'recall: Happy 0.5000, Sad 0.0000']
