"""Speed and memory beside those of what one would use instead, measured in one run."""
from __future__ import annotations

import functools
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import default_collate, pseudo_collate
from mmengine.registry import init_default_scope
from torch import Tensor, nn
from torch.utils.data import DataLoader

from maintenance.complexity import processor
from ous_mmaction.datasets.annotation import write_annotation
from ous_mmaction.datasets.dfer_dataset import pipeline_steps
from ous_mmaction.datasets.face_boxes import FaceBoxes, dump_header
from ous_mmaction.detection import FaceDetector
from ous_mmaction.features.extraction import pack
from ous_mmaction.features.feature_bank import (
    FORMAT,
    VERSION,
    checksums,
    dump_index,
    plain,
    record_dtype,
)
from ous_mmaction.features.use_bank import use_bank
from ous_mmaction.models.frozen_clip import load_clip_model
from ous_mmaction.models.layers.ous.mcfe import MCFE
from ous_mmaction.rendered import WEIGHTS, BenchmarkSpec, render_benchmark

BATCH_SIZE = 16
EPOCH_CLIPS = 9356  # DFEW, the training clips of fold 1
BANK_CLIPS = 512
CLIPS = {'ViT-B/32': 'ViT-B-32-quickgelu', 'ViT-L/14': 'ViT-L-14-quickgelu'}


@dataclass
class Row:
    """A line of the table.

    Args:
        what (str): What is measured, and in what unit.
        ours (str): Of this package.
        beside (str): Of what it is compared with.
        ratio (str): Of the two.
        target (str): What the ratio, or the value, should be.
        met (bool | None): Whether it is; None where there is no target.
    """

    what: str
    ours: str
    beside: str
    ratio: str
    target: str = ''
    met: bool | None = None

    def __str__(self) -> str:
        met = {None: '', True: 'yes', False: '**no**'}[self.met]
        return '| ' + ' | '.join([self.what, self.ours, self.beside, self.ratio, self.target,
                                  met]) + ' |'


HEAD = ('| measured | ours | beside it | ratio | target | met |\n'
        '|---|---|---|---|---|---|')


def seconds(call: Callable[[], object]) -> float:
    """How long a call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def side_by_side(calls: Sequence[Callable[[], object]], repeats: int) -> list[list[float]]:
    """Seconds of each call and repeat, after one call each to warm up.

    The calls take turns, so that a machine that others use slows all of them alike.
    """
    for call in calls:
        call()
    rounds = [[seconds(call) for call in calls] for _ in range(repeats)]
    return [list(column) for column in zip(*rounds)]


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Median of the ratios round by round."""
    return statistics.median(a / b for a, b in zip(above, below))


def compare(what: str, ours: Callable[[], object], beside: Callable[[], object], repeats: int,
            target: str = '', limit: float | None = None, scale: float = 1e3,
            unit: str = 'ms', names: tuple[str, str] = ('', '')) -> Row:
    """A row of the time of two calls; ours over the other should be at most ``limit``."""
    times = side_by_side([ours, beside], repeats)
    ratio = median_ratio(*times)
    cells = [f'{statistics.median(column) * scale:.1f} {unit}' + (f' ({name})' if name else '')
             for column, name in zip(times, names)]
    return Row(what, *cells, f'{ratio:.2f}', target, None if limit is None else ratio <= limit)


