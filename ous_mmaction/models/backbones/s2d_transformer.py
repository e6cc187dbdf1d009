from __future__ import annotations

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...checkpoints import foreign_tensors, load_state_dict, read_foreign
from ..layers.clip_size import check_clip_size
from ..layers.landmark_net import LandmarkNet
from ..layers.landmark_prompt import LandmarkPrompt
from ..layers.vit_block import ViTBlock
from ..layers.vit_setup import VIT_INIT


@MODELS.register_module()
class S2DTransformer(BaseModule):
    """Backbone of S2D: a frozen ViT on frames, led by facial landmarks and adapted over time.

    *From Static to Dynamic: Adapting Landmark-Aware Image Models for Facial Expression Recognition
    in Videos* (Chen et al., IEEE TAFFC 2024), as its authors' code computes it. Training changes
    the landmark prompts with their norms and projection, the temporal adapters and positions, and
    the last norm. The ViT and the landmark net stay as they are.

    Args:
        channels (int): C, width of the tokens. Defaults to 768.
        depth (int): Number of blocks. Defaults to 12.
        num_heads (int): Number of heads of the ViT. Defaults to 12.
        adapter_heads (int): Number of heads of the adapters. Defaults to 8.
        num_frames (int): T. Defaults to 16.
        image_size (int): S, a multiple of the patch size. Defaults to 224.
        patch_size (int): Side of a patch in pixels. Defaults to 16.
        landmark_net (dict, optional): Arguments of :class:`LandmarkNet`.
        landmark_checkpoint (str, optional): File of the landmark net in its authors' layout. It is
            read before training, and by tools/convert_checkpoint.py. Checkpoints of this model
            contain the net. Defaults to None, a random net.
        init_cfg (dict | list[dict], optional): Initialization config of MMEngine's ``BaseModule``.
            Defaults to VideoMAE's.
    """

    def __init__(self, *, channels: int = 768, depth: int = 12, num_heads: int = 12,
                 adapter_heads: int = 8, num_frames: int = 16, image_size: int = 224,
                 patch_size: int = 16, landmark_net: dict | None = None,
                 landmark_checkpoint: str | None = None,
                 init_cfg: dict | list | None = None) -> None:
        super().__init__(init_cfg=init_cfg or VIT_INIT)
        self.num_frames = num_frames
        self.clip_size = num_frames, image_size, image_size
        self.landmark_checkpoint = landmark_checkpoint
        self.side = image_size // patch_size
        self.patch_embed = nn.Conv2d(3, channels, patch_size, stride=patch_size)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, channels))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + self.side ** 2, channels))
        self.blocks = nn.ModuleList(ViTBlock(channels, num_heads) for _ in range(depth))
        self.landmark_net = LandmarkNet(**landmark_net or {})
        self.requires_grad_(False)

        self.landmark_embed = nn.Conv2d(self.landmark_net.out_channels, channels, 1)
        self.temporal_embed = nn.Parameter(torch.zeros(1, num_frames, channels))
        self.prompts = nn.ModuleList(LandmarkPrompt(channels, adapter_heads) for _ in range(depth))
        self.prompt_norms = nn.ModuleList(
            nn.LayerNorm(channels, eps=1e-6) for _ in range(max(1, depth - 1)))
        self.ln_post = nn.LayerNorm(channels, eps=1e-6)

    def init_weights(self) -> None:
        """Initialize the weights and read the landmark net.

        Raises:
            FileNotFoundError: If the file of the landmark net is missing.
            ValueError: If it cannot be read safely or holds another net.
        """
        super().init_weights()
        if self.landmark_checkpoint:
            tensors = read_landmark_net(self.landmark_checkpoint)
            load_state_dict(self.landmark_net, tensors, self.landmark_checkpoint)

    def train(self, mode: bool = True) -> S2DTransformer:
        """Set the mode of all parts but the landmark net, whose batch norms stay as they are."""
        super().train(mode)
        self.landmark_net.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Encode clips.

        Args:
            x (Tensor): Frames of shape (B, 3, T, S, S).

        Returns:
            Tensor: Features of shape (B, C), the mean of the frames' class tokens.

        Raises:
            ValueError: If the clips have another size than the configured one.
        """
        check_clip_size(x, self.clip_size)
        frames = x.transpose(1, 2).flatten(0, 1)
        landmarks = self.encode_landmarks(frames)
        x = self.patch_embed(frames).flatten(2).transpose(1, 2)
        norm = self.prompt_norms[0]
        landmarks, adapted = self.prompts[0](norm(x), norm(landmarks), self.num_frames)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x + adapted + landmarks], 1)
        x = x + self.pos_embed + self.temporal_embed.transpose(0, 1).repeat(
            x.shape[0] // self.num_frames, 1, 1)
        x = self.blocks[0](x)
        for prompt, image_norm, block in zip(self.prompts[1:], self.prompt_norms, self.blocks[1:]):
            landmarks, adapted = prompt(image_norm(x[:, 1:]), norm(landmarks), self.num_frames)
            x = block(torch.cat([x[:, :1], x[:, 1:] + adapted + landmarks], 1))
        return self.ln_post(x[:, 0]).unflatten(0, (-1, self.num_frames)).mean(1)

    def encode_landmarks(self, frames: Tensor) -> Tensor:
        """Encode frames with the landmark net, (N, 3, S, S) -> tokens (N, P, C)."""
        with torch.no_grad():
            small = F.interpolate(frames, size=2 * [8 * self.side], mode='bilinear',
                                  align_corners=True)
            maps = self.landmark_net(small)
        return self.landmark_embed(maps).flatten(2).transpose(1, 2)


def read_landmark_net(path: str) -> dict[str, Tensor]:
    """Read the tensors of S2D's landmark net that S2D uses, by our names.

    Args:
        path (str): File in its authors' layout.

    Returns:
        dict[str, Tensor]: Tensors of :class:`LandmarkNet`.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file cannot be read without running code.
    """
    unused = ('conv_45.', 'conv_5.', 'conv_6_sep.', 'output_layer.')
    return {name.replace('.model.', '.').replace('.prelu.', '.activate.'): tensor
            for name, tensor in foreign_tensors(read_foreign(path), path).items()
            if not name.startswith(unused)}
