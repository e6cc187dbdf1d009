from __future__ import annotations

from collections.abc import Iterable

import torch
from mmaction.registry import OPTIMIZERS
from mmengine.utils import digit_version


@OPTIMIZERS.register_module()
class FusedAdam(torch.optim.Adam):
    """Adam in one kernel per tensor, where torch has it: on GPUs, and on CPUs since torch 2.4.

    The steps are those of ``torch.optim.Adam`` up to rounding. Torch itself takes the loop over
    single operations by default, which on a CPU takes several times as long.

    Args:
        params (Iterable): Parameters or parameter groups.
        **kwargs (object): Further arguments of ``torch.optim.Adam``.
    """

    def __init__(self, params: Iterable, **kwargs) -> None:
        super().__init__(params, **kwargs)
        kinds = {param.device.type for group in self.param_groups for param in group['params']}
        on_cpu = digit_version(torch.__version__) >= digit_version('2.4')
        if kinds <= ({'cuda', 'cpu'} if on_cpu else {'cuda'}):
            for group in [self.defaults, *self.param_groups]:
                group['fused'] = True
