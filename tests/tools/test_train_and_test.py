import json
import re
import shlex

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score

from ous_mmaction.checkpoints import fingerprint_of
from ous_mmaction.models.frozen_clip import load_clip_model

CONFIG = 'configs/ous_demo.py'


@pytest.fixture(scope='module')
def work_dir(tmp_path_factory):
    return tmp_path_factory.mktemp('work dir')


def read_scalars(work_dir):
    """Logged lines of all runs in a work dir, in the order of their time."""
    return [json.loads(line) for path in sorted(work_dir.glob('*/vis_data/scalars.json'))
            for line in path.read_text().splitlines()]


def test_trains_and_resumes(run_tool, demo_options, work_dir, class_names):
    """CLIP stays bit-identical and outside a checkpoint that plain torch.load reads."""
    clip = load_clip_model('vit_demo', 'rendered')
    code, output = run_tool('train.py', CONFIG, '--work-dir', work_dir, *demo_options,
                            'train_cfg.max_epochs=1')
    assert code == 0 and ('16 clips per step of the optimizer (processes: 1, clips per process: '
                          '16, accumulated batches: 1)') in output
    code, _ = run_tool('train.py', CONFIG, '--work-dir', work_dir, '--resume', *demo_options)
    assert code == 0
    assert fingerprint_of(clip.model) == clip.fingerprint
    losses = [line['loss_contrast'] for line in read_scalars(work_dir) if 'loss_contrast' in line]
    assert losses[-1] < losses[0]

    checkpoint = torch.load(work_dir / 'epoch_2.pth', weights_only=True)
    meta = checkpoint['meta']['ous_mmaction']
    assert meta['class_names'] == class_names
    assert meta['clip'] == dict(model='vit_demo', pretrained='rendered',
                                fingerprint=clip.fingerprint)
    trained = sum(value.numel() for name, value in checkpoint['state_dict'].items())
    assert trained < sum(p.numel() for p in clip.model.parameters())
    history = checkpoint['message_hub']['log_scalars']['train/loss_contrast']
    assert len(history['log']) == checkpoint['meta']['iter'] == 10  # both epochs of five batches


def test_the_end_of_a_training_says_how_to_go_on(run_tool, demo_options, work_dir):
    """The finished run is resumed; the command that it prints tests its best checkpoint."""
    code, output = run_tool('train.py', CONFIG, '--work-dir', work_dir, '--resume', *demo_options)
    assert code == 0
    lines = dict(line.split(': ', 1) for line in output.splitlines() if ': ' in line)
    assert lines['nothing is left to train'].startswith('the run has finished its 2 epochs. To')
    best, epoch, uar, war = re.fullmatch(r'(\S.*\.pth) \(epoch (\d): UAR (.*), WAR (.*)\)',
                                         lines['best checkpoint']).groups()
    assert best.endswith(f'best_val_loss_epoch_{epoch}.pth')
    python, tool, *arguments = shlex.split(lines['test it'])
    assert (python, tool, arguments[1]) == ('python', 'tools/test.py', best)
    code, output = run_tool('test.py', *arguments)
    assert code == 0 and f'test: UAR {uar}, WAR {war},' in output
    assert lines['go on'].endswith(' --resume --cfg-options train_cfg.max_epochs=4')
    assert shlex.split(lines['go on'])[2] == arguments[0] == f'{work_dir}/ous_demo.py'


@pytest.mark.parametrize('verbose', [False, True])
def test_the_terminal_shows_progress_and_results(run_tool, demo_options, work_dir, tmp_path,
                                                 verbose):
    code, output = run_tool('test.py', CONFIG, work_dir / 'epoch_2.pth', '--work-dir', tmp_path,
                            *['--verbose'] * verbose, *demo_options)
    assert code == 0
    logged = next(tmp_path.glob('*/*.log')).read_text()
    for dump in ('System environment:', 'Hooks will be executed', 'train_dataloader = dict('):
        assert dump in logged and (dump in output) == verbose
    results = ['test: UAR', 'recall: Happy']
    if verbose:
        assert not any(line in output for line in results) and 'Epoch(test)' in output
    else:
        assert [line[:len(head)] for line, head in zip(output.splitlines(), results)] == results
        assert len(output.splitlines()) == 2


def test_tests_and_dumps(run_tool, demo_options, work_dir, class_names, tmp_path):
    dump = tmp_path / 'predictions.json'
    code, _ = run_tool('test.py', CONFIG, work_dir / 'epoch_2.pth', '--work-dir', work_dir,
                       '--dump', dump, *demo_options)
    assert code == 0
    content = json.loads(dump.read_text())
    assert content['classes'] == class_names
    metrics = read_scalars(work_dir)[-1]  # of the validation after epoch 2
    labels, predictions = zip(*[(p['label'], p['prediction']) for p in content['predictions']])
    assert metrics['acc/UAR'] == pytest.approx(balanced_accuracy_score(labels, predictions))
    losses = [-np.log(p['scores'][p['label']]) for p in content['predictions']]
    assert metrics['val/loss'] == pytest.approx(np.mean(losses), rel=1e-4)


def test_checkpoint_on_another_clip_is_refused_in_one_line(run_tool, demo_options, work_dir,
                                                          tmp_path):
    code, _ = run_tool('test.py', CONFIG, work_dir / 'epoch_2.pth', '--work-dir', tmp_path,
                       *demo_options, 'model.backbone.clip_model.pretrained=None')
    assert code.startswith('error: The checkpoint was trained with a different CLIP model')
    assert '\n' not in code


def test_checkpoint_of_another_model_is_refused_in_one_line(run_tool, demo_options, work_dir,
                                                           tmp_path):
    code, _ = run_tool('test.py', CONFIG, work_dir / 'epoch_2.pth', '--work-dir', tmp_path,
                       *demo_options, 'model.cls_head.mcfe.num_blocks=3')
    assert 'the weights do not fit the model that the config builds' in code
    assert 'cls_head.mcfe.blocks.2' in code and '\n' not in code
