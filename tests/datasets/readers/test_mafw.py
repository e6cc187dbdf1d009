from __future__ import annotations

import pytest

from ous_mmaction.datasets.readers.mafw import CLASSES, PUBLISHED_TEST, read_mafw

TRAIN = [('00025', 'anger'), ('00001', 'disappointment'), ('10045', 'contempt')]
TEST = [('00007', 'neutral')]
CAPTIONS = ('a man, with a\u2019 frown', '一个男人皱着眉头，很生气')


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def dataset(root, folder='Train_Test_Set/single/no_caption', captions=False, end='\r\n'):
    for split, rows in (('train', TRAIN), ('test', TEST)):
        lines = ['\t'.join([f'{name}.mp4', label, *CAPTIONS]) if captions
                 else f'{name}.mp4 {label}' for name, label in rows]
        write(root / folder / f'set_1/{split}.txt', (end.join(lines) + end).encode('gb18030'))
        for name, _ in rows:
            write(root / f'data/clips/{name}.mp4', b'x')
    return root


def listing(splits):
    return [[(clip.clip_id, clip.path, clip.label) for clip in split.clips] for split in splits]


# The official order, written out.
EXPECTED = [[('00025', 'data/clips/00025.mp4', 0), ('00001', 'data/clips/00001.mp4', 10),
             ('10045', 'data/clips/10045.mp4', 7)], [('00007', 'data/clips/00007.mp4', 4)]]


@pytest.mark.parametrize('folder', ['Train_Test_Set/single', 'Train & Test Set/single', 'label'])
@pytest.mark.parametrize('captions', [False, True])
@pytest.mark.parametrize('end', ['\r\n', '\n'])
def test_official_layout(tmp_path, folder, captions, end):
    name = 'with_caption' if captions else 'no_caption'
    splits = read_mafw(dataset(tmp_path, f'{folder}/{name}', captions, end), [1])
    assert listing(splits) == EXPECTED
    assert [split.name for split in splits] == ['fold1_train', 'fold1_test']
    assert splits[0].metainfo == dict(dataset='MAFW', split='train', fold=1, classes=[
        'anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise', 'contempt',
        'anxiety', 'helplessness', 'disappointment'])
    assert (splits[0].published, splits[1].published) == (9172 - 1839, 1839)


def test_frames_as_source(tmp_path):
    dataset(tmp_path)
    for name, _ in TRAIN + TEST:
        write(tmp_path / f'frames/{name}/1.jpg', b'x')
        (tmp_path / f'data/clips/{name}.mp4').unlink()
    (tmp_path / 'data/clips').rmdir()
    assert listing(read_mafw(tmp_path, [1]))[1] == [('00007', 'frames/00007', 4)]


@pytest.mark.parametrize('where', ['', 'data/'])
def test_frames_and_faces_pair_up_where_both_are(tmp_path, where):
    dataset(tmp_path)
    for name, _ in TRAIN + TEST:
        for folder in ('frames', 'faces'):
            write(tmp_path / f'{where}{folder}/{name}/1.jpg', b'x')
    assert read_mafw(tmp_path, [1])[1].clips[0].faces is None  # the official clips are there
    clip = read_mafw(tmp_path, [1], f'{where}frames')[1].clips[0]
    assert (clip.path, clip.faces) == (f'{where}frames/00007', f'{where}faces/00007')
    clip = read_mafw(tmp_path, [1], f'{where}frames', 'none')[1].clips[0]
    assert (clip.path, clip.faces) == (f'{where}frames/00007', None)


def test_missing_clip_keeps_its_expected_path(tmp_path):
    dataset(tmp_path)
    (tmp_path / 'data/clips/00025.mp4').unlink()
    assert listing(read_mafw(tmp_path, [1])) == EXPECTED


@pytest.mark.parametrize('line, message', [
    ('00009.mp4 anger_sadness', 'anger_sadness is a compound emotion. .*single'),
    ('00009.mp4 3', 'the label 3 is a number, but three orders'),
    ('x/00009 16 3', 'the label 3 is a number, but three orders'),
    ('00009.mp4 joy', 'is not `name.mp4 emotion`'),
    ('00009.mp4', 'is not `name.mp4 emotion`')])
def test_lines_that_are_refused(tmp_path, line, message):
    dataset(tmp_path)
    write(tmp_path / 'Train_Test_Set/single/no_caption/set_1/train.txt', line.encode())
    with pytest.raises(ValueError, match=f'train.txt:1: (?:.* )?{message}'):
        read_mafw(tmp_path, [1])


def test_missing_files(tmp_path):
    dataset(tmp_path)
    with pytest.raises(FileNotFoundError, match=r'set_2/train.txt: .*--folds'):
        read_mafw(tmp_path)
    with pytest.raises(FileNotFoundError, match='Train_Test_Set/single/no_caption/set_3'):
        read_mafw(tmp_path, [3])


def test_published_counts():
    assert sum(PUBLISHED_TEST.values()) == 9172 and len(CLASSES) == 11