class Workbench:
    """Data and models that the sections share, made when they are first asked for.

    Args:
        configs (Path): The folder ``configs`` of the repository.
        folder (Path): For rendered clips and the bank.
        repeats (int): How often everything is measured.
    """

    def __init__(self, configs: Path, folder: Path, repeats: int) -> None:
        init_default_scope('mmaction')
        self.configs, self.folder, self.repeats = configs, folder, repeats
        torch.manual_seed(0)

    @functools.cached_property
    def rendered(self) -> Path:
        """Rendered clips with an annotation ``all.json`` and true boxes ``faces.jsonl``."""
        root = self.folder / 'rendered'
        spec = BenchmarkSpec(clips_per_class=4, folds=2, ambiguous_share=1.0)
        index = render_benchmark(root, spec, progress=False)
        clips = json.loads(index.read_text())['clips']
        size = (spec.size, spec.size)
        records = [dict(clip_id=str(clip['number']), total_frames=clip['num_frames'], label=0,
                        filename=f'Clip/original/{clip["number"]}.mp4') for clip in clips]
        names = list(Config.fromfile(self.configs / 'ous_dfew.py').class_names)
        write_annotation(root / 'all.json', dict(dataset='Rendered', classes=names), records)
        lines = [FaceBoxes(record['clip_id'], size, clip['boxes'], [True] * clip['num_frames'],
                           1).to_json() for record, clip in zip(records, clips)]
        (root / 'faces.jsonl').write_text(
            '\n'.join([dump_header('Rendered', 'truth'), *lines]) + '\n')
        return root

    @functools.cached_property
    def clips(self):
        """The training clips of configs/ous_dfew.py, on rendered videos."""
        config = Config.fromfile(self.configs / 'ous_dfew.py').train_dataloader.dataset
        config.update(data_root=str(self.rendered), ann_file='all.json')
        return DATASETS.build(config)

    def config(self, model: str) -> Config:
        """The paper's config with random weights in a CLIP."""
        config = Config.fromfile(self.configs / 'ous_dfew.py')
        clip_model = load_clip_model(name=CLIPS[model], pretrained=None)
        config.model.backbone.clip_model = dict(name=CLIPS[model], pretrained=None)
        config.model.neck.update(in_channels=clip_model.embed_dims, tap_channels=clip_model.width)
        return config

    def bank(self, model: str) -> Path:
        """A bank of random features of as many clips as ``BANK_CLIPS``."""
        folder = self.folder / model.replace('/', '-')
        if (folder / 'index.json').exists():
            return folder
        folder.mkdir()
        config, clip_model = self.config(model), load_clip_model(name=CLIPS[model], pretrained=None)
        layout = dict(dtype='float16', frames=16, channels=clip_model.embed_dims, taps=[4, clip_model.width])
        records = np.zeros((BANK_CLIPS, 1), record_dtype(**layout))
        generator = np.random.default_rng(0)
        for name in ('face', 'scene', 'taps'):
            records[name] = generator.standard_normal(records[name].shape, np.float32)
        records['mask'] = True
        np.save(folder / 'features.npy', records)
        names = list(config.class_names)
        clips = [[f'{number}', 16] for number in range(BANK_CLIPS)]
        header = dict(format=FORMAT, version=VERSION, dataset='random', views=0, clips=clips,
                      clip=dict(model=clip_model.name, pretrained=None, fingerprint=clip_model.fingerprint),
                      pipelines=dict(test=plain(pipeline_steps(config.test_pipeline))), **layout)
        (folder / 'index.json').write_text(
            dump_index(header, checksums(folder / 'features.npy')))
        write_annotation(folder / 'all.json', dict(dataset='random', classes=names), [
            dict(clip_id=clip_id, filename='none', total_frames=16, label=row % len(names))
            for row, (clip_id, _) in enumerate(clips)])
        return folder

    def training(self, model: str) -> Training:
        """Training from the bank, as tools/train.py --bank does it."""
        bank = str(self.bank(model))
        config = use_bank(self.config(model), bank)
        config.train_dataloader.dataset.update(
            ann_file=f'{bank}/all.json', classes=list(config.class_names))
        return Training(config)


class Training:
    """Single steps of a training from a bank.

    Args:
        config (Config): Of the training.
    """

    def __init__(self, config: Config) -> None:
        self.model = MODELS.build(config.model).train()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=config.lr)
        self.loader = DataLoader(DATASETS.build(config.train_dataloader.dataset), BATCH_SIZE,
                                 shuffle=True, drop_last=True, collate_fn=default_collate)
        self._batches = iter(())

    def load(self) -> dict:
        """A batch of samples."""
        batch = next(self._batches, None)
        if batch is None:
            self._batches = iter(self.loader)
            batch = next(self._batches)
        return batch

    def gather(self, batch: dict) -> tuple:
        """Its features."""
        data = self.model.data_preprocessor(batch, True)
        return self.model.backbone.encode_streams(**data['inputs']), data['data_samples']

    def update(self, streams, samples: list) -> None:
        """Forward, backward and the optimizer's step behind the backbone."""
        self.optimizer.zero_grad()
        losses = self.model.cls_head.loss(self.model.neck(streams), samples)
        self.model.parse_losses(losses)[0].backward()
        self.optimizer.step()

    def step(self) -> None:
        """A whole step."""
        self.update(*self.gather(self.load()))


