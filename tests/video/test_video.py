from __future__ import annotations

import shutil

import av
import numpy as np
import pytest
from PIL import Image

from ous_mmaction.video import BACKENDS, VideoError, natural_key, open_video, pyav_reader
from ous_mmaction.video.pyav_decoder import PyAVDecoder

backends = pytest.mark.parametrize('backend', list(BACKENDS))


@pytest.fixture
def clip(tmp_path, video):
    return video.write(tmp_path / 'clip.mp4', video.stamped_frames(40))


@backends
@pytest.mark.parametrize('indices', [[0], [39], [0, 13, 26, 39], list(range(40)),
                                     [5, 5, 5], [30, 2, 2, 17]])
def test_reads_the_frames_asked_for(clip, video, backend, indices):
    with open_video(clip, backend) as reader:
        frames = reader.read(indices)
        assert (len(reader), reader.size, reader.fps) == (40, (48, 64), 25)
    assert frames.shape == (len(indices), 48, 64, 3) and frames.dtype == np.uint8
    assert video.read_stamps(frames) == indices
    error = np.abs(frames.astype(int) - video.stamped_frames(40)[indices]).mean()
    assert error < 20  # RGB, not BGR: swapped channels are 60 off


@backends
def test_reading_in_pieces_is_reading_at_once(clip, backend):
    with open_video(clip, backend) as reader:
        whole = reader.read(range(40))
        pieces = [reader.read(range(start, start + 10)) for start in (0, 10, 20, 30)]
        np.testing.assert_array_equal(np.concatenate(pieces), whole)
        np.testing.assert_array_equal(reader.read([3]), whole[[3]])  # backward
        reader.verify()


def test_each_frame_is_decoded_once(tmp_path, video):
    for index, image in enumerate(video.stamped_frames(3)):
        Image.fromarray(image).save(tmp_path / f'{index}.png')
    with open_video(tmp_path) as reader:
        loaded = []
        load = reader._load
        reader._load = lambda index: loaded.append(index) or load(index)
        assert video.read_stamps(reader.read([0, 1, 2, 2, 2, 2])) == [0, 1, 2, 2, 2, 2]
    assert loaded == [0, 1, 2]


