"""Size and cost of a config's model: parameters, multiply-accumulates and time per clip."""
from __future__ import annotations

import functools
import json
import os
import platform
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

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
    """Size of a model and cost of a clip.

    Attributes:
        trained (int): Number of parameters that training changes.
        total (int): Number of all parameters. Both towers of a frozen CLIP count once.
        macs (int): Multiply-accumulates per clip in one view, from normalized frames to scores.
        text_macs (int): Multiply-accumulates of the class prompts in the text tower, which are
            computed once rather than once per clip.
    """

    trained: int
    total: int
    macs: int
    text_macs: int


def draw_clip(folder: Path) -> dict:
    """Write a clip of noise as a folder of frames.

    Args:
        folder (Path): Folder of the frames, which is created.

    Returns:
        dict: Record of the clip for any test pipeline, with frames, face crops and boxes.
    """
    folder.mkdir(parents=True)
    generator = np.random.default_rng(0)
    for number in range(1, CLIP_FRAMES + 1):
        frame = generator.integers(0, 256, (CLIP_SIZE, CLIP_SIZE, 3), np.uint8)
        cv2.imwrite(str(folder / f'{number:05d}.jpg'), frame)
    # A face smaller than the frame, because two equal streams would be encoded once.
    box = np.float32([CLIP_SIZE / 4, CLIP_SIZE / 4, CLIP_SIZE / 2, CLIP_SIZE / 2])
    boxes = FaceBoxes('1', (CLIP_SIZE, CLIP_SIZE), np.tile(box, (CLIP_FRAMES, 1)),
                      np.ones(CLIP_FRAMES, bool), 1)
    return dict(clip_id='1', frame_dir=str(folder), face_dir=str(folder), clip_boxes=boxes,
                total_frames=CLIP_FRAMES, start_index=0, label=0)


class MeasuredModel:
    """The model of a config with random weights, and a clip as its input.

    Args:
        config (Config): Config with ``model`` and ``test_dataloader``.
        clip (dict): Record from :func:`draw_clip`.

    Attributes:
        key (str): Key that configs with the same network and the same input share.
    """

    def __init__(self, config: Config, clip: dict) -> None:
        pipeline = pipeline_steps(config.test_dataloader.dataset.pipeline)
        # The cost is that of one view.
        pipeline = [dict(step, num_views=1) if step['type'] == 'SampleViews' else step
                    for step in pipeline]
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
        """The model in eval mode."""
        model = MODELS.build(self._network)
        model.eval()
        return model

    @functools.cached_property
    def _inputs(self) -> dict:
        return self.model.data_preprocessor(self._data, False)

    @torch.no_grad()
    def run(self) -> None:
        """Run the model from normalized frames to scores."""
        self.model(**self._inputs, mode='predict')

    @torch.no_grad()
    def complexity(self) -> Complexity:
        """Count the model's parameters and multiply-accumulates. Call it before :meth:`run`.

        Returns:
            Complexity: Size of the model and cost of the clip.
        """
        parameters = count_parameters(self.model)
        # torch's counter fails on parameters that require a gradient under no_grad.
        self.model.requires_grad_(False)
        # Counted first, because the prompts cache the class features when the model runs.
        prompts = getattr(self.model.cls_head, 'prompts', None)
        text_macs = count_macs(prompts) if prompts else 0
        return Complexity(*parameters, count_macs(self.run), text_macs)


def count_parameters(model: nn.Module) -> tuple[int, int]:
    """Count the parameters of a model.

    Args:
        model (nn.Module): The model.

    Returns:
        tuple[int, int]: Number of trained parameters, and of all parameters including those of a
        frozen CLIP.
    """
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    clip_models = {module.clip_model.model for module in model.modules()
                   if isinstance(module, CLIPHolder)}
    return trained, sum(p.numel() for part in (model, *clip_models) for p in part.parameters())


def count_macs(call: Callable[[], Any]) -> int:
    """Count the multiply-accumulates of convolutions and matrix products, as papers do.

    :mod:`mmengine.analysis` agrees on convolutions and linear layers but omits fused attention and
    recurrent layers. Here both run without fusion, so that torch's counter sees their products.

    Args:
        call (Callable[[], Any]): Call to count.

    Returns:
        int: Number of multiply-accumulates.
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
    """Measure the shortest processor time of a call on one thread.

    Processor time is robust against other work on the machine.

    Args:
        call (Callable[[], Any]): Call to measure.
        enough (float): Total seconds after which the call is not repeated. Defaults to 2.

    Returns:
        float: Seconds.
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
    """Return the name of the processor."""
    name = platform.processor() or platform.machine()
    if os.path.exists('/proc/cpuinfo'):
        lines = Path('/proc/cpuinfo').read_text().splitlines()
        name = next((line.split(':')[1].strip() for line in lines if 'model name' in line), name)
    return name
