"""What the user can mend ends in one line that names it, with an exit code that is not zero."""
import json
import os
import shutil

import pytest
import torch

CONFIG = 'configs/ous_demo.py'


@pytest.fixture
def train(run_tool, demo_options, tmp_path):
    def run(*options, work_dir=tmp_path / 'work'):
        code, _ = run_tool('train.py', CONFIG, '--work-dir', work_dir, *demo_options, *options)
        assert isinstance(code, str) and '\n' not in code
        return code
    return run


def annotation(rendered, tmp_path, **changes):
    """The training annotation with its first record changed, as an absolute path."""
    content = json.loads((rendered / 'annotations/fold1_train.json').read_text())
    content['data_list'][0].update(changes)
    path = tmp_path / 'changed.json'
    path.write_text(json.dumps(content))
    return f'train_dataloader.dataset.ann_file={path}'


@pytest.mark.parametrize('option, line', [
    ('train_dataloader.dataset.ann_file=nowhere.json',
     'nowhere.json: the annotation file was not found'),
    ('train_dataloader.dataset.boxes_file=nowhere.jsonl',
     'nowhere.jsonl: the face boxes file was not found'),
    ('train_dataloader.dataset.classes=[Happy,Sad]', 'Names and order must be the same'),
    ('model.backbone.clip_model.pretrained=no.pt',
     "'no.pt' (key `clip_model.pretrained`) is neither a file"),
    ('model.backbone.clip_model.name=ViT-Z',
     "open_clip has no model 'ViT-Z' (key `clip_model.name`)"),
    ('model.cls_head.loss_polarity.polarity.Happy=good',
     "`polarity.Happy` must be one of positive, neutral, negative, but got 'good'"),
    ('model.cls_head.num_classes=6', 'The key `num_classes` is 6, but `class_names` has 7 names'),
    ('model.cls_head.num_prompt_tokens=75', 'Set the key `num_prompt_tokens` to at most'),
    ('model.neck.in_channels=64',
     'The backbone gives 128 channels per frame, but the neck expects 64'),
    ('load_from=nowhere.pth', 'nowhere.pth'),
    ('model.cls_head.class_names=[Sad,Happy,Neutral,Angry,Surprise,Disgust,Fear]',
     'The class order of model.cls_head.class_names is Sad, Happy, Neutral, Angry, Surprise, '
     'Disgust, Fear, but that of train_dataloader.dataset is Happy, Sad'),
    ('model.cls_head.class_names=[Happy,Sad]',
     'The class order of model.cls_head.class_names is Happy, Sad, but that of train_dataloader'),
    ('data_rot=3', '--cfg-options: nothing reads the key `data_rot`. Did you mean `data_root`?'),
    ('work_dirr=x', 'nothing reads the key `work_dirr`. Did you mean `work_dir`?'),
    ('load_form=x', 'nothing reads the key `load_form`. Did you mean `load_from`?'),
    ('env_cfg.cudnn_benchmrk=True',
     f'{CONFIG}: nothing reads the key `env_cfg.cudnn_benchmrk`. Did you mean `cudnn_benchmark`?'),
    ('env_cfg.mp_cfg.opencv_threads=1', 'Did you mean `opencv_num_threads`?'),
    ('auto_scale_lr.enabl=True', 'the key `auto_scale_lr.enabl`. Did you mean `enable`?'),
    ('fold=2', 'fold: `fold` is only read while the config file is parsed'),
    ('data_root=elsewhere', 'or override train_dataloader.dataset.data_root, val_dataloader.'),
    ('model.neck.in_chanels=128', 'FaceSceneNeck has no key `in_chanels`. Did you mean in_'),
    ('train_dataloader.batchsize=3', 'DataLoader has no key `batchsize`. Did you mean batch_size'),
    ('train_dataloader.dataset.pipeline.split.sise=3', 'FaceSceneSplit has no key `sise`. Did'),
    ('optim_wrapper.optimizer.typo=3', 'Adam has no key `typo`. There are params, lr'),
    ('optim_wrapper.optimizer.type=Adma', 'which is no optimizer. Did you mean Adamax or Adam'),
    ('optim_wrapper.type=AmpOptimWrapper', 'is only available training on gpu'),
    ('visualizer.vis_backends.0.type=WandbVisBackend', 'wandb'),
    ('model.neck.tap_channels=None', 'Set `model.cls_head.loss_polarity` to None'),
    ('clip_model.pretrained=x.pt', '`clip_model` is only read while the config file is parsed'),
])
def test_wrong_keys(train, option, line):
    code = train(option)
    assert code.startswith('error: ') and line in code
    assert 'class `' not in code


