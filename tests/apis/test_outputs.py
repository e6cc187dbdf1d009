"""Every output, read back by a reader of its own format."""
import csv
import json
import re
import shutil
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from xml.etree import ElementTree

import av
import numpy as np
import pytest
from PIL import Image

from ous_mmaction.apis.film_record import FORMAT, VERSION, FilmRecord, event_line
from ous_mmaction.apis.film_results import FrameResult, PersonScores, StepResult, WindowResult
from ous_mmaction.apis.outputs import OUTPUTS, film_document, write_outputs
from ous_mmaction.detection import TrackedFace
from ous_mmaction.video import FrameStream

NAMES = ['Happy', 'Sad']
TIMES = np.cumsum([0] + [40, 40, 80, 40, 20] * 6)[:30] / 1000 + 0.5
END = 1.8


def write_sound(path, images):
    """A film of uneven times that starts late, with a tone that starts at once."""
    from fractions import Fraction
    with av.open(str(path), 'w') as container:
        video = container.add_stream('libx264', rate=1000)
        video.height, video.width = images.shape[1:3]
        video.pix_fmt = 'yuv420p'
        video.codec_context.time_base = Fraction(1, 1000)
        sound = container.add_stream('aac', rate=16000)
        for time, image in zip(TIMES, images):
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            frame.pts, frame.time_base = round(1000 * time), Fraction(1, 1000)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        for start in range(0, 32000, 1024):
            wave = np.sin(np.arange(start, start + 1024) * 440 * 2 * np.pi / 16000)
            tone = av.AudioFrame.from_ndarray(wave.astype('f4')[None], 'fltp', 'mono')
            tone.pts, tone.sample_rate, tone.time_base = start, 16000, Fraction(1, 16000)
            container.mux(sound.encode(tone))
        container.mux(sound.encode())
    return path


@pytest.fixture
def images(video):
    return video.stamped_frames(30, 96, 128)


@pytest.fixture
def record(tmp_path):
    """One person changes at 1.1 s, another is there for the first half, nobody at the end."""
    folder = tmp_path / 'film'
    folder.mkdir()
    box = np.float32([20, 10, 60, 50])
    lines = []
    for index, time in enumerate(TIMES):
        faces = [TrackedFace(1, box, .9)] if time < 1.5 else []
        faces += [TrackedFace(2, box + np.float32([60, 0, 60, 0]), .8)] if time < 1.1 else []
        lines.append(event_line(FrameResult(index, time, faces)))
    for number in range(13):
        start = 0.5 + number / 10
        p = .8 if start < 1.09 else .3
        people = [PersonScores(1, 1., np.array([p, 1 - p]))] if start < 1.49 else []
        people += [PersonScores(2, .75, np.array([.1, .9]))] if start < 1.09 else []
        lines.append(event_line(WindowResult(number, start, start + .1, 2, people)))
        lines.append(event_line(StepResult(number, start, start + .1, people)))
    (folder / 'events.jsonl').write_text(''.join(lines))
    (folder / 'film.json').write_text(json.dumps(dict(
        format=FORMAT, version=VERSION, source=dict(name='un </script> film.mp4', bytes=1),
        model=dict(config='ous_demo', classes=NAMES), detector=dict(config='mtcnn'),
        settings=dict(length=.1, stride=.1, smoothing=0., fps=25., max_fps=None),
        warnings=['mind <this>'],
        film=dict(frames=30, frames_with_faces=20, people=2, windows=13, start=.5, end=END,
                  height=96, width=128))))
    return FilmRecord(folder)


def read_csv(path):
    with open(path, newline='') as file:
        return list(csv.DictReader(file))


def test_json(record):
    [path] = write_outputs(record, None, ['json'])
    document = json.loads(path.read_text())
    assert document == json.loads(json.dumps(film_document(record, frames=True)))
    assert (document['format'], document['version']) == (FORMAT, VERSION)
    assert document['smoothing'] == dict(on=False, seconds=0)
    assert document['windows'][0]['people'][0] == dict(
        person=1, visible=1, label='Happy', scores=dict(Happy=.8, Sad=pytest.approx(.2)))
    assert document['windows'][12]['people'] == [] and not document['windows'][12]['face']
    assert document['changes'] == [dict(person=1, time=1.1, before='Happy', after='Sad')]
    assert [(s['person'], s['start'], s['end'], s['label']) for s in document['segments']] == [
        (1, .5, 1.1, 'Happy'), (2, .5, 1.1, 'Sad'), (1, 1.1, 1.5, 'Sad')]
    assert [frame['time'] for frame in document['frames']] == pytest.approx(TIMES)


