"""The official layouts as people unpack them: what is found, and what is asked."""
from __future__ import annotations

import csv
import io

import pytest

from ous_mmaction.datasets.readers import READERS
from ous_mmaction.datasets.readers.lists import read_rows

DFEW = {'train': [('1', 1), ('16372', 7)], 'test': [('5', 3)]}
OFFICIAL = 'EmoLabel_DataSplit/{}(single-labeled)/set_1.csv'
FERV = {'train': ['Action/Happy/0267', 'Daily Life/Angry/0001'], 'test': ['Crime/Sad/0267']}


def write(path, text='x'):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def dfew(root, lists=OFFICIAL, clips='Clip/original/{}.mp4', header='video_name,label\n'):
    for split, rows in DFEW.items():
        write(root / lists.format(split),
              header + ''.join(f'{name},{label}\n' for name, label in rows))
        for part, (name, _) in enumerate(rows, 1):
            write(root / clips.format(name, part=part))
    return root


def ferv(root, below='{}/', lists='4_setups/All_scenes', spell=str):
    for split, ids in FERV.items():
        write(root / lists / f'{split}_All.csv',
              ''.join(f'{clip} {spell(clip.split("/")[1])}\n' for clip in ids))
        for clip in ids:
            for folder in ('2_ClipsforFaceCrop', '3_ClipsforScenImages'):
                write(root / below.format(folder) / clip / '1.jpg')
    return root


def mafw(root, folder='Train_Test_Set/single/no_caption'):
    for split, line in (('train', '00025.mp4 anger'), ('test', '00007.mp4 neutral')):
        write(root / folder / f'set_1/{split}.txt', f'{line}\r\n')
        write(root / f'data/clips/{line[:9]}')
    return root


def paths(dataset, root, **options):
    if dataset != 'ferv39k':
        options['folds'] = [1]
    return [clip.path for split in READERS[dataset](root, **options) for clip in split.clips]


def test_originals_of_dfew_in_parts(tmp_path):
    dfew(tmp_path, clips='Clip/original/part_{part}/{}.mp4')
    assert paths('dfew', tmp_path) == ['Clip/original/part_1/1.mp4',
                                       'Clip/original/part_2/16372.mp4',
                                       'Clip/original/part_1/5.mp4']


def test_clip_in_two_parts_is_refused(tmp_path):
    dfew(tmp_path, clips='Clip/original/part_1/{}.mp4')
    write(tmp_path / 'Clip/original/part_2/5.mp4')
    with pytest.raises(ValueError, match='part_1/5.mp4 and part_2/5.mp4 both exist and name the'):
        paths('dfew', tmp_path)


def test_missing_clip_is_named_as_the_others_are(tmp_path):
    dfew(tmp_path, clips='Clip/original/{:0>5}.mp4')
    (tmp_path / 'Clip/original/00005.mp4').unlink()
    assert paths('dfew', tmp_path)[-1] == 'Clip/original/00005.mp4'
    ferv(tmp_path / 'ferv', '{0}/{0}/')
    for folder in ('2_ClipsforFaceCrop', '3_ClipsforScenImages'):
        clip = tmp_path / 'ferv' / folder / folder / 'Crime/Sad/0267'
        (clip / '1.jpg').unlink()
        clip.rmdir()
    (_, test) = READERS['ferv39k'](tmp_path / 'ferv')
    assert test.clips[0].path == '3_ClipsforScenImages/3_ClipsforScenImages/Crime/Sad/0267'
    assert test.clips[0].faces == '2_ClipsforFaceCrop/2_ClipsforFaceCrop/Crime/Sad/0267'


@pytest.mark.parametrize('lists, clips', [
    ('EmoLabel_DataSplit/{}(single_labeled)/set_1.csv', 'Clip/original/{}.mp4'),
    ('DFEW/EmoLabel_DataSplit/{}(single-labeled)/set_1.csv', 'DFEW/Clip/original/{}.mp4'),
    ('EmoLabel_DataSplit/EmoLabel_DataSplit/{}(single-labeled)/set_1.csv',
     'Clip/Clip/original/{}.mp4'),
    ('EmoLabel_DataSplit/{0}(single_labeled)/{0}(single-labeled)/set_1.csv',
     'clip/Original/original/part_{part}/{}.mp4'),
    ('a/b/emolabel_datasplit/{}(Single labeled)/set_1.csv', 'a/b/Clip/original/{}.mp4')])
def test_folders_that_dfew_is_unpacked_into(tmp_path, lists, clips):
    dfew(tmp_path, lists, clips)
    assert paths('dfew', tmp_path) == [clips.format(name, part=part) for name, part in
                                       (('1', 1), ('16372', 2), ('5', 1))]


@pytest.mark.parametrize('below', ['{}/', '{0}/{0}/', 'FERV39k/{}/'])
@pytest.mark.parametrize('spell', [str, str.lower, str.upper])
def test_folders_that_ferv39k_is_unpacked_into(tmp_path, below, spell):
    splits = READERS['ferv39k'](ferv(tmp_path, below, spell=spell))
    for split in splits:
        for clip, clip_id in zip(split.clips, FERV[split.name]):
            assert clip.clip_id == clip_id
            assert clip.path == below.format('3_ClipsforScenImages') + clip_id
            assert clip.faces == below.format('2_ClipsforFaceCrop') + clip_id
    assert [clip.label for split in splits for clip in split.clips] == [0, 3, 1]