def epoch(bench: Workbench) -> list[Row]:
    """An epoch from pixels and from the bank."""
    rows = []
    for model, target, frames in (('ViT-B/32', 10, 32), ('ViT-L/14', 100, 4)):
        training, clip_model = bench.training(model), load_clip_model(name=CLIPS[model], pretrained=None)
        images, places = torch.randn(frames, 3, 224, 224), iter(range(10**9))

        def read():
            return bench.clips[next(places) % len(bench.clips)]

        def encode():
            clip_model.encode_frames(images, 4)

        read_s, encode_s, step_s = side_by_side([read, encode, training.step], bench.repeats)
        per_clip = [r + e * 32 / frames for r, e in zip(read_s, encode_s)]
        pixels = [BATCH_SIZE * seconds_ + s for seconds_, s in zip(per_clip, step_s)]
        ratio, steps = median_ratio(pixels, step_s), EPOCH_CLIPS / BATCH_SIZE / 3600
        rows.append(Row(
            f'epoch of DFEW, {model}: bank, pixels (extrapolated from the reading of a clip, the '
            f'encoding of {frames} frames and a step)',
            f'{statistics.median(step_s) * steps:.2f} h',
            f'{statistics.median(pixels) * steps:.1f} h', f'1/{ratio:.0f}', f'≤ 1/{target}',
            ratio >= target))
    return rows


def extraction(bench: Workbench) -> list[Row]:
    """Extraction of a clip's features against the encoding alone."""
    rows = []
    config = bench.config('ViT-B/32')
    backbone, preprocessor = (MODELS.build(config.model[key]).eval()
                              for key in ('backbone', 'data_preprocessor'))
    data = pseudo_collate([bench.clips[0]])
    inputs = preprocessor(data)['inputs']
    images = torch.cat([inputs['face'], inputs['scene']]).flatten(0, 1)
    clip_model = backbone.clip_model
    dtype = record_dtype('float16', 16, clip_model.embed_dims, (4, clip_model.width))

    @torch.no_grad()
    def ours():
        records = pack(backbone.encode_streams(**preprocessor(data)['inputs']), dtype)
        np.save(bench.folder / 'part.npy', records)

    @torch.no_grad()
    def bare():
        clip_model.model.encode_image(images)

    rows.append(compare('a clip into the bank, decoding apart, ViT-B/32; open_clip\'s '
                        '`encode_image` on the same 32 frames', ours, bare, 2 * bench.repeats,
                        '≤ 1.05', 1.05))
    return rows


def faces(bench: Workbench) -> list[Row]:
    """Detection in batches against mmdet's own loop."""
    weights = WEIGHTS / 'face_detector.pth'
    detector = FaceDetector(bench.configs / 'detectors' / 'yolox_demo.py', weights)
    from mmdet.apis import inference_detector
    detector.model.cfg = detector.config
    from ous_mmaction.video import open_video
    images = []
    for path in sorted((bench.rendered / 'Clip' / 'original').glob('*.mp4'))[:4]:
        with open_video(path) as video:
            images += list(video.read(range(8)))

    def ours():
        detector.detect(images)

    def loop():
        for image in images:
            inference_detector(detector.model, np.ascontiguousarray(image[..., ::-1]),
                               test_pipeline=detector.pipeline)

    return [compare('faces of 32 frames in one batch, the demo\'s YOLOX; a loop over mmdet\'s '
                    '`inference_detector`', ours, loop, bench.repeats, '≤ 1', 1.)]


def loader(bench: Workbench) -> list[Row]:
    """Reading, splitting, augmenting and packing against decoding alone."""
    import decord
    clips = bench.clips
    paths = [clips.get_data_info(i)['filename'] for i in range(8)]

    def ours():
        for i in range(8):
            clips[i]

    def bare():
        for path in paths:
            video = decord.VideoReader(path, num_threads=1)
            frames = np.linspace(0, len(video) - 1, 16).round().astype(int)
            video.get_batch(frames).asnumpy()

    return [compare('8 clips of 192 px: read, split, augmented at 224 px and packed; bare decord '
                    'decoding of 16 frames', ours, bare, bench.repeats)]


