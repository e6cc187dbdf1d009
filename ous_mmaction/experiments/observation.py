"""Observe what a trained model does with a test set, stage by stage."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from mmengine.runner import Runner
from torch import Tensor, nn

from ..checkpoints import check_unseen_clips
from ..datasets.clips_of_dataset import clips_of_dataset
from ..models.class_order import class_names_of
from ..models.heads import MCFEHead
from ..models.layers.masked_mean import masked_mean
from ..models.layers.ous.attention_recorder import record_attention, sum_by_source
from ..models.recognizers import OUSRecognizer
from ..models.structures import FaceSceneFeatures, StreamFeatures
from ..progress import progress_bar

BEFORE_NECK, AFTER_NECK, FUSED = 'before the neck', 'after the neck', 'after MCFE'


@dataclass
class Observation:
    """Predictions, features and attention of a model on a test set of N clips.

    Args:
        classes (Sequence[str]): K names of the classes in the model's order.
        labels (np.ndarray): True classes, int64 of shape (N,).
        predictions (np.ndarray): Predicted classes, int64 of shape (N,).
        clip_ids (list[str]): N clip ids. Empty if the model is not OUS.
        features (dict[str, np.ndarray]): Features by stage, float32 of shape (N, C). Empty if the
            model is not OUS.
        attention (np.ndarray, optional): Weights that each query of each of the L blocks puts on
            face, scene, polarity and previous output (``SOURCES``), averaged over the heads,
            float32 of shape (N, L, Q, 4). They sum to 1. None without MCFE.
        uniform (np.ndarray, optional): The same if all keys had equal weight, float32 of shape
            (N, L, 4). None without MCFE.
    """

    classes: Sequence[str]
    labels: np.ndarray
    predictions: np.ndarray
    clip_ids: list[str] = field(default_factory=list)
    features: dict[str, np.ndarray] = field(default_factory=dict)
    attention: np.ndarray | None = None
    uniform: np.ndarray | None = None


@torch.no_grad()
def observe(model: nn.Module, allow_trained_clips: bool = False) -> Observation:
    """Run a model once over the test set of its config.

    Args:
        model (nn.Module): Model from :func:`ous_mmaction.apis.init_model`. Features and attention
            are observed only in an :class:`OUSRecognizer` with an :class:`MCFEHead`.
        allow_trained_clips (bool): Whether the test set may hold clips that the checkpoint was
            trained on. Defaults to False.

    Returns:
        Observation: The observation.

    Raises:
        ValueError: If neither the model nor the test set names the classes, or the checkpoint was
            trained on clips of the test set.
    """
    classes = class_names_of(model)
    loader = Runner.build_dataloader(model.cfg.test_dataloader, seed=0)
    trained, tested = getattr(model, 'trained_clips', None), clips_of_dataset(loader.dataset)
    if trained and tested and not allow_trained_clips:
        check_unseen_clips(tested, trained)
    in_stages = isinstance(model, OUSRecognizer) and isinstance(model.cls_head, MCFEHead)
    samples, batches = [], []
    for batch in progress_bar(loader, desc='test clips', unit='batch'):
        if in_stages:
            data = model.data_preprocessor(batch, False)
            logits, stages = forward_in_stages(model, data['inputs'])
            samples += model.cls_head.predict_by_feat(logits, data['data_samples'])
            batches.append({name: value.float().cpu().numpy() for name, value in stages.items()})
        else:
            samples += model.test_step(batch)
    names = batches[0] if batches else ()
    joined = {name: np.concatenate([stages[name] for stages in batches]) for name in names}
    return Observation(
        classes=classes,
        labels=np.array([int(sample.gt_label) for sample in samples]),
        predictions=np.array([int(sample.pred_score.argmax()) for sample in samples]),
        clip_ids=[sample.clip_id for sample in samples] if in_stages else [],
        attention=joined.pop('attention', None), uniform=joined.pop('uniform', None),
        features=joined)


def forward_in_stages(model: OUSRecognizer,
                      inputs: dict) -> tuple[Tensor, dict[str, Tensor]]:
    """Run a model stage by stage; the caller turns gradients off.

    Args:
        model (OUSRecognizer): A model with an :class:`MCFEHead`.
        inputs (dict): Inputs of a batch, after the data preprocessor.

    Returns:
        tuple[Tensor, dict[str, Tensor]]: Logits of shape (B, K), and the features by stage, with
        ``attention`` and ``uniform`` if the head has MCFE, as in :class:`Observation`.
    """
    head = model.cls_head
    streams, _ = model.extract_feat(inputs, stage='backbone')
    features = head.read(model.neck(streams))
    stages = {BEFORE_NECK: pooled_streams(streams), AFTER_NECK: pooled_tokens(features)}
    if head.mcfe is None:
        stages[FUSED] = head.fuse(features)
        return head.classify(stages[FUSED]), stages
    with record_attention(head.mcfe) as recorded:
        stages[FUSED] = head.fuse(features)
    sources = head.mcfe.block_sources(head.token_sources(features))
    shares, uniform = [], []
    for (weights, valid), names in zip(recorded, sources):
        shares.append(sum_by_source(weights, names))
        uniform.append(sum_by_source(valid / valid.sum(1, keepdim=True), names))
    stages.update(attention=torch.stack(shares, 1), uniform=torch.stack(uniform, 1))
    return head.classify(stages[FUSED]), stages


def pooled_streams(streams: StreamFeatures) -> Tensor:
    """Average the features of face and scene over the valid frames.

    Args:
        streams (StreamFeatures): Features of a backbone, of shape (B, T, C) per stream.

    Returns:
        Tensor: Means of shape (B, 2 C).
    """
    return masked_mean(torch.cat([streams.face, streams.scene], -1), streams.mask)


def pooled_tokens(features: FaceSceneFeatures) -> Tensor:
    """Concatenate the features V_ft (averaged over the valid frames), V_st and V_pol.

    Args:
        features (FaceSceneFeatures): Features of a neck. Scene and polarity may be missing.

    Returns:
        Tensor: The n existing features of shape (B, n D).
    """
    return torch.cat([x for x in (features.face, features.scene, features.polarity)
                      if x is not None], -1)
