"""Size and cost of a config's model: parameters, multiply-accumulates and time of a clip."""
from __future__ import annotations

import functools
import json
import os
import platform
import time
import warnings
from pathlib import Path
from typing import Any, Callable, NamedTuple

import cv2
import numpy as np
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ous_mmaction.datasets.dfer_dataset import pipeline_steps
from ous_mmaction.datasets.face_boxes import FaceBoxes
from ous_mmaction.models.clip_holder import CLIPHolder

CLIP_FRAMES, CLIP_SIZE = 32, 224


class Complexity(NamedTuple):
    """What a model weighs and what a clip costs.

    Attributes:
        trained: Parameters that training changes.
        total: All of them; both towers of a frozen CLIP count once.
        macs: Multiply-accumulates of a clip, from normalised frames to scores, in one view.
        text_macs: Those of the class prompts through the text tower: once, not once a clip.
    """

    trained: int
    total: int
    macs: int
    text_macs: int


def draw_clip(folder: Path) -> dict:
    """A clip of noise as a folder of frames, and its record for any test pipeline.

    Args:
        folder: For the frames; it is made.

    Returns:
        Record with everything that a transform of ours may read: frames, face crops, boxes.
    """
    folder.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for number in range(1, CLIP_FRAMES + 1):
        frame = generator.integers(0, 256, (CLIP_SIZE, CLIP_SIZE, 3), np.uint8)
        cv2.imwrite(str(folder / f'{number:05d}.jpg'), frame)
    boxes = FaceBoxes.whole_frame('1', (CLIP_SIZE, CLIP_SIZE), CLIP_FRAMES)
    return dict(clip_id='1', frame_dir=str(folder), face_dir=str(folder), clip_boxes=boxes,
                total_frames=CLIP_FRAMES, start_index=0, label=0)


class Subject:
    """The model of a config with random weights, and a clip for it.

    Args:
        config: Its ``model`` and ``test_dataloader`` are read.
        clip: Record of :func:`draw_clip`.

    Attributes:
        key (str): The same for configs of one network and one input.
    """

    def __init__(self, config: Config, clip: dict) -> None:
        pipeline = pipeline_steps(config.test_dataloader.dataset.pipeline)
        if pipeline[0]['type'] == 'ReadImage':
            clip = dict(clip, filename=str(next(Path(clip['frame_dir']).iterdir())))
        self._network = config.model.to_dict()
        for part in self._network.values():
            if isinstance(part, dict) and 'clip_model' in part:
                part['clip_model'] = dict(part['clip_model'], pretrained=None)
        self._data = pseudo_collate([Compose(pipeline)(dict(clip))])
        inputs = self._data['inputs']
        shapes = {name: value[0].shape for name, value in (
            inputs if isinstance(inputs, dict) else dict(imgs=inputs)).items()}
        self.key = json.dumps([self._network, shapes], sort_keys=True, default=str)

    @functools.cached_property
    def model(self) -> nn.Module:
        """The model, in evaluation."""
        model = MODELS.build(self._network)
        model.eval()
        return model

    @functools.cached_property
    def _inputs(self) -> dict:
        return self.model.data_preprocessor(self._data, False)

    @torch.no_grad()
    def run(self) -> None:
        """From normalised frames to scores."""
        self.model(**self._inputs, mode='predict')

    @torch.no_grad()
    def complexity(self) -> Complexity:
        """What the model weighs and what the clip costs; to be asked before :meth:`run`."""
        parameters = count_parameters(self.model)
        # torch's counter stumbles over parameters that need a gradient and are not to get one.
        self.model.requires_grad_(False)
        # Once run, the prompts keep the class features.
        prompts = getattr(self.model.cls_head, 'prompts', None)
        text_macs = count_macs(prompts) if prompts else 0
        return Complexity(*parameters, count_macs(self.run), text_macs)


def count_parameters(model: nn.Module) -> tuple[int, int]:
    """Parameters that are trained, and all, those of a frozen CLIP included."""
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    clips = {module.clip_model.model for module in model.modules() if isinstance(module, CLIPHolder)}
    return trained, sum(p.numel() for part in (model, *clips) for p in part.parameters())


def count_macs(call: Callable[[], Any]) -> int:
    """Multiply-accumulates of a call: convolutions and matrix products, as papers count them.

    :mod:`mmengine.analysis` agrees on convolutions and linear layers but leaves out fused attention
    and recurrent layers. Here neither is fused, so that torch's counter meets their products.
    """
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings('ignore', message='TF32')
            with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH), \
                    FlopCounterMode(display=False) as counter:
                call()
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
    return counter.get_total_flops() // 2


def processor_seconds(call: Callable[[], Any], enough: float = 2.) -> float:
    """Shortest processor time of a call on one thread, on a machine that others use too.

    Args:
        call: What is measured.
        enough: Seconds after which it is not repeated.
    """
    threads, times = torch.get_num_threads(), []
    torch.set_num_threads(1)
    try:
        while sum(times) < enough:
            begin = time.process_time()
            call()
            times.append(time.process_time() - begin)
    finally:
        torch.set_num_threads(threads)
    return min(times)


def processor() -> str:
    """What the processor calls itself."""
    name = platform.processor() or platform.machine()
    if os.path.exists('/proc/cpuinfo'):
        lines = Path('/proc/cpuinfo').read_text().splitlines()
        name = next((line.split(':')[1].strip() for line in lines if 'model name' in line), name)
    return name
