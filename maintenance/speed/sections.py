"""The sections of the speed benchmark: each measures one part of the package and returns rows."""
from __future__ import annotations

import itertools
import os
import platform
import time
from importlib.metadata import version

import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.dataset import pseudo_collate
from torch import Tensor, nn

from maintenance.complexity import processor
from ous_mmaction.detection import FaceDetector
from ous_mmaction.features.extraction import pack_records
from ous_mmaction.features.feature_bank import record_dtype
from ous_mmaction.models.layers.ous.mcfe import MCFE
from ous_mmaction.models.tower_precision import fastest_precision
from ous_mmaction.rendered import WEIGHTS
from ous_mmaction.video import open_video

from .bank_training import BATCH_SIZE
from .comparison import Comparison, compare, compare_rounds, measure_side_by_side
from .films import compare_films
from .memory import measure_memory
from .training_step import compare_prompts, compare_step
from .workbench import Workbench

EPOCH_CLIPS = 9356  # training clips of DFEW, fold 1


def compare_epochs(bench: Workbench) -> list[Comparison]:
    """Compare an epoch from the feature bank with an epoch from pixels."""
    return [_compare_epoch(bench, 'ViT-B/32', target=10, num_frames=32),
            _compare_epoch(bench, 'ViT-L/14', target=100, num_frames=4)]


def _compare_epoch(bench: Workbench, model: str, target: int, num_frames: int) -> Comparison:
    """Compare epochs of one CLIP, whose encoding is measured on ``num_frames`` frames."""
    training, clip_model = bench.training(model), bench.clip_model(model)
    images, indices = torch.randn(num_frames, 3, 224, 224), itertools.count()

    def read() -> dict:
        return bench.clips[next(indices) % len(bench.clips)]

    def encode() -> None:
        clip_model.encode_frames(images, 4)

    read_s, encode_s, step_s = measure_side_by_side([read, encode, training.step], bench.repeats)
    per_clip = [r + e * 32 / num_frames for r, e in zip(read_s, encode_s)]
    pixels = [BATCH_SIZE * clip_s + s for clip_s, s in zip(per_clip, step_s)]
    return compare_rounds(
        f'epoch of DFEW, {model}: from the bank; from pixels (extrapolated from reading one clip, '
        f'encoding {num_frames} frames and one step)', step_s, pixels,
        lambda seconds: f'{seconds * EPOCH_CLIPS / BATCH_SIZE / 3600:.2f} h', 1 / target)


def compare_extraction(bench: Workbench) -> list[Comparison]:
    """Compare the extraction of a clip's features with the encoding alone."""
    config = bench.config('ViT-B/32')
    backbone, preprocessor = (MODELS.build(config.model[key]).eval()
                              for key in ('backbone', 'data_preprocessor'))
    data = pseudo_collate([bench.clips[0]])
    inputs = preprocessor(data)['inputs']
    images = torch.cat([inputs['face'], inputs['scene']]).flatten(0, 1)
    clip_model = backbone.clip_model
    dtype = record_dtype('float16', 16, clip_model.embed_dims, (4, clip_model.width))

    @torch.no_grad()
    def ours() -> None:
        streams = backbone.encode_streams(**preprocessor(data)['inputs'])
        np.save(bench.folder / 'part.npy', pack_records(streams, dtype))

    @torch.no_grad()
    def baseline() -> None:
        clip_model.model.encode_image(images)

    return [compare("one clip into the bank, without decoding, ViT-B/32; open_clip's "
                    '`encode_image` on the same 32 frames', ours, baseline, 2 * bench.repeats,
                    1.05)]


def compare_precision(bench: Workbench) -> list[Comparison]:
    """Compare encoding in the precision that suits the processor with open_clip's own float32."""
    precision, clip_model = fastest_precision('cpu'), bench.clip_model('ViT-L/14')
    images = torch.randn(4, 3, 224, 224)

    @torch.no_grad()
    def baseline() -> None:
        clip_model.model.encode_image(images)

    return [compare(f"4 frames through ViT-L/14 in {precision}; open_clip's `encode_image` in fp32",
                    lambda: clip_model.encode_frames(images, precision=precision), baseline,
                    bench.repeats, 0.5)]