def test_emotion_without_polarity(train):
    code = train('model.cls_head.class_names=[Happy,Sad,Neutral,Angry,Surprise,Disgust,Bored]')
    assert "The emotion 'Bored' has no polarity" in code


def test_no_network_and_no_clip_file(train, monkeypatch):
    monkeypatch.setattr('huggingface_hub.constants.HF_HUB_OFFLINE', True)
    code = train('model.backbone.clip_model.name=ViT-B-32',
                 'model.backbone.clip_model.pretrained=openai')
    assert 'cannot be downloaded' in code
    assert 'set the key `clip_model.pretrained` to the file' in code


def test_label_outside_the_class_set(train, rendered, tmp_path):
    code = train(annotation(rendered, tmp_path, label=7))
    assert '`label` 7 of clip 00001 is outside the class set (0..6' in code


def test_class_that_the_validation_lacks(train, rendered, tmp_path):
    """MAFW's lists with captions lack a class: training is refused before its first step."""
    content = json.loads((rendered / 'annotations/fold1_test.json').read_text())
    content['data_list'] = [record for record in content['data_list'] if record['label'] != 2]
    path = tmp_path / 'no_neutral.json'
    path.write_text(json.dumps(content))
    code = train(f'val_dataloader.dataset.ann_file={path}')
    assert 'no clip of Neutral, so UAR over 7 classes is undefined' in code
    assert not list((tmp_path / 'work').glob('*/vis_data/scalars.json'))


@pytest.mark.parametrize('workers', [0, 1])
@pytest.mark.parametrize('damage, line', [
    (None, 'the clip is missing'), (0, 'empty'), (0.5, 'clip.mp4')])
def test_broken_videos(train, rendered, tmp_path, damage, line, workers):
    """Missing, empty and truncated, in the main process and in a worker."""
    content = json.loads((rendered / 'annotations/fold1_train.json').read_text())
    video = tmp_path / 'clip.mp4'
    if damage is not None:
        whole = (rendered / content['data_list'][0]['filename']).read_bytes()
        video.write_bytes(whole[:int(len(whole) * damage)])
    code = train(annotation(rendered, tmp_path, filename=str(video)),
                 f'train_dataloader.num_workers={workers}')
    assert code.startswith(f'error: {video}') and line in code.lower()


def test_boxes_of_another_dataset(train, rendered, tmp_path):
    path = tmp_path / 'faces.jsonl'
    path.write_text((rendered / 'faces.jsonl').read_text().replace('Rendered', 'MAFW', 1))
    assert 'face boxes of MAFW' in train(f'train_dataloader.dataset.boxes_file={path}')


def test_work_dir_that_cannot_be_written(train, tmp_path):
    (tmp_path / 'file').touch()
    assert str(tmp_path / 'file') in train(work_dir=tmp_path / 'file' / 'work')


@pytest.mark.parametrize('tool, arguments, line', [
    ('train.py', [CONFIG, '--cfg-options', 'model.neck'], "KEY=VALUE, but got 'model.neck'"),
    ('prepare_dataset.py', ['dfew', '.', '--workers', '0'], 'number of at least 1, but got 0'),
    ('ablate.py', [CONFIG, 'configs/ablations/inputs.py', '--jobs', '0'], 'least 1, but got 0'),
    ('extract_faces.py', ['x.py', '--ann-files', 'a', '--data-root', '.', '--out', 'b', '--stride',
                          '1.5'], 'number of at least 1, but got 1.5')])
def test_wrong_arguments(run_tool, capsys, tool, arguments, line):
    assert run_tool(tool, *arguments)[0] == 2
    assert line in capsys.readouterr().err.splitlines()[-1]


def test_missing_config(run_tool):
    assert run_tool('train.py', 'configs/no.py')[0] == (
        'error: configs/no.py: the config file was not found. Check the path')


def test_traceback_of_a_bad_key_is_in_the_log(train, tmp_path):
    train('model.neck.typo=3')
    (log,) = (tmp_path / 'work').glob('*/*.log')
    assert 'Traceback (most recent call last)' in log.read_text()
    assert "TypeError: FaceSceneNeck.__init__() got an unexpected" in log.read_text()


