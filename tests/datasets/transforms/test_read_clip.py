from __future__ import annotations

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from PIL import Image

from ous_mmaction.video import VideoError


def read(**results):
    results.setdefault('frame_inds', np.array([0, 4, 9, 9]))
    return TRANSFORMS.build(dict(type='ReadClip'))(results)


def test_reads_a_video(tmp_path, video):
    path = video.write(tmp_path / 'a.mp4', video.stamped_frames(10))
    results = read(filename=str(path), total_frames=10)
    assert video.read_stamps(results['imgs']) == [0, 4, 9, 9]
    assert results['img_shape'] == results['original_shape'] == (48, 64)


def test_reads_a_folder(tmp_path, video):
    for index, image in enumerate(video.stamped_frames(10)):
        Image.fromarray(image).save(tmp_path / f'{index}.png')
    results = read(frame_dir=str(tmp_path), total_frames=10)
    assert video.read_stamps(results['imgs']) == [0, 4, 9, 9]


@pytest.mark.parametrize('total_frames', [9, 11])
def test_frame_count_that_differs_from_the_annotation(tmp_path, video, total_frames):
    path = video.write(tmp_path / 'a.mp4', video.stamped_frames(10))
    with pytest.raises(VideoError, match=f'has 10 frames, but the annotation says {total_frames}'):
        read(filename=str(path), total_frames=total_frames, frame_inds=np.array([0]))


def test_frame_that_does_not_decode_is_never_replaced(tmp_path, video):
    path = video.write(tmp_path / 'a.mp4', video.stamped_frames(30), faststart=True)
    data = bytearray(path.read_bytes())
    data[-600:] = bytes(600)
    path.write_bytes(data)
    with pytest.raises(VideoError, match=r'frame \d+ does not decode'):
        read(filename=str(path), total_frames=30, frame_inds=np.arange(30))
    # Frames before the damage are whole.
    results = read(filename=str(path), total_frames=30, frame_inds=np.array([0, 3]))
    assert video.read_stamps(results['imgs']) == [0, 3]


def test_reads_the_folder_of_faces_if_asked(tmp_path, video):
    for name, start in (('frames', 0), ('faces', 100)):
        (tmp_path / name).mkdir()
        for index, image in enumerate(video.stamped_frames(110)[start:start + 10]):
            Image.fromarray(image).save(tmp_path / name / f'{index}.png')
    step = TRANSFORMS.build(dict(type='ReadClip', folder='face_dir'))
    record = dict(clip_id='7', frame_dir=str(tmp_path / 'frames'), total_frames=10,
                  frame_inds=np.array([0, 4]))
    results = step(dict(record, face_dir=str(tmp_path / 'faces')))
    assert video.read_stamps(results['imgs']) == [100, 104]
    with pytest.raises(ValueError, match='clip 7 has no `face_dir`'):
        step(record)
