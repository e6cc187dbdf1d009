"""People are told apart through films whose truth is known, and in a real one."""
import json
import pickle

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from scenedetect import ContentDetector, FrameTimecode

from ous_mmaction.detection import FaceDetector, PeopleTracker
from ous_mmaction.detection.cuts import CUT, content_change, thumbnail
from ous_mmaction.detection.face_appearance import face_appearance
from ous_mmaction.detection.tracks import drop_nested
from ous_mmaction.rendered import FilmSpec, film_frames, plan_film
from ous_mmaction.video import open_video
from tests.real_video import CARPHONE

from .conftest import DEMO_WEIGHTS, ROOT
from .identities import identity_scores


@pytest.fixture(scope='module')
def detector():
    """The weights that ship with the package."""
    return FaceDetector(ROOT / 'configs/detectors/yolox_film.py', DEMO_WEIGHTS, score_thr=0.1)


def detected(detector, frames):
    for start in range(0, len(frames), 24):
        yield from detector.detect([frame.image for frame in frames[start:start + 24]])


def true_faces(frame, rng):
    """Return what a good detector would find: visible faces, moved by a pixel, some missed."""
    rows = [[*(np.array(face['box']) + rng.normal(0, 1, 4)), 0.9] for face in frame.faces
            if face['visible'] > 0.5 and rng.random() > 0.02]
    return np.array(rows, np.float32).reshape(-1, 5)


def follow(tracker, frames, faces):
    return [tracker.update(frame.time, frame.image, rows[:, :4], rows[:, 4])
            for frame, rows in zip(frames, faces)]


@pytest.fixture(scope='module')
def film():
    """Frames of a film and what a good detector finds in them."""
    frames = list(film_frames(plan_film(FilmSpec(seconds=16, fps=8, seed=11))))
    rng = np.random.default_rng(0)
    return frames, [true_faces(frame, rng) for frame in frames]


def idf1_with_the_demo_detector(detector, seed, seconds, fps):
    frames = list(film_frames(plan_film(FilmSpec(seconds=seconds, people=3, fps=fps, seed=seed))))
    tracked = follow(PeopleTracker(), frames, detected(detector, frames))
    scores = identity_scores([frame.faces for frame in frames], tracked)
    print(f'seed {seed}:', {key: round(value, 3) for key, value in scores.items()})
    return scores['idf1']


@pytest.mark.parametrize('seed', [1, 4])
def test_three_people_stay_apart_through_cuts_and_occlusions(detector, seed):
    assert idf1_with_the_demo_detector(detector, seed, seconds=20, fps=8) >= 0.95


@pytest.mark.full
@pytest.mark.parametrize('seed', range(1, 21))
def test_three_people_stay_apart_at_twelve_frames_a_second(detector, seed):
    assert idf1_with_the_demo_detector(detector, seed, seconds=30, fps=12) >= 0.95


def test_without_looks_the_people_are_confused(film):
    """The films are hard enough: boxes alone do not suffice."""
    frames, faces = film

    def same_look(frame, boxes):
        return np.ones((len(boxes), 1), np.float32)

    truth = [frame.faces for frame in frames]
    assert identity_scores(truth, follow(PeopleTracker(), frames, faces))['idf1'] > 0.97
    blind = follow(PeopleTracker(appearance=same_look), frames, faces)
    assert identity_scores(truth, blind)['idf1'] < 0.9


@pytest.mark.parametrize('size', [144, pytest.param(640, marks=pytest.mark.full)])
def test_a_real_man_is_one_person_in_all_frames(tmp_path, size):
    """The film has 176 x 144 pixels; MTCNN's config enlarges it to 640 x 640."""
    config = Config.fromfile(ROOT / 'configs/detectors/mtcnn.py')
    if size == 144:
        dataset = config.test_dataloader.dataset
        dataset.pipeline = [step for step in dataset.pipeline
                            if step.type not in ('Resize', 'Pad')]
    config.dump(tmp_path / 'mtcnn.py')
    with open_video(CARPHONE) as video:
        frames = video.read(np.arange(len(video)))
    detector, tracker = FaceDetector(tmp_path / 'mtcnn.py'), PeopleTracker()
    faces = [rows for start in range(0, 120, 24)
             for rows in detector.detect(frames[start:start + 24])]
    tracked = [tracker.update(index / 30, frame, rows[:, :4], rows[:, 4])
               for index, (frame, rows) in enumerate(zip(frames, faces))]
    assert [[face.person for face in found] for found in tracked] == [[1]] * 120
    for found, rows in zip(tracked, faces):
        assert found[0].box.tobytes() == rows[0, :4].tobytes() and found[0].score == rows[0, 4]


@pytest.mark.parametrize('stops', [(1,), (7, 60, 61, 110)])
def test_a_tracker_that_was_saved_goes_on_as_if_it_had_not_been(film, stops):
    frames, faces = film
    whole = PeopleTracker()
    expected = follow(whole, frames, faces)
    tracker, found = PeopleTracker(), []
    for start, stop in zip((0, *stops), (*stops, len(frames))):
        found += follow(tracker, frames[start:stop], faces[start:stop])
        saved = pickle.dumps(tracker.state())
        tracker.update(99, frames[0].image, faces[0][:, :4], faces[0][:, 4])  # changes no state
        tracker = PeopleTracker.from_state(pickle.loads(saved))
    for one, other in zip(expected, found):
        assert [(face.person, face.box.tobytes(), face.score) for face in one] == [
            (face.person, face.box.tobytes(), face.score) for face in other]


