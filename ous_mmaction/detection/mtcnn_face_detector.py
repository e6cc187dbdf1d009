from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NoReturn

import torch
import torch.nn.functional as F
from mmdet.models.detectors import BaseDetector
from mmdet.registry import MODELS
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData
from torch import Tensor
from torchvision.ops import batched_nms, roi_align

from . import mtcnn_weights  # noqa: F401  (registers the source of the weights)
from .mtcnn_net import MTCNNNet, output_net, proposal_net, refinement_net

PYRAMID_STEP = 0.709  # about 1 / sqrt(2): each level has half as many pixels as the one before
WINDOW, STRIDE = 12, 2  # of the proposal net
CHUNK = 128  # windows per forward pass


@MODELS.register_module()
class MTCNNFaceDetector(BaseDetector):
    """MTCNN as a detector of mmdet, for inference: a cascade of three small nets.

    The first net slides over a pyramid of the images, and the other two refine its proposals. All
    images of a batch, and all of their windows, pass through a net together.

    Source: Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional
    Networks", 2016. Weights: those in the package facenet-pytorch
    (``facenet-pytorch://mtcnn``).

    Args:
        min_face_size (float): Minimum side of a face in pixels of the network's input. Defaults to
            20.
        score_thrs (Sequence[float]): Minimum score of a face in each net. Defaults to
            (0.6, 0.7, 0.7).
        data_preprocessor (dict, optional): Must produce RGB images with pixel values v normalized
            to (v - 127.5) / 128.
        init_cfg (dict, optional): Names the weights.
    """

    def __init__(self,
                 min_face_size: float = 20,
                 score_thrs: Sequence[float] = (0.6, 0.7, 0.7),
                 data_preprocessor: dict | None = None,
                 init_cfg: dict | None = None) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.min_face_size = min_face_size
        self.score_thrs = tuple(score_thrs)
        self.pnet = proposal_net()
        self.rnet = refinement_net()
        self.onet = output_net()

    def predict(self, batch_inputs: Tensor, batch_data_samples: list[DetDataSample],
                rescale: bool = True) -> list[DetDataSample]:
        """Write the faces of each image into its data sample.

        Args:
            batch_inputs (Tensor): Normalized images of shape (N, 3, H, W).
            batch_data_samples (list[DetDataSample]): N samples.
            rescale (bool): Whether to return boxes in pixels of the original images. Defaults to
                True.

        Returns:
            list[DetDataSample]: The samples. ``pred_instances`` has ``bboxes`` of shape (n, 4),
            xyxy in pixels, ``scores`` of shape (n,) and ``labels`` of shape (n,), all zero.
        """
        results = []
        for faces, sample in zip(self._forward(batch_inputs), batch_data_samples):
            boxes, scores = faces[:, :4], faces[:, 4]
            if rescale and 'scale_factor' in sample:
                boxes = boxes / boxes.new_tensor(sample.scale_factor).repeat(2)
            results.append(InstanceData(
                bboxes=boxes, scores=scores, labels=torch.zeros_like(scores, dtype=torch.long)))
        return self.add_pred_to_datasample(batch_data_samples, results)

    def _forward(self, batch_inputs: Tensor, batch_data_samples: list | None = None
                 ) -> list[Tensor]:
        """Find the faces of each image.

        Args:
            batch_inputs (Tensor): Normalized images of shape (N, 3, H, W).
            batch_data_samples (list, optional): Not used.

        Returns:
            list[Tensor]: For each image the rows x1, y1, x2, y2 (pixels of the input) and score,
            of shape (n, 5).
        """
        image_inds, boxes = self._propose(batch_inputs)
        image_inds, boxes, scores, offsets = self._refine(
            self.rnet, 24, self.score_thrs[1], batch_inputs, image_inds, square_boxes(boxes))
        keep = batched_nms(boxes.double(), scores.double(), image_inds, 0.7)
        image_inds, boxes = image_inds[keep], shift_boxes(boxes[keep], offsets[keep])
        image_inds, boxes, scores, offsets = self._refine(
            self.onet, 48, self.score_thrs[2], batch_inputs, image_inds, square_boxes(boxes))
        faces = torch.cat([shift_boxes(boxes, offsets), scores[:, None]], dim=1)
        per_image = [faces[image_inds == image] for image in range(len(batch_inputs))]
        return [faces[suppress_nested(faces, 0.7)] for faces in per_image]

    def _propose(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Propose windows: the index of the image (n,) and the box (n, 4) of each."""
        size = images.shape[-2:]
        levels = [self._propose_at(images, level) for level in pyramid(size, self.min_face_size)]
        if not levels:  # images smaller than the smallest face
            return images.new_zeros(0, dtype=torch.long), images.new_zeros(0, 4)
        image_inds, boxes, scores, offsets = map(torch.cat, zip(*levels))
        keep = batched_nms(boxes.double(), scores.double(), image_inds, 0.7)
        return image_inds[keep], shift_boxes(boxes[keep], offsets[keep])

    def _propose_at(self, images: Tensor, size: tuple[int, int]) -> tuple[Tensor, ...]:
        """Propose windows at one level of the pyramid: image indices, boxes, scores, offsets."""
        scores, offsets = self.pnet(F.interpolate(images, size, mode='area'))
        image_inds, rows, columns = (scores >= self.score_thrs[0]).nonzero(as_tuple=True)
        corners = torch.stack([columns, rows], dim=1) * STRIDE
        boxes = torch.cat([corners, corners + WINDOW], dim=1)
        # The sides of a level are whole pixels, so the scales along x and y differ slightly.
        scale = images.new_tensor([images.shape[-1] / size[1], images.shape[-2] / size[0]])
        boxes, scores = boxes * scale.repeat(2), scores[image_inds, rows, columns]
        keep = batched_nms(boxes.double(), scores.double(), image_inds, 0.5)
        proposals = image_inds, boxes, scores, offsets[image_inds, :, rows, columns]
        return tuple(tensor[keep] for tensor in proposals)

    def _refine(self, net: MTCNNNet, side: int, score_thr: float, images: Tensor,
                image_inds: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Keep the boxes that a net accepts: image indices, boxes, scores, offsets."""
        rois = torch.cat([image_inds[:, None].to(boxes), boxes], dim=1)
        # Outside the image, roi_align returns zero, the middle of the value range.
        scores, offsets = score_windows(net, roi_align(images, rois, side, aligned=True))
        accepted = scores > score_thr
        return image_inds[accepted], boxes[accepted], scores[accepted], offsets[accepted]

    def loss(self, *args, **kwargs) -> NoReturn:
        """Refuse to train."""
        raise NotImplementedError('MTCNNFaceDetector is for inference only and comes trained')

    def extract_feat(self, batch_inputs: Tensor) -> NoReturn:
        """Refuse to extract features."""
        raise NotImplementedError('MTCNNFaceDetector has no features apart from its three nets')


def pyramid(size: tuple[int, int], min_face_size: float) -> Iterator[tuple[int, int]]:
    """Sizes of the image pyramid's levels, at each of which a face fills one window.

    Args:
        size (tuple[int, int]): Height and width of the images.
        min_face_size (float): Minimum side of a face in pixels.

    Yields:
        tuple[int, int]: Height and width of each level.

    Examples:
        >>> list(pyramid((48, 64), min_face_size=24))
        [(25, 33), (18, 23), (13, 17)]
    """
    scale = WINDOW / min_face_size
    while min(size) * scale >= WINDOW:
        yield tuple(int(side * scale + 1) for side in size)
        scale *= PYRAMID_STEP


def score_windows(net: MTCNNNet, windows: Tensor) -> tuple[Tensor, Tensor]:
    """Score windows with results that do not depend, to the bit, on the other windows.

    Some kernels round differently at another batch size, so the batch size is always the same.

    Args:
        net (MTCNNNet): Net that scores the windows.
        windows (Tensor): Windows of shape (n, 3, side, side).

    Returns:
        tuple[Tensor, Tensor]: Scores of shape (n,) and offsets of shape (n, 4).
    """
    padded = F.pad(windows, (0, 0) * 3 + (0, -len(windows) % CHUNK))
    parts = zip(*(net(chunk) for chunk in padded.split(CHUNK)))
    scores, offsets = (torch.cat(part).flatten(1)[:len(windows)] for part in parts)
    return scores[:, 0], offsets


def square_boxes(boxes: Tensor) -> Tensor:
    """Expand boxes (n, 4) around their centers to squares on their longer sides.

    Examples:
        >>> square_boxes(torch.tensor([[0., 2., 4., 4.]]))
        tensor([[0., 1., 4., 5.]])
    """
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True) / 2
    return torch.cat([centers - half, centers + half], dim=1)


