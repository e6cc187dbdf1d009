from __future__ import annotations

import numpy as np
import pytest

from ous_mmaction.rendered import BenchmarkSpec, plan_clips, render_clip
from ous_mmaction.rendered.canvas import Canvas
from ous_mmaction.rendered.clips import clip_portrait
from ous_mmaction.rendered.expressions import EXPRESSIONS, PAIRS, blend
from ous_mmaction.rendered.face import face_box, head_outline, render_face
from ous_mmaction.rendered.identity import sample_identity
from ous_mmaction.rendered.pose import Pose

SPEC = BenchmarkSpec()


@pytest.fixture(scope='module')
def plans():
    return {plan.number: plan for plan in plan_clips(SPEC)}


def test_shapes_types_and_repeatability(plans):
    frames, boxes = render_clip(plans[1], SPEC)
    assert frames.shape == (plans[1].num_frames, 192, 192, 3) and frames.dtype == np.uint8
    assert boxes.shape == (plans[1].num_frames, 4) and boxes.dtype == np.float32
    again, _ = render_clip(plans[1], SPEC)
    assert np.array_equal(frames, again)


def test_twins_differ_outside_the_panel_only(plans):
    twins = [plan for plan in plans.values() if plan.twin][:8]
    for plan in twins:
        own, boxes = render_clip(plan, SPEC)
        other, other_boxes = render_clip(plans[plan.twin], SPEC)
        x0, y0, x1, y1 = clip_portrait(plan, SPEC).panel
        assert np.array_equal(boxes, other_boxes)
        assert np.array_equal(own[:, y0:y1, x0:x1], other[:, y0:y1, x0:x1])
        outside = np.ones((192, 192), bool)
        outside[y0:y1, x0:x1] = False
        assert (own[:, outside] != other[:, outside]).any(axis=-1).mean() > 0.9


@pytest.mark.parametrize('size', [96, 128, 192, 256])
def test_the_panel_surrounds_every_face_with_room(size):
    spec = BenchmarkSpec(clips_per_class=20, ambiguous_share=0.5, size=size)
    for plan in plan_clips(spec):
        portrait = clip_portrait(plan, spec)
        x0, y0, x1, y1 = portrait.panel
        assert x0 >= 0 and y0 >= 0 and x1 <= size and y1 <= size
        low, high = portrait.boxes[:, :2], portrait.boxes[:, 2:]
        center, half = (low + high) / 2, (high - low).max() / 2
        room = np.minimum(center - (x0, y0), (x1, y1) - center).min() - half
        assert room >= 16 and room >= 0.25 * 2 * half - 1e-3


def test_faces_have_the_promised_height_and_move(plans):
    boxes = [clip_portrait(plan, SPEC).boxes for plan in list(plans.values())[:200]]
    heights = np.concatenate([box[:, 3] - box[:, 1] for box in boxes])
    assert 60 < heights.min() < 70 and 75 < heights.max() < 90
    steps = np.concatenate([np.diff(box, axis=0) for box in boxes])
    assert np.abs(steps).mean() > 0.1 and np.abs(steps).max() < 4


def test_the_box_is_that_of_the_drawn_head():
    """Compare it with the pixels of the head's outline, up to one pixel of anti-aliased edge."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        identity = sample_identity(rng)
        pose = Pose(64 + rng.uniform(), 60 + rng.uniform(), 70, rng.uniform(-0.2, 0.2))
        x0, y0, x1, y1 = face_box(identity, pose)
        grid = np.zeros((128, 128, 3), np.uint8)
        Canvas(grid, pose.matrix()).polygon(head_outline(identity), (255, 255, 255))
        rows, columns = np.nonzero(grid[..., 0] > 127)
        drawn = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert np.abs(np.array(drawn) - (x0, y0, x1, y1)).max() <= 1.2


def test_each_expression_is_drawn_differently_on_one_face():
    identity = sample_identity(np.random.default_rng(1))
    faces = []
    for name in EXPRESSIONS:
        image = np.full((96, 96, 3), 128, np.uint8)
        render_face(image, identity, Pose(48, 46, 64), blend(name, 1.0))
        faces.append(image.astype(int))
    changed = [(np.abs(a - b).max(axis=-1) > 30).sum() for i, a in enumerate(faces)
               for b in faces[:i]]
    assert min(changed) > 100  # out of about 2600 pixels of the head
    assert set(PAIRS) < set(EXPRESSIONS)


def test_blend_meets_both_ends_and_refuses_unknown_names():
    assert blend('fear', 0.0) == EXPRESSIONS['neutral']
    assert blend('fear', 1.0) == EXPRESSIONS['fear']
    with pytest.raises(ValueError, match="`expression` must be one of neutral, .*, but got 'joy'"):
        blend('joy', 1.0)
