"""From each dataset as it is handed out to a model that has trained on it, by the tools."""
import json
import random
import shutil
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ous_mmaction.datasets.annotation import read_annotation
from ous_mmaction.datasets.face_boxes import read_face_boxes
from ous_mmaction.evaluation.predictions import read_predictions
from ous_mmaction.video import open_video

from ..processes import start_tool

ROOT = Path(__file__).parents[2]
DETECTOR = ['configs/detectors/yolox_demo.py', '--checkpoint',
            'ous_mmaction/rendered/weights/face_detector.pth']
TRAIN, TEST = range(1, 8), range(8, 19)  # clips; the test split has every class of each dataset
CLASSES = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']
MAFW = ['anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise', 'contempt',
        'anxiety', 'helplessness', 'disappointment']


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Path):
        shutil.copy(content, path)
    else:
        path.write_bytes(content)


def source(rendered, number):
    return rendered / 'Clip' / 'original' / f'{number}.mp4'


def put_pair(rendered, number, frames, faces):
    """Frames as jpg, and crops of the true face 224 pixels wide."""
    boxes = read_face_boxes(rendered / 'faces.jsonl')[1][f'{number:05d}'].boxes
    frames.mkdir(parents=True)
    faces.mkdir(parents=True)
    with open_video(source(rendered, number)) as video:
        for index, image in enumerate(video.read(range(len(video))), 1):
            left, top, right, bottom = boxes[index - 1].round().astype(int).clip(0)
            crop = cv2.resize(image[top:bottom, left:right], (224, 224))
            Image.fromarray(image).save(frames / f'{index:04d}.jpg')
            Image.fromarray(crop).save(faces / f'{index:04d}.jpg')


def dfew(root, rendered):
    for split, numbers in (('train', TRAIN), ('test', TEST)):
        for number in numbers:
            put(root / f'Clip/original/{number}.mp4', source(rendered, number))
        rows = ''.join(f'{number},{(number - 1) % 7 + 1}\r\n' for number in numbers)
        put(root / f'EmoLabel_DataSplit/{split}(single-labeled)/set_2.csv',
            f'video_name,label\r\n{rows}'.encode())
    return ['dfew', root, '--folds', 2], 'ous_dfew.py', 'fold2_{}.json'


def ferv39k(root, rendered):
    for split, numbers in (('train', TRAIN), ('test', TEST)):
        rows = ''
        for number in numbers:
            clip = f'Daily Life/{CLASSES[number % 7]}/{number // 7:04d}'  # numbers repeat
            put_pair(rendered, number, root / '3_ClipsforScenImages' / clip,
                     root / '2_ClipsforFaceCrop' / clip)
            rows += f'{clip} {CLASSES[number % 7]}\n'
        put(root / f'4_setups/All_scenes/{split}_All.csv', rows.encode())
    return ['ferv39k', root], 'ous_ferv39k.py', '{}.json'


def mafw_lists(root, captions):
    for split, numbers in (('train', TRAIN), ('test', TEST)):
        lines = [[f'{number:05d}.mp4', MAFW[number % 11]] for number in numbers]
        if captions:
            lines = [[*line, 'a woman, who frowns', '她皱着眉头，很生气'] for line in lines]
        text = ''.join(('\t' if captions else ' ').join(line) + '\r\n' for line in lines)
        put(root / f'Train_Test_Set/single/{"with" if captions else "no"}_caption/set_1/'
            f'{split}.txt', text.encode('gbk'))


def mafw(root, rendered):
    mafw_lists(root, captions=True)
    for number in (*TRAIN, *TEST):
        put(root / f'data/clips/{number:05d}.mp4', source(rendered, number))
    return ['mafw', root, '--folds', 1], 'ous_mafw.py', 'fold1_{}.json'


def mafw_pairs(root, rendered):
    mafw_lists(root, captions=False)
    for number in (*TRAIN, *TEST):
        put_pair(rendered, number, root / f'data/frames/{number:05d}',
                 root / f'data/faces/{number:05d}')
    return ['mafw', root, '--folds', 1], 'ous_mafw_pairs.py', 'fold1_{}.json'


def folders(root, rendered):
    for split, numbers in (('Train_AFEW', TRAIN), ('Val_AFEW', TEST)):
        for number in numbers:
            put(root / split / CLASSES[number % 7] / f'{number} 片段.avi', source(rendered, number))
    return ['folders', root, '--classes', *CLASSES], 'ous_dfew.py', '{}.json'


