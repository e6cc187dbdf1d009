"""What a trained model does with a test set, stage by stage."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from mmengine.runner import Runner
from torch import Tensor, nn
from tqdm import tqdm

from ..models.class_order import class_names_of
from ..models.heads import MCFEHead
from ..models.layers.masked_mean import masked_mean
from ..models.layers.ous.attention_recorder import record_attention, sum_by_source
from ..models.recognizers import OUSRecognizer
from ..models.structures import FaceSceneFeatures, StreamFeatures

BEFORE_NECK, AFTER_NECK, FUSED = 'before the neck', 'after the neck', 'after MCFE'


@dataclass
class Observation:
    """A test set as a model sees it; N clips.

    Args:
        classes (Sequence[str]): K names in the model's order.
        labels (np.ndarray): (N,) int64.
        predictions (np.ndarray): (N,) int64.
        clip_ids (list[str]): N names; empty where the model gives no features.
        features (dict[str, np.ndarray]): By stage, (N, C) float32; empty for another model than
            OUS.
        attention (np.ndarray, optional): (N, L, Q, 4) float32, the weight that each query of each
            of the L blocks puts on face, scene, polarity and previous output (``SOURCES``),
            averaged over the heads; they sum to 1. None without MCFE.
        uniform (np.ndarray, optional): (N, L, 4) float32, the same if all keys had equal weight.
    """

    classes: Sequence[str]
    labels: np.ndarray
    predictions: np.ndarray
    clip_ids: list[str] = field(default_factory=list)
    features: dict[str, np.ndarray] = field(default_factory=dict)
    attention: np.ndarray | None = None
    uniform: np.ndarray | None = None


@torch.no_grad()
def observe(model: nn.Module) -> Observation:
    """Run a model once over the test set of its config.

    Args:
        model (nn.Module): From :func:`ous_mmaction.apis.init_model`. Of another
            recognizer than :class:`OUSRecognizer` with :class:`MCFEHead` only the predictions are
            taken.

    Raises:
        ValueError: Neither model nor test set name their classes.
    """
    classes = class_names_of(model)
    loader = Runner.build_dataloader(model.cfg.test_dataloader, seed=0)
    in_stages = isinstance(model, OUSRecognizer) and isinstance(model.cls_head, MCFEHead)
    samples, parts = [], []
    for batch in tqdm(loader, desc='test clips', unit='batch'):
        if in_stages:
            data = model.data_preprocessor(batch, False)
            logits, part = _stages(model, data['inputs'])
            samples += model.cls_head.predict_by_feat(logits, data['data_samples'])
            parts.append({name: value.float().cpu().numpy() for name, value in part.items()})
        else:
            samples += model.test_step(batch)
    names = parts[0] if parts else ()
    joined = {name: np.concatenate([part[name] for part in parts]) for name in names}
    return Observation(
        classes=classes,
        labels=np.array([int(sample.gt_label) for sample in samples]),
        predictions=np.array([int(sample.pred_score.argmax()) for sample in samples]),
        clip_ids=[sample.clip_id for sample in samples] if in_stages else [],
        attention=joined.pop('attention', None), uniform=joined.pop('uniform', None),
        features=joined)


def _stages(model: OUSRecognizer, inputs: dict) -> tuple[Tensor, dict[str, Tensor]]:
    """(B, K) logits of a batch and what it passed through."""
    head = model.cls_head
    streams, _ = model.extract_feat(inputs, stage='backbone')
    features = head.read(model.neck(streams))
    part = {BEFORE_NECK: pooled_streams(streams), AFTER_NECK: pooled_tokens(features)}
    if head.mcfe is None:
        part[FUSED] = head.fuse(features)
        return head.classify(part[FUSED]), part
    with record_attention(head.mcfe) as recorded:
        part[FUSED] = head.fuse(features)
    sources = head.mcfe.block_sources(head.token_sources(features))
    shares, uniform = [], []
    for (weights, valid), names in zip(recorded, sources):
        shares.append(sum_by_source(weights, names))
        uniform.append(sum_by_source(valid / valid.sum(1, keepdim=True), names))
    part.update(attention=torch.stack(shares, 1), uniform=torch.stack(uniform, 1))
    return head.classify(part[FUSED]), part


def pooled_streams(streams: StreamFeatures) -> Tensor:
    """(B, 2 C) mean over the valid frames of the face's and the scene's features."""
    return masked_mean(torch.cat([streams.face, streams.scene], -1), streams.mask)


def pooled_tokens(features: FaceSceneFeatures) -> Tensor:
    """(B, n D) V_ft averaged over the valid frames, V_st and V_pol, those that there are."""
    return torch.cat([x for x in (features.face, features.scene, features.polarity)
                      if x is not None], -1)
