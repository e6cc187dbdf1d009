"""Damaged files: no crash, no hang, no frame in place of another, and a reason for each."""
from __future__ import annotations

import re

import av
import numpy as np
import pytest

from ous_mmaction.rendered.video_writer import write_video
from ous_mmaction.video import open_video
from ous_mmaction.video.clip_checker import check_clips

FRAMES = 16
BOXES = (b'mvhd', b'tkhd', b'mdhd', b'stts', b'stsz', b'stsc', b'stco', b'avc1', b'avcC', b'elst')


def truncate(data, generator):
    return data[:generator.integers(len(data))]


def flip(data, generator):
    count = generator.choice([1, 3, 10, 100])
    data[generator.integers(len(data), size=count)] ^= generator.integers(1, 256, count, np.uint8)
    return data


def wrong_header_count(data, generator):
    present = [box for box in BOXES if box in data.tobytes()]
    if not present:  # not an mp4, so the place is anywhere in its header
        start = 32 + generator.integers(56)
    else:
        start = data.tobytes().index(generator.choice(present)) + 4 + generator.integers(24)
    data[start:start + 4] = generator.choice(
        [[0, 0, 0, 0], [255] * 4, [127, 255, 255, 255], [0, 0, 0, 200], [0, 0, 0, 3]])
    return data


def zero(data, generator):
    start, length = generator.integers(len(data)), generator.integers(1, 2000)
    data[start:start + length] = 0
    return data


def cut_out(data, generator):
    start, length = generator.integers(len(data)), generator.integers(1, 500)
    return np.delete(data, slice(start, start + length))


def noise(data, generator):
    return generator.integers(0, 256, generator.integers(0, 5000), np.uint8)


MUTATIONS = (truncate, flip, wrong_header_count, zero, cut_out, noise)


@pytest.fixture(scope='module')
def originals(tmp_path_factory, video):
    folder, frames = tmp_path_factory.mktemp('originals'), video.stamped_frames(FRAMES)
    write_video(folder / 'rendered.mp4', frames, 12)
    video.write(folder / 'h264.mp4', frames)
    video.write(folder / 'faststart.mp4', frames, faststart=True)
    video.write(folder / 'mpeg4.avi', frames, 'mpeg4')
    video.write(folder / 'matroska.mkv', frames)
    return sorted(folder.iterdir())


@pytest.fixture(scope='module')
def mutated(tmp_path_factory, originals):
    folder, files = tmp_path_factory.mktemp('mutated'), []
    for seed in range(8):
        for which, original in enumerate(originals):
            for kind, mutate in enumerate(MUTATIONS):
                generator = np.random.default_rng([seed, which, kind])
                data = np.frombuffer(original.read_bytes(), np.uint8).copy()
                # Some containers get the suffix of another one.
                suffix = generator.choice([original.suffix, original.suffix, '.avi', '.mkv'])
                path = folder / f'{mutate.__name__}_{original.stem}_{seed}{suffix}'
                path.write_bytes(mutate(data, generator).tobytes())
                files.append(path)
    return files


@pytest.fixture(scope='module')
def checks(mutated):
    return dict(zip(mutated, check_clips(mutated, workers=2, timeout=10)))


def plain_decode(path):
    """Decode every frame; None if the decoder reports anything."""
    frames = []
    try:
        with av.open(str(path), metadata_errors='ignore') as container:
            stream = container.streams.video[0]
            stream.thread_type = 'NONE'
            if stream.codec_context.name == 'mjpeg':
                stream.codec_context.options = {'err_detect': 'explode'}
            for frame in container.decode(stream):
                if frame.is_corrupt:
                    return None
                turns = round(frame.rotation / 90)
                frames.append(np.rot90(frame.to_ndarray(format='rgb24'), turns))
    except (av.FFmpegError, IndexError):
        return None
    return frames


def test_enough_files_of_each_outcome(checks):
    assert len(checks) >= 200
    readable = sum(check.frames > 0 for check in checks.values())
    assert 20 < readable < 220


def test_no_decoder_hangs_or_crashes_and_each_has_its_reason(checks):
    for path, check in checks.items():
        assert (check.frames > 0) != bool(check.reason), path
        if check.reason:
            assert 'the decoder' not in check.reason.split('(')[0], (path, check.reason)
            assert '\n' not in check.reason, (path, check.reason)
            assert re.search(r'\. [A-Z]', check.reason), (path, check.reason)  # the remedy
            assert not check.reason.split(':')[0].endswith('Error'), (path, check.reason)


def test_what_is_read_is_what_was_drawn(checks, video):
    """Each picture is the drawn one whose number it shows; none is repeated or out of its order.

    A wrong count in a header may hide pictures, and damage that no decoder can notice may change
    the pixels of a few files a little.
    """
    drawn, readable, whole = video.stamped_frames(FRAMES).astype(float), 0, 0
    lossy = {'mpeg4': 13, 'rendered': 1}  # gray levels that an undamaged file may differ by
    for path, check in checks.items():
        if not check.frames:
            continue
        with open_video(path) as reader:
            frames = reader.read(range(check.frames))
        stamps = video.read_stamps(frames)
        assert stamps == sorted(set(stamps)) and stamps[-1] < FRAMES, path
        assert path.name.startswith('wrong_header') or stamps == list(range(len(stamps))), path
        error = np.abs(frames - drawn[stamps]).mean(axis=(1, 2, 3)).max()
        allowed = lossy.get(path.stem.split('_')[-2], 6)
        assert error < allowed + 6, (path, error)
        readable += 1
        whole += len(stamps) == FRAMES and error < allowed
    assert whole >= 0.9 * readable


def test_what_is_read_is_what_the_decoder_gives_in_order(checks, video):
    for path, check in checks.items():
        if not check.frames:
            continue
        with open_video(path) as reader:
            frames = reader.read(range(check.frames))
        expected = plain_decode(path)
        assert expected is not None and len(expected) == check.frames, path
        np.testing.assert_array_equal(frames, expected, err_msg=str(path))
        if path.name.startswith('truncate'):
            assert video.read_stamps(frames) == list(range(FRAMES)), path


def test_unchanged_files_pass(originals):
    assert [check.frames for check in check_clips(originals)] == [FRAMES] * len(originals)
