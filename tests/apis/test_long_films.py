"""What long films need: flat memory, and runs that survive being killed."""
import os
import random
import signal
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import pytest
import torch

from ous_mmaction.apis import EmotionStream, FilmSettings
from ous_mmaction.apis.film_job import FilmJob
from ous_mmaction.apis.outputs import write_outputs
from ous_mmaction.detection import PeopleTracker
from ous_mmaction.rendered import FilmSpec, render_film
from ous_mmaction.video import FrameStream
from tests.running import ROOT

# The tool, with a state that is saved after every quarter of a second.
SCRIPT = """
import runpy, sys
from ous_mmaction.apis.film_job import FilmJob
FilmJob.__init__.__defaults__ = (0.25,)
sys.argv = {arguments!r}
runpy.run_path(sys.argv[0], run_name='__main__')
"""


def memory():
    """Resident memory of this process in MiB."""
    return int(Path('/proc/self/statm').read_text().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 2**20


@pytest.mark.full
def test_two_hours_need_the_memory_of_a_minute(demo_model, detector, carphone, tmp_path):
    """At one frame per second, and with the outputs that list every frame."""
    used = {}

    def frames():
        for second, image in enumerate(islice(cycle(carphone.frames), 7200)):
            used[second] = memory()
            yield image

    stream = EmotionStream(demo_model, detector, PeopleTracker(),
                           FilmSettings(length=8., stride=4.), batch_size=8)
    job = FilmJob(tmp_path, dict(source=dict(name='film'), detector=dict(config='mtcnn'),
                                 model=dict(config='ous_demo', classes=demo_model.class_names),
                                 settings=dict(smoothing=0, stride=4.)))
    record = job.run(stream, FrameStream(frames(), fps=1.))
    assert record.about['film']['frames'] == 7200 and record.about['film']['windows'] == 1799
    write_outputs(record, None, ['json', 'csv', 'frames', 'vtt', 'eaf'])
    used['end'] = memory()
    print(f'memory after 1 minute {used[60]:.0f} MiB, after 2 hours {used[7199]:.0f} MiB, '
          f'with outputs {used["end"]:.0f} MiB')
    assert max(used.values()) - used[60] < 30


@pytest.mark.full
def test_ten_kills_leave_the_same_bytes(demo_model, tmp_path):
    film = tmp_path / 'film.mp4'
    render_film(film, FilmSpec(seconds=24, people=2, variable_rate=True, seed=5), progress=False)
    checkpoint = tmp_path / 'random.pth'
    torch.save(dict(state_dict=demo_model.model.state_dict()), checkpoint)
    environment = dict(os.environ, PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1')

    def start(out):
        arguments = [
            str(ROOT / 'tools/infer.py'), str(film), '--config', 'configs/ous_demo.py',
            '--checkpoint', str(checkpoint), '--detector', 'configs/detectors/yolox_demo.py',
            '--detector-checkpoint', 'ous_mmaction/rendered/weights/face_detector.pth', '--device',
            'cpu', '--stride', '0.2', '--out', 'json', 'csv', 'frames', 'vtt', 'eaf', '--out-dir',
            str(out), '--cfg-options', 'model.cls_head.mcfe.num_blocks=2']
        return subprocess.Popen([sys.executable, '-c', SCRIPT.format(arguments=arguments)],
                                cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE)

    whole, killed = tmp_path / 'whole' / film.name, tmp_path / 'killed' / film.name
    assert start(whole.parent).wait() == 0
    target = (whole / 'events.jsonl').stat().st_size
    rng, kills = random.Random(0), 0
    for number in range(1, 11):
        process = start(killed.parent)
        events = killed / 'events.jsonl'
        while process.poll() is None:  # until about the next eleventh is written
            size = events.stat().st_size if events.exists() else 0
            if size > target * (number - rng.random() / 2) / 11:
                process.send_signal(signal.SIGKILL)
                process.wait()
                kills += 1
                break
            time.sleep(0.02)
    assert kills == 10
    assert start(killed.parent).wait() == 0
    files = {path.name: path.read_bytes() for path in whole.iterdir()}
    assert files.keys() >= {'result.json', 'windows.csv', 'frames.csv'}
    assert files == {path.name: path.read_bytes() for path in killed.iterdir()}
