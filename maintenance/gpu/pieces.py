"""The pieces: each measures one thing and returns what its JSON file holds."""
from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import torch
import torch.distributed as dist
from mmaction.registry import MODELS
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.flop_counter import FlopCounterMode

from maintenance.speed.sections import compare_face_detection

from .gpu_bench import DFEW_CLIPS, FRAMES, GPUBench

EPOCHS = 60
# Dense float16 operations per second, from the makers' data sheets.
PEAKS = {'H200': 989e12, 'H100': 989e12, 'A100': 312e12, 'L40S': 362e12}
SUITE = ['tests/models', 'tests/features', 'tests/detection', 'tests/engine']
SUITE_TIMEOUT = 480  # seconds


def check_parity(bench: GPUBench) -> dict:
    """Compare logits and gradients of CPU and device, automatic precision, and held banks."""
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.manual_seed(0)
    model = MODELS.build(bench.config.model).eval()
    frames = 2, 2 if bench.tiny else FRAMES, 3, bench.image_size, bench.image_size
    inputs = dict(face=torch.randn(frames), scene=torch.randn(frames),
                  mask=torch.ones(frames[:2], dtype=torch.bool))
    expected = _logits_and_gradient(model.cpu(), inputs)
    model.to(bench.device)
    inputs = {name: value.to(bench.device) for name, value in inputs.items()}
    found = _logits_and_gradient(model, inputs)
    result = dict(logits=_difference(found[0], expected[0]),
                  gradients=_difference(found[1], expected[1]))
    for name in ('float16', 'bfloat16'):
        with torch.autocast(bench.device, getattr(torch, name)):
            logits, gradient = _logits_and_gradient(model, inputs)
        result[name] = dict(logits=_difference(logits, expected[0]),
                            finite=bool(gradient.isfinite().all()))
    host, device = (bench.training(64, hold) for hold in ('host', 'device'))
    batch = host.load()
    pairs = zip(host.gather(batch)[0], device.gather(batch)[0])
    return dict(result, held_alike=all(torch.equal(a, b) for a, b in pairs))


def _logits_and_gradient(model: nn.Module, inputs: dict) -> tuple[Tensor, Tensor]:
    """Return logits and all gradients as one vector, on the CPU."""
    model.zero_grad()
    logits = model.extract_feat(inputs, stage='head')[0]
    (logits.float() ** 2).mean().backward()
    gradients = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
    return logits.detach().float().cpu(), torch.cat(gradients).float().cpu()


def _difference(found: Tensor, expected: Tensor) -> float:
    """Largest difference, relative to the largest value."""
    return float((found - expected).abs().max() / expected.abs().max())


def run_suite(bench: GPUBench) -> dict:
    """Run the tests of the rooms that touch a device."""
    root = Path(__file__).parents[2]
    tests = ['tests/test_atomic_files.py'] if bench.tiny else SUITE
    command = [sys.executable, '-m', 'pytest', '-q', '--tb=short', *tests]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True,
                              timeout=SUITE_TIMEOUT, env=dict(os.environ, PYTHONPATH=str(root)))
    except subprocess.TimeoutExpired as error:
        return dict(passed=False, end=f'did not end within {error.timeout:.0f} s', tests=tests)
    return dict(passed=done.returncode == 0, end=done.stdout.strip().splitlines()[-1], tests=tests)


class _Loss(nn.Module):
    """What DistributedDataParallel wraps: the loss of a batch of features."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.neck, self.head, self.parse = model.neck, model.cls_head, model.parse_losses

    def forward(self, streams: tuple, samples: list) -> Tensor:
        """Compute the loss."""
        return self.parse(self.head.loss(self.neck(streams), samples))[0]


def check_distributed(bench: GPUBench) -> dict:
    """Compare gradients of one process with those of one and of two distributed ones."""
    worlds = [1, 2] if torch.cuda.device_count() > 1 and bench.device != 'cpu' else [1]
    result = {}
    for world in worlds:
        rendezvous = bench.folder / f'rendezvous_{world}_{os.getpid()}'
        arguments = world, str(rendezvous), bench.folder, bench.device, bench.tiny
        if world == 1:
            result['1'] = _distributed_difference(0, *arguments)
        else:
            torch.multiprocessing.spawn(_distributed_difference, arguments, nprocs=world)
            result[str(world)] = float((bench.folder / f'ddp_{world}.txt').read_text())
        rendezvous.unlink(missing_ok=True)
    return dict(backend='gloo' if bench.device == 'cpu' else 'nccl', difference=result)


def _distributed_difference(rank: int, world: int, rendezvous: str, folder: Path, device: str,
                            tiny: bool) -> float:
    """Return how far the gradients of a share of a batch, averaged, are from the batch's."""
    configs = Path(__file__).parents[2] / 'configs'
    if device != 'cpu':
        torch.cuda.set_device(rank)
    dist.init_process_group('gloo' if device == 'cpu' else 'nccl', rank=rank, world_size=world,
                            init_method=f'file://{rendezvous}')
    try:
        torch.manual_seed(0)
        training = GPUBench(configs, folder, device, 0, tiny).training(64)
        streams, samples = training.gather(training.load())
        loss = _Loss(training.model.eval())
        loss(streams, samples).backward()
        expected = [p.grad.clone() for p in loss.parameters() if p.grad is not None]
        loss.zero_grad()
        share = slice(rank, None, world)
        wrapped = DistributedDataParallel(loss, find_unused_parameters=True)
        wrapped(type(streams)(*(value[share] for value in streams)), samples[share]).backward()
        found = [p.grad for p in loss.parameters() if p.grad is not None]
        difference = max(_difference(a, b) for a, b in zip(found, expected) if b.abs().max() > 0)
    finally:
        dist.destroy_process_group()
    if rank == 0:
        (folder / f'ddp_{world}.txt').write_text(repr(difference))
    return difference


