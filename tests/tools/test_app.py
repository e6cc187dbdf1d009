"""The page in a real browser, with the demo's model and detector and a rendered film."""
import contextlib
import csv
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import av
import pytest
from PIL import Image

from ous_mmaction.rendered import WEIGHTS, FilmSpec, render_film
from tests.running import ROOT

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
FILM = FilmSpec(seconds=6, people=2, seed=5, occluded_share=0, leaving_share=0)


def has(*modules):
    return all(importlib.util.find_spec(module) for module in modules)


needs_browser = pytest.mark.skipif(
    CHROMIUM is None or not has('gradio', 'playwright'),
    reason='there is no Chromium, or gradio and playwright are not installed')


def test_the_page_needs_gradio(run_tool, monkeypatch):
    monkeypatch.setitem(sys.modules, 'gradio', None)
    monkeypatch.delitem(sys.modules, 'ous_mmaction.apis.app_page', raising=False)
    code, _ = run_tool('app.py', '--config', 'configs/ous_demo.py', '--checkpoint', 'none.pth')
    assert code == "error: The page needs gradio. Run pip install -e '.[app]'"


@pytest.fixture(scope='module')
def server(clone_after_demo, tmp_path_factory):
    """The address of a running page, and its temporary folder; it ends as Ctrl-C ends it."""
    scratch = tmp_path_factory.mktemp('scratch')
    log = scratch / 'log.txt'
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    command = [sys.executable, 'tools/app.py', '--config', 'configs/ous_demo.py', '--checkpoint',
               clone_after_demo / 'work_dirs' / 'demo' / 'epoch_12.pth', '--detector',
               'configs/detectors/yolox_demo.py', '--detector-checkpoint',
               WEIGHTS / 'face_detector.pth', '--port', str(port), '--max-seconds', '8',
               '--max-mb', '3']
    environment = dict(os.environ, TMPDIR=str(scratch), OMP_NUM_THREADS='1')
    with open(log, 'w') as errors, subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors,
            text=True) as process:
        line = process.stdout.readline()
        assert line.startswith('The page is at http://127.0.0.1:'), log.read_text()[-2000:]
        yield f'http://127.0.0.1:{port}', scratch
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    assert not list(scratch.glob('ous_mmaction_app_*'))  # nothing that was uploaded is left


@pytest.fixture(scope='module')
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp('films')
    render_film(folder / 'film.mp4', FILM, progress=False)
    render_film(folder / 'long.mp4', FilmSpec(seconds=10, people=1, size=(160, 120)),
                progress=False)
    (folder / 'text.mp4').write_text('not a video ' * 100)
    (folder / 'large.mp4').write_bytes(bytes(4_000_000))
    return folder


