"""A model trained on drawings is told from others, and a real face from a drawn one."""
import json

import cv2
import numpy as np
import pytest
import torch
from matplotlib.cbook import get_sample_data

from ous_mmaction.apis.real_faces import has_real_face, trained_on_drawings
from ous_mmaction.checkpoints import read_checkpoint
from ous_mmaction.detection.drawn_faces import looks_drawn
from ous_mmaction.rendered import FilmSpec, render_film
from ous_mmaction.video import open_video
from tests.real_video import CARPHONE

# Where the man's face is in all frames of the film.
FACE = np.array([52., 30., 106., 104.])
CHANGES = {
    'as it is': lambda frame: frame,
    'dark': lambda frame: frame // 3,
    'washed out': lambda frame: frame // 2 + 128,
    'blurred': lambda frame: cv2.GaussianBlur(frame, (0, 0), 2.5),
    'overexposed': lambda frame: np.minimum(frame.astype(int) * 2, 255).astype(np.uint8),
    'enlarged': lambda frame: cv2.resize(frame, None, fx=3, fy=3),
}


@pytest.mark.parametrize('change', CHANGES)
def test_a_real_face_is_not_a_drawing(change):
    with open_video(CARPHONE) as video:
        frames = [CHANGES[change](frame) for frame in video.read(np.arange(0, 120, 4))]
    box = FACE * frames[0].shape[1] / 176
    drawn = [looks_drawn(frame, box) for frame in frames]
    assert np.mean(drawn) < 0.2  # one frame is enough for the warning


def test_a_photograph_is_not_a_drawing():
    with get_sample_data('grace_hopper.jpg') as file:
        image = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_COLOR_RGB)
    assert has_real_face(image, [np.array([169, 110, 354, 338])])


def test_the_faces_of_films_and_clips_are_drawings(rendered, tmp_path):
    path = tmp_path / 'film.mp4'
    truth = json.loads(render_film(path, FilmSpec(seconds=10, fps=5, seed=2), False).read_text())
    seen = [(path, [[face['box'] for face in line['faces'] if face['visible'] > 0.9]
                    for line in truth['frames']])]
    clips = json.loads((rendered / 'benchmark.json').read_text())['clips'][:20]
    seen += [(rendered / 'Clip/original' / f"{clip['number']}.mp4",
              [[box] for box in clip['boxes']]) for clip in clips]
    for path, boxes in seen:
        with open_video(path) as video:
            frames = video.read(np.arange(len(video)))
        assert not any(has_real_face(frame, map(np.array, faces))
                       for frame, faces in zip(frames, boxes))


@pytest.mark.parametrize('box', [[-30, -30, -10, -10], [170, 140, 300, 300], [9, 9, 9, 9]])
def test_a_box_outside_of_the_frame_is_no_error(box):
    looks_drawn(np.zeros((144, 176, 3), np.uint8), np.array(box, float))


@pytest.mark.parametrize('meta, drawings', [
    (dict(dataset_meta=dict(dataset='Rendered', classes=['Happy'])), True),
    (dict(dataset_meta=dict(dataset='DFEW')), False), (dict(dataset_meta=None), False),
    (dict(), False), (None, False)])
def test_a_checkpoint_knows_what_it_was_trained_on(tmp_path, meta, drawings):
    content = dict(state_dict=dict(weight=torch.zeros(1)))
    torch.save(content if meta is None else dict(content, meta=meta), tmp_path / 'a.pth')
    assert trained_on_drawings(read_checkpoint(tmp_path / 'a.pth')) is drawings