def data_time(bench: Workbench) -> list[Row]:
    """Share of a step from the bank that is spent on its data."""
    training, shares, totals = bench.training('ViT-L/14'), [], []
    training.step()
    for _ in range(bench.repeats):
        begin = time.perf_counter()
        batch = training.gather(training.load())
        loaded = time.perf_counter()
        training.update(*batch)
        totals.append(time.perf_counter() - begin)
        shares.append((loaded - begin) / totals[-1])
    share, total = statistics.median(shares), statistics.median(totals)
    return [Row('data in a step from the bank, ViT-L/14: samples and gathering of features; the '
                'whole step', f'{share * total * 1e3:.1f} ms', f'{total * 1e3:.0f} ms',
                f'{share:.2%}', '< 1 %', share < 0.01)]


def fusion(bench: Workbench) -> list[Row]:
    """The fusion encoder against torch's decoder."""
    width, depth, queries, tokens = 768, 12, 2, 18
    ours = MCFE(width, num_blocks=depth, num_heads=8, num_queries=queries)
    hidden = next(layer.out_features for layer in ours.blocks[0].mlp.modules()
                  if isinstance(layer, nn.Linear))
    block = nn.TransformerDecoderLayer(width, 8, hidden, dropout=0., batch_first=True)
    theirs = nn.TransformerDecoder(block, depth)
    # With gradients, as the neck before it learns.
    x = nn.Parameter(torch.randn(BATCH_SIZE, tokens, width))
    padding = torch.zeros(BATCH_SIZE, tokens, dtype=torch.bool)
    query = nn.Parameter(torch.randn(1, queries, width))

    def run(output: Tensor, module: nn.Module) -> None:
        output.sum().backward()
        module.zero_grad()
        x.grad = query.grad = None

    return [compare(
        f'fusion head forward + backward, {depth} blocks, D = {width}, {tokens} tokens, batch '
        f'{BATCH_SIZE}; `nn.TransformerDecoder` of that width, depth and MLP ({hidden})',
        lambda: run(ours(x, padding), ours),
        lambda: run(theirs(query.expand(BATCH_SIZE, -1, -1), x, memory_key_padding_mask=padding),
                    theirs), 2 * bench.repeats, '≤ 1', 1.)]


def memory(bench: Workbench) -> list[Row]:
    """Peak memory of training at the paper's full size, in a process of its own."""
    bank = bench.bank('ViT-L/14')
    code = ('import sys; import ous_mmaction; from pathlib import Path; '
            'from maintenance.speed import training_peak; '
            'training_peak(Path(sys.argv[1]), Path(sys.argv[2]))')
    done = subprocess.run([sys.executable, '-c', code, str(bench.configs), str(bank.parent)],
                          capture_output=True, text=True, env=dict(
                              os.environ, PYTHONPATH=str(Path(__file__).parents[1])))
    if done.returncode:
        raise RuntimeError(done.stderr)
    measured = json.loads(done.stdout.splitlines()[-1])
    return [Row('peak memory of training from the bank on the CPU: ViT-L/14, M = 64, 12 blocks, '
                'batch 16, Adam; before it, with torch, model and CLIP (both towers) loaded',
                f'{measured["peak"]:.2f} GB', f'{measured["before"]:.2f} GB',
                f'{measured["peak"] / measured["before"]:.2f}')]


def training_peak(configs: Path, folder: Path) -> None:
    """Print resident memory in GB, before and at the peak of three steps, as JSON."""
    training = Workbench(configs, folder, 1).training('ViT-L/14')
    with open('/proc/self/statm') as file:
        before = int(file.read().split()[1]) * resource.getpagesize()
    for _ in range(3):
        training.step()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(dict(before=before / 1e9, peak=peak / 1e9)))


SECTIONS = dict(epoch=epoch, extraction=extraction, faces=faces, loader=loader,
                data=data_time, fusion=fusion, memory=memory)


def machine() -> str:
    """Processor, cores, load and versions, in two lines."""
    packages = ('torch', 'torchvision', 'mmengine', 'mmaction2', 'mmdet', 'open_clip_torch', 'av',
                'decord', 'numpy')
    return (f'{processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, load '
            f'{os.getloadavg()[0]:.1f}; Python {platform.python_version()}, '
            + ', '.join(f'{name} {version(name)}' for name in packages))
