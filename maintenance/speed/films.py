"""The section of films: windows that share their frames."""
from __future__ import annotations

import itertools
import statistics

import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from ous_mmaction.apis import EmotionStream, FilmSettings, WindowModel
from ous_mmaction.detection import FaceDetector, PeopleTracker
from ous_mmaction.models.frame_memo import FrameMemo
from ous_mmaction.rendered import WEIGHTS, FilmSpec, render_film
from ous_mmaction.video import FrameStream

from .comparison import Comparison, compare_rounds, measure_side_by_side
from .workbench import Workbench

SECONDS, SETTINGS = 4, FilmSettings(length=2., stride=0.25)


class _Forgetful(FrameMemo):
    """A memo that knows nothing in each window, as if the model ran once per window."""

    def installed(self, model: torch.nn.Module) -> FrameMemo:
        self._rows.clear()
        return super().installed(model)


def compare_films(bench: Workbench) -> list[Comparison]:
    """Compare a film with running the model once per window, and with the detector alone."""
    film = bench.folder / 'film.mp4'
    render_film(film, FilmSpec(seconds=SECONDS, people=1, leaving_share=0., occluded_share=0.),
                progress=False)
    detector = FaceDetector(bench.configs / 'detectors' / 'yolox_film.py',
                            WEIGHTS / 'face_detector.pth', score_thr=0.1)
    rows = []
    for name, config in (('ViT-B/32', bench.config('ViT-B/32')),
                         ('the demo', Config.fromfile(bench.configs / 'ous_demo.py'))):
        model = MODELS.build(config.model).eval()
        model.cfg = config
        rows += _compare(name, WindowModel(model), detector, film, bench.repeats)
    return rows


def _compare(name: str, model: WindowModel, detector: FaceDetector, film: object,
             repeats: int) -> list[Comparison]:
    def analyze(memo: type[FrameMemo]) -> None:
        stream = EmotionStream(model, detector, PeopleTracker(), SETTINGS, batch_size=8)
        stream.memo = memo()
        for _ in stream.run(FrameStream(film).frames()):
            pass

    def detect() -> None:
        frames = FrameStream(film).frames()
        while batch := [frame.image for frame in itertools.islice(frames, 8)]:
            detector.detect(batch)

    times = measure_side_by_side(
        [lambda: analyze(FrameMemo), lambda: analyze(_Forgetful), detect], repeats)
    ours, windows, detector_s = ([seconds / SECONDS for seconds in column] for column in times)
    rate = 25 / statistics.median(ours)
    what = f'a second of film (25 frames, windows of 2 s every 0.25 s) with {name}'
    return [
        compare_rounds(f'{what}; the model once per window', ours, windows, '{:.2f} s'.format),
        compare_rounds(f'{what}; the detector alone', ours, detector_s, '{:.2f} s'.format),
        Comparison(f'frames per second, end to end, with {name}', f'{rate:.1f}', '', '',
                   '≥ 8' if name == 'ViT-B/32' else '',
                   bool(rate >= 8) if name == 'ViT-B/32' else None)]
