import json

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from ous_mmaction.emotions import polarity_of_classes

from ..films import check_film
from .test_train_and_test import read_scalars


@pytest.fixture(scope='module')
def work_dirs(tmp_path_factory):
    return [tmp_path_factory.mktemp(name) for name in ('stills', 'clips')]


@pytest.fixture
def options(rendered):
    """The demo's configs on the small benchmark, in this process."""
    return ['--cfg-options', 'train_cfg.max_epochs=1',
            *(f'{loader}_dataloader.dataset.data_root={rendered}'
              for loader in ('train', 'val', 'test')),
            *(f'{loader}_dataloader.{key}' for loader in ('train', 'val', 'test')
              for key in ('num_workers=0', 'persistent_workers=False'))]


def test_missing_2d_model_is_one_line(run_tool, options, tmp_path):
    code, _ = run_tool('train.py', 'configs/aen/aen_demo.py', '--work-dir', tmp_path, *options,
                       f'model.fer2d.checkpoint={tmp_path}/epoch_20.pth')
    assert code.startswith(f'error: {tmp_path}/epoch_20.pth: the checkpoint of the 2D model '
                           'that labels frames')
    assert 'configs/aen/aen_2d_demo.py' in code and '\n' not in code


def test_trains_stills_then_clips(run_tool, options, work_dirs, class_names):
    stills, clips = work_dirs
    assert run_tool('train.py', 'configs/aen/aen_2d_demo.py', '--work-dir', stills,
                    *options)[0] == 0
    assert run_tool('train.py', 'configs/aen/aen_demo.py', '--work-dir', clips, *options,
                    f'model.fer2d.checkpoint={stills}/epoch_1.pth')[0] == 0
    checkpoint = torch.load(clips / 'epoch_1.pth', weights_only=True)
    assert checkpoint['meta']['ous_mmaction']['class_names'] == class_names
    assert checkpoint['state_dict']['fer2d_fingerprint'].any()
    losses = [line for line in read_scalars(clips) if 'loss_s2t' in line]
    assert all(np.isfinite(line['loss']) for line in losses)


def test_tests_without_the_2d_model_and_logs_true_sentiments(run_tool, options, work_dirs,
                                                             tmp_path):
    """What validation logged after the epoch is what scikit-learn makes of the predictions."""
    dump = tmp_path / 'predictions.json'
    code, _ = run_tool('test.py', 'configs/aen/aen_demo.py', work_dirs[1] / 'epoch_1.pth',
                       '--work-dir', tmp_path, '--dump', dump, *options,
                       'model.fer2d.checkpoint=moved_away.pth')
    assert code == 0
    content, logged = json.loads(dump.read_text()), read_scalars(work_dirs[1])[-1]
    groups = polarity_of_classes(content['classes'])
    true, predicted = zip(*[(p['label'], p['prediction']) for p in content['predictions']])
    true_3, predicted_3 = ([groups[i] for i in indices] for indices in (true, predicted))
    assert logged['acc/UAR'] == pytest.approx(balanced_accuracy_score(true, predicted))
    assert logged['sentiment/UAR'] == pytest.approx(balanced_accuracy_score(true_3, predicted_3))
    assert logged['sentiment/WAR'] == pytest.approx(accuracy_score(true_3, predicted_3))
    assert 0 <= logged['sentiment_head/UAR'] <= 1


def test_a_resumed_run_is_refused_with_another_2d_model(run_tool, options, work_dirs):
    code, _ = run_tool('train.py', 'configs/aen/aen_demo.py', '--work-dir', work_dirs[1],
                       '--resume', *options, 'model.fer2d.checkpoint=None',
                       'train_cfg.max_epochs=2')
    assert code.startswith('error: The checkpoint was trained with a different 2D model')


def test_stills_in_class_folders_train(run_tool, tmp_path, class_names):
    rng = np.random.default_rng(0)
    for split, count in (('train', 2), ('val', 1)):
        for name in class_names:
            folder = tmp_path / 'data' / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / f'{number}.jpg')
    options = ['--cfg-options', 'train_cfg.max_epochs=1', 'train_dataloader.batch_size=7',
               *(f'{loader}_dataloader.{key}' for loader in ('train', 'val') for key in
                 ('num_workers=0', 'persistent_workers=False',
                  f'dataset.data_root={tmp_path}/data'))]
    work = tmp_path / 'work'
    assert run_tool('train.py', 'configs/aen/aen_2d_affectnet.py', '--work-dir', work,
                    *options)[0] == 0
    assert 'acc/UAR' in read_scalars(work)[-1]
    (tmp_path / 'data' / 'train' / 'Sad' / '0.jpg').write_bytes(b'no image')
    code, _ = run_tool('train.py', 'configs/aen/aen_2d_affectnet.py', '--work-dir',
                       tmp_path / 'other', *options)
    assert 'Sad/0.jpg: the file is not a readable image' in code and '\n' not in code


def test_infers_a_video(run_tool, rendered, work_dirs, tmp_path):
    video = next((rendered / 'Clip' / 'original').iterdir())
    code, output = run_tool(
        'infer.py', video, '--config', 'configs/aen/aen_demo.py', '--checkpoint',
        work_dirs[1] / 'epoch_1.pth', '--device', 'cpu', '--out', 'json', '--out-dir',
        tmp_path, '--detector', 'demo')
    assert code == 0, output
    check_film(tmp_path / video.name / 'result.json')
