from __future__ import annotations

import re

from mmaction.registry import OPTIM_WRAPPER_CONSTRUCTORS
from mmengine.optim import DefaultOptimWrapperConstructor
from torch import nn


def depth_of(name: str, num_blocks: int) -> int:
    """Return the depth of a parameter in a vision transformer.

    Args:
        name (str): Name of the parameter in the recognizer.
        num_blocks (int): Number of blocks of the backbone.

    Returns:
        int: 0 for the patch embedding, i + 1 for block i, ``num_blocks`` + 1 for the rest.

    Examples:
        >>> names = 'backbone.patch_embed.proj.bias', 'backbone.blocks.3.norm.bias', 'cls_head.fc'
        >>> [depth_of(name, num_blocks=12) for name in names]
        [0, 4, 13]
    """
    if name.startswith('backbone.patch_embed.'):
        return 0
    block = re.match(r'backbone\.blocks\.(\d+)\.', name)
    return int(block[1]) + 1 if block else num_blocks + 1


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class LayerDecayConstructor(DefaultOptimWrapperConstructor):
    """Learning rates that fall from the head to the patch embedding, as VideoMAE fine-tunes.

    Depth d (:func:`depth_of`) of a backbone with L blocks learns at ``decay_rate ** (L + 1 - d)``
    of the base rate. mmaction's constructor does the same for its own backbones only.

    Keys of ``paramwise_cfg``: ``decay_rate`` (float) and ``no_weight_decay`` (list[str]), names of
    parameters without weight decay besides the biases and norms, which never have one.
    """

    def add_params(self, params: list[dict], module: nn.Module, **kwargs) -> None:
        """Add one group for each learning rate and weight decay.

        Args:
            params (list[dict]): Groups, to which these are added.
            module (nn.Module): Recognizer whose backbone has ``blocks``.
            kwargs: Not used; part of MMEngine's interface.
        """
        num_blocks = len(module.backbone.blocks)
        exempt = tuple(self.paramwise_cfg.get('no_weight_decay', ()))
        groups = {}
        for name, parameter in module.named_parameters():
            if not parameter.requires_grad:
                continue
            rate = self.paramwise_cfg['decay_rate'] ** (num_blocks + 1 - depth_of(name, num_blocks))
            decays = parameter.dim() > 1 and not name.endswith(exempt)
            group = groups.setdefault((rate, decays), dict(
                params=[], lr=self.base_lr * rate, weight_decay=self.base_wd * decays))
            group['params'].append(parameter)
        params.extend(groups.values())
