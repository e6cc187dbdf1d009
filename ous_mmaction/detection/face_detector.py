"""Faces in images, by any detector of mmdet."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.model import revert_sync_batchnorm
from mmengine.registry import DefaultScope

from ..checkpoints import read_state_dict


class FaceDetector:
    """A detector of mmdet, from its config and checkpoint, that finds faces in batches of images.

    It can be built and used whatever the default scope is.

    Args:
        config (str | Path): Config file of mmdet. Its ``test_dataloader`` gives the pipeline.
        checkpoint (str | Path, optional): File or URL of the weights: tensors and plain data only.
            Defaults to what the config's model names in ``init_cfg``.
        device (str): Where to run.
        score_thr (float): Least score of a face.
        label (int): Number of the class "face" among the detector's classes.

    Raises:
        FileNotFoundError: If the config or the checkpoint is missing.
        ValueError: If no checkpoint is named, or it can not be read safely or is another model's.
    """

    def __init__(self,
                 config: str | Path,
                 checkpoint: str | Path | None = None,
                 device: str = 'cpu',
                 score_thr: float = 0.5,
                 label: int = 0) -> None:
        self.config = Config.fromfile(config)
        checkpoint = checkpoint or _own_weights(self.config)
        if checkpoint is None:
            raise ValueError(f'{config}: the config names no weights; give the checkpoint')
        self.score_thr = score_thr
        self.label = label
        with _mmdet_scope():
            from mmdet.registry import MODELS, TRANSFORMS
            from mmdet.utils import get_test_pipeline_cfg
            steps = [step for step in get_test_pipeline_cfg(self.config)
                     if not step.type.rpartition('.')[2].startswith('Load')]
            self.pipeline = Compose(
                [TRANSFORMS.build(step) for step in [dict(type='LoadImageFromNDArray'), *steps]])
            self.model = MODELS.build(self.config.model)
        # SyncBN does not run on a CPU.
        self.model = revert_sync_batchnorm(self.model)
        _load_weights(self.model, str(checkpoint))
        self.model.to(device).eval()

    @torch.inference_mode()
    def detect(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Find the faces of all images in one forward.

        Args:
            images (Sequence[np.ndarray]): (H, W, 3) RGB, uint8; sizes may differ.

        Returns:
            list[np.ndarray]: For each image (n, 5) x1, y1, x2, y2 in its pixels, inside the image,
            and the score; by falling score; float32.
        """
        if not len(images):
            return []
        # mmdet's pipelines read images as OpenCV does, BGR.
        batch = pseudo_collate(
            [self.pipeline(dict(img=np.ascontiguousarray(image[..., ::-1]))) for image in images])
        return [self._faces(sample.pred_instances, image.shape[:2])
                for sample, image in zip(self.model.test_step(batch), images)]

    def _faces(self, instances, size: tuple[int, int]) -> np.ndarray:
        """The faces among the instances that mmdet found in an image of `size` (height, width)."""
        height, width = size
        instances = instances[(instances.labels == self.label)
                              & (instances.scores >= self.score_thr)]
        boxes = instances.bboxes.float().cpu().numpy().clip(0, (width, height, width, height))
        faces = np.column_stack([boxes, instances.scores.float().cpu().numpy()])
        faces = faces[(boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1)]
        return faces[np.argsort(-faces[:, 4], kind='stable')].astype(np.float32)


@contextmanager
def _mmdet_scope() -> Iterator[None]:
    """Mmdet's parts registered and found by their bare names, whatever scope the caller is in."""
    from mmdet.utils import register_all_modules
    register_all_modules(init_default_scope=False)
    with DefaultScope.overwrite_default_scope('mmdet'):
        yield


def _own_weights(config: Config) -> str | None:
    """The weights that a model names as its own."""
    init_cfg = config.model.get('init_cfg')
    return init_cfg.get('checkpoint') if isinstance(init_cfg, dict) else None


def _load_weights(model: torch.nn.Module, checkpoint: str) -> None:
    weights = read_state_dict(checkpoint)
    wrong = [name for name, tensor in model.state_dict().items()
             if name not in weights or weights[name].shape != tensor.shape]
    if wrong:
        raise ValueError(f'{checkpoint}: weights of another model than the detector config builds, '
                         f'{len(wrong)} tensors are missing or of another shape, first {wrong[0]}')
    model.load_state_dict(weights, strict=False)
