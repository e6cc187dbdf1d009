"""Damage that a decoder conceals is found by the digests of the prepared clips."""
import json
import shutil

import pytest
from mmaction.registry import DATASETS
from torch.utils.data import DataLoader

from ous_mmaction.datasets.annotation import read_annotation, write_annotation
from ous_mmaction.video import VideoError, check_clips

READ = [dict(type='SampleClip', clip_len=2), dict(type='ReadClip')]


@pytest.fixture
def copy(rendered, tmp_path):
    """Eight clips of the benchmark and their annotation."""
    metainfo, records = read_annotation(rendered / 'annotations/fold1_test.json')
    for record in records[:8]:
        path = tmp_path / record['filename']
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(rendered / record['filename'], path)
    (tmp_path / 'annotations').mkdir()
    write_annotation(tmp_path / 'annotations/test.json', metainfo, records[:8])
    return tmp_path, records[:8]


def flip_a_bit(path):
    """Change one bit of the text that names the encoder, which no picture depends on."""
    data = bytearray(path.read_bytes())
    data[data.index(b'Lavf')] ^= 1
    path.write_bytes(data)


def verify(run_tool, root):
    return run_tool('verify.py', '--ann-files', root / 'annotations/test.json', '--data-root', root)


def test_the_tool_finds_what_has_changed(run_tool, copy, capsys):
    """A bit that no decoder misses, another clip in the place of one, a missing one."""
    root, records = copy
    assert verify(run_tool, root) == (0, '8 clips are those that were prepared\n')
    paths = [root / record['filename'] for record in records]
    flip_a_bit(paths[2])
    shutil.copy(paths[0], paths[4])
    paths[5].unlink()
    assert check_clips([paths[2]])[0].frames == records[2]['total_frames']
    capsys.readouterr()
    code, _ = verify(run_tool, root)
    assert code == 'error: 3 of 8 clips are not those that were prepared'
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith(str(root))]
    assert len(lines) == 3
    assert f'{paths[2]}: the clip is not the one that was prepared (its size is the' in lines[0]
    assert f'{paths[4]}: ' in lines[1]
    assert f'{paths[5]}: the clip cannot be read (No such file or directory)' in lines[2]


@pytest.mark.parametrize('workers', [0, 1])
def test_a_dataset_verifies_each_clip_on_its_first_read(copy, workers):
    root, records = copy
    dataset = DATASETS.build(dict(type='DFERDataset', split='test', data_root=str(root),
                                  pipeline=READ, verify=True))
    loader = DataLoader(dataset, batch_size=None, sampler=[0, 1], num_workers=workers)
    assert len(list(loader)) == 2 and dataset._verified.tolist() == [True] * 2 + [False] * 6
    for index in (1, 2):  # of the two, only the second is read for the first time
        flip_a_bit(root / records[index]['filename'])
    dataset[1]
    with pytest.raises(VideoError, match='the clip is not the one that was prepared'):
        dataset[2]
    DATASETS.build(dict(type='DFERDataset', split='test', data_root=str(root), pipeline=READ))[2]


def test_an_annotation_without_digests_cannot_be_verified(run_tool, copy):
    root, _ = copy
    path = root / 'annotations/test.json'
    content = json.loads(path.read_text())
    del content['data_list'][3]['digest']
    path.write_text(json.dumps(content))
    code, _ = verify(run_tool, root)
    assert code.startswith('error: The annotation holds no digest of 1 of 8 clips (first: ')
    with pytest.raises(ValueError, match='holds no digest of 1 of 8 clips'):
        DATASETS.build(dict(type='DFERDataset', split='test', data_root=str(root), pipeline=READ,
                            verify=True))