@backends
@pytest.mark.parametrize('name', ['with space.mp4', '喜悦 片段.mp4', '100%d.mp4', 'a:b.mp4'])
def test_names(tmp_path, clip, video, backend, name, monkeypatch):
    shutil.move(clip, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    with open_video(name, backend) as reader:
        assert video.read_stamps(reader.read([7])) == [7]


@pytest.fixture
def portrait(clip, video):
    """A clip whose display matrix turns the picture clockwise by a quarter."""
    one = 1 << 16
    return video.patch(clip, b'tkhd', 44, (0, one, 0, -one, 0, 0, 48 * one, 0, 1 << 30))


@pytest.mark.parametrize('backend', ['pyav', 'opencv'])
def test_portrait_rotation_metadata(portrait, video, backend):
    with open_video(portrait, backend) as reader:
        frames = reader.read([9])
        assert reader.size == (64, 48)
    assert frames.shape == (1, 64, 48, 3)
    upright = np.rot90(video.stamped_frames(10)[9], -1)
    assert np.abs(frames[0].astype(int) - upright).mean() < 20


def test_decord_refuses_rotation_metadata(portrait):
    with pytest.raises(VideoError, match='carries a rotation. Set `backend`'):
        open_video(portrait, 'decord')


@backends
def test_variable_frame_rate(tmp_path, video, backend):
    times = np.cumsum([0] + [20, 20, 200, 40] * 5)[:20].tolist()
    path = video.write(tmp_path / 'vfr.mp4', video.stamped_frames(20), times=times, rate=1000)
    with open_video(path, backend) as reader:
        assert video.read_stamps(reader.read(range(20))) == list(range(20))


def test_edit_list_hides_frames(clip, video):
    """The file was cut without encoding it again, so it still holds the frames before the cut."""
    video.patch(clip, b'elst', 12, (400, 1024 + 512 * 10))  # from the tenth frame on, 0.4 s
    with open_video(clip, 'pyav') as reader:
        assert video.read_stamps(reader.read(range(len(reader)))) == list(range(10, 20))
        reader.verify()
    data = bytearray(clip.read_bytes())
    end = data.index(b'moov')
    data[end - 100:end - 40] = bytes(60)
    clip.write_bytes(data)
    with open_video(clip, 'pyav') as reader, pytest.raises(VideoError, match='does not decode'):
        reader.verify()


@backends
def test_grayscale(tmp_path, video, backend):
    path = video.write(tmp_path / 'gray.mp4', video.stamped_frames(8), pix_fmt='gray')
    with open_video(path, backend) as reader:
        frames = reader.read(range(8))
    assert video.read_stamps(frames) == list(range(8))
    assert (np.ptp(frames.astype(int), axis=3) <= 2).all()


@backends
def test_one_frame(tmp_path, video, backend):
    path = video.write(tmp_path / 'one.mp4', video.stamped_frames(1))
    with open_video(path, backend) as reader:
        assert len(reader) == 1
        assert video.read_stamps(reader.read([0] * 16)) == [0] * 16


@backends
def test_4k(tmp_path, video, backend):
    frames = np.repeat(np.repeat(video.stamped_frames(2), 45, axis=1), 60, axis=2)
    path = video.write(tmp_path / '4k.mp4', frames, preset='ultrafast')
    with open_video(path, backend) as reader:
        assert reader.size == (2160, 3840)
        assert video.read_stamps(reader.read([1, 0])) == [1, 0]


@pytest.mark.parametrize('suffix, codec', [('avi', 'mpeg4'), ('mkv', 'libx264'),
                                           ('webm', 'libvpx'), ('mov', 'mjpeg')])
def test_containers_and_codecs(tmp_path, video, suffix, codec):
    pix_fmt = 'yuvj420p' if codec == 'mjpeg' else 'yuv420p'
    path = video.write(tmp_path / f'clip.{suffix}', video.stamped_frames(20), codec,
                       pix_fmt=pix_fmt, rate=25)
    with open_video(path) as reader:
        assert video.read_stamps(reader.read(range(20))) == list(range(20))
        reader.verify()


def read_all(path, backend):
    with open_video(path, backend) as reader:
        return reader.read(range(len(reader)))


@backends
@pytest.mark.parametrize('share', [0.1, 0.3, 0.6, 0.9, 0.97])
@pytest.mark.parametrize('faststart', [False, True])
def test_truncated_file(tmp_path, video, backend, share, faststart):
    path = video.write(tmp_path / 'clip.mp4', video.stamped_frames(40), faststart=faststart)
    data = path.read_bytes()
    path.write_bytes(data[:int(len(data) * share)])
    with pytest.raises(VideoError, match=r'^[^\n]*clip\.mp4: [^\n]+\. [A-Z][^\n]+$'):
        read_all(path, backend)


@pytest.mark.parametrize('suffix, codec', [('mkv', 'libx264'), ('webm', 'libvpx')])
@pytest.mark.parametrize('share', [0.3, 0.6, 0.99])
def test_truncated_matroska(tmp_path, video, suffix, codec, share):
    path = video.write(tmp_path / f'clip.{suffix}', video.stamped_frames(40), codec)
    data = path.read_bytes()
    path.write_bytes(data[:int(len(data) * share)])
    with pytest.raises(VideoError, match='shorter than its header says|not a readable video'):
        open_video(path)


def test_matroska_of_unknown_length_is_not_cut_off(tmp_path, video):
    path = tmp_path / 'live.mkv'
    source = video.write(tmp_path / 'clip.mkv', video.stamped_frames(10)).read_bytes()
    size = source.index(b'\x18\x53\x80\x67') + 4
    path.write_bytes(source[:size] + b'\x01' + b'\xff' * 7 + source[size + 8:])
    assert source[size] == 1
    assert video.read_stamps(read_all(path, None)) == list(range(10))


def test_tags_in_another_encoding(clip, video):
    data = clip.read_bytes()
    assert b'Lavf' in data
    clip.write_bytes(data.replace(b'Lavf', '片段'.encode('gbk')))
    assert video.read_stamps(read_all(clip, None)) == list(range(40))


@backends
def test_header_counts_more_frames_than_there_are(clip, video, backend):
    video.patch(clip, b'stts', 12, (100,))
    if backend == 'decord':  # it counts packets and never looks at the header
        assert video.read_stamps(read_all(clip, backend)) == list(range(40))
    else:
        with pytest.raises(VideoError, match='header counts 100 frames, but the file holds 40|'
                                             'frame 40 does not decode'):
            read_all(clip, backend)


def plain_decode(path):
    """Decode every frame of a file; also tell whether the decoder reported anything."""
    frames, damaged = [], False
    try:
        with av.open(str(path)) as container:
            container.streams.video[0].thread_type = 'NONE'
            for frame in container.decode(video=0):
                frames.append(frame.to_ndarray(format='rgb24'))
                damaged |= frame.is_corrupt
    except av.FFmpegError:
        damaged = True
    return frames, damaged


def test_damage_that_the_decoder_reports_is_an_error(clip):
    data = clip.read_bytes()
    start, end = data.index(b'mdat') + 800, data.index(b'moov') - 4
    reasons = []
    for seed in range(40):
        flipped = bytearray(data)
        flipped[np.random.default_rng(seed).integers(start, end)] ^= 0xff
        clip.write_bytes(flipped)
        frames, damaged = plain_decode(clip)
        try:
            result = read_all(clip, 'pyav')
        except VideoError as error:
            assert damaged or len(frames) != 40
            reasons.append(str(error))
        else:
            assert not damaged
            np.testing.assert_array_equal(result, frames)
    assert any('damaged, and the decoder concealed it' in reason for reason in reasons)
    assert any('Invalid data' in reason for reason in reasons)
    assert len(reasons) < 40


def test_motion_jpeg_that_breaks_off_shows_no_earlier_frame(tmp_path, video):
    path = video.write(tmp_path / 'clip.avi', video.stamped_frames(8), 'mjpeg',
                       pix_fmt='yuvj420p')
    data = bytearray(path.read_bytes())
    start = -1
    for _ in range(5):  # the fifth picture
        start = data.index(b'\xff\xd8\xff', start + 1)
    data[start + 700:start + 720] = b'\xff' * 20
    path.write_bytes(data)
    with open_video(path) as reader:
        assert video.read_stamps(reader.read([0, 3])) == [0, 3]
        with pytest.raises(VideoError, match='frame 4 does not decode'):
            reader.read([3, 4, 7])
        assert video.read_stamps(reader.read([7])) == [7]  # decoded without the one before it
        with pytest.raises(VideoError, match='frame 4 does not decode'):
            reader.verify()


@pytest.mark.parametrize('codec', ['mjpeg', 'libx264'])
def test_only_the_frames_that_are_needed_are_decoded(tmp_path, video, codec, monkeypatch):
    """Of motion JPEG those asked for, else those up to them; the file is opened once."""
    pix_fmt = 'yuvj420p' if codec == 'mjpeg' else 'yuv420p'
    path = video.write(tmp_path / 'clip.mp4', video.stamped_frames(20), codec, pix_fmt=pix_fmt)
    expected, _ = plain_decode(path)
    decoded, opened, check = [], [], PyAVDecoder._check
    monkeypatch.setattr(PyAVDecoder, '_check', lambda self, frame, index: decoded.append(index)
                        or check(self, frame, index))
    monkeypatch.setattr(av, 'open', lambda *args, open=av.open, **kwargs: opened.append(args)
                        or open(*args, **kwargs))
    with open_video(path) as reader:
        np.testing.assert_array_equal(reader.read([12, 3, 3]), [expected[i] for i in (12, 3, 3)])
        assert decoded == ([0, 3, 12] if codec == 'mjpeg' else list(range(13)))
        assert len(opened) == 1
        np.testing.assert_array_equal(reader.read([1, 19]), [expected[1], expected[19]])
        reader.verify()
        np.testing.assert_array_equal(reader.read([19, 0]), [expected[19], expected[0]])


def test_packets_of_a_large_file_are_not_kept(clip, monkeypatch):
    expected, _ = plain_decode(clip)
    monkeypatch.setattr(pyav_reader, 'KEPT_BYTES', 1000)
    np.testing.assert_array_equal(read_all(clip, 'pyav'), expected)


@backends
def test_not_a_video(tmp_path, backend):
    path = tmp_path / 'clip.mp4'
    with pytest.raises(VideoError, match='the clip is missing'):
        open_video(path, backend)
    path.write_bytes(b'')
    with pytest.raises(VideoError, match='0 bytes'):
        open_video(path, backend)
    path.write_bytes(b'<html>404</html>' * 100)
    with pytest.raises(VideoError, match='not a readable video'):
        open_video(path, backend)


@backends
def test_sound_only(tmp_path, backend):
    path = tmp_path / 'sound.mp4'
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('aac', rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 16000), np.float32), 'fltp', 'mono')
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    with pytest.raises(VideoError):
        open_video(path, backend)


