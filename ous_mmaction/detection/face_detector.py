"""Find faces in images with any detector of mmdet."""
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
from mmengine.structures import InstanceData

from ..checkpoints import read_checkpoint
from .face_class import face_label


class FaceDetector:
    """A detector of mmdet that finds faces in batches of images.

    It can be built and used under any default scope.

    Args:
        config (str | Path): Config file of mmdet. Its ``test_dataloader`` gives the pipeline.
        checkpoint (str | Path, optional): File or URL of the weights, which may hold tensors and
            plain data only. Defaults to the checkpoint in ``init_cfg`` of the config's model.
        device (str): Device of the detector. Defaults to ``'cpu'``.
        score_thr (float): Minimum score of a face. Defaults to 0.5.
        face_class (str, optional): Name or index of the class that stands for faces. Defaults to
            the class that the config or the checkpoint calls a face.

    Raises:
        FileNotFoundError: If the config or the checkpoint is missing.
        ValueError: If no checkpoint is named, if it cannot be read safely or belongs to another
            model, or if no class of the detector is a face.
    """

    def __init__(self,
                 config: str | Path,
                 checkpoint: str | Path | None = None,
                 device: str = 'cpu',
                 score_thr: float = 0.5,
                 face_class: str | None = None) -> None:
        self.config = _read_detector_config(config)
        checkpoint = checkpoint or _own_weights(self.config)
        if checkpoint is None:
            raise ValueError(f'{config}: the config names no weights. Give the checkpoint')
        self.score_thr = score_thr
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
        content = read_checkpoint(str(checkpoint))
        try:
            self.label = face_label(_class_names(self.config, content),
                                    getattr(getattr(self.model, 'bbox_head', None), 'num_classes',
                                            None), face_class)
        except ValueError as error:
            raise ValueError(f'{config}: {error}') from None
        _load_weights(self.model, content.get('state_dict', content), str(checkpoint))
        self.model.to(device).eval()

    @torch.inference_mode()
    def detect(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Find the faces of all images in one forward pass.

        Args:
            images (Sequence[np.ndarray]): uint8 RGB images of shape (H, W, 3). Their sizes may
                differ.

        Returns:
            list[np.ndarray]: For each image a float32 array of shape (n, 5) with rows x1, y1, x2,
            y2, score, in descending order of score. Coordinates are pixels of the image, clipped to
            its borders.
        """
        if not len(images):
            return []
        # The pipelines of mmdet expect BGR images, as OpenCV reads them.
        batch = pseudo_collate(
            [self.pipeline(dict(img=np.ascontiguousarray(image[..., ::-1]))) for image in images])
        return [self._faces(sample.pred_instances, image.shape[:2])
                for sample, image in zip(self.model.test_step(batch), images)]

    def _faces(self, instances: InstanceData, size: tuple[int, int]) -> np.ndarray:
        """Select the faces among mmdet's instances in an image of ``size`` (height, width)."""
        height, width = size
        instances = instances[(instances.labels == self.label)
                              & (instances.scores >= self.score_thr)]
        boxes = instances.bboxes.float().cpu().numpy().clip(0, (width, height, width, height))
        faces = np.column_stack([boxes, instances.scores.float().cpu().numpy()])
        faces = faces[(boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1)]
        return faces[np.argsort(-faces[:, 4], kind='stable')].astype(np.float32)


@contextmanager
def _mmdet_scope() -> Iterator[None]:
    """Register mmdet's modules and find them by bare name, whatever the caller's scope is."""
    from mmdet.utils import register_all_modules
    register_all_modules(init_default_scope=False)
    with DefaultScope.overwrite_default_scope('mmdet'):
        yield


def _read_detector_config(path: str | Path) -> Config:
    if not Path(path).is_file():
        raise FileNotFoundError(f'{path}: the config of the detector was not found. Give a config '
                                'of mmdet, such as one of configs/detectors/')
    config = Config.fromfile(path)
    model = config.get('model') or {}
    if 'test_dataloader' not in config or 'cls_head' in model or 'type' not in model:
        what = f'builds a {model.type}' if 'type' in model else 'builds no model'
        raise ValueError(f'{path}: this is no config of a detector, since it {what}. Give a config '
                         'of mmdet, such as one of configs/detectors/')
    return config


def _own_weights(config: Config) -> str | None:
    """Return the checkpoint that a config's model names in ``init_cfg``."""
    init_cfg = config.model.get('init_cfg')
    return init_cfg.get('checkpoint') if isinstance(init_cfg, dict) else None


def _class_names(config: Config, checkpoint: dict) -> list[Sequence[str]]:
    """Return the lists of classes that config, checkpoint and dataset type give."""
    from mmdet.registry import DATASETS
    dataset = config.test_dataloader.dataset
    meta = checkpoint.get('meta') or {}
    known = DATASETS.get(dataset.get('type', ''))
    metas = (dataset.get('metainfo'), meta.get('dataset_meta'), meta,
             getattr(known, 'METAINFO', None))
    lists = [names for meta in metas if meta
             for names in (meta.get('classes'), meta.get('CLASSES')) if names]
    return [(names,) if isinstance(names, str) else names for names in lists]


def _load_weights(model: torch.nn.Module, weights: dict, checkpoint: str) -> None:
    mismatched = [name for name, tensor in model.state_dict().items()
                  if name not in weights or weights[name].shape != tensor.shape]
    if mismatched:
        raise ValueError(f'{checkpoint}: the weights belong to another model than the one that the '
                         f'detector config builds. {len(mismatched)} tensors are missing or have '
                         f'another shape, the first of which is {mismatched[0]}. Give the config '
                         'and the checkpoint of one model')
    model.load_state_dict(weights, strict=False)
