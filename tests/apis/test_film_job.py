import json

import numpy as np
import pytest

from ous_mmaction.apis import EmotionStream, FilmSettings
from ous_mmaction.apis.film_job import FilmJob
from ous_mmaction.detection import PeopleTracker
from ous_mmaction.video import FrameStream

SETTINGS = FilmSettings(length=0.8, stride=0.25)


class Killed(BaseException):
    pass


def run(folder, model, detector, images, kill_at=None, **about):
    """Analyze a film whose process dies before a frame."""

    def frames():
        for index, image in enumerate(images):
            if index == kill_at:
                raise Killed
            yield image

    about = dict(dict(source='film', model=dict(classes=model.class_names),
                      settings=dict(smoothing=0, stride=0.25)), **about)
    job = FilmJob(folder, about, save_every=0)
    stream = EmotionStream(model, detector, PeopleTracker(), SETTINGS, batch_size=4)
    return job.run(stream, FrameStream(frames()))


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_killed_job_ends_with_the_same_bytes(demo_model, detector, carphone, tmp_path):
    images = carphone.frames
    run(tmp_path / 'whole', demo_model, detector, images)
    for kill_at in (1, 3, 9, 21, 22, 37):
        with pytest.raises(Killed):
            run(tmp_path / 'killed', demo_model, detector, images, kill_at)
        with open(tmp_path / 'killed' / 'events.jsonl', 'a') as file:
            file.write('{"kind": "frame", "ind')  # half a line, written after the last save
    detector.asked = 0
    run(tmp_path / 'killed', demo_model, detector, images)
    assert 0 < detector.asked <= 4
    assert content(tmp_path / 'killed') == content(tmp_path / 'whole')
    run(tmp_path / 'whole', demo_model, detector, images)
    assert detector.asked <= 4  # what is done is not done again


def test_the_record_is_what_the_stream_said(demo_model, detector, carphone, tmp_path):
    record = run(tmp_path, demo_model, detector, carphone.frames)
    stream = EmotionStream(demo_model, detector, PeopleTracker(), SETTINGS, batch_size=4)
    results = list(stream.run(FrameStream(carphone.frames).frames()))
    windows = [result for result in results if type(result).__name__ == 'WindowResult']
    for written, said in zip(record.windows(), windows):
        assert written[:4] == pytest.approx(said[:4])
        assert written.people[0].scores == pytest.approx(said.people[0].scores, abs=1e-8)
    assert [frame.index for frame in record.frames()] == list(range(40))
    assert record.about['film'] == dict(frames=40, frames_with_faces=40, people=1,
                                        windows=len(windows), start=0, end=1.6, height=144,
                                        width=176)
    times = [(frame.time, scores[1].scores) for frame, scores in record.scored_frames()]
    steps = {round(step.start, 6): step.people[0].scores for step in record.steps()}
    for time, scores in times:
        np.testing.assert_array_equal(scores, steps[max(s for s in steps if s <= time + 1e-6)])


def test_a_folder_of_another_film_is_left_alone(demo_model, detector, carphone, tmp_path):
    run(tmp_path, demo_model, detector, carphone.frames[:5])
    before = content(tmp_path)
    with pytest.raises(ValueError, match='holds results with another source. Choose another'):
        run(tmp_path, demo_model, detector, carphone.frames[:5], source='other film')
    assert content(tmp_path) == before
    assert json.loads(before['film.json'])['film']['frames'] == 5
