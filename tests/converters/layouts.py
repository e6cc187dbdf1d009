"""Random tensors in the layouts of published checkpoints, and their way through the converter."""
import re
from itertools import product

import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from ous_mmaction.converters import convert_checkpoint

from ..running import ROOT
from .forged import save


def expand(name):
    """List the names of a sheet's line: `{0..2}` is a range, `{weight,bias}` a choice."""
    parts = re.split(r'\{(.*?)\}', name)
    choices = [[part] if i % 2 == 0 else options(part) for i, part in enumerate(parts)]
    return [''.join(choice) for choice in product(*choices)]


def options(text):
    first, dots, last = text.partition('..')
    return list(map(str, range(int(first), int(last) + 1))) if dots else text.split(',')


def shapes_of(lines):
    """Shapes by name, from pairs of a sheet's name and the shape."""
    return {name: shape for line, shape in lines for name in expand(line)}


def count(shapes):
    return len(shapes), sum(torch.Size(shape).numel() for shape in shapes.values())


def draw(shapes, scale=0.3):
    """Random tensors; the scales of norms lie around one, so that all of them matter."""
    return {name: (1 if 'norm' in name and name.endswith('weight') else 0)
            + scale * torch.randn(shape) for name, shape in shapes.items()}


def converted_model(content, folder, config, sizes):
    """Convert a file's content with a config at small sizes, and build the model that loads it."""
    config = Config.fromfile(ROOT / 'configs' / config)
    config.merge_from_dict(sizes)
    path, out = save(content, folder / 'released.pth'), folder / 'ours.pth'
    checkpoint = convert_checkpoint(path, out, ROOT / 'configs', config)
    model = MODELS.build(config.model)
    model.load_state_dict(checkpoint['state_dict'], strict=True)
    return model.eval(), checkpoint
