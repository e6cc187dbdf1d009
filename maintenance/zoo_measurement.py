"""Measure the size and the speed of the zoo's models and write them into the metafiles."""
from __future__ import annotations

import copy
import datetime
import tempfile
from collections.abc import Iterable
from pathlib import Path

import torch
from mmengine.config import Config

from maintenance.complexity import (
    Complexity,
    MeasuredModel,
    draw_clip,
    processor,
    processor_seconds,
)
from maintenance.zoo import TIME, Zoo, update_metadata


def measure_models(zoo: Zoo, models: Iterable[dict], times: bool = True) -> None:
    """Measure models and write their size and their time per clip into the metafiles.

    Configs with the same network and the same input are measured once. The metafiles are written
    after every model.

    Args:
        zoo (Zoo): The zoo.
        models (Iterable[dict]): Models of its metafiles.
        times (bool): Whether to measure the time, too, and not keep what the metafiles have.
            Defaults to True.
    """
    known: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        clip = draw_clip(Path(folder) / 'clip')
        for model in models:
            measured = MeasuredModel(Config.fromfile(zoo.root / model['Config']), clip)
            if measured.key not in known:
                known[measured.key] = size_metadata(measured.complexity())
                if times:
                    known[measured.key] |= time_metadata(processor_seconds(measured.run))
            # A copy, because YAML writes shared objects as references.
            update_metadata(model, copy.deepcopy(known[measured.key]))
            zoo.write(zoo.metafile_texts())


def size_metadata(complexity: Complexity) -> dict:
    """Describe the size of a model in metadata.

    Args:
        complexity (Complexity): Size and cost of the model.

    Returns:
        dict: Metadata. ``Trained Parameters`` is None if all parameters are trained, and
        ``Text FLOPs`` is None if there are none.
    """
    partly = complexity.trained != complexity.total
    return {'Parameters': f'{complexity.total / 1e6:.2f}M',
            'Trained Parameters': f'{complexity.trained / 1e6:.2f}M' if partly else None,
            'FLOPs': f'{complexity.macs / 1e9:.2f}G',
            'Text FLOPs': f'{complexity.text_macs / 1e9:.2f}G' if complexity.text_macs else None}


def time_metadata(seconds: float) -> dict:
    """Describe the time per clip on this machine today in metadata.

    Args:
        seconds (float): Time per clip.

    Returns:
        dict: Metadata.
    """
    return {TIME: [{
        'value': round(1e3 * seconds, 1), 'hardware': f'one core of {processor()}',
        'backend': f'PyTorch {torch.__version__}', 'batch size': 1, 'mode': 'FP32',
        'date': str(datetime.date.today())}]}
