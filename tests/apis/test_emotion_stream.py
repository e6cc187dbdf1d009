"""Windows of a film, against runs of the model clip by clip and means written out."""
import copy
import json

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from PIL import Image, ImageOps

from ous_mmaction.apis import EmotionStream, FilmSettings, WindowModel
from ous_mmaction.apis.film_results import FrameResult, StepResult, WindowResult
from ous_mmaction.apis.plain_state import dump_state, load_state
from ous_mmaction.apis.scene_swap import swap_scene
from ous_mmaction.datasets.dfer_dataset import pipeline_steps
from ous_mmaction.detection import PeopleTracker
from ous_mmaction.video import FrameStream

from .conftest import build_model

SETTINGS = FilmSettings(length=0.8, stride=0.25)


def stream_of(model, detector, settings=SETTINGS, **options):
    return EmotionStream(model, detector, PeopleTracker(), settings, **options)


def split(results):
    results = list(results)
    return [[result for result in results if isinstance(result, kind)]
            for kind in (FrameResult, WindowResult, StepResult)]


def run(model, detector, images, settings=SETTINGS, **options):
    return split(stream_of(model, detector, settings, **options).run(
        FrameStream(images, fps=25).frames()))


def clip_score(model, images, boxes):
    """Score a clip by the config's whole test pipeline, with its frames and boxes in place."""
    steps = pipeline_steps(model.cfg.test_dataloader.dataset.pipeline)
    sample = dict(total_frames=len(images))
    for step in steps:
        if step['type'] == 'ReadClip':
            sample.update(imgs=images[sample['frame_inds']], face_found=True,
                          face_boxes=boxes[sample['frame_inds']])
        elif step['type'] != 'LoadFaceBoxes':
            sample = TRANSFORMS.build(step)(sample)
    with torch.no_grad():
        return model.test_step(pseudo_collate([sample]))[0].pred_score.numpy()


@pytest.mark.parametrize('path, frames_encoded_once', [
    ('configs/ous_demo.py', True),
    ('configs/aen/aen_demo.py', True),
    ('configs/resnet18_lstm/resnet18_lstm_demo.py', True),
    ('configs/two_resnet18_lstm/two_resnet18_lstm_demo.py', True),
    ('configs/mixed/ous_resnet18.py', True),
    ('configs/mixed/openclip_tsn.py', True),
    ('configs/resnet3d18/resnet3d18_demo.py', False),
    ('configs/two_resnet3d18/two_resnet3d18_demo.py', False),
    *((f'configs/{name}/{name}_demo.py', None) for name in (
        'dfer_clip', 'former_dfer', 'clip_caer', 'emoclip', 'mae_dfer', 'svfap', 's2d',
        'fru_adapter')),
    ('configs/aen/aen_released_demo.py', None),
    ('configs/mixed/ous_slowonly18.py', False),
])
def test_windows_are_what_the_model_says_of_their_clips(path, frames_encoded_once, carphone,
                                                        detector):
    """Also of the last window, which is shorter than the clip that the model samples."""
    model = build_model(path)
    images = carphone.frames[:32]
    stream = stream_of(WindowModel(model), detector)
    frames, windows, _ = split(stream.run(FrameStream(images, fps=25).frames()))
    boxes = np.stack([frame.faces[0].box for frame in frames])
    np.testing.assert_allclose([(w.start, w.end) for w in windows],
                               [(0, 0.8), (0.25, 1.05), (0.5, 1.28)])
    for window in windows:
        inside = [f.index for f in frames if window.start - 1e-6 <= f.time < window.end - 1e-6]
        assert window.frames == len(inside)
        [person] = window.people
        assert person.scores == pytest.approx(
            clip_score(model, images[inside], boxes[inside]), abs=1e-6)
        assert person.scores.sum() == pytest.approx(1, abs=1e-5)
    assert detector.asked == len(images)
    assert frames_encoded_once in (None, stream.memo.encoded > 0)


def test_a_frame_is_encoded_once_whatever_the_overlap(demo_model, detector, carphone, monkeypatch):
    """Two views of each frame at most, although it lies in eight windows."""
    encoded = []
    clip_model = demo_model.model.backbone.clip_model
    real = clip_model.encode_frames
    monkeypatch.setattr(clip_model, 'encode_frames', lambda images, *rest: (
        encoded.extend(image.numpy().tobytes() for image in images), real(images, *rest))[1])
    frames, windows, _ = run(demo_model, detector, carphone.frames,
                             FilmSettings(length=0.8, stride=0.1))
    assert len(windows) == 9
    assert len(encoded) == len(set(encoded)) <= 2 * len(frames)
    assert 'encode_images' not in vars(demo_model.model.backbone)  # the model is as it was


