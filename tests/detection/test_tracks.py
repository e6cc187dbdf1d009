from fractions import Fraction

import numpy as np
import pytest

from ous_mmaction.detection.tracks import (
    Track,
    box_iou,
    fill_gaps,
    follow_face,
    link_faces,
)


def face(x, y, side, score=1.):
    return [x, y, x + side, y + side, score]


def pixels(box):
    x1, y1, x2, y2 = (int(value) for value in box[:4])
    return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}


def members(tracks):
    """Tracks as lists of (frame, left edge), which are easy to read."""
    return [[(int(frame), float(row[0])) for frame, row in zip(track.frames, track.faces)]
            for track in tracks]


def link_by_sorting(frames, faces, threshold):
    """Implement the same rule differently: sort all pairs of a frame once, then visit them."""
    tracks = []
    for frame, detected in zip(frames, faces):
        pairs = []
        for t, track in enumerate(tracks):
            for f, row in enumerate(detected):
                a, b = pixels(track[-1][1]), pixels(row)
                pairs.append((-Fraction(len(a & b), len(a | b)), t, f))
        used_tracks, used_faces = set(), set()
        for negative_iou, t, f in sorted(pairs):
            if -negative_iou >= threshold and t not in used_tracks and f not in used_faces:
                tracks[t].append((frame, detected[f]))
                used_tracks.add(t)
                used_faces.add(f)
        tracks += [[(frame, row)] for f, row in enumerate(detected) if f not in used_faces]
    return [[(frame, row[0]) for frame, row in track] for track in tracks]


def test_box_iou_counts_pixels():
    rng = np.random.default_rng(0)
    corner = rng.integers(0, 8, (20, 2))
    boxes = np.hstack([corner, corner + rng.integers(1, 8, (20, 2))]).astype(np.float32)
    iou = box_iou(boxes[:8], boxes[8:])
    for i, a in enumerate(boxes[:8]):
        for j, b in enumerate(boxes[8:]):
            a_pixels, b_pixels = pixels(a), pixels(b)
            assert iou[i, j] == pytest.approx(len(a_pixels & b_pixels) / len(a_pixels | b_pixels))


def test_two_moving_faces_stay_two_tracks():
    faces = [np.array([face(0 + 3 * t, 0, 20), face(60 - 3 * t, 40, 20)]) for t in range(5)]
    faces[2] = faces[2][::-1]  # the order within a frame does not matter
    assert members(link_faces(range(5), faces)) == [
        [(t, 3. * t) for t in range(5)], [(t, 60. - 3 * t) for t in range(5)]]


def test_a_pause_continues_and_a_jump_opens_a_track():
    none = np.zeros((0, 5))
    faces = [np.array([face(0, 0, 20)]), none, np.array([face(2, 0, 20)]),
             np.array([face(50, 50, 20)]), np.array([face(1, 0, 20)])]
    assert members(link_faces([0, 2, 4, 6, 8], faces)) == [[(0, 0), (4, 2), (8, 1)], [(6, 50)]]


def test_the_nearer_face_continues_a_track():
    faces = [np.array([face(0, 0, 20)]), np.array([face(8, 0, 20), face(2, 0, 20)])]
    assert members(link_faces([0, 1], faces)) == [[(0, 0), (1, 2)], [(1, 8)]]


@pytest.mark.parametrize('seed', range(5))
def test_linking_equals_the_rule_by_another_way(seed):
    rng = np.random.default_rng(seed)
    faces = []
    for _ in range(12):
        corner = rng.integers(0, 12, (rng.integers(0, 4), 2))
        far = corner + rng.integers(4, 10, corner.shape)
        faces.append(np.hstack([corner, far, np.ones((len(corner), 1))]).astype(np.float32))
    tracks = link_faces(range(12), faces, iou_threshold=0.3)
    assert members(tracks) == link_by_sorting(range(12), faces, Fraction(3, 10))


def test_gaps_are_linear_and_the_ends_held():
    track = Track(np.array([2, 5, 6]), np.array([face(10, 0, 20), face(16, 6, 26), face(0, 0, 9)]))
    boxes, detected = fill_gaps(track, 9)
    assert detected.tolist() == [False, False, True, False, False, True, True, False, False]
    assert boxes.dtype == np.float32 and boxes.shape == (9, 4)
    for frame in range(9):
        if frame <= 2:
            expected = [10, 0, 30, 20]
        elif frame <= 5:
            part = Fraction(frame - 2, 3)
            ends = zip([10, 0, 30, 20], [16, 6, 42, 32])
            expected = [a + float(part * (b - a)) for a, b in ends]
        else:
            expected = [0, 0, 9, 9]
        np.testing.assert_allclose(boxes[frame], expected, rtol=1e-6)


@pytest.mark.parametrize('kept, faces', [
    # larger, while both are in every frame
    (40, [[face(0, 0, 20), face(40, 0, 30)]] * 4),
    # steadier: 4 x 20 against 1 x 60
    (0, [[face(0, 0, 20)]] * 3 + [[face(0, 0, 20), face(100, 0, 60)]]),
    # larger for half of the clip: 2 x 50 against 4 x 20
    (100, [[face(0, 0, 20), face(100, 0, 50)]] * 2 + [[face(0, 0, 20)]] * 2),
    # more certain, at about the same size
    (40, [[face(0, 0, 21, 0.5), face(40, 0, 20, 0.9)]] * 4),
])
def test_the_largest_and_steadiest_face_is_kept(kept, faces):
    boxes, _ = follow_face(range(4), [np.array(rows) for rows in faces], 4)
    assert (boxes[:, 0] == kept).all()


def test_no_face_at_all():
    assert follow_face(range(3), [np.zeros((0, 5))] * 3, 3) is None