def test_the_state_is_plain_and_does_not_grow(film):
    frames, faces = film
    tracker = PeopleTracker()

    def size(state):
        plain = json.dumps(state, default=lambda array: array.tolist())
        assert all(isinstance(key, str) for key in json.loads(plain))
        return len(pickle.dumps(state))

    sizes = []
    for lap in range(3):
        for frame, rows in zip(frames, faces):
            tracker.update(100 * lap + frame.time, frame.image, rows[:, :4], rows[:, 4])
        sizes.append(size(tracker.state()))
    assert max(sizes[1:]) < 1.2 * sizes[0]
    assert all(len(person.looks) <= 8 for person in tracker.people)


def test_the_person_not_seen_for_the_longest_time_is_forgotten():
    tracker = PeopleTracker(people=2, appearance=lambda frame, boxes: np.eye(4, dtype='f4')[
        boxes[:, 0].astype(int)])
    seen = []
    for time, column in enumerate([0, 0, 0, 1, 1, 1, 2, 2, 2, 0, 0, 0]):
        frame = np.full((40, 40, 3), 80 * column, np.uint8)  # each person after a cut
        box = np.array([[column, 0, column + 20, 20]], np.float32)
        seen += [face.person for face in tracker.update(time, frame, box, np.float32([0.9]))]
    assert seen == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]


def test_a_false_detection_is_nobody():
    """Within a shot, a stranger is a person from the third frame on."""
    tracker, frame = PeopleTracker(), np.zeros((60, 60, 3), np.uint8)
    frame[:30, 30:] = 200
    known, stranger = [0, 30, 20, 50], [35, 2, 55, 22]
    found = []
    for time, boxes in enumerate([[known], [known, stranger], [known], [known, stranger],
                                  [known, stranger], [known, stranger], [known, stranger]]):
        faces = tracker.update(time / 10, frame, np.float32(boxes), np.full(len(boxes), 0.9))
        found.append([face.person for face in faces])
    assert found == [[1], [1], [1], [1], [1], [1, 2], [1, 2]]


def test_a_face_of_low_score_continues_a_chain_and_opens_none():
    tracker, frame = PeopleTracker(), np.zeros((60, 60, 3), np.uint8)
    box = np.float32([[0, 30, 20, 50]])
    found = [len(tracker.update(time / 10, frame, box, np.array([score])))
             for time, score in enumerate([0.9, 0.3, 0.9, 0.3, 0.05])]
    assert found == [1, 1, 1, 1, 0]
    assert PeopleTracker().update(0, frame, box, np.array([0.3])) == []


def test_frames_come_in_the_order_of_time():
    tracker, nothing = PeopleTracker(), np.zeros((0, 4))
    frame = np.zeros((20, 20, 3), np.uint8)
    assert tracker.update(1.0, frame, nothing, np.zeros(0)) == []
    with pytest.raises(ValueError, match='frame at 1 s follows that at 1 s'):
        tracker.update(1.0, frame, nothing, np.zeros(0))


def test_the_change_of_content_is_that_of_pyscenedetect(film):
    images = [frame.image for frame in film[0]][:60]
    reference, before = ContentDetector(), None
    for index, image in enumerate(images):
        after = thumbnail(image)
        # The library takes BGR frames and converts them to HSV itself.
        score = reference._calculate_frame_score(FrameTimecode(index, 10.), bgr_of(image))
        if before is not None:
            assert content_change(before, after) == pytest.approx(score)
        before = after


def bgr_of(image):
    """Return the image of a thumbnail's size in BGR."""
    return cv2.cvtColor(cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA),
                        cv2.COLOR_RGB2BGR)


def test_cuts_to_another_place_are_found_and_nothing_else():
    plan = plan_film(FilmSpec(seconds=40, fps=4, occluded_share=0, seed=5))
    starts = {shot.start for shot in plan.shots[1:]}
    before, changes = None, {}
    for frame in film_frames(plan):
        after = thumbnail(frame.image)
        if before is not None:
            changes[frame.time] = content_change(before, after)
        before = after
    found = {time for time, change in changes.items() if change >= CUT}
    assert found <= starts and len(found) > 0.5 * len(starts)


@pytest.mark.parametrize('one, other', [
    ((200, 40, 40), (40, 40, 200)), ((202, 67, 213), (63, 79, 204)), ((0, 255, 0), (255, 0, 255))])
def test_equal_colors_look_alike_and_others_do_not(one, other):
    frame = np.zeros((200, 200, 3), np.uint8)
    frame[:, :100], frame[:, 100:] = one, other
    left, moved, right = face_appearance(
        frame, np.array([[20, 40, 60, 90], [30, 60, 70, 110], [130, 40, 170, 90.]]))
    assert left @ left == pytest.approx(1) and left @ moved == pytest.approx(1, abs=1e-5)
    assert right @ right == pytest.approx(1) and left @ right < 0.4


@pytest.mark.parametrize('box', [[-20, -30, 15, 10], [190, 190, 230, 240], [50, 50, 50, 50]])
def test_a_box_at_the_border_has_a_look(box):
    look = face_appearance(np.zeros((200, 200, 3), np.uint8), np.array([box], float))
    assert np.linalg.norm(look) == pytest.approx(1, abs=1e-5)


def test_nested_boxes_are_one_face():
    boxes = np.array([[0, 0, 40, 40], [5, 5, 25, 25], [30, 0, 70, 40.]])
    assert drop_nested(boxes, np.array([0.6, 0.9, 0.8])).tolist() == [1, 2]
    assert drop_nested(np.zeros((0, 4)), np.zeros(0)).tolist() == []
