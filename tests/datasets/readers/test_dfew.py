from __future__ import annotations

import pytest

from ous_mmaction.datasets.readers.dfew import PUBLISHED, PUBLISHED_TOTAL, read_dfew

# Number and official label, from 1.
TRAIN = [('1', 1), ('2', 7), ('33', 4), ('16372', 3)]
TEST = [('5', 7), ('6', 1)]
CLIPS = [name for name, _ in TRAIN + TEST]


def write(path, text, encoding='utf-8', newline='\n'):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.replace('\n', newline).encode(encoding))


def label_file(rows, base=1, header='video_name,label\n'):
    return header + ''.join(f'{name},{label - 1 + base}\n' for name, label in rows)


def touch_clips(root, pattern='Clip/original/{}.mp4', names=CLIPS):
    for name in names:
        write(root / pattern.format(name), 'x')


def official(root, **options):
    for split, rows in (('train', TRAIN), ('test', TEST)):
        write(root / f'EmoLabel_DataSplit/{split}(single-labeled)/set_1.csv',
              label_file(rows, **options))
    return root


def listing(splits):
    return [[(clip.clip_id, clip.path, clip.label) for clip in split.clips] for split in splits]


EXPECTED = [[('00001', 'Clip/original/1.mp4', 0), ('00002', 'Clip/original/2.mp4', 6),
             ('00033', 'Clip/original/33.mp4', 3), ('16372', 'Clip/original/16372.mp4', 2)],
            [('00005', 'Clip/original/5.mp4', 6), ('00006', 'Clip/original/6.mp4', 0)]]


@pytest.mark.parametrize('options', [dict(), dict(base=0), dict(header='')])
def test_official_layout(tmp_path, options):
    touch_clips(official(tmp_path, **options))
    splits = read_dfew(tmp_path, [1])
    assert listing(splits) == EXPECTED
    assert [split.name for split in splits] == ['fold1_train', 'fold1_test']
    assert splits[0].metainfo == dict(
        dataset='DFEW', split='train', fold=1,
        classes=['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear'])
    assert splits[1].published == (489, 379, 534, 435, 294, 29, 181)


@pytest.mark.parametrize('header', ['video_name,label\n', ''])
@pytest.mark.parametrize('encoding, newline', [('utf-8-sig', '\r\n'), ('utf-8', '\r')])
def test_line_ends_and_byte_order_mark(tmp_path, encoding, newline, header):
    touch_clips(tmp_path)
    for split, rows in (('train', TRAIN), ('test', TEST)):
        write(tmp_path / f'EmoLabel_DataSplit/{split}(single-labeled)/set_1.csv',
              label_file(rows, header=header) + '\n', encoding, newline)
    assert listing(read_dfew(tmp_path, [1])) == EXPECTED


def test_zeros_before_names_in_lists_or_on_files(tmp_path):
    rows = [(name.zfill(5), label) for name, label in TRAIN]
    write(tmp_path / 'EmoLabel_DataSplit/train(single-labeled)/set_1.csv', label_file(rows))
    write(tmp_path / 'EmoLabel_DataSplit/test(single-labeled)/set_1.csv', label_file(TEST))
    touch_clips(tmp_path, 'Clip/original/{}.mp4', ['00001', '2', '00033', '16372', '5', '00006'])
    paths = [path for split in listing(read_dfew(tmp_path, [1])) for _, path, _ in split]
    assert paths == [f'Clip/original/{name}.mp4'
                     for name in ('00001', '2', '00033', '16372', '5', '00006')]


def test_both_spellings_of_a_name_are_refused(tmp_path):
    touch_clips(official(tmp_path))
    write(tmp_path / 'Clip/original/00001.mp4', 'another')
    with pytest.raises(ValueError, match='00001.mp4 and 1.mp4 both exist and name the same clip'):
        read_dfew(tmp_path, [1])


def test_missing_clip_keeps_its_expected_path(tmp_path):
    touch_clips(official(tmp_path), names=CLIPS[:-1])
    assert listing(read_dfew(tmp_path, [1])) == EXPECTED


@pytest.mark.parametrize('labels', [[2, 3, 6], [1, 6], [2, 7], [0, 7], [1, 8], [3]])
def test_labels_that_leave_the_base_open_are_refused(tmp_path, labels):
    rows = [(str(i), label) for i, label in enumerate(labels, 1)]
    for split in ('train', 'test'):
        write(tmp_path / f'EmoLabel_DataSplit/{split}(single-labeled)/set_1.csv', label_file(rows))
    touch_clips(tmp_path)
    message = f'labels run from {min(labels)} to {max(labels)}, .* cannot be told apart'
    with pytest.raises(ValueError, match=message):
        read_dfew(tmp_path, [1])