@contextlib.contextmanager
def open_page(address, *arguments):
    """A tab with the page; it must load nothing from elsewhere."""
    from playwright.sync_api import sync_playwright
    asked = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM,
                                             args=['--no-sandbox', *arguments])
        page = browser.new_page(viewport=dict(width=1200, height=1000))
        page.set_default_timeout(180_000)
        page.on('request', lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector('#run')
        yield page
        browser.close()
    assert asked and all(url.startswith((address, 'data:', 'blob:')) for url in asked)


def run_film(page, film):
    if page.locator('#upload button[aria-label="Clear"]').count():
        page.click('#upload button[aria-label="Clear"]')
    page.set_input_files('#upload input[type=file]', film)
    page.wait_for_selector(f'#upload >> text={film.stem}')
    page.click('#run')


def seconds_of(page):
    return page.evaluate("document.querySelector('#film video').currentTime")


@pytest.mark.full
@needs_browser
def test_a_film_from_upload_to_download(server, films, tmp_path):
    address, scratch = server
    truth = json.loads((films / 'film.truth.json').read_text())
    with open_page(address) as page:
        run_film(page, films / 'film.mp4')
        page.wait_for_selector('#timeline svg')
        page.wait_for_function("document.querySelector('#film video')?.readyState >= 1")
        assert page.evaluate("document.querySelector('#film video').duration") == pytest.approx(
            6, abs=.1)
        assert page.locator('#timeline .names div').count() == len(
            {face['person'] for frame in truth['frames'] for face in frame['faces']})

        box = page.locator('#timeline svg').bounding_box()  # seek
        page.mouse.click(box['x'] + .4 * box['width'], box['y'] + 8)
        page.wait_for_function("document.querySelector('#film video').currentTime > 1")
        assert seconds_of(page) == pytest.approx(2.4, abs=.05)
        assert float(page.input_value('#moment input[type=number]')) == pytest.approx(2.4, abs=.05)
        page.wait_for_function("document.querySelector('#timeline .playhead').getAttribute('x') "
                               "!== '0'")

        with page.expect_download() as download:  # a table
            page.click('#downloads a[download="windows.csv"]')
        download.value.save_as(tmp_path / 'windows.csv')
        with open(tmp_path / 'windows.csv', newline='') as file:
            rows = list(csv.DictReader(file))
        assert {row['person'] for row in rows} >= {'1', '2'}

        page.click('#look')
        page.wait_for_selector('#attention >> text=Share of MCFE')
        assert page.locator('#seen img').count() >= 16
        own = page.inner_text('#old')
        page.click('#swap')
        page.wait_for_selector('#new >> text=%')
        assert page.inner_text('#old') == own
        blank = page.inner_text('#new')
        assert page.inner_text('#attention').startswith(('The answer stays', *(
            f'{name} becomes' for name in ('Happy', 'Sad', 'Neutral', 'Angry', 'Surprise',
                                           'Disgust', 'Fear'))))
        page.set_input_files('#picture input[type=file]', write_picture(tmp_path / 'sea.png'))
        page.wait_for_selector('#picture >> text=sea')
        page.click('#scene label:has-text("picture")')
        page.click('#swap')
        page.wait_for_function(f'document.querySelector("#new").innerText !== {blank!r}')
        assert {'film.mp4', 'annotated.mp4', 'sea.png'} <= {path.name for path in kept(scratch)}
    wait_until(lambda: not kept(scratch))


def write_picture(path):
    Image.effect_noise((64, 48), 60).convert('RGB').save(path)
    return path


def kept(scratch):
    """The files with content that the server holds."""
    return [path for path in scratch.glob('ous_mmaction_app_*/**/*')
            if path.is_file() and path.stat().st_size]


def wait_until(condition, seconds=60):
    for _ in range(10 * seconds):
        if condition():
            return
        time.sleep(.1)
    assert condition()


@pytest.mark.full
@needs_browser
@pytest.mark.parametrize('name, message', [
    ('text.mp4', 'text.mp4: the file is not a readable video'),
    ('long.mp4', 'long.mp4 lasts 10.0 s, but this page takes films of at most 8 s')])
def test_errors_are_one_line_and_the_next_film_runs(server, films, name, message):
    with open_page(server[0]) as page:
        run_film(page, films / name)
        page.wait_for_selector(f'text={message}')
        assert str(films) not in page.content() and '/sessions/' not in page.inner_text('body')
        assert page.locator('#timeline svg').count() == 0


@pytest.mark.full
@needs_browser
def test_a_film_that_is_too_large_is_refused(server, films):
    with open_page(server[0]) as page:
        page.set_input_files('#upload input[type=file]', films / 'large.mp4')
        page.wait_for_selector('text=exceed the maximum allowed size of 3')


@pytest.mark.full
@needs_browser
def test_two_users_at_once(server, films):
    from playwright.sync_api import sync_playwright
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox'])
        pages = [browser.new_context().new_page() for _ in range(2)]
        for page in pages:
            page.set_default_timeout(180_000)
            page.goto(server[0])
            page.wait_for_selector('#run')
            run_film(page, films / 'film.mp4')
        drawn = []
        for page in pages:
            page.wait_for_selector('#timeline svg')
            drawn.append(page.inner_html('#timeline .lanes'))
        pages[0].close()  # the files of the other one stay
        pages[1].click('#look')
        pages[1].wait_for_selector('#attention >> text=Share of MCFE')
        browser.close()
    strip = [text.split('<rect class="playhead"')[0] for text in drawn]
    assert strip[0] == strip[1]


@pytest.mark.full
@needs_browser
def test_a_camera(server, films):
    """A rendered film as the camera of the browser: after two seconds there is an answer."""
    camera = films / 'camera.mjpeg'
    write_mjpeg(films / 'film.mp4', camera)
    with open_page(server[0], '--use-fake-ui-for-media-stream',
                   '--use-fake-device-for-media-stream',
                   f'--use-file-for-fake-video-capture={camera}') as page:
        page.click('button[role=tab]:has-text("Camera")')
        page.click('#camera >> text=/access|webcam/i')
        page.click('#camera button:has-text("Record")')
        page.wait_for_selector('#shown img')
        page.wait_for_selector('#said >> text=%')
    wait_until(lambda: not kept(server[1]))  # no frame of the camera is on the disk


def write_mjpeg(film, path):
    with av.open(str(film)) as source, av.open(str(path), 'w', format='mjpeg') as target:
        stream = target.add_stream('mjpeg', rate=25)
        stream.width, stream.height, stream.pix_fmt = 480, 360, 'yuvj420p'
        for frame in source.decode(video=0):
            target.mux(stream.encode(frame.reformat(format='yuvj420p')))
        target.mux(stream.encode())
