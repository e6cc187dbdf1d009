from __future__ import annotations

import pytest

from ous_mmaction.datasets.readers.ferv39k import PUBLISHED, read_ferv39k

TRAIN = ['Action/Happy/0267 Happy', 'Action/Fear/0001 Fear', 'Crime/Fear/0001 Fear',
         'Daily Life/Angry/0001 Angry']
TEST = ['Crime/Sad/0267 Sad']
SCENES, FACES = '3_ClipsforScenImages', '2_ClipsforFaceCrop'


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def dataset(root, folder='4_setups/All_scenes', frames=(SCENES, FACES), end='\n'):
    for split, lines in (('train', TRAIN), ('test', TEST)):
        write(root / folder / f'{split}_All.csv', end.join(lines) + end)
        for line in lines:
            for source in frames:
                write(root / source / line.rsplit(' ', 1)[0] / '1.jpg', 'x')
    return root


def listing(splits):
    return [[(clip.clip_id, clip.path, clip.label) for clip in split.clips] for split in splits]


@pytest.mark.parametrize('end', ['\n', '\r\n'])
def test_official_layout(tmp_path, end):
    splits = read_ferv39k(dataset(tmp_path, end=end))
    assert listing(splits) == [
        [('Action/Happy/0267', f'{SCENES}/Action/Happy/0267', 0),
         ('Action/Fear/0001', f'{SCENES}/Action/Fear/0001', 6),
         ('Crime/Fear/0001', f'{SCENES}/Crime/Fear/0001', 6),  # the number repeats
         ('Daily Life/Angry/0001', f'{SCENES}/Daily Life/Angry/0001', 3)],
        [('Crime/Sad/0267', f'{SCENES}/Crime/Sad/0267', 1)]]
    assert [split.name for split in splits] == ['train', 'test']
    assert splits[0].metainfo == dict(
        dataset='FERV39k', split='train',
        classes=['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear'])


@pytest.mark.parametrize('scenes', ['3_ClipsforSceneImages', '3_ClipsforScenImages'])
def test_both_spellings_of_the_scene_folder(tmp_path, scenes):
    splits = read_ferv39k(dataset(tmp_path, frames=(scenes, FACES)))
    assert splits[1].clips[0].path == f'{scenes}/Crime/Sad/0267'


def test_face_crops_pair_up_with_the_frames(tmp_path):
    dataset(tmp_path)
    assert read_ferv39k(tmp_path)[0].clips[2].faces == f'{FACES}/Crime/Fear/0001'
    assert read_ferv39k(tmp_path, faces='none')[0].clips[2].faces is None
    (tmp_path / FACES).rename(tmp_path / 'crops')
    assert read_ferv39k(tmp_path)[0].clips[2].faces is None
    assert read_ferv39k(tmp_path, faces='crops')[1].clips[0].faces == 'crops/Crime/Sad/0267'
    with pytest.raises(FileNotFoundError, match='given by --faces is missing'):
        read_ferv39k(tmp_path, faces='x')


def test_face_crops_are_not_taken_for_scenes(tmp_path):
    dataset(tmp_path, frames=(FACES,))
    with pytest.raises(ValueError, match=f'faces alone.*--source {FACES}'):
        read_ferv39k(tmp_path)
    clip = read_ferv39k(tmp_path, FACES)[1].clips[0]
    assert (clip.path, clip.faces) == (f'{FACES}/Crime/Sad/0267', None)


def test_layout_of_the_released_ous_code(tmp_path):
    dataset(tmp_path, 'EmoLabel/EmoLabel', [f'Image/Original/{SCENES}', f'Image/CropFace/{FACES}'])
    clip = read_ferv39k(tmp_path)[1].clips[0]
    assert clip.path == f'Image/Original/{SCENES}/Crime/Sad/0267'
    assert clip.faces == f'Image/CropFace/{FACES}/Crime/Sad/0267'


@pytest.mark.parametrize('order', [
    ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear'],
    ['Angry', 'Disgust', 'Fear', 'Happy', 'Neutral', 'Sad', 'Surprise']])
def test_lists_with_numbers_are_read_by_the_name_in_the_path(tmp_path, order):
    expected = [label for split in listing(read_ferv39k(dataset(tmp_path))) for *_, label in split]
    for split, lines in (('train', TRAIN), ('test', TEST)):
        (tmp_path / f'4_setups/All_scenes/{split}_All.csv').unlink()
        rows = [line.rsplit(' ', 1) for line in lines]
        write(tmp_path / f'FERV39K_{split}.txt', ''.join(
            f'D:\\FERV39K\\{path} 28 {order.index(label)}\n'.replace('/', '\\')
            for path, label in rows))
    splits = listing(read_ferv39k(tmp_path))
    assert [label for split in splits for *_, label in split] == expected
    assert splits[0][3][0] == 'Daily Life/Angry/0001'


@pytest.mark.parametrize('line, message', [
    ('Action/Happy/0001 Sad', 'the label says Sad, but the path says Happy'),
    ('Action/Joy/0001 Joy', 'is not `scene/emotion/number emotion`'),
    ('0001 Happy', 'is not `scene/emotion/number emotion`'),
    ('Action/Happy/0001', 'is not `scene/emotion/number emotion`'),
    ('Action/Happy/0267 Happy', 'clip Action/Happy/0267 is listed twice')])
def test_broken_lines(tmp_path, line, message):
    dataset(tmp_path)
    write(tmp_path / '4_setups/All_scenes/train_All.csv', '\n'.join([*TRAIN, line]))
    with pytest.raises(ValueError, match=message):
        read_ferv39k(tmp_path)


def test_number_that_stands_for_two_emotions(tmp_path):
    dataset(tmp_path)
    (tmp_path / '4_setups/All_scenes/train_All.csv').unlink()
    write(tmp_path / 'FERV39K_train.txt', 'x/Action/Happy/0001 9 0\nx/Action/Sad/0002 9 0\n')
    write(tmp_path / 'FERV39K_test.txt', 'x/Action/Happy/0003 9 0\n')
    message = 'train.txt:2: the label says Happy, but the path says Sad'
    with pytest.raises(ValueError, match=message):
        read_ferv39k(tmp_path)


def test_missing_files(tmp_path):
    with pytest.raises(FileNotFoundError, match='4_setups/All_scenes/train_All.csv: '):
        read_ferv39k(tmp_path)
    dataset(tmp_path)
    (tmp_path / '4_setups/All_scenes/test_All.csv').unlink()
    with pytest.raises(FileNotFoundError, match='4_setups/All_scenes/test_All.csv: '):
        read_ferv39k(tmp_path)


def test_published_counts():
    assert (sum(PUBLISHED['train']), sum(PUBLISHED['test'])) == (31088, 7847)
