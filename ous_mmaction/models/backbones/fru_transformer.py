from __future__ import annotations

import torch
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..layers.clip_size import check_clip_size
from ..layers.gated_temporal_adapter import GatedTemporalAdapter
from ..layers.vit_block import ViTBlock
from ..layers.vit_setup import VIT_INIT, drop_path_rates


@MODELS.register_module()
class FRUTransformer(BaseModule):
    """Backbone of FRU-Adapter: a ViT on frames with a temporal adapter beside every block.

    *FRU-Adapter: Frame Recalibration Unit Adapter for Dynamic Facial Expression Recognition*
    (Her et al., Electronics 2025), as its authors' code computes it. Training changes the class
    token, the adapters, all norms and the layers above. The other weights stay as an image model
    left them.

    Args:
        channels (int): C, width of the tokens. Defaults to 1024.
        depth (int): Number of blocks. Defaults to 24.
        num_heads (int): Number of heads of the ViT. Defaults to 16.
        adapter_channels (int): Width inside the adapters. Defaults to 128.
        num_frames (int): T. Defaults to 16.
        image_size (int): S, a multiple of the patch size. Defaults to 224.
        patch_size (int): Side of a patch in pixels. Defaults to 16.
        drop_path_rate (float): Drop-path of the last block. It rises linearly from 0. Defaults
            to 0.
        init_cfg (dict | list[dict], optional): Initialization config of MMEngine's ``BaseModule``.
            Defaults to VideoMAE's.
    """

    def __init__(self, *, channels: int = 1024, depth: int = 24, num_heads: int = 16,
                 adapter_channels: int = 128, num_frames: int = 16, image_size: int = 224,
                 patch_size: int = 16, drop_path_rate: float = 0.0,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg=init_cfg or VIT_INIT)
        self.clip_size = num_frames, image_size, image_size
        self.patch_embed = nn.Conv2d(3, channels, patch_size, stride=patch_size)
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (image_size // patch_size) ** 2, channels))
        self.blocks = nn.ModuleList(
            ViTBlock(channels, num_heads, drop_path=drop_path)
            for drop_path in drop_path_rates(drop_path_rate, depth))
        self.requires_grad_(False)
        for block in self.blocks:
            block.norm1.requires_grad_(True)
            block.norm2.requires_grad_(True)

        self.cls_token = nn.Parameter(torch.zeros(1, 1, channels))
        self.adapters = nn.ModuleList(
            GatedTemporalAdapter(channels, adapter_channels, num_frames) for _ in range(depth))
        self.fc_norm = nn.LayerNorm(channels, eps=1e-6)
        self.frame_fc = nn.Linear(channels, channels)
        self.clip_norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """Encode clips.

        Args:
            x (Tensor): Frames of shape (B, 3, T, S, S).

        Returns:
            Tensor: Features of shape (B, C).

        Raises:
            ValueError: If the clips have another size than the configured one.
        """
        check_clip_size(x, self.clip_size)
        x = self.patch_embed(x.transpose(1, 2).flatten(0, 1)).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + self.pos_embed
        for block, adapter in zip(self.blocks, self.adapters):
            x = block(x) + adapter(x)
        frames = self.frame_fc(self.fc_norm(x[:, 1:].mean(1)))
        return self.clip_norm(frames.unflatten(0, (-1, self.clip_size[0])).mean(1))
