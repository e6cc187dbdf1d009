"""Convert checkpoints of FRU-Adapter to ours."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from mmengine.config import Config
from torch import Tensor, nn

from .source import Source
from .state import complete_state
from .video_mae_line import VideoMAELine, rename_parts

_PARTS = {
    'patch_embed.proj': 'patch_embed', 'classifier.norm': 'clip_norm', 'classifier.fc1': 'frame_fc',
    'tsea_blocks': 'adapters', 'T_linear1': 'gate', 'linear1': 'down', 'linear2': 'up',
    'ln': 'norm', 'TFormer.norm': 'attn_norm', 'TFormer.proj_output': 'attn.proj',
    'TFormer.qkv': 'attn.qkv',
}


class FRUAdapterFamily(VideoMAELine):
    """Fine-tuned checkpoints of FRU-Adapter."""

    name = 'FRU-Adapter'
    repository = 'SeoulTech-HCIRLab/FRU-Adapter'
    license = 'MIT; parts of the model code under the license of MAE'
    citation = ('Her et al., FRU-Adapter: Frame Recalibration Unit Adapter for Dynamic Facial '
                'Expression Recognition, Electronics 14(5), 2025')
    configs = {'DFEW': 'fru_adapter/fru_adapter_dfew.py',
               'DFEW, 16 frames': 'fru_adapter/fru_adapter_dfew_16f.py',
               'FERV39k': 'fru_adapter/fru_adapter_ferv39k.py',
               'MAFW': 'fru_adapter/fru_adapter_mafw.py'}
    orders = {'DFEW': 'D', 'DFEW, 16 frames': 'D', 'FERV39k': 'D', 'MAFW': 'MO'}
    class_tensors = ('classifier.fc2.weight', 'classifier.fc2.bias')

    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether there are adapters."""
        return any(name.startswith('tsea_blocks.') for name in tensors)

    def dataset(self, source: Source) -> str | None:
        """Return the dataset, or None for DFEW, where two kinds of files bear the same name."""
        named = super().dataset(source)
        return None if named == 'DFEW' else named

    def prepare(self, source: Source, config: Config) -> None:
        """Refuse a config of another dataset for files of both kinds of DFEW."""
        own = next((dataset for dataset, file in self.configs.items()
                    if Path(file).name == Path(config.filename or '').name), 'DFEW')
        if super().dataset(source) == 'DFEW' and not own.startswith('DFEW'):
            raise ValueError('the checkpoint says that it was trained on DFEW, but the config is '
                             f'for {own}. Give the config for native crops or for 16 frames, as '
                             "the file's name says")
        super().prepare(source, config)

    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """Rename the tensors and stack queries, keys and values.

        The head of the image model is in the file, but nothing reads it.
        """
        named = {name.replace('classifier.fc2.', 'head.'): x
                 for name, x in tensors.items() if not name.startswith('head.')}
        return complete_state(rename_parts(_stack_projections(named), _PARTS), model)


def _stack_projections(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Stack ``proj_Q``, ``proj_K`` and ``proj_V`` to ``qkv`` where all three are there."""
    stacked = dict(tensors)
    for name in tensors:
        parts = [name.replace('.proj_Q.', f'.proj_{letter}.') for letter in 'QKV']
        if '.proj_Q.' in name and all(part in tensors for part in parts):
            stacked[name.replace('.proj_Q.', '.qkv.')] = torch.cat(
                [stacked.pop(part) for part in parts])
    return stacked
