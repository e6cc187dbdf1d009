"""Films: the file shows what the truth says, frame by frame."""
from __future__ import annotations

import json
import tracemalloc

import av
import numpy as np
import pytest

from ous_mmaction.rendered import FilmSpec, film_frames, plan_film, render_film
from ous_mmaction.rendered.expressions import EXPRESSIONS, PAIRS
from ous_mmaction.rendered.film_role import CHANGING, FilmRole

SPEC = FilmSpec(seconds=8, people=3, fps=12, variable_rate=True, tone=True, shot_seconds=(1.5, 3),
                occluded_share=1, leaving_share=1, seed=4)


@pytest.fixture(scope='module')
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp('film') / 'film.mp4'
    truth = render_film(path, SPEC, progress=False)
    return path, json.loads(truth.read_text())


def test_the_file_shows_the_frames_at_their_times(film):
    path, truth = film
    frames = list(film_frames(plan_film(SPEC)))
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == 'h264'
        decoded = [(float(frame.pts * frame.time_base), frame.to_ndarray(format='rgb24'))
                   for frame in container.decode(video=0)]
    assert len(decoded) == len(frames) == len(truth['frames']) == 96
    for (time, image), frame, line in zip(decoded, frames, truth['frames']):
        assert time == pytest.approx(frame.time, abs=1e-9) == line['time']
        assert round(1000 * frame.time) == pytest.approx(1000 * frame.time)
        assert np.abs(image.astype(int) - frame.image).mean() < 4
        assert line['faces'] == frame.faces
    steps = np.diff([time for time, _ in decoded])
    assert steps.min() >= 0.5 / 12 - 1e-3 and steps.max() <= 1.5 / 12 + 1e-3 and steps.std() > 0.01
    assert steps.mean() == pytest.approx(1 / 12, rel=0.1)


def test_the_sound_is_a_tone_as_long_as_the_film(film):
    with av.open(str(film[0])) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    spectrum = np.abs(np.fft.rfft(sound))
    assert spectrum.argmax() * 44100 / len(sound) == pytest.approx(440, abs=1)
    assert len(sound) / 44100 == pytest.approx(film[1]['frames'][-1]['time'], abs=0.1)


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not(film, tmp_path):
    path, truth = film
    again = render_film(tmp_path / 'again.mp4', SPEC, progress=False)
    assert json.loads(again.read_text()) == truth
    assert (tmp_path / 'again.mp4').read_bytes() == path.read_bytes()
    first, other = (next(film_frames(plan_film(FilmSpec(seconds=3, seed=seed)))).image
                    for seed in (0, 1))
    assert not np.array_equal(first, other)
    assert sorted(file.name for file in tmp_path.iterdir()) == ['again.mp4', 'again.truth.json']


def test_a_face_is_where_the_truth_says_and_nowhere_else():
    """Without its people, the same film shows the scene alone."""
    plan = plan_film(SPEC)
    empty = type(plan)(plan.spec, plan.times, plan.identities, tuple(
        type(shot)(**{**vars(shot), 'roles': ()}) for shot in plan.shots))
    seen = 0
    for frame, scene in zip(film_frames(plan), film_frames(empty)):
        changed = (frame.image != scene.image).any(axis=2)
        for face in frame.faces:
            x0, y0, x1, y1 = (round(side) for side in face['box'])
            inside = changed[y0:min(y1, len(changed)), x0:x1]
            if face['visible'] == 1:
                assert inside.mean() > 0.95
                seen += 1
            elif face['visible'] == 0:
                assert not inside.any()
            else:  # the changed pixels are the visible share of the whole box
                assert inside.sum() / ((y1 - y0) * (x1 - x0)) == pytest.approx(
                    face['visible'], abs=0.1)
        if not frame.faces and not changed.any():
            seen += 1
    assert seen > 80


def test_cuts_people_and_changes_are_as_planned(film):
    _, truth = film
    times = [line['time'] for line in truth['frames']]
    assert truth['cuts'] and set(truth['cuts']) <= set(times)
    lengths = np.diff([0, *truth['cuts'], 8])
    assert lengths.min() >= 1.4 and lengths.max() < 3 + 1.5 + 0.2
    for shot in truth['shots']:
        inside = [line for line in truth['frames'] if shot['start'] <= line['time'] < shot['stop']]
        people = {face['person'] for line in inside for face in line['faces']}
        assert people == set(shot['people'])
    assert any(face['visible'] < 0.1 for line in truth['frames'] for face in line['faces'])


def test_long_films_have_every_kind_of_event():
    plan = plan_film(FilmSpec(seconds=600))
    roles = [role for shot in plan.shots for role in shot.roles]
    assert {len(shot.roles) for shot in plan.shots} == {1, 2, 3}
    assert {name for role in roles for _, name in role.expressions} == set(EXPRESSIONS)
    assert {len(role.spans) for role in roles} == {1, 2}
    same_place = [a.scene_number == b.scene_number for a, b in zip(plan.shots, plan.shots[1:])]
    assert any(same_place) and not all(same_place)
    for shot in plan.shots:
        if shot.passer_by:
            for role in shot.roles:
                for time, _ in role.expressions[1:]:
                    assert not shot.passer_by.start <= time <= shot.passer_by.stop


def test_emotions_follow_the_convention_of_the_benchmark(film):
    for frame, shot in ((line, next(shot for shot in film[1]['shots']
                                    if shot['start'] <= line['time'] < shot['stop']))
                        for line in film[1]['frames']):
        for face in frame['faces']:
            pair = PAIRS.get(face['expression'])
            expected = (pair[shot['mood'] == 'dark'] if pair
                        else face['expression'].capitalize())
            assert face['emotion'] == expected


def test_an_expression_changes_around_its_time():
    role = FilmRole(1, (0, 0, 100), ((0, 5),), ((0, 'happy'), (2.0, 'sad')))
    happy, sad = EXPRESSIONS['happy'], EXPRESSIONS['sad']
    assert role.expression(2 - CHANGING) == happy and role.expression(2 + CHANGING) == sad
    middle = (happy.mouth_curve + sad.mouth_curve) / 2
    assert role.expression(2).mouth_curve == pytest.approx(middle)
    assert [role.expression_name(time) for time in (0, 1.99, 2, 4)] == [
        'happy', 'happy', 'sad', 'sad']


def test_memory_does_not_grow_with_the_film():
    """Twenty seconds of frames take hardly more than five."""
    peaks = []
    for seconds in (5, 20):
        frames = film_frames(plan_film(FilmSpec(seconds=seconds, fps=5, people=1, size=(96, 96))))
        next(frames)
        tracemalloc.start()
        for _ in frames:
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


@pytest.mark.parametrize('change, message', [
    (dict(size=(481, 360)), 'even'), (dict(people=6), '96 x 96'), (dict(seconds=0), 'greater'),
    (dict(shot_seconds=(3, 2)), 'ascending'), (dict(leaving_share=2), '0..1')])
def test_impossible_films_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        FilmSpec(**change)


def test_a_film_is_an_mp4(tmp_path):
    with pytest.raises(ValueError, match='written as .mp4'):
        render_film(tmp_path / 'film.avi', SPEC)
