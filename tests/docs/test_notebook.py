"""The notebook and the Python of the pages run on what `make demo` leaves."""
import json

import nbformat
import pytest
from nbclient import NotebookClient

from tests.running import ROOT

from .test_pages import code_blocks, text_of

NOTEBOOK = ROOT / 'docs' / 'swap_the_scene.ipynb'
SUMMARY = """
print(json.dumps(dict(
    emotion=clip['emotion'], emotion_of_twin=twin['emotion'], swapped=swapped, pairs=len(some),
    answers={label: best(probabilities) for label, (_, probabilities) in answers.items()})))
"""


@pytest.fixture(scope='module')
def summary(clone_after_demo):
    """What the notebook found, on the small benchmark in the place of its first cell's."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    [parameters] = [cell for cell in notebook.cells
                    if 'parameters' in cell.metadata.get('tags', ())]
    parameters.source = (f'data_root = {str(clone_after_demo / "data" / "rendered")!r}\n'
                         f'work_dir = {str(clone_after_demo / "work_dirs" / "demo")!r}')
    notebook.cells.append(nbformat.v4.new_code_cell(SUMMARY))
    client = NotebookClient(notebook, timeout=300, kernel_name='python3',
                            resources=dict(metadata=dict(path=str(NOTEBOOK.parent))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('OMP_NUM_THREADS', '1')
        client.execute()
    return json.loads(notebook.cells[-1].outputs[-1].text)


def test_the_twins_scene_changes_the_answer(summary):
    assert summary['answers']['its own scene'] == summary['emotion']
    assert summary["answers"]["its twin's scene"] == summary['emotion_of_twin']
    assert summary['emotion'] != summary['emotion_of_twin']


def test_most_answers_follow_the_scene(summary):
    # A face-only model sees no difference between twins: none of its answers would.
    assert summary['swapped'] > summary['pairs'] / 2 > 0


def test_stored_outputs_name_no_folder_of_a_machine():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    outputs = json.dumps([cell.outputs for cell in notebook.cells if cell.cell_type == 'code'])
    assert len(outputs) > 10_000, 'the notebook is stored without its figures'
    for folder in ('/home/', '/root/', '/tmp/', '/Users/', str(ROOT)):
        assert folder not in outputs


@pytest.mark.parametrize('page', ['docs/getting_started.md'])
def test_python_of_the_page_runs(page, clone_after_demo, monkeypatch, capsys):
    [block] = [block for block in code_blocks(text_of(page)) if 'infer_video' in block]
    monkeypatch.chdir(clone_after_demo)
    exec(compile(block, page, 'exec'), {})
    assert 'face found in 8 of 8 sampled frames' in capsys.readouterr().out
    assert (clone_after_demo / 'clip.png').stat().st_size > 10_000
    (clone_after_demo / 'clip.png').unlink()


@pytest.mark.parametrize('page', ['README.md', 'docs/films.md'])
def test_film_of_the_page_runs(page, clone_after_demo, monkeypatch, capsys):
    [block] = [block for block in code_blocks(text_of(page)) if 'DFERInferencer' in block]
    monkeypatch.chdir(clone_after_demo)
    scope = {}
    exec(compile(block, page, 'exec'), scope)
    assert scope['film']['film']['frames_with_faces'] == scope['film']['film']['frames'] > 8
    assert scope['film']['segments'][0]['label'] in capsys.readouterr().out
