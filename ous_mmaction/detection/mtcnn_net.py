from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class MTCNNNet(nn.Module):
    """One net of MTCNN's cascade: is a window a face, and where in the window does it lie?

    The dense layers of the paper are convolutions over all that is left of the window, so that each
    net slides over pictures of any size.

    Source: Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional
    Networks", 2016, Fig. 2.

    Args:
        layers (Sequence[tuple[int, int, int]]): Of each convolution its outputs, the size of its
            kernel and that of the pooling behind it (stride 2; 0 for none).
    """

    def __init__(self, layers: Sequence[tuple[int, int, int]]) -> None:
        super().__init__()
        trunk: list[nn.Module] = []
        width = 3
        for outputs, kernel, pool in layers:
            trunk += [nn.Conv2d(width, outputs, kernel), nn.PReLU(outputs)]
            if pool:
                trunk.append(nn.MaxPool2d(pool, 2, ceil_mode=True))
            width = outputs
        self.trunk = nn.Sequential(*trunk)
        self.face = nn.Conv2d(width, 2, 1)
        self.shift = nn.Conv2d(width, 4, 1)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Judge every window of pictures.

        Args:
            pictures: (N, 3, H, W) RGB, pixels v as (v - 127.5) / 128.

        Returns:
            (N, h, w) probability of a face, and (N, 4, h, w) how far the sides x1, y1, x2, y2 of
            its box lie from those of the window, in widths and heights of the window.
        """
        features = self.trunk(pictures)
        return self.face(features).softmax(1)[:, 1], self.shift(features)


def proposal_net() -> MTCNNNet:
    """P-Net, windows of 12 pixels."""
    return MTCNNNet([(10, 3, 2), (16, 3, 0), (32, 3, 0)])


def refinement_net() -> MTCNNNet:
    """R-Net, windows of 24 pixels."""
    return MTCNNNet([(28, 3, 3), (48, 3, 3), (64, 2, 0), (128, 3, 0)])


def output_net() -> MTCNNNet:
    """O-Net, windows of 48 pixels; without its landmarks."""
    return MTCNNNet([(32, 3, 3), (64, 3, 3), (64, 3, 2), (128, 2, 0), (256, 3, 0)])