def compare_face_detection(bench: Workbench, device: str = 'cpu',
                           limit: float = 1.) -> list[Comparison]:
    """Compare face detection in batches with mmdet's own loop."""
    from mmdet.apis import inference_detector
    weights = WEIGHTS / 'face_detector.pth'
    detector = FaceDetector(bench.configs / 'detectors' / 'yolox_demo.py', weights, device)
    detector.model.cfg = detector.config
    images = []
    for path in sorted((bench.rendered / 'Clip' / 'original').glob('*.mp4'))[:4]:
        with open_video(path) as video:
            images += list(video.read(range(8)))

    def ours() -> None:
        detector.detect(images)

    def baseline() -> None:
        for image in images:
            inference_detector(detector.model, np.ascontiguousarray(image[..., ::-1]),
                               test_pipeline=detector.pipeline)

    return [compare("faces of 32 frames in one batch, the demo's YOLOX; a loop over mmdet's "
                    '`inference_detector`', ours, baseline, bench.repeats, limit)]


def compare_loading(bench: Workbench) -> list[Comparison]:
    """Compare reading, splitting, augmenting and packing with decoding alone."""
    import decord
    clips = bench.clips
    paths = [clips.get_data_info(i)['filename'] for i in range(8)]

    def ours() -> None:
        for i in range(8):
            clips[i]

    def baseline() -> None:
        for path in paths:
            video = decord.VideoReader(path, num_threads=1)
            frames = np.linspace(0, len(video) - 1, 16).round().astype(int)
            video.get_batch(frames).asnumpy()

    return [compare('8 clips of 192 px: read, split, augmented at 224 px and packed; plain decord '
                    'decoding of 16 frames', ours, baseline, bench.repeats)]


def measure_data_time(bench: Workbench) -> list[Comparison]:
    """Measure the share of its data in a step from the bank."""
    training, data, totals = bench.training('ViT-L/14'), [], []
    training.step()
    for _ in range(bench.repeats):
        start = time.perf_counter()
        batch = training.gather(training.load())
        data.append(time.perf_counter() - start)
        training.update(*batch)
        totals.append(time.perf_counter() - start)
    return [compare_rounds('data in a step from the bank, ViT-L/14: loading samples and gathering '
                           'features; the whole step', data, totals, limit=0.01,
                           show_ratio='{:.2%}'.format)]


def compare_fusion(bench: Workbench) -> list[Comparison]:
    """Compare the fusion encoder with torch's decoder."""
    width, depth, num_queries, tokens = 768, 12, 2, 18
    ours = MCFE(channels=width, num_blocks=depth, num_heads=8, num_queries=num_queries)
    hidden = next(layer.out_features for layer in ours.blocks[0].mlp.modules()
                  if isinstance(layer, nn.Linear))
    block = nn.TransformerDecoderLayer(width, 8, hidden, dropout=0., batch_first=True)
    baseline = nn.TransformerDecoder(block, depth)
    # With gradients, since the neck before the encoder is trained.
    x = nn.Parameter(torch.randn(BATCH_SIZE, tokens, width))
    padding = torch.zeros(BATCH_SIZE, tokens, dtype=torch.bool)
    query = nn.Parameter(torch.randn(1, num_queries, width))

    def backward(output: Tensor, module: nn.Module) -> None:
        output.sum().backward()
        module.zero_grad()
        x.grad = query.grad = None

    def run_ours() -> None:
        backward(ours(x, padding), ours)

    def run_baseline() -> None:
        queries = query.expand(BATCH_SIZE, -1, -1)
        backward(baseline(queries, x, memory_key_padding_mask=padding), baseline)

    return [compare(
        f'fusion head forward + backward, {depth} blocks, D = {width}, {tokens} tokens, batch '
        f'{BATCH_SIZE}; `nn.TransformerDecoder` of the same width, depth and MLP ({hidden})',
        run_ours, run_baseline, 2 * bench.repeats, 1.)]


SECTIONS = dict(epoch=compare_epochs, extraction=compare_extraction, precision=compare_precision,
                faces=compare_face_detection, loader=compare_loading, data=measure_data_time,
                prompts=compare_prompts, fusion=compare_fusion, step=compare_step,
                memory=measure_memory, films=compare_films)


def describe_machine() -> str:
    """Describe the processor, its cores and load, and the versions of Python and packages."""
    packages = ('torch', 'torchvision', 'mmengine', 'mmaction2', 'mmdet', 'open_clip_torch', 'av',
                'decord', 'numpy')
    return (f'{processor()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, load '
            f'{os.getloadavg()[0]:.1f}; Python {platform.python_version()}, '
            + ', '.join(f'{name} {version(name)}' for name in packages))
