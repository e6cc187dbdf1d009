from __future__ import annotations

import numpy as np
import pytest

from ous_mmaction.rendered.scenes import MOODS, render_scene

KINDS = [(mood, kind) for mood in MOODS for kind in MOODS[mood]]


@pytest.mark.parametrize('mood, kind', KINDS)
def test_scenes_move_repeat_and_are_as_light_as_their_mood(mood, kind):
    frames = render_scene(kind, np.random.default_rng(2), 96, [0.0, 0.5])
    again = render_scene(kind, np.random.default_rng(2), 96, [0.0, 0.5])
    assert np.array_equal(frames, again)
    assert (frames[0] != frames[1]).any(axis=-1).mean() > 0.01
    assert (frames.mean() > 140) if mood == 'bright' else (frames.mean() < 100)


def test_unknown_scene_is_refused():
    with pytest.raises(ValueError, match="`scene` must be one of beach, .*, but got 'office'"):
        render_scene('office', np.random.default_rng(0), 96, [0.0])