def test_frame_size_that_changes(tmp_path, video):
    small = video.write(tmp_path / 'a.h264', video.stamped_frames(5)).read_bytes()
    large = video.write(tmp_path / 'b.h264', video.stamped_frames(5, 96, 128)).read_bytes()
    path = tmp_path / 'both.h264'
    path.write_bytes(small + large)
    with pytest.raises(VideoError, match='frame 5 does not decode .it has 128x96 pixels'):
        read_all(path, 'pyav')


@backends
@pytest.mark.parametrize('indices', [[40], [-1], []])
def test_frames_outside_the_clip(clip, backend, indices):
    message = 'were requested, but the clip has 40 frames'
    with open_video(clip, backend) as reader, pytest.raises(VideoError, match=message):
        reader.read(indices)


def test_unknown_backend(clip):
    with pytest.raises(ValueError, match='pyav, decord, opencv'):
        open_video(clip, 'quicktime')


def test_folder_is_read_in_natural_order(tmp_path, video):
    frames = video.stamped_frames(12)
    for index, image in enumerate(frames):
        suffix = ('png', 'BMP')[index % 2]
        Image.fromarray(image).save(tmp_path / f'frame {index + 1}.{suffix}')
    (tmp_path / 'Thumbs.db').write_bytes(b'x')
    (tmp_path / '._frame 1.png').write_bytes(b'x')  # macOS writes one beside every file
    with open_video(tmp_path) as reader:
        assert (len(reader), reader.size, reader.fps) == (12, (48, 64), None)
        np.testing.assert_array_equal(reader.read(range(12)), frames)