def tiny(root, annotations, boxes):
    """Options that make a dataset's config train one iteration of a small model in a moment."""
    options = ['model.backbone.clip_model.name=vit_test',
               'model.backbone.clip_model.pretrained=None',
               'model.neck.in_channels=32', 'model.neck.tap_channels=48',
               'model.neck.frames_encoder.num_layers=1', 'model.cls_head.mcfe.num_blocks=1',
               'model.cls_head.num_prompt_tokens=4', 'train_cfg.max_epochs=1']
    test = 'test' if (root / 'annotations' / annotations.format('test')).exists() else 'val'
    for loader, split in (('train', 'train'), ('val', test), ('test', test)):
        name = f'{loader}_dataloader'
        options += [f'{name}.dataset.data_root={root}', f'{name}.batch_size=7',
                    f'{name}.dataset.ann_file=annotations/{annotations.format(split)}',
                    f'{name}.num_workers=0', f'{name}.persistent_workers=False',
                    f'{name}.dataset.pipeline.{"split" if boxes else "read"}.size=32']
    return ['--cfg-options', *options]


def move(root, source, target):
    (root / target).parent.mkdir(parents=True, exist_ok=True)
    (root / source).rename(root / target)


def dfew_as_unpacked(root, rendered):
    """Parts, padded names, an underscore, quoted cells and pandas' row numbers, one folder down."""
    arguments, *others = dfew(root / 'DFEW', rendered)
    for number in (*TRAIN, *TEST):
        move(root, f'DFEW/Clip/original/{number}.mp4',
             f'DFEW/Clip/original/original/part_{number % 11 + 1}/{number:05d}.mp4')
    for split in ('train', 'test'):
        path = root / f'DFEW/EmoLabel_DataSplit/{split}(single-labeled)/set_2.csv'
        header, *rows = path.read_text().splitlines()
        cells = [row.split(',') for row in rows]
        path.write_text(',"video_name","label"\n' + ''.join(
            f'{index},"{name.zfill(5)}","{label}"\n' for index, (name, label) in enumerate(cells)))
        path.parent.rename(path.parent.with_name(f'{split}(single_labeled)'))
    return ['dfew', root, *arguments[2:]], *others


def ferv39k_as_unpacked(root, rendered):
    """Doubled folders, and labels in lower case."""
    result = ferv39k(root, rendered)
    for folder in ('2_ClipsforFaceCrop', '3_ClipsforScenImages', '4_setups'):
        move(root, folder, f'once/{folder}')
        move(root, f'once/{folder}', f'{folder}/{folder}')
    for path in root.glob('4_setups/4_setups/All_scenes/*.csv'):
        path.write_text(''.join(f'{clip} {label.lower()}\n' for clip, label in (
            line.rsplit(' ', 1) for line in path.read_text().splitlines())))
    return result


def mafw_as_unpacked(root, rendered):
    """A nested folder of lists, beside lists with captions that lack the neutral clips."""
    mafw_lists(root, captions=False)
    mafw_lists(root, captions=True)
    for path in root.glob('Train_Test_Set/single/with_caption/set_1/*.txt'):
        path.write_bytes(b'\r\n'.join(line for line in path.read_bytes().split(b'\r\n')
                                      if b'neutral' not in line))
    move(root, 'Train_Test_Set', 'MAFW/Train & Test Set')
    move(root, 'MAFW/Train & Test Set', 'train_test_set/Train & Test Set')
    for number in (*TRAIN, *TEST):
        put(root / f'MAFW/data/clips/clips/{number:05d}.mp4', source(rendered, number))
    return ['mafw', root, '--folds', 1], 'ous_mafw.py', 'fold1_{}.json'


def own_videos(root, rendered):
    """A table with subjects, which makes the folds."""
    rows = []
    for number in range(1, 29):
        put(root / f'videos/{number} 片段.mp4', source(rendered, number))
        rows.append(f'videos/{number} 片段.mp4,{CLASSES[number % 7]},person {number // 7 % 4}\n')
    put(root / 'videos.csv', ('path,label,subject\n' + ''.join(rows)).encode())
    return (['list', root, '--list', root / 'videos.csv', '--classes', *CLASSES,
             '--subject-folds', 2], 'ous_dfew.py', 'fold1_{}.json')


@pytest.mark.full
@pytest.mark.parametrize('layout', [dfew_as_unpacked, ferv39k_as_unpacked, mafw_as_unpacked,
                                    own_videos])