def test_a_scene_of_two_people_is_encoded_once(demo_model, carphone, detector):
    """The man and his mirror image side by side."""
    images = np.concatenate([carphone.frames, carphone.frames[:, :, ::-1]], axis=2)[:25]
    faces = {}
    for image, found in zip(images, carphone.faces):
        mirrored = found.copy()
        mirrored[:, [0, 2]] = 2 * 176 - found[:, [2, 0]]
        faces[image.tobytes()] = np.concatenate([found, mirrored])
    detector.faces = faces
    stream = stream_of(demo_model, detector)
    _, windows, _ = split(stream.run(FrameStream(images, fps=25).frames()))
    assert [[row.person for row in window.people] for window in windows] == [[1, 2]] * 2
    sampled = {int(0.25 * 25 * w + 0.999) + i for w, n in ((0, 20), (1, 18))
               for i in demo_model._sample(dict(total_frames=n))['frame_inds']}
    assert stream.memo.encoded == 3 * len(sampled)  # two faces and one scene
    _, largest, _ = run(demo_model, detector, images, FilmSettings(0.8, 0.25, people='largest'))
    assert [len(window.people) for window in largest] == [1, 1]
    with pytest.raises(ValueError, match='`people` must be all, largest or a positive number'):
        FilmSettings(0.8, 0.25, people=0)


def test_no_face_is_no_emotion(demo_model, detector, carphone):
    images = carphone.frames.copy()
    images[15:30] = 0
    frames, windows, steps = run(demo_model, detector, images, FilmSettings(0.4, 0.2))
    assert [bool(frame.faces) for frame in frames] == [True] * 15 + [False] * 15 + [True] * 10
    for window in windows:
        visible = np.mean([bool(frames[i].faces) for i in range(40)
                           if window.start - 1e-6 <= i / 25 < window.end - 1e-6])
        assert [row.visible for row in window.people] == ([visible] if visible >= 0.5 else [])
    assert [bool(step.people) for step in steps] == [True] * 3 + [False] * 3 + [True] * 2


def test_a_step_is_the_mean_of_the_windows_that_cover_it(demo_model, detector, carphone):
    _, windows, steps = run(demo_model, detector, carphone.frames,
                            FilmSettings(length=0.8, stride=0.2))
    assert [step.start for step in steps] == pytest.approx(np.arange(8) / 5)
    assert steps[-1].end == pytest.approx(1.6)
    for step in steps:
        covering = [w.people[0].scores for w in windows
                    if w.start < step.start + 0.01 and w.end > step.end - 0.01]
        assert len(covering) in (1, 2, 3, 4)
        np.testing.assert_allclose(step.people[0].scores, np.mean(covering, 0), atol=1e-12)


@pytest.mark.parametrize('count, spans', [
    (1, [(0, 0.04)]), (5, [(0, 0.2)]), (20, [(0, 0.8)]), (21, [(0, 0.8), (0.25, 0.84)])])
def test_short_films(demo_model, detector, carphone, count, spans):
    frames, windows, steps = run(demo_model, detector, carphone.frames[:count])
    assert [(w.start, w.end) for w in windows] == [pytest.approx(span) for span in spans]
    assert len(frames) == count and steps[-1].end == pytest.approx(spans[-1][1])


def test_frames_that_arrive_one_by_one_say_the_same(demo_model, detector, carphone):
    """A camera, with times of its own, and a file, in batches of the detector."""
    images = carphone.frames
    times = 7 + np.arange(40) / 25
    camera = split(stream_of(demo_model, detector).run(
        FrameStream(iter(zip(times, images))).frames()))
    film = run(demo_model, detector, images, batch_size=7)
    for mine, other in zip(camera[1] + camera[2], film[1] + film[2]):
        assert mine.start - 7 == pytest.approx(other.start)
        assert mine.people[0].scores == pytest.approx(other.people[0].scores, abs=1e-6)