def test_smoothing_says_that_it_is_on(record):
    record.about['settings']['smoothing'] = 0.2
    document = film_document(record)
    assert document['smoothing'] == dict(on=True, seconds=.2)
    raw = [.8] * 6 + [.3] * 4
    assert [step['people'][0]['scores']['Happy'] for step in document['steps'][:10]] == (
        pytest.approx([np.mean(raw[max(0, i - 1):i + 2]) for i in range(10)]))


def test_tables(record):
    windows, frames = map(read_csv, write_outputs(record, None, ['csv', 'frames']))
    assert len(windows) == 6 * 2 + 4 + 3
    assert windows[1] == dict(window='0', start='0.5', end='0.6', frames='2', person='2',
                              visible='0.75', label='Sad', Happy='0.1', Sad='0.9')
    assert windows[-1] == dict(window='12', start='1.7', end='1.8', frames='2', person='',
                               visible='0', label='no face', Happy='', Sad='')
    assert [float(row['timestamp']) for row in frames if row['face_id'] in ('1', '')] == (
        pytest.approx(TIMES, abs=1e-6))
    assert [row['success'] for row in frames].count('0') == (TIMES >= 1.5).sum()
    assert {key: frames[1][key] for key in ('x', 'y', 'width', 'height', 'label')} == dict(
        x='80.0', y='10.0', width='40.0', height='40.0', label='Sad')


@pytest.mark.parametrize('name, pattern', [
    ('vtt', r'(\d\d):(\d\d):(\d\d\.\d{3}) --> (\S+)\n(.*)\n'),
    ('srt', r'(\d\d):(\d\d):(\d\d,\d{3}) --> (\S+)\n(.*)\n')])
def test_subtitles(record, name, pattern):
    [path] = write_outputs(record, None, [name])
    text = path.read_text()
    cues = re.findall(pattern, text)
    assert [(float(cue[2].replace(',', '.')), cue[4]) for cue in cues] == [
        (.5, 'Person 1: Happy (0.80)'), (.5, 'Person 2: Sad (0.90)'),
        (1.1, 'Person 1: Sad (0.70)')]
    first = text.split('\n', 1)[0]
    assert first == 'WEBVTT' if name == 'vtt' else first == '1'


def test_elan(record):
    [path] = write_outputs(record, None, ['eaf'])
    root = ElementTree.parse(path).getroot()
    slots = {slot.get('TIME_SLOT_ID'): int(slot.get('TIME_VALUE'))
             for slot in root.find('TIME_ORDER')}
    tiers = {tier.get('TIER_ID'): [
        (slots[a.get('TIME_SLOT_REF1')], slots[a.get('TIME_SLOT_REF2')], a[0].text)
        for a in tier.iter('ALIGNABLE_ANNOTATION')] for tier in root.iter('TIER')}
    assert tiers == {'Person 1': [(500, 1100, 'Happy'), (1100, 1500, 'Sad')],
                     'Person 2': [(500, 1100, 'Sad')]}
    assert {tier.get('LINGUISTIC_TYPE_REF') for tier in root.iter('TIER')} == {
        root.find('LINGUISTIC_TYPE').get('LINGUISTIC_TYPE_ID')}


def test_annotated_video_keeps_times_and_sound(record, images, tmp_path, video):
    film = write_sound(tmp_path / 'film.mp4', images)
    [path] = write_outputs(record, film, ['mp4'])
    frames = list(FrameStream(path).frames())
    assert [frame.time for frame in frames] == pytest.approx(TIMES, abs=1e-3)
    with av.open(str(path)) as container, av.open(str(film)) as original:
        assert container.streams.video[0].codec_context.name == 'h264'
        assert container.streams.video[0].pix_fmt == 'yuv420p'
        tones = [[packet.pts * float(packet.time_base) for packet in file.demux(audio=0)
                  if packet.pts is not None] for file in (container, original)]
        assert len(tones[0]) > 20 and tones[0] == pytest.approx(tones[1], abs=2e-3)
    # Enlarged four times; the boxes are where the faces are.
    before, after = images[0].repeat(4, 0).repeat(4, 1).astype(int), frames[0].image.astype(int)
    assert after.shape[1] == 512
    different = np.abs(after[:384] - before).mean(-1) > 60
    assert different[42:198, 80:82].mean() > .5 and different[300:].mean() < .1


