"""The logic of the page, without a browser; the page in a browser: tests/tools/test_app.py."""
import copy
import threading

import numpy as np
import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torchvision.transforms.v2.functional import resize

from ous_mmaction.apis import DFERInferencer
from ous_mmaction.apis.app_session import AppLimits, AppSession
from ous_mmaction.apis.app_sessions import AppSessions
from ous_mmaction.apis.camera_session import CameraSession
from ous_mmaction.apis.film_results import WindowResult
from ous_mmaction.apis.scene_swap import swap_scene
from ous_mmaction.apis.timeline_picture import timeline_html
from ous_mmaction.apis.window_view import attention_of
from ous_mmaction.detection import FaceDetector
from ous_mmaction.rendered import WEIGHTS
from ous_mmaction.video import FrameStream, VideoError
from tests.running import ROOT


class CountingDetector(FaceDetector):
    asked = 0

    def detect(self, images):
        self.asked += len(images)
        return super().detect(images)


@pytest.fixture(scope='module')
def inferencer(demo_model, tmp_path_factory):
    config = Config.fromfile(ROOT / 'configs/ous_demo.py')
    config.merge_from_dict({'model.cls_head.mcfe.num_blocks': 2})
    path = tmp_path_factory.mktemp('weights') / 'random.pth'
    torch.save(dict(state_dict=demo_model.model.state_dict()), path)
    detector = CountingDetector(ROOT / 'configs/detectors/yolox_demo.py',
                                WEIGHTS / 'face_detector.pth', score_thr=.1)
    return DFERInferencer(config, path, detector=detector)


@pytest.fixture(scope='module')
def clips(rendered):
    return sorted((rendered / 'Clip' / 'original').iterdir())[:2]


@pytest.fixture
def sessions(inferencer, tmp_path):
    return AppSessions(inferencer, tmp_path / 'sessions', AppLimits(megabytes=1, seconds=5))


@pytest.fixture(scope='module')
def session(inferencer, clips, tmp_path_factory):
    """A user whose film was analyzed; not to be changed."""
    session = AppSession(inferencer, tmp_path_factory.mktemp('sessions') / 'a', AppLimits())
    session.shares = []
    session.recognize(clips[0], session.shares.append, length=.4, stride=.1)
    return session


def test_a_film_is_analyzed(session, clips):
    assert [file.name for file in session.files] == [
        'annotated.mp4', 'windows.csv', 'frames.csv', 'result.json', 'emotions.vtt',
        'emotions.eaf', 'report.html']
    assert all(file.stat().st_size for file in session.files)
    assert session.shares == sorted(session.shares) and session.shares[-1] > .8
    rows = session.segment_rows()
    assert session.people() == [1] and all(row[0] == 1 for row in rows)
    html = timeline_html(session.record)
    assert html.count('<title>') == len(rows) and f'<title>{rows[0][3]} ' in html
    assert 'person 1' in html and '<script' not in html


