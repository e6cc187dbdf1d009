"""Convert checkpoints of S2D, and the landmark net beside them, to ours."""
from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from ..models.backbones.s2d_transformer import read_landmark_net
from .state import complete_state
from .video_mae_line import VideoMAELine, rename_parts

_PARTS = {
    'temporal_embedding': 'temporal_embed', 'patch_embed.proj': 'patch_embed',
    'patch_embed_prompt.proj': 'landmark_embed', 'prompt_blocks': 'prompts',
    'conv0_0': 'image_down', 'conv0_1': 'landmark_down', 'conv1x1': 'up',
    'fovea.smooth': 'sharpness',
    'TMA.T_Adapter.D_fc1': 'adapter.time_down', 'TMA.T_Adapter.D_fc2': 'adapter.time_up',
    'TMA.T_Adapter.attn': 'adapter.attn', 'TMA.norm': 'adapter.norm',
    'TMA.S_Adapter.D_fc1': 'adapter.space_down', 'TMA.S_Adapter.D_fc2': 'adapter.space_up',
}


class S2DFamily(VideoMAELine):
    """Fine-tuned checkpoints of S2D, with plain or oversampled training."""

    name = 'S2D'
    repository = 'MSA-LMC/S2D'
    license = 'Apache-2.0'
    citation = ('Chen et al., From Static to Dynamic: Adapting Landmark-Aware Image Models for '
                'Facial Expression Recognition in Videos, IEEE TAFFC 2024')
    configs = dict(DFEW='s2d/s2d_dfew.py', FERV39k='s2d/s2d_ferv39k.py', MAFW='s2d/s2d_mafw.py')
    orders = dict(DFEW='D', FERV39k='A7', MAFW='MA')
    class_tensors = ('head.fc_cls.weight', 'head.fc_cls.bias')

    def recognize(self, tensors: Mapping[str, Tensor]) -> bool:
        """Whether landmarks are embedded."""
        return 'patch_embed_prompt.proj.weight' in tensors

    def convert(self, tensors: Mapping[str, Tensor], model: nn.Module) -> dict[str, Tensor]:
        """Rename the tensors, and add the landmark net, which is published as a file of its own."""
        path = getattr(model.backbone, 'landmark_checkpoint', None)
        if not path:
            raise ValueError('S2D reads the maps of a landmark net that its checkpoints lack. Give '
                             "the file in the repository's folder `landmark` with --config "
                             '... --cfg-options model.backbone.landmark_checkpoint=FILE')
        landmarks = {f'backbone.landmark_net.{name}': tensor
                     for name, tensor in read_landmark_net(path).items()}
        # The 1x1 convolutions of the prompts are linear layers here.
        tensors = {name: x.flatten(1) if name.endswith('.weight') and '.conv' in name else x
                   for name, x in tensors.items()}
        # The norm after the last block is in the file, but nothing reads it.
        unused = f'backbone.prompt_norms.{len(model.backbone.blocks) - 1}.'
        return complete_state({**rename_parts(tensors, _PARTS), **landmarks}, model, [unused])