@torch.no_grad()
def measure_extraction(bench: GPUBench) -> dict:
    """Measure images per second of CLIP's image tower with taps, and its share of the peak."""
    clip_model = bench.work.clip_model(bench.clip_name)
    visual = clip_model.model.visual.to(bench.device)
    size = bench.image_size
    with FlopCounterMode(display=False) as counter:
        visual(torch.zeros(1, 3, size, size, device=bench.device))
    operations, name = counter.get_total_flops(), device_name(bench)
    peak = next((peak for model, peak in PEAKS.items() if model in name), None)
    rows = []
    dtype = torch.bfloat16 if bench.device == 'cpu' else torch.float16
    for batch in bench.batch_sizes:
        images = torch.randn(batch, 3, size, size, device=bench.device)
        for layout in (torch.contiguous_format, torch.channels_last):
            with torch.autocast(bench.device, dtype):
                laid = images.contiguous(memory_format=layout)
                rate = batch * bench.rate(partial(clip_model.encode_frames, laid, 4))
                plain = batch * bench.rate(partial(clip_model.model.encode_image, laid))
            rows.append(dict(batch=batch, layout=str(layout).split('.')[-1], images=rate,
                             open_clip=plain, mfu=peak and rate * operations / peak))
    return dict(rows=rows, best=max(row['images'] for row in rows), dtype=str(dtype),
                operations=operations, memory=bench.peak_gigabytes())


def measure_training(bench: GPUBench) -> dict:
    """Measure training steps from the bank, in float32 and bfloat16, by where the bank lies."""
    rows = []
    for hold, dtype in itertools.product(('host', 'device'), (torch.float32, torch.bfloat16)):
        training = bench.training(64 if bench.tiny else 512, hold)
        bench.peak_gigabytes()
        with torch.autocast(bench.device, dtype, enabled=dtype != torch.float32):
            rate = bench.rate(training.step)
        rows.append(dict(hold=hold, dtype=str(dtype), steps=rate, memory=bench.peak_gigabytes()))
    return dict(rows=rows)


def measure_faces(bench: GPUBench) -> dict:
    """Compare face detection in batches with mmdet's own loop."""
    [row] = compare_face_detection(bench.work, bench.device, limit=1 / 3)
    return row._asdict()


def train_fold(bench: GPUBench) -> dict:
    """Train as many of 60 epochs of a DFEW-sized bank as fit into the time; go on next time."""
    training, state = bench.training(bench.fold_clips, 'device'), bench.folder / 'fold_state.pth'
    epochs, seconds, total = 0, 0., 2 if bench.tiny else EPOCHS
    if state.exists():
        saved = torch.load(state, map_location=bench.device, weights_only=True)
        training.model.load_state_dict(saved['model'])
        training.optimizer.load_state_dict(saved['optimizer'])
        epochs, seconds = saved['epochs'], saved['seconds']
    begin = time.perf_counter()
    while epochs < total and (time.perf_counter() - begin < bench.seconds or bench.tiny):
        start = time.perf_counter()
        for batch in training.loader:
            training.update(*training.gather(batch))
        bench.synchronize()
        epochs, seconds = epochs + 1, seconds + time.perf_counter() - start
    torch.save(dict(model=training.model.state_dict(), optimizer=training.optimizer.state_dict(),
                    epochs=epochs, seconds=seconds), state)
    return dict(epochs=epochs, of=total, seconds=seconds, clips=bench.fold_clips,
                extracted_images=DFEW_CLIPS * 2 * FRAMES)


def device_name(bench: GPUBench) -> str:
    """Return the name of the device."""
    return 'CPU' if bench.device == 'cpu' else torch.cuda.get_device_name()


PIECES = dict(parity=check_parity, suite=run_suite, ddp=check_distributed,
              extraction=measure_extraction, training=measure_training, faces=measure_faces,
              fold=train_fold)