def test_what_the_model_saw(session, inferencer):
    [*windows] = session.record.windows()
    window = windows[len(windows) // 2]
    view = session.look((window.start + window.end) / 2, 1)
    assert list(view.scores.values()) == pytest.approx(window.people[0].scores, abs=1e-6)
    assert view.label == max(view.scores, key=view.scores.get)
    assert view.face.shape == view.scene.shape and view.face.shape[1:] == (64, 64, 3)
    assert view.face.dtype == np.uint8
    # The scene stream shows whole frames of the film: those that the config's test samples.
    film = [frame for frame in FrameStream(session._film).frames()
            if window.start - 1e-6 <= frame.time < window.end - 1e-6]
    whole = torch.from_numpy(np.stack([frame.image for frame in film])).permute(0, 3, 1, 2)
    whole = resize(whole, [64, 64], 3, antialias=True).permute(0, 2, 3, 1).numpy()
    assert all(any((scene == frame).all() for frame in whole) for scene in view.scene)
    with pytest.raises(ValueError, match='The face of person 7 is not visible .* Choose another'):
        session.look(.3, 7)


def test_attention_without_queries_is_even(session, inferencer):
    """Where no query prefers a key, a source gets the share of its keys."""
    clip = inferencer.model.clip(session._views(.3, 1))
    trained = attention_of(inferencer.model, clip)
    model = copy.copy(inferencer.model)
    model.model = copy.deepcopy(model.model)
    for block in model.model.cls_head.mcfe.blocks:
        for name, parameter in block.named_parameters():
            if 'in_proj' in name:
                parameter.data[:len(parameter) // 3] = 0  # the projection of the queries
    even = attention_of(model, clip)
    # The first block reads the valid frames' faces, the scene and polarity, and the second one
    # the outputs of the first as well.
    faces = int(clip['inputs']['mask'].sum())
    outputs = model.model.cls_head.mcfe.queries.shape[1]
    first, second = faces + 2, faces + 2 + outputs
    assert even == pytest.approx(dict(
        face=(faces / first + faces / second) / 2, scene=(1 / first + 1 / second) / 2,
        polarity=(1 / first + 1 / second) / 2, previous=outputs / second / 2), abs=1e-6)
    assert sum(trained.values()) == pytest.approx(1) and trained != pytest.approx(even, abs=1e-4)


@pytest.mark.parametrize('dims', [4, 5])
def test_scenes_are_swapped(dims):
    shape = (1, 3, 64, 64) if dims == 4 else (1, 3, 1, 64, 64)
    generator = np.random.default_rng(0)
    views = [dict(face=torch.zeros(shape, dtype=torch.uint8), scene=torch.from_numpy(
        generator.integers(0, 256, shape, dtype=np.uint8))) for _ in range(2)]
    picture = np.zeros((30, 40, 3), np.uint8) + np.uint8([10, 200, 30])
    swapped = {name: swap_scene(views, name, picture) for name in ('blank', 'blurred', 'picture')}
    for others in swapped.values():
        assert [other['face'] is view['face'] for view, other in zip(views, others)] == [True] * 2
        assert {other['scene'].shape for other in others} == {shape}
    colors = {name: others[0]['scene'].reshape(3, -1) for name, others in swapped.items()}
    assert colors['blank'].T.unique(dim=0).tolist() == [[122, 116, 104]]  # CLIP's pixel mean
    assert colors['picture'].T.unique(dim=0).tolist() == [[10, 200, 30]]
    original = views[0]['scene'].reshape(3, -1).double()
    blurred = colors['blurred'].double()
    assert blurred.mean(1) == pytest.approx(original.mean(1), abs=4)
    assert blurred.std() < original.std() / 10
    with pytest.raises(ValueError, match='The picture of the other scene is missing. Upload one'):
        swap_scene(views, 'picture')
    with pytest.raises(ValueError, match='reads faces only'):
        swap_scene([dict(face=views[0]['face'])], 'blank')
    with pytest.raises(ValueError, match='`scene` must be one of blank, blurred, picture'):
        swap_scene(views, 'beach')


def test_the_answer_to_a_swapped_scene(session, inferencer):
    """It is what the model says to the two streams, put together by hand."""
    picture = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    before, after = session.swap(.3, 1, 'picture', picture)
    assert before.scores == session.look(.3, 1).scores
    assert (after.face == before.face).all()
    scene = resize(torch.from_numpy(picture).permute(2, 0, 1), [64, 64], 3, antialias=True)
    face = torch.from_numpy(before.face).permute(0, 3, 1, 2)
    count = len(face)
    padding = 8 - count
    inputs = dict(face=torch.cat([face, face[-1:].expand(padding, -1, -1, -1)]),
                  scene=scene.expand(8, -1, -1, -1),
                  mask=torch.arange(8) < count)
    sample = dict(inputs=inputs, data_samples=ActionDataSample())
    [answer] = inferencer.model.model.test_step(pseudo_collate([sample]))
    assert list(after.scores.values()) == pytest.approx(answer.pred_score.tolist(), abs=1e-6)
    assert after.scores != before.scores


def test_limits_and_errors_leave_the_results_before(sessions, clips, tmp_path, monkeypatch):
    session = sessions.get('a')
    with pytest.raises(ValueError, match='No film was uploaded'):
        session.recognize(None)
    with pytest.raises(ValueError, match='No film was analyzed yet'):
        session.look(0, 1)
    session.recognize(clips[0])
    files = list(session.files)
    text = tmp_path / 'notes.mp4'
    text.write_text('not a video ' * 100)
    with pytest.raises(VideoError, match='notes.mp4: the file is not a readable video'):
        session.recognize(text)
    large = tmp_path / 'large.mp4'
    large.write_bytes(bytes(1_200_000))
    with pytest.raises(ValueError, match='large.mp4 has 1.1 MB, but this page takes films of at '
                                         'most 1 MB. Cut it'):
        session.recognize(large)
    session.limits = AppLimits(seconds=.4)
    message = r'lasts \d\.\d s, but this page takes films of at most 0.4 s'
    with pytest.raises(ValueError, match=message):
        session.recognize(clips[1])
    # A header that hides the length of the film: its frames are counted.
    monkeypatch.setattr(FrameStream, '_open_path', hide_length(FrameStream._open_path))
    with pytest.raises(ValueError, match=r'lasts 0\.[45] s, but .* at most 0.4 s'):
        session.recognize(clips[1])
    assert session.files == files and all(file.exists() for file in files)
    assert [folder.name for folder in session.folder.iterdir()] == ['1']


def hide_length(open_path):
    def opened(self):
        read = open_path(self)
        self.duration = None
        return read
    return opened


def test_two_users_at_once_and_files_deleted(sessions, inferencer, clips, tmp_path):
    uploads = []
    for number, clip in enumerate(clips):
        uploads.append(tmp_path / 'uploads' / str(number) / clip.name)
        uploads[-1].parent.mkdir(parents=True)
        uploads[-1].write_bytes(clip.read_bytes())
    for user, upload in zip('ab', uploads):
        sessions.note_upload(user, upload)
    sessions.note_upload('b', uploads[0])
    threads = [threading.Thread(target=sessions.get(user).recognize, args=(upload,))
               for user, upload in zip('ab', uploads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for user, clip in zip('ab', clips):
        alone = inferencer(clip, progress=False)['predictions'][0]['segments']
        rows = sessions.get(user).segment_rows()
        assert rows == [[row['person'], round(row['start'], 2), round(row['end'], 2), row['label'],
                         pytest.approx(row['score'], abs=1e-3)] for row in alone]
    sessions.close('a')
    assert not (tmp_path / 'sessions' / 'a').exists() and (tmp_path / 'sessions' / 'b').exists()
    assert uploads[0].exists()  # the other user uploaded it as well
    sessions.close('b')
    assert not any(upload.exists() for upload in uploads)
    assert list((tmp_path / 'sessions').iterdir()) == []


def test_a_closed_page_computes_no_longer(sessions, clips):
    session = sessions.get('a')

    def leave(share):
        sessions.close('a')

    with pytest.raises(ValueError, match='The page was closed'):
        session.recognize(clips[0], leave)
    assert not session.folder.exists()


def test_a_camera_equals_offline_windows_and_encodes_once(inferencer, clips, monkeypatch):
    frames = [frame.image for clip in clips for frame in FrameStream(clip).frames()]
    times = np.cumsum(np.random.default_rng(0).uniform(.05, .15, len(frames)))
    settings, encoded = dict(length=.8, stride=.2), []
    backbone = type(inferencer.model.model.backbone)
    encode = backbone.encode_images

    def counting(self, images, *args, **kwargs):
        encoded.extend(image.numpy().tobytes() for image in images)
        return encode(self, images, *args, **kwargs)

    monkeypatch.setattr(backbone, 'encode_images', counting)
    camera = CameraSession(inferencer.stream(**settings))
    asked, live = inferencer.detector.asked, []
    for image, time in zip(frames, times):
        before = camera.windows
        view = camera.push(image, 1000 + time)
        assert view.picture.shape == image.shape
        assert view.largest is None or view.largest in view.people
        if camera.windows > before:
            live.append(view.people)
    with pytest.raises(ValueError, match='A frame must be later than the one before'):
        camera.push(frames[0], 1000 + times[-1])
    assert inferencer.detector.asked - asked == len(frames)
    assert len(frames) < len(encoded) == len(set(encoded)) <= 2 * len(frames)

    pairs = ((time - times[0], image) for image, time in zip(frames, times))
    offline = [window for window in inferencer.stream(8, **settings).run(
        FrameStream(pairs).frames()) if isinstance(window, WindowResult)]
    assert 5 < len(live) <= len(offline) and view.largest is not None
    for people, window in zip(live, offline):
        assert [row.person for row in people] == [row.person for row in window.people]
        for ours, theirs in zip(people, window.people):
            assert ours.scores == pytest.approx(theirs.scores, abs=1e-6)


def test_the_page_answers_a_client(sessions, clips, tmp_path, monkeypatch, free_port):
    """Through the server and its queue, as a browser's calls come; two sessions do not mix."""
    pytest.importorskip('gradio')
    from gradio_client import Client, handle_file
    from gradio_client.exceptions import AppError

    from ous_mmaction.apis.app_page import build_page, launch_options
    monkeypatch.setenv('GRADIO_TEMP_DIR', str(tmp_path / 'cache'))
    page = build_page(sessions)
    page.launch(server_name='127.0.0.1', server_port=free_port, quiet=True,
                prevent_thread_lock=True, **launch_options(sessions))
    try:
        assert page.analytics_enabled is False and page.share is False
        user, other = (Client(page.local_url, verbose=False, download_files=False,
                              analytics_enabled=False) for _ in range(2))
        film = handle_file(clips[0])
        shown = user.predict(film, .4, .1, 0, False, api_name='/recognize')
        [session] = sessions._sessions.values()
        assert shown[1] == timeline_html(session.record)
        assert shown[2]['data'] == session.segment_rows()
        assert f'{session.record.about["film"]["frames"]} frames' in shown[4]
        streams, attention, scores, empty = user.predict(.3, 1, api_name='/look')
        assert streams.count('<img ') == 2 * len(session.look(.3, 1).face) and not empty
        assert 'face' in attention and scores['label'] == session.look(.3, 1).label
        _, text, before, after = user.predict(.3, 1, 'blank', None, api_name='/swap')
        assert before == scores and after['label'] in text
        with pytest.raises(AppError, match='^No person was chosen. Run a film'):
            other.predict(.3, None, api_name='/look')
        with pytest.raises(AppError, match='The setting `stride` must be more than 0'):
            user.predict(film, .4, -1, 0, False, api_name='/recognize')
        assert all(file.exists() for file in session.files)
    finally:
        page.close(verbose=False)