@pytest.mark.parametrize('folder', ['train_test_set/Train & Test Set/single/no_caption',
                                    'MAFW/Train & Test Set/single/no_caption',
                                    'Train_Test_Set/Single/no caption'])
def test_folders_that_mafw_is_unpacked_into(tmp_path, folder):
    assert paths('mafw', mafw(tmp_path, folder)) == ['data/clips/00025.mp4', 'data/clips/00007.mp4']


def test_the_user_is_asked_where_two_places_match(tmp_path):
    dfew(tmp_path, f'a/{OFFICIAL}', 'a/Clip/original/{}.mp4')
    dfew(tmp_path, f'b/{OFFICIAL}', 'b/Clip/original/{}.mp4')
    with pytest.raises(ValueError, match='a/Clip/original and b/Clip/original both fit. Choose one '
                                         'with --source a/Clip/original, or with --source b/Clip'):
        paths('dfew', tmp_path)
    assert paths('dfew', tmp_path, source='b/Clip/original')[0] == 'b/Clip/original/1.mp4'
    write(tmp_path / 'b' / OFFICIAL.format('test'), 'video_name,label\n5,4\n')
    with pytest.raises(ValueError, match='two different label files fit, a/EmoLabel.* and b/Emo'):
        paths('dfew', tmp_path, source='b/Clip/original')


def test_two_folders_of_face_crops(tmp_path):
    ferv(tmp_path, 'x/{}/')
    (tmp_path / 'x/2_ClipsforFaceCrop').rename(tmp_path / 'x/crops')
    for name in 'ab':
        write(tmp_path / name / '2_ClipsforFaceCrop/Crime/Sad/0267/1.jpg')
    with pytest.raises(ValueError, match='both fit. Choose one with --faces a/2_ClipsforFaceCrop'):
        READERS['ferv39k'](tmp_path)


@pytest.mark.parametrize('dataset', READERS)
def test_missing_root_is_called_that(tmp_path, dataset):
    with pytest.raises(FileNotFoundError, match='/no: the folder .*(not found|missing)'):
        READERS[dataset](tmp_path / 'no')


def test_what_is_there_is_said(tmp_path):
    write(tmp_path / 'DFEW.zip')
    with pytest.raises(FileNotFoundError, match='set_1.csv: .* which holds DFEW.zip. Give the fo'):
        paths('dfew', tmp_path)
    dfew(tmp_path, clips='Clip/original/wrong_{}.mp4')
    message = r'Clip/original: none of the 3 clips .* holds wrong_1.mp4, wrong_16372.mp4, wrong_5'
    with pytest.raises(FileNotFoundError, match=message):
        paths('dfew', tmp_path)


def dump(rows, columns, quoting=csv.QUOTE_MINIMAL, numbers=None, delimiter=','):
    """What pandas' ``to_csv`` writes; ``numbers`` is the name of its column of row numbers."""
    text = io.StringIO()
    if numbers is not None:
        columns = columns and [numbers, *columns]
        rows = [[index, *row] for index, row in enumerate(rows)]
    csv.writer(text, quoting=quoting, delimiter=delimiter).writerows([columns, *rows] if columns
                                                                     else rows)
    return text.getvalue()


@pytest.mark.parametrize('options', [
    dict(), dict(quoting=csv.QUOTE_ALL), dict(numbers=''), dict(numbers='index'),
    dict(numbers='', delimiter='\t'), dict(numbers='', quoting=csv.QUOTE_ALL),
    dict(numbers='Unnamed: 0')])
@pytest.mark.parametrize('columns', [['video_name', 'label'], [], ['0', '1']])
def test_lists_that_were_written_again(tmp_path, options, columns):
    """A column of row numbers must never be taken for the numbers of the clips."""
    if columns == ['0', '1'] and 'numbers' not in options:
        columns = []  # pandas writes such names only beside its row numbers, unless asked
    rows = [('3', '2'), ('1', '7'), ('16372', '1')]
    path = tmp_path / 'set_1.csv'
    path.write_text(dump(rows, columns, **options))
    assert [tuple(cells) for *_, cells in read_rows(path, 2)] == rows


def test_lists_of_one_cell_that_were_written_again(tmp_path):
    lines = ['Daily Life/Angry/0001 Angry', 'Action/Happy/0267 Happy']
    cells = [[line] for line in lines]
    for index, text in enumerate([
            '\n'.join(f'"{line}"' for line in lines), dump(cells, ['0'], numbers=''),
            dump(cells, ['0'], csv.QUOTE_ALL, ''), '\n'.join(lines)]):
        path = tmp_path / f'{index}.csv'
        path.write_text(text)
        assert [cells for *_, cells in read_rows(path, 2)] == [
            ['Daily Life/Angry/0001', 'Angry'], ['Action/Happy/0267', 'Happy']]


def test_clips_without_a_single_label(tmp_path):
    dfew(tmp_path)
    write(tmp_path / OFFICIAL.format('train'), 'video_name,label\n1,1\n77,0\n16372,7\n')
    with pytest.raises(ValueError, match=r'0 to 7.* that of clip 77 in .*train\(single-labeled\)/'
                                         r'set_1.csv. In DFEW, 0 marks a clip without a single'):
        paths('dfew', tmp_path)
