"""`tools/render_film.py` writes a film and its truth, or one line of error."""
import json

import av
import pytest


def test_a_film_is_rendered_with_its_truth(run_tool, tmp_path):
    film = tmp_path / 'film.mp4'
    code, output = run_tool('render_film.py', film, '--seconds', 2, '--fps', 5, '--people', 2,
                            '--size', 320, 240, '--variable-rate', '--tone', '--seed', 7)
    assert code == 0 and output.strip() == str(tmp_path / 'film.truth.json')
    truth = json.loads((tmp_path / 'film.truth.json').read_text())
    assert truth['spec'] | dict(seconds=2, people=2, fps=5, seed=7, size=[320, 240],
                                variable_rate=True, tone=True) == truth['spec']
    with av.open(str(film)) as container:
        assert len(list(container.decode(video=0))) == len(truth['frames']) == 10
        assert container.streams.audio


@pytest.mark.parametrize('arguments, message', [
    (['film.avi'], 'is written as .mp4'),
    (['film.mp4', '--people', 9], 'leave 96 x 96 pixels to each of 9 people'),
    (['missing/film.mp4'], 'cannot be written'),
])
def test_what_cannot_be_rendered_is_one_line(run_tool, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    code, _ = run_tool('render_film.py', *arguments)
    assert message in code and '\n' not in code
    assert list(tmp_path.iterdir()) == []
