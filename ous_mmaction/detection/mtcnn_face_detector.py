from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from mmdet.models.detectors import BaseDetector
from mmdet.registry import MODELS
from mmengine.structures import InstanceData
from torch import Tensor
from torchvision.ops import batched_nms, roi_align

from . import mtcnn_weights  # noqa: F401  (registers where the weights come from)
from .mtcnn_net import MTCNNNet, output_net, proposal_net, refinement_net

PYRAMID_STEP = 0.709  # about 1 / sqrt(2): every level has half the pixels of the one before
WINDOW, STRIDE = 12, 2  # of the proposal net
CHUNK = 128  # windows a forward


@MODELS.register_module()
class MTCNNFaceDetector(BaseDetector):
    """MTCNN as a detector of mmdet, for inference: a cascade of three small nets.

    The first slides over a pyramid of the images, the second and third look again at what it
    proposes. All images of a batch, and the windows of all of them, go through a net together.

    Source: Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional
    Networks", 2016. Weights: those that the package facenet-pytorch carries
    (``facenet-pytorch://mtcnn``).

    Args:
        min_face_size (float): Least side of a face, pixels of the network's input.
        score_thrs (Sequence[float]): Least score of a face in each net.
        data_preprocessor (dict, optional): Has to give RGB, pixels v as (v - 127.5) / 128.
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

    def predict(self, batch_inputs: Tensor, batch_data_samples: list,
                rescale: bool = True) -> list:
        """Write the faces of each image into its data sample.

        Args:
            batch_inputs: (N, 3, H, W) normalised images.
            batch_data_samples: N samples.
            rescale: Give boxes in pixels of the original images.

        Returns:
            The samples; ``pred_instances`` has ``bboxes`` (n, 4) xyxy pixels, ``scores`` (n,) and
            ``labels`` (n,), all zero.
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
        """The faces of each image, (n, 5) x1, y1, x2, y2 in pixels of the input, and score."""
        owners, boxes = self._propose(batch_inputs)
        owners, boxes, scores, shifts = self._look(
            self.rnet, 24, self.score_thrs[1], batch_inputs, owners, square(boxes))
        keep = batched_nms(boxes.double(), scores.double(), owners, 0.7)
        owners, boxes = owners[keep], moved(boxes[keep], shifts[keep])
        owners, boxes, scores, shifts = self._look(
            self.onet, 48, self.score_thrs[2], batch_inputs, owners, square(boxes))
        faces = torch.cat([moved(boxes, shifts), scores[:, None]], dim=1)
        faces = [faces[owners == image] for image in range(len(batch_inputs))]
        return [own[without_nested(own, 0.7)] for own in faces]

    def _propose(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Where a face may be: number of the image (n,), and box (n, 4)."""
        size = images.shape[-2:]
        levels = [self._propose_at(images, level) for level in pyramid(size, self.min_face_size)]
        if not levels:  # images smaller than the smallest face
            return images.new_zeros(0, dtype=torch.long), images.new_zeros(0, 4)
        owners, boxes, scores, shifts = map(torch.cat, zip(*levels))
        keep = batched_nms(boxes.double(), scores.double(), owners, 0.7)
        return owners[keep], moved(boxes[keep], shifts[keep])

    def _propose_at(self, images: Tensor, size: tuple[int, int]) -> tuple[Tensor, ...]:
        """Windows at one level of the pyramid: owners, boxes, scores and shifts."""
        scores, shifts = self.pnet(F.interpolate(images, size, mode='area'))
        owners, rows, columns = (scores >= self.score_thrs[0]).nonzero(as_tuple=True)
        corners = torch.stack([columns, rows], dim=1) * STRIDE
        boxes = torch.cat([corners, corners + WINDOW], dim=1)
        # The sides of a level are whole pixels, so the scales along x and y differ slightly.
        scale = images.new_tensor([images.shape[-1] / size[1], images.shape[-2] / size[0]])
        boxes, scores = boxes * scale.repeat(2), scores[owners, rows, columns]
        keep = batched_nms(boxes.double(), scores.double(), owners, 0.5)
        found = owners, boxes, scores, shifts[owners, :, rows, columns]
        return tuple(tensor[keep] for tensor in found)

    def _look(self, net: MTCNNNet, side: int, score_thr: float, images: Tensor, owners: Tensor,
              boxes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Have a net judge boxes: owners, boxes, scores and shifts of those that it takes."""
        rois = torch.cat([owners[:, None].to(boxes), boxes], dim=1)
        # Beyond the image it gives zero, the middle of the range.
        scores, shifts = judge(net, roi_align(images, rois, side, aligned=True))
        taken = scores > score_thr
        return owners[taken], boxes[taken], scores[taken], shifts[taken]

    def loss(self, *args, **kwargs):
        raise NotImplementedError('MTCNNFaceDetector is for inference: it comes trained')

    def extract_feat(self, batch_inputs: Tensor):
        raise NotImplementedError('MTCNNFaceDetector has no features apart from its three nets')


def pyramid(size: tuple[int, int], min_face_size: float) -> Iterator[tuple[int, int]]:
    """Sizes (height, width) of the levels at which faces of one window's size are looked for."""
    scale = WINDOW / min_face_size
    while min(size) * scale >= WINDOW:
        yield tuple(int(side * scale + 1) for side in size)
        scale *= PYRAMID_STEP


def judge(net: MTCNNNet, windows: Tensor) -> tuple[Tensor, Tensor]:
    """Scores (n,) and shifts (n, 4) of windows (n, 3, side, side), bit for bit those of each alone.

    Some kernels round differently for another batch size, so it is always the same one.
    """
    padded = F.pad(windows, (0, 0) * 3 + (0, -len(windows) % CHUNK))
    parts = zip(*(net(chunk) for chunk in padded.split(CHUNK)))
    scores, shifts = (torch.cat(part).flatten(1)[:len(windows)] for part in parts)
    return scores[:, 0], shifts


def square(boxes: Tensor) -> Tensor:
    """Boxes (n, 4) grown around their centres to squares on their longer sides."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True) / 2
    return torch.cat([centres - half, centres + half], dim=1)


def moved(boxes: Tensor, shifts: Tensor) -> Tensor:
    """Boxes (n, 4) with their sides moved by shifts (n, 4), which count in widths and heights."""
    return boxes + shifts * (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)


def without_nested(faces: Tensor, threshold: float) -> list[int]:
    """Numbers of the faces that stay if of two nested ones only the better stays; best first.

    Args:
        faces (Tensor): (n, 5) x1, y1, x2, y2, score.
        threshold (float): A face goes if more than this share of the smaller one of it and a
            better one lies in the other.
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