def shift_boxes(boxes: Tensor, offsets: Tensor) -> Tensor:
    """Shift the sides of boxes (n, 4) by offsets (n, 4) in units of box width and height.

    Examples:
        >>> shift_boxes(torch.tensor([[0., 0., 10., 20.]]), torch.tensor([[0.5, 0., 0., 0.25]]))
        tensor([[ 5.,  0., 10., 25.]])
    """
    return boxes + offsets * (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)


def suppress_nested(faces: Tensor, threshold: float) -> list[int]:
    """Keep only the better one of any two nested faces.

    Args:
        faces (Tensor): Rows x1, y1, x2, y2, score of shape (n, 5).
        threshold (float): A face is dropped if its intersection with a better face covers more than
            this fraction of the smaller one of the two.

    Returns:
        list[int]: Indices of the kept faces in descending order of score.
    """
    boxes = faces[:, :4]
    area = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    inter = (torch.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
             - torch.maximum(boxes[:, None, :2], boxes[None, :, :2])).clamp(min=0).prod(2)
    nested = (inter > threshold * torch.minimum(area[:, None], area[None])).tolist()
    kept: list[int] = []
    for face in faces[:, 4].argsort(descending=True, stable=True).tolist():
        if not any(nested[face][better] for better in kept):
            kept.append(face)
    return kept