def test_from_what_people_unpack_to_a_test(layout, rendered, run_tool, tmp_path):
    """The commands of docs/datasets.md, on copies with what goes wrong in practice."""
    root, work_dir = tmp_path / '数据集', tmp_path / 'work'
    arguments, config, annotations = layout(root, rendered)
    boxes = layout is not ferv39k_as_unpacked
    code, report = run_tool('prepare_dataset.py', *arguments)
    assert code == 0 and ' 0 left out' in report and 'no clip of' not in report
    if boxes:
        code, output = run_tool('extract_faces.py', *DETECTOR, '--device', 'cpu', '--data-root',
                                root, '--out', root / 'faces.jsonl', '--ann-files',
                                *sorted(root.glob('annotations/*.json')))
        assert code == 0 and ': 0 without a face' in output
    options = tiny(root, annotations, boxes)
    code, output = run_tool('train.py', f'configs/{config}', '--work-dir', work_dir, *options)
    assert code == 0 and 'test it: python tools/test.py' in output
    dump = tmp_path / 'predictions.csv'
    code, output = run_tool('test.py', f'configs/{config}', work_dir / 'epoch_1.pth', '--dump',
                            dump, '--work-dir', work_dir, *options)
    assert code == 0 and 'test: UAR' in output
    records = read_annotation(root / 'annotations' / annotations.format('test'))[1]
    classes, clips = read_predictions(dump)
    assert {clip: entry['label'] for clip, entry in clips.items()} == {
        record['clip_id']: record['label'] for record in records}


@pytest.mark.parametrize('layout', [dfew, ferv39k, mafw, mafw_pairs, folders])
def test_from_what_is_handed_out_to_training(layout, rendered, run_tool, tmp_path):
    root, work_dir = tmp_path / '数据集', tmp_path / 'work'
    arguments, config, annotations = layout(root, rendered)
    boxes = layout not in (ferv39k, mafw_pairs)
    assert run_tool('prepare_dataset.py', *arguments)[0] == 0
    records = {path.name: read_annotation(path)[1] for path in root.glob('annotations/*.json')}
    assert sorted(map(len, records.values())) == [len(TRAIN), len(TEST)]
    if boxes:
        code, output = run_tool('extract_faces.py', *DETECTOR, '--device', 'cpu', '--data-root',
                                root, '--out', root / 'faces.jsonl', '--ann-files',
                                *sorted(root.glob('annotations/*.json')))
        assert code == 0 and output.startswith('18 clips: 0 without a face')
    code, _ = run_tool('train.py', f'configs/{config}', '--work-dir', work_dir,
                       *tiny(root, annotations, boxes))
    assert code == 0
    lines = [json.loads(line) for path in work_dir.glob('*/vis_data/scalars.json')
             for line in path.read_text().splitlines()]
    assert [line['iter'] for line in lines if 'loss' in line] == [1]
    assert np.isfinite(lines[0]['loss']) and np.isfinite(lines[-1]['val/loss'])
    assert (work_dir / 'epoch_1.pth').exists()


@pytest.fixture(scope='module')
def faces_command(rendered):
    return [*DETECTOR, '--device', 'cpu', '--data-root', rendered, '--ann-files',
            rendered / 'annotations/fold1_train.json', rendered / 'annotations/fold1_test.json']


def test_faces_after_two_kills_are_those_of_an_undisturbed_run(faces_command, run_tool, tmp_path):
    """Killed while the search runs; no more is lost than the clips of the batch in hand."""
    undisturbed, out = tmp_path / 'undisturbed.jsonl', tmp_path / 'killed.jsonl'
    part = tmp_path / 'killed.jsonl.part'
    assert run_tool('extract_faces.py', *faces_command, '--out', undisturbed)[0] == 0

    def finished():
        return part.read_bytes().count(b'\n') if part.exists() else 0

    kept = 0
    for moment in random.Random(0).sample(range(3, 40), 2):
        tool = start_tool('extract_faces.py', *faces_command, '--out', out)
        while finished() < kept + moment and tool.is_alive():
            time.sleep(0.005)
        tool.kill()
        tool.join()
        assert tool.exitcode == -9
        assert finished() >= kept + moment and not out.exists()
        kept = finished()
    assert run_tool('extract_faces.py', *faces_command, '--out', out)[0] == 0
    assert out.read_bytes() == undisturbed.read_bytes()
    assert not part.exists()


def test_sheet_and_bad_arguments(rendered, run_tool, tmp_path):
    command = [*DETECTOR, '--data-root', rendered, '--out', tmp_path / 'faces.jsonl',
               '--ann-files', rendered / 'annotations/fold1_test.json']
    assert run_tool('extract_faces.py', *command, '--device', 'cpu', '--sheet',
                    tmp_path / 'faces.png')[0] == 0
    picture = np.asarray(Image.open(tmp_path / 'faces.png').convert('RGB')).astype(int)
    green = (picture[..., 1] > 200) & (picture[..., [0, 2]] < 60).all(axis=-1)
    assert picture.shape[0] > 1000 and 0.002 < green.mean() < 0.1
    for arguments, message in (
            (['--device', 'cuda:99'], 'There is no device cuda:99'),
            (['--out', '/proc/faces.jsonl'], 'error: /proc/faces.jsonl: cannot be written')):
        code, _ = run_tool('extract_faces.py', *command, '--score-thr', 0.6, '--out',
                           tmp_path / 'other.jsonl', *arguments)
        assert message in code and '\n' not in code
    assert run_tool('extract_faces.py', *command, '--stride', 0)[0] == 2
