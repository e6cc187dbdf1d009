"""In which type of number a frozen image tower computes."""
from __future__ import annotations

import copy

import torch
from torch import nn

PRECISIONS = dict(fp32=torch.float32, bf16=torch.bfloat16, fp16=torch.float16)


def fastest_precision(device: str | torch.device) -> str:
    """Return the precision in which the hardware multiplies fastest.

    Args:
        device (str | torch.device): A device.

    Returns:
        str: ``'fp16'`` on CUDA. On a CPU ``'bf16'`` if torch reports instructions for it (AVX-512
        BF16 or AMX). Otherwise ``'fp32'``.
    """
    kind = torch.device(device).type
    if kind == 'cuda':
        return 'fp16'
    # Torch before 2.5 does not report the instructions.
    reports = [getattr(torch.cpu, name, None) for name in
               ('_is_avx512_bf16_supported', '_is_amx_tile_supported')]
    return 'bf16' if kind == 'cpu' and any(report and report() for report in reports) else 'fp32'


def prepare_tower(visual: nn.Module, precision: str, compiled: bool) -> nn.Module:
    """Copy an image tower of open_clip for a precision.

    The weights of the patch embedding, of the attention and of the MLPs are cast once, and so is
    what flows into them. Norms, positions, the sums along the residual connections and the final
    projection stay float32.

    Args:
        visual (nn.Module): ViT tower in float32.
        precision (str): A key of :data:`PRECISIONS`.
        compiled (bool): Whether ``torch.compile`` compiles the blocks, on their first use.

    Returns:
        nn.Module: The copy. In float32 it shares the weights of the tower.
    """
    shared = {id(p): p for p in visual.parameters()} if precision == 'fp32' else {}
    tower = copy.deepcopy(visual, shared)
    blocks = tower.transformer.resblocks
    if precision != 'fp32':
        dtype = PRECISIONS[precision]
        tower.conv1.to(dtype=dtype, memory_format=torch.channels_last)
        tower.conv1.register_forward_pre_hook(lambda _, args: args[0].to(dtype))
        tower.ln_pre.register_forward_pre_hook(lambda _, args: args[0].float())
        for block in blocks:
            for part, norm in ((block.attn, block.ln_1), (block.mlp, block.ln_2)):
                part.to(dtype)
                norm.register_forward_hook(lambda *args: args[-1].to(dtype))
    if compiled:
        # The blocks alone, because hooks read their outputs and they share one compilation.
        for block in blocks:
            block.forward = torch.compile(block.forward)
    return tower