def test_train_and_test_of_different_base_are_refused(tmp_path):
    touch_clips(official(tmp_path))
    write(tmp_path / 'EmoLabel_DataSplit/test(single-labeled)/set_1.csv', label_file(TEST, base=0))
    with pytest.raises(ValueError, match='run from 0 to 7'):
        read_dfew(tmp_path, [1])


@pytest.mark.parametrize('labels, clips, source', [
    ('label/single_{}set_1.csv', 'data/{}/00001.jpg', 'data'),
    ('EmoLabel/{}_1.csv', 'Image/{}/00001.jpg', 'Image'),
    ('EmoLabel_DataSplit/{}(single-labeled)/set_1.csv', 'Clip/clip_224x224/{}/00001_00001.jpg',
     'Clip/clip_224x224')])
def test_other_layouts_need_the_source_named(tmp_path, labels, clips, source):
    for split, rows in (('train', TRAIN), ('test', TEST)):
        write(tmp_path / labels.format(split), label_file(rows))
    touch_clips(tmp_path, clips, [name.zfill(5) for name in CLIPS])
    with pytest.raises(ValueError, match=f'faces alone.*--source {source}'):
        read_dfew(tmp_path, [1])
    splits = read_dfew(tmp_path, [1], source)
    assert listing(splits)[1] == [('00005', f'{source}/00005', 6), ('00006', f'{source}/00006', 0)]


def test_lists_of_path_frames_label(tmp_path):
    for split, rows in (('train', TRAIN), ('test', TEST)):
        lines = [f'/home/a user/DFEW/Clip/clip_224x224_16f/{name.zfill(5)} 16 {label - 1}\n'
                 for name, label in rows]
        write(tmp_path / f'annotation/DFEW_set_1_{split}.txt', ''.join(lines))
    touch_clips(tmp_path)
    assert listing(read_dfew(tmp_path, [1])) == EXPECTED


@pytest.mark.parametrize('text, message', [
    ('video_name,label\n1,2\nx,3\n', r"set_1.csv:3: 'x,3' is not `video_name,label`"),
    ('video_name,label\n1,1\nx,y\n', r"set_1.csv:3: 'x,y' is not"),
    ('1;2\n', 'is not `video_name,label`'), ('1,Happy\n', 'is not `video_name,label`'),
    ('video_name,label\n1,1\n2,7\n1,1\n', 'clip 00001 is listed twice')])
def test_broken_label_files(tmp_path, text, message):
    touch_clips(official(tmp_path))
    write(tmp_path / 'EmoLabel_DataSplit/train(single-labeled)/set_1.csv', text)
    with pytest.raises(ValueError, match=message):
        read_dfew(tmp_path, [1])


def test_empty_label_file(tmp_path):
    touch_clips(official(tmp_path))
    write(tmp_path / 'EmoLabel_DataSplit/test(single-labeled)/set_1.csv', 'video_name,label\n')
    with pytest.raises(ValueError, match='no clip is listed here'):
        read_dfew(tmp_path, [1])


def test_missing_files(tmp_path):
    with pytest.raises(FileNotFoundError, match=r'train\(single-labeled\)/set_1.csv: .*missing'):
        read_dfew(tmp_path, [1])
    official(tmp_path)
    with pytest.raises(FileNotFoundError, match='Clip/original: the folder of clips is missing'):
        read_dfew(tmp_path, [1])
    touch_clips(tmp_path)
    with pytest.raises(FileNotFoundError, match=r'set_2.csv: .*--folds'):
        read_dfew(tmp_path, [1, 2])
    with pytest.raises(FileNotFoundError, match='Clip/here: the folder given by --source'):
        read_dfew(tmp_path, [1], 'Clip/here')


def test_rendered_benchmark_does_not_pass_for_dfew(tmp_path):
    touch_clips(official(tmp_path))
    write(tmp_path / 'benchmark.json', '{}')
    splits = read_dfew(tmp_path, [1])
    assert {split.metainfo['dataset'] for split in splits} == {'Rendered'}
    assert {split.published for split in splits} == {None}


def test_published_counts_agree_with_each_other():
    totals = {name: counts if isinstance(counts, int) else sum(counts)
              for name, counts in PUBLISHED.items()}
    for fold in range(1, 6):
        assert totals[f'fold{fold}_train'] + totals[f'fold{fold}_test'] == 11697
    assert sum(totals[f'fold{fold}_test'] for fold in range(1, 6)) == sum(PUBLISHED_TOTAL) == 11697
    pairs = zip(PUBLISHED['fold1_train'], PUBLISHED['fold1_test'])
    assert tuple(map(sum, pairs)) == PUBLISHED_TOTAL