@pytest.mark.skipif(torch.cuda.is_available(), reason='mixed precision works')
def test_mixed_precision_without_a_gpu(run_tool, demo_options):
    assert run_tool('train.py', CONFIG, '--amp', *demo_options)[0] == (
        'error: --amp: mixed precision needs a GPU, and this machine has none. Leave it out')


class Bomb:
    """Unpickling it makes a folder."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


@pytest.mark.parametrize('legacy', [False, True])
def test_checkpoints_cannot_run_code(run_tool, rendered, demo_options, tmp_path, legacy):
    marker, bomb = tmp_path / 'executed', tmp_path / 'bomb.pth'
    torch.save(dict(state_dict=Bomb(marker), meta={}), bomb,
               _use_new_zipfile_serialization=not legacy)
    torch.load(bomb, weights_only=False)  # it is a live one
    assert marker.exists()
    shutil.rmtree(marker)
    work = ('--work-dir', tmp_path / 'work')
    faces = tmp_path / 'faces.jsonl'
    for tool, arguments in (
            ('test.py', [CONFIG, bomb, *work, *demo_options]),
            ('train.py', [CONFIG, '--resume', bomb, *work, *demo_options]),
            ('train.py', [CONFIG, *work, *demo_options, f'load_from={bomb}']),
            ('train.py', [CONFIG, *work, *demo_options,
                          f'model.backbone.clip_model.pretrained={bomb}']),
            ('extract_faces.py', ['configs/detectors/yolox_demo.py', '--checkpoint', bomb,
                                  '--ann-files', rendered / 'annotations/fold1_test.json',
                                  '--data-root', rendered, '--out', faces]),
            ('infer.py', [rendered / 'Clip/original/1.mp4', '--config', CONFIG, '--checkpoint',
                          bomb, '--out-dir', tmp_path / 'films']),
            ('infer.py', [rendered / 'Clip/original/1.mp4', '--config', CONFIG, '--checkpoint',
                          bomb, '--detector', 'configs/detectors/yolox_demo.py',
                          '--detector-checkpoint', bomb, '--out-dir', tmp_path / 'films']),
            ('convert_checkpoint.py', [bomb, '--out', tmp_path / 'ours.pth'])):
        code, _ = run_tool(tool, *arguments)
        assert isinstance(code, str) and code.startswith('error: ') and '\n' not in code, tool
        assert 'bomb.pth: refused, because the file holds more than tensors' in code
        assert not marker.exists(), tool


def test_training_can_verify_its_clips(train, rendered, tmp_path):
    code = train(annotation(rendered, tmp_path, digest=32 * '0'),
                 'train_dataloader.dataset.indices=1', '--verify')
    assert code.startswith(f'error: {rendered}/Clip/original/')
    assert 'the clip is not the one that was prepared (its size is the same)' in code


@pytest.mark.parametrize('tool, arguments, line', [
    ('prepare_dataset.py', ['dfew', '.', '--classes', 'A', 'B'],
     '--classes: the dataset dfew has no such option'),
    ('prepare_dataset.py', ['dfew', '.', '--faces', 'none'],
     '--faces: the dataset dfew has no such option'),
    ('prepare_dataset.py', ['ferv39k', '.', '--folds', '2'],
     '--folds: the dataset ferv39k has no such option'),
    ('cross_validate.py', ['configs/ous_ferv39k.py', '--folds', '2'],
     '--folds: configs/ous_ferv39k.py has one official split'),
    ('ablate.py', [CONFIG, 'configs/ablations/table3.py', '--pixels', '--bank', 'x'],
     '--bank is not read with --pixels'),
    ('ablate.py', [CONFIG, 'configs/ablations/table3.py', '--pixels', '--views', '0'],
     '--views is not read with --pixels'),
    ('cross_validate.py', [CONFIG, '--views', '4'], '--views is only read with --bank'),
    ('figures.py', ['--predictions', 'p.json', '--out-dir', 'x', '--bank', 'y'], '--bank is')])
def test_options_that_nothing_reads(run_tool, tool, arguments, line, capsys):
    code, _ = run_tool(tool, *arguments)
    if code == 2:  # the parser's
        assert line in capsys.readouterr().err
    else:
        assert code.startswith(f'error: {line}') and '\n' not in code
