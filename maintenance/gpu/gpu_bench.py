from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import Callable

import torch
from mmengine.config import Config

from maintenance.speed import Workbench
from maintenance.speed.bank_training import BankTraining
from ous_mmaction.features.use_bank import use_bank

DFEW_CLIPS = 11_697  # of all folds, which one extraction encodes
FOLD_CLIPS = 9_356  # training clips of fold 1
FRAMES = 16


class GPUBench:
    """Device, sizes and clock that the pieces share.

    Args:
        configs (Path): The folder ``configs`` of the repository.
        folder (Path): Folder for results and banks.
        device (str): ``'cuda'`` or ``'cpu'``.
        seconds (float): How long each measurement runs, at least once.
        tiny (bool): Whether to run on the demo's CLIP and few clips, to try the pieces out.
    """

    def __init__(self, configs: Path, folder: Path, device: str, seconds: float,
                 tiny: bool) -> None:
        self.folder, self.device, self.seconds, self.tiny = folder, device, seconds, tiny
        folder.mkdir(parents=True, exist_ok=True)
        self.work = Workbench(configs, folder, repeats=1 if tiny else 5)
        self.clip_name = 'demo' if tiny else 'ViT-L/14'
        self.fold_clips = 32 if tiny else FOLD_CLIPS
        self.image_size = 64 if tiny else 224
        self.batch_sizes = (2, 4) if tiny else (64, 128, 256, 512)

    @functools.cached_property
    def config(self) -> Config:
        """The paper's config with the CLIP of these pieces and random weights."""
        return self.work.config(self.clip_name)

    def training(self, clips: int, hold: str = 'host') -> BankTraining:
        """Return a training from a bank of random features, on the device.

        Args:
            clips (int): Number of clips of the bank.
            hold (str): Where the bank lies, see :class:`FeatureBankBackbone`.
        """
        bank = str(self.work.bank(self.clip_name, clips))
        config = use_bank(self.work.config(self.clip_name), bank)
        config.model.backbone.hold = hold
        config.train_dataloader.dataset.update(
            ann_file=f'{bank}/all.json', classes=list(config.class_names))
        training = BankTraining(config)
        training.model.to(self.device)
        return training

    def synchronize(self) -> None:
        """Wait until the device has done its work."""
        if self.device != 'cpu':
            torch.cuda.synchronize()

    def rate(self, call: Callable[[], object]) -> float:
        """Return calls per second, after two calls that do not count."""
        for _ in range(2):
            call()
        self.synchronize()
        start, calls = time.perf_counter(), 0
        while not calls or time.perf_counter() - start < self.seconds:
            call()
            calls += 1
            if calls % 10 == 0:
                self.synchronize()
        self.synchronize()
        return calls / (time.perf_counter() - start)

    def peak_gigabytes(self) -> float | None:
        """Return the peak memory of the device since the last call; None on a CPU."""
        if self.device == 'cpu':
            return None
        peak = torch.cuda.max_memory_allocated() / 1e9
        torch.cuda.reset_peak_memory_stats()
        return peak