@pytest.mark.parametrize('path', ['configs/ous_demo.py', 'configs/aen/aen_demo.py'])
def test_it_goes_on_from_its_state_with_the_same_bits(path, detector, carphone):
    model = WindowModel(build_model(path))
    source = FrameStream(carphone.frames, fps=25)
    expected = list(stream_of(model, detector, batch_size=4).run(source.frames()))
    detector.asked = 0
    results, state = [], None
    for stop in (8, 23, 24, 99):  # frames until the process is killed
        stream, kept = stream_of(model, detector, batch_size=4), 0
        if state is not None:
            kept, saved = state
            stream.load_state(load_state(saved))
            del results[kept:]
        for frame in source.frames(start=stream.first_frame):
            if frame.index >= stop:
                break
            results += stream.push(frame)
            if stream.is_settled and frame.index % 8 == 7:
                state = len(results), dump_state(stream.state())
        else:
            results += stream.finish()
    assert repr(results) == repr(expected)
    assert json.loads(state[1])['last_index'] == 39
    assert detector.asked < 40 + 4 * 8


def test_memory_does_not_grow(demo_model, detector, carphone):
    """What the stream holds after twenty seconds is what it holds after four."""
    stream = stream_of(demo_model, detector, FilmSettings(0.8, 0.4, max_fps=10))
    images = (carphone.frames[index % 40] for index in range(10**9))
    sizes = []
    for frame in FrameStream(images, fps=10).frames():
        stream.push(frame)
        if frame.index in (40, 200):
            sizes.append((len(stream._seen), len(stream._windows), len(stream.memo._rows),
                          len(stream.tracker.people)))
        if frame.index == 200:
            break
    assert sizes[0][:3] == sizes[1][:3] and sizes[1][3] == 1


@pytest.mark.parametrize('settings, message', [
    (dict(length=0), '`length` must be a positive number of seconds, but got 0'),
    (dict(stride=3), '`stride` must be more than 0 and at most the length of a window, 2.0 s'),
    (dict(max_fps=-1), '`max_fps` must be a positive number, but got -1'),
    (dict(smoothing=-1), '`smoothing` must be a number of seconds from 0 on, but got -1'),
])
def test_settings_out_of_range(settings, message):
    with pytest.raises(ValueError, match=message):
        FilmSettings.for_clips_of(16, **settings)


def test_a_pipeline_without_faces_is_refused(demo_model):
    model = build_model('configs/ous_demo.py', **{'model.cls_head.mcfe.num_blocks': 2})
    del model.cfg.test_dataloader.dataset.pipeline['split']
    with pytest.raises(ValueError, match='ous_demo.py: the test pipeline needs a step'):
        WindowModel(model)


@pytest.mark.parametrize('step', [dict(type='FaceSceneSplit'), dict(type='ReadPair')])
def test_a_frame_is_split_as_the_config_says(demo_model, carphone, step):
    model = copy.copy(demo_model.model)
    model.cfg = Config.fromfile('configs/ous_demo.py')
    step.update(size=64, scene_resize='pad')
    if step['type'] == 'ReadPair':
        model.cfg.test_dataloader.dataset.pipeline.update(read=step, boxes=None, split=None)
    else:
        model.cfg.test_dataloader.dataset.pipeline.split = step
    image, window_model = carphone.frames[0], WindowModel(model)
    seen = window_model.view(image, np.float32([60, 40, 90, 90]))
    expected = ImageOps.pad(Image.fromarray(image), (64, 64), Image.BICUBIC, (122, 116, 104))
    scene = seen['scene'][0].permute(1, 2, 0).numpy()
    assert np.abs(scene - np.asarray(expected, int)).max() <= 2
    picture = np.random.default_rng(0).integers(0, 256, (30, 48, 3), dtype=np.uint8)
    [swapped] = swap_scene([seen], 'picture', picture, window_model.scene_resize)
    assert (swapped['scene'][0, :, :12] == torch.tensor([122, 116, 104])[:, None, None]).all()
    assert demo_model.scene_resize == 'squash'


def test_a_model_of_aligned_crops_says_that_these_are_others(demo_model, detector, carphone):
    model = build_model('configs/s2d/s2d_demo.py')
    model.cfg.test_dataloader.dataset.crops = '16f'
    stream = stream_of(WindowModel(model), detector)
    assert ['aligned crops' in line for line in stream.warnings] == [True]
    assert stream_of(demo_model, detector).warnings == []