def test_sound_of_another_codec_becomes_aac(record, images, tmp_path):
    film = tmp_path / 'film.mkv'
    with av.open(str(film), 'w') as container:
        stream = container.add_stream('mpeg4', rate=25)
        stream.height, stream.width = images.shape[1:3]
        sound = container.add_stream('pcm_s16le', rate=16000, layout='mono')
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format='rgb24')))
        tone = av.AudioFrame.from_ndarray(np.ones((1, 16000), 'i2'), 's16', 'mono')
        tone.sample_rate = 16000
        container.mux(sound.encode(tone))
        container.mux([*stream.encode(), *sound.encode()])
    [path] = write_outputs(record, film, ['mp4'])
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name == 'aac'
        assert sum(frame.samples for frame in container.decode(audio=0)) == pytest.approx(
            16000, abs=2100)


def test_report_holds_everything_itself(record, images):
    [path] = write_outputs(record, images, ['html'])
    page = path.read_text()
    assert not re.search(r'(src|href)\s*=\s*["\']?(https?:|//)', page)
    [data] = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page)
    data = json.loads(data)
    assert data['name'] == 'un </script> film.mp4' and data['people'] == [1, 2]
    assert data['warnings'] == ['mind <this>']
    assert data['segments'][0] == [1, .5, 1.1, 'Happy', .8]
    assert data['files']['windows.csv'] == (record.folder / 'windows.csv').read_text()
    [video] = re.findall(r'src = "data:video/mp4;base64,([^"]+)"', page)
    import base64
    assert base64.b64decode(video) == (record.folder / 'annotated.mp4').read_bytes()


def test_sheet(record, images):
    [path] = write_outputs(record, images, ['png'])
    assert Image.open(path).width > 1000


def test_what_is_there_is_kept_and_iterators_are_refused(record, images):
    path = record.folder / OUTPUTS['json'].file
    path.write_text('mine')
    write_outputs(record, None, ['json'])
    assert path.read_text() == 'mine'
    with pytest.raises(ValueError, match='the output mp4 reads the film a second time'):
        write_outputs(record, iter(images), ['mp4'])


PROBE = """<script>
const tell = found => fetch('/found', {method: 'POST', body: JSON.stringify(found)});
window.onerror = message => tell(message);
player.addEventListener('loadedmetadata', () => {
  const area = canvas.getBoundingClientRect(), found = [];
  player.addEventListener('seeked', () => {
    found.push(player.currentTime.toFixed(3));
    if (found.length === 1) document.querySelectorAll('#segments tr')[2].click();
    if (found.length === 2) tell([found, player.videoWidth,
      document.querySelectorAll('tr.now td').length, document.querySelectorAll('button').length]);
  });
  canvas.dispatchEvent(new MouseEvent('click', {clientX: area.left + toX(1.3, area.width)}));
});
</script>
"""


@pytest.mark.full
@pytest.mark.skipif(shutil.which('chromium') is None, reason='there is no Chromium here')
def test_report_seeks_in_a_browser(record, images, tmp_path):
    """A click into the timeline and one into the table, in a real Chromium without network."""
    film = write_sound(tmp_path / 'film.mp4', images)
    [path] = write_outputs(record, film, ['html'])
    page = path.read_text().replace('<script>document.getElementById', PROBE + (
        '<script>document.getElementById'))
    found = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            self.send_response(200)
            self.send_header('Content-Type', 'text/html')
            self.end_headers()
            self.wfile.write(page.encode())

        def do_POST(self):  # noqa: N802
            found.put(json.loads(self.rfile.read(int(self.headers['Content-Length']))))
            self.send_response(204)
            self.end_headers()

    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    browser = subprocess.Popen(
        ['chromium', '--headless', '--no-sandbox', '--disable-gpu', '--no-first-run',
         f'--user-data-dir={tmp_path / "chrome"}', f'http://127.0.0.1:{server.server_port}/'],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        (clicked, row), width, marked, buttons = found.get(timeout=120)
    finally:
        browser.terminate()
        browser.wait()
        server.shutdown()
    assert float(clicked) == pytest.approx(1.3, abs=0.01)
    assert float(row) == pytest.approx(1.1, abs=0.01)
    assert (width, marked, buttons) == (512, 5, 2)
