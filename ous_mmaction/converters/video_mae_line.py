"""What the converters of the methods that descend from VideoMAE share."""
from __future__ import annotations

from collections.abc import Mapping

import torch
from mmengine.config import Config
from torch import Tensor

from ..datasets.dfer_dataset import pipeline_steps
from .family import Family
from .source import Source

# Parts of the names that all methods of the line share, and ours.
_SHARED = {'mlp.fc1': 'mlp.c_fc', 'mlp.fc2': 'mlp.c_proj'}


class VideoMAELine(Family):
    """Checkpoints whose ``args`` tell dataset and sampling rate."""

    class_tensors = ('head.weight', 'head.bias')

    def num_classes(self, tensors: Mapping[str, Tensor]) -> int:
        """Return the number of rows of the classifier."""
        return len(tensors[self.class_tensors[0]])

    def dataset(self, source: Source) -> str | None:
        """Return the dataset that the command line of the training names."""
        named = str(source.notes.get('args', {}).get('data_set', ''))
        if not named:
            return None
        for dataset in self.configs:
            if dataset.lower() == named.lower():
                return dataset
        raise ValueError(f'the checkpoint says that it was trained on {named}, but there are only '
                         f'configs for {", ".join(self.configs)}. Give your own by --config')

    def prepare(self, source: Source, config: Config) -> None:
        """Compare the distance of the frames in training with that of the config's test views."""
        rate = source.notes.get('args', {}).get('sampling_rate')
        for step in pipeline_steps(config.test_dataloader.dataset.pipeline):
            stride = step.get('stride', 1)
            if rate is not None and step['type'] == 'SampleViews' and stride != rate:
                raise ValueError(f'the checkpoint was trained at a sampling rate of {rate}, but '
                                 f'the config has {stride}. Set the key `stride` of '
                                 f'SampleViews to {rate}, in training and test')


def fuse_queries(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Stack the weights of queries on those of keys and values, as :class:`Attention` holds them.

    Args:
        tensors (Mapping[str, Tensor]): Tensors by name, with ``*.q.weight`` and ``*.kv.weight``.

    Returns:
        dict[str, Tensor]: Tensors with ``*.qkv.weight`` in their place.

    Examples:
        >>> x = torch.ones(2, 2)
        >>> fuse_queries({'attn.q.weight': x, 'attn.kv.weight': torch.cat([x, x])}).keys()
        dict_keys(['attn.qkv.weight'])
    """
    fused = {}
    for name, tensor in tensors.items():
        queries = name.replace('.kv.weight', '.q.weight')
        if name.endswith('.kv.weight') and queries in tensors:
            fused[name.replace('.kv.', '.qkv.')] = torch.cat([tensors[queries], tensor])
        elif not (name.endswith('.q.weight') and name.replace('.q.', '.kv.') in tensors):
            fused[name] = tensor
    return fused


def rename_parts(tensors: Mapping[str, Tensor], parts: Mapping[str, str]) -> dict[str, Tensor]:
    """Rename dotted parts of names, and put the classifier into the head.

    Args:
        tensors (Mapping[str, Tensor]): Tensors by released name, the classifier's with ``head.``.
        parts (Mapping[str, str]): Our part by released part, besides those of the MLPs. A part
            consists of one or several whole words between dots.

    Returns:
        dict[str, Tensor]: Tensors by the names of a recognizer with an :class:`EmotionHead`.

    Examples:
        >>> x = torch.ones(2)
        >>> list(rename_parts({'blocks.0.mlp.fc1.bias': x, 'norm.bias': x, 'head.bias': x},
        ...                   {'norm': 'fc_norm'}))
        ['backbone.blocks.0.mlp.c_fc.bias', 'backbone.fc_norm.bias', 'cls_head.fc_cls.bias']
    """
    renamed = {}
    for name, tensor in tensors.items():
        if name.startswith('head.'):
            renamed['cls_head.fc_cls.' + name.rpartition('.')[2]] = tensor
            continue
        dotted = f'.{name}.'
        for part, ours in {**_SHARED, **parts}.items():
            dotted = dotted.replace(f'.{part}.', f'.{ours}.')
        renamed[f'backbone.{dotted[1:-1]}'] = tensor
    return renamed