def test_natural_key_of_mixed_names():
    names = ['b1', 'a10', 'a9', '11', '2', 'a9b3', 'a9b20']
    assert sorted(names, key=natural_key) == ['2', '11', 'a9', 'a9b3', 'a9b20', 'a10', 'b1']


def test_gray_and_transparent_images_become_rgb(tmp_path):
    Image.fromarray(np.full((8, 8), 77, np.uint8)).save(tmp_path / '1.png')
    Image.fromarray(np.full((8, 8, 4), 50, np.uint8), 'RGBA').save(tmp_path / '2.png')
    with open_video(tmp_path) as reader:
        frames = reader.read([0, 1])
    assert frames.shape == (2, 8, 8, 3) and (frames[0] == 77).all() and (frames[1] == 50).all()


def test_broken_folders(tmp_path, video):
    with pytest.raises(VideoError, match='holds no jpg'):
        open_video(tmp_path)
    for index, image in enumerate(video.stamped_frames(3)):
        Image.fromarray(image).save(tmp_path / f'{index}.jpg')
    data = (tmp_path / '1.jpg').read_bytes()
    (tmp_path / '1.jpg').write_bytes(data[:len(data) // 2])
    with pytest.raises(VideoError, match=r'frame 1 does not decode \(1.jpg: .*[Tt]runcated'):
        read_all(tmp_path, None)
    Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(tmp_path / '1.jpg')
    with pytest.raises(VideoError, match='9x9 pixels, but the first frame has 64x48'):
        read_all(tmp_path, None)
