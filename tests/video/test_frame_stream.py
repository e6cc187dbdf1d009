"""Streams carry the container's own presentation times, which each test knows by construction."""
import numpy as np
import pytest
from PIL import Image

from ous_mmaction.video import FrameStream, VideoError

UNEVEN = np.cumsum([0] + [20, 20, 200, 40, 33] * 4)[:20]


def read(source, **options):
    """Times and stamps of a stream, by index."""
    stream = FrameStream(source, **options.pop('stream', {}))
    return list(stream.frames(**options))


def stamps_of(video, frames):
    return video.read_stamps(np.stack([frame.image for frame in frames]))


@pytest.mark.parametrize('suffix', ['mp4', 'mov', 'mkv', 'webm'])
@pytest.mark.parametrize('start', [0, 1500])
def test_uneven_times_and_a_late_start(tmp_path, video, suffix, start):
    codec = 'libvpx' if suffix == 'webm' else 'libx264'
    path = video.write(tmp_path / f'uneven.{suffix}', video.stamped_frames(20), codec, rate=1000,
                       times=(UNEVEN + start).tolist())
    frames = read(path)
    assert [frame.index for frame in frames] == list(range(20))
    assert [frame.time for frame in frames] == pytest.approx((UNEVEN + start) / 1000, abs=1e-3)
    assert stamps_of(video, frames) == list(range(20))


def test_a_free_clock_counts_from_the_first_packet(tmp_path, video):
    """A transport stream of FFmpeg begins at 1.4 s, which no player shows."""
    path = video.write(tmp_path / 'film.ts', video.stamped_frames(20), bf='0')
    assert [frame.time for frame in read(path)] == pytest.approx(np.arange(20) / 25, abs=1e-3)


def test_b_frames_are_in_the_order_of_their_times(tmp_path, video):
    path = video.write(tmp_path / 'film.avi', video.stamped_frames(20), 'mpeg4', bf='2')
    steps = np.diff([frame.time for frame in read(path)])
    assert steps == pytest.approx(np.full(19, 1 / 25), abs=1e-3)


def test_an_edit_list_hides_frames_and_moves_the_clock(tmp_path, video):
    path = video.write(tmp_path / 'film.mp4', video.stamped_frames(40))
    video.patch(path, b'elst', 12, (400, 1024 + 512 * 10))  # from the tenth frame on, 0.4 s
    frames = read(path)
    assert stamps_of(video, frames) == list(range(10, 20))
    assert [frame.time for frame in frames] == pytest.approx(np.arange(10) / 25, abs=1e-3)


def test_a_header_that_lies_about_the_length(tmp_path, video):
    path = video.patch(video.write(tmp_path / 'film.mp4', video.stamped_frames(40)), b'stts', 12,
                       (100,))
    assert stamps_of(video, read(path)) == list(range(40))


@pytest.mark.parametrize('kind', ['folder', 'array', 'iterator', 'pairs'])
def test_other_sources(tmp_path, video, kind):
    images, times = video.stamped_frames(12), np.arange(12) / 10
    source = dict(folder=tmp_path, array=images, iterator=iter(images),
                  pairs=zip(times + 3, images))[kind]
    if kind == 'folder':
        for index, image in enumerate(images):
            Image.fromarray(image).save(tmp_path / f'{index}.png')
    frames = read(source, stream=dict(fps=10.))
    assert [frame.time for frame in frames] == pytest.approx(times + 3 * (kind == 'pairs'))
    np.testing.assert_array_equal([frame.image for frame in frames], images)


def test_at_most_so_many_frames_per_second(video):
    frames = read(video.stamped_frames(50), max_fps=10)
    assert [frame.index for frame in frames] == [0, 3, 5, 8, 10, 13, 15, 18, 20, 23, 25, 28, 30, 33,
                                                 35, 38, 40, 43, 45, 48]


def test_a_later_start_gives_the_same_frames(tmp_path, video):
    path = video.write(tmp_path / 'film.mp4', video.stamped_frames(40))
    everything, rest = read(path, max_fps=10), read(path, max_fps=10, start=21)
    assert [frame[:2] for frame in rest] == [f[:2] for f in everything if f.index >= 21]


@pytest.mark.parametrize('case, error, message', [
    ('missing', VideoError, 'nowhere.mp4: the video file or folder of frames was not found'),
    ('empty', VideoError, r'empty.mp4: the file is empty \(0 bytes\)'),
    ('text', VideoError, 'text.mp4: the file is not a readable video'),
    ('floats', ValueError, r'must be uint8 RGB of shape \(T, H, W, 3\), but got float64'),
    ('gray', ValueError, r'uint8 RGB of shape \(H, W, 3\), but got uint8 of shape \(4, 4\)'),
    ('nothing', VideoError, 'the source: no frame decodes'),
    ('rate', ValueError, 'The key `fps` must be positive, but got 0'),
])
def test_errors_in_one_line(tmp_path, case, error, message):
    (tmp_path / 'empty.mp4').touch()
    (tmp_path / 'text.mp4').write_text('not a video ' * 100)
    source = dict(missing=tmp_path / 'nowhere.mp4', empty=tmp_path / 'empty.mp4',
                  text=tmp_path / 'text.mp4', floats=np.zeros((2, 4, 4, 3)),
                  gray=[np.zeros((4, 4), np.uint8)], nothing=[],
                  rate=np.zeros((2, 4, 4, 3), np.uint8))[case]
    with pytest.raises(error, match=message) as raised:
        read(source, stream=dict(fps=0)) if case == 'rate' else read(source)
    assert '\n' not in str(raised.value)
