from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class MTCNNNet(nn.Module):
    """One net of MTCNN's cascade: is a window a face, and where in the window is it?

    The dense layers of the paper are convolutions over the whole remaining feature map of a window,
    so that each net slides over images of any size.

    Source: Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional
    Networks", 2016, Fig. 2.

    Args:
        layers (Sequence[tuple[int, int, int]]): For each convolution its output channels, its
            kernel size and the kernel size of the pooling after it (stride 2; 0 for no pooling).
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

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Score every window of the images.

        Args:
            images (Tensor): RGB images of shape (N, 3, H, W), with pixel values v normalized to
                (v - 127.5) / 128.

        Returns:
            tuple[Tensor, Tensor]: Probabilities of a face, of shape (N, h, w); and offsets of the
            sides x1, y1, x2, y2 of its box from those of the window, as fractions of the window's
            width and height, of shape (N, 4, h, w).
        """
        features = self.trunk(images)
        return self.face(features).softmax(1)[:, 1], self.shift(features)


def proposal_net() -> MTCNNNet:
    """Build P-Net, for windows of 12 pixels."""
    return MTCNNNet([(10, 3, 2), (16, 3, 0), (32, 3, 0)])


def refinement_net() -> MTCNNNet:
    """Build R-Net, for windows of 24 pixels."""
    return MTCNNNet([(28, 3, 3), (48, 3, 3), (64, 2, 0), (128, 3, 0)])


def output_net() -> MTCNNNet:
    """Build O-Net, for windows of 48 pixels, without its landmarks."""
    return MTCNNNet([(32, 3, 3), (64, 3, 3), (64, 3, 2), (128, 2, 0), (256, 3, 0)])
