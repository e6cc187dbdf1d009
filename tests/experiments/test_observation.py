"""The stages of a model, compared with its predictions and with pooling written out."""
import copy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.dataset import pseudo_collate
from torch.utils.data import DataLoader

from ous_mmaction.experiments.observation import AFTER_NECK, BEFORE_NECK, FUSED, observe
from ous_mmaction.models.layers.ous.attention_recorder import SOURCES

CLIPS, FRAMES = 5, 4
RELEASED = dict(
    neck=dict(tap_channels=None, lstm=dict(axis='stream', residual=True), face_align=None,
              scene_frames='all', scene_align=dict(kernel_size=None)),
    head=dict(face_tokens='pooled', loss_similarity=None, loss_polarity=None,
              mcfe=dict(num_blocks=2, shared_query=False, query_mean=1., query_std=0.,
                        reads='previous', residual='tokens', act='QuickGELU', max_positions=16)))
VARIANTS = dict(
    paper=dict(), released=RELEASED, pooled=dict(head=dict(face_tokens='pooled')),
    previous=dict(head=dict(mcfe=dict(num_blocks=2, reads='previous', num_queries=3))),
    inner=dict(head=dict(mcfe=dict(num_blocks=2, residual='inner'))))


@pytest.fixture
def clips():
    """Clips, some of which have padding at the end."""
    items = []
    for number in range(CLIPS):
        mask = torch.arange(FRAMES) < (FRAMES, 2, 1)[number % 3]
        streams = torch.randint(0, 255, (2, FRAMES, 3, 32, 32), dtype=torch.uint8)
        sample = ActionDataSample().set_gt_label(number)
        sample.set_metainfo(dict(clip_id=f'clip{number}'))
        items.append(dict(inputs=dict(face=streams[0], scene=streams[1], mask=mask),
                          data_samples=sample))
    return items


@pytest.fixture
def build(clip_model_cfg, class_names, clips):
    """Build a model whose test set consists of the clips."""

    def build(neck=dict(), head=dict()):
        model = MODELS.build(dict(
            type='OUSRecognizer',
            data_preprocessor=dict(type='FaceScenePreprocessor'),
            backbone=dict(type='OpenCLIPBackbone', clip_model=clip_model_cfg,
                          num_taps=0 if 'tap_channels' in neck else 4),
            neck={**dict(type='FaceSceneNeck', in_channels=32, tap_channels=48,
                         frames_encoder=dict(max_frames=FRAMES, num_layers=1)), **neck},
            cls_head={**dict(type='MCFEHead', class_names=class_names, num_prompt_tokens=3,
                             mcfe=dict(num_blocks=2)), **head}))
        # No shuffling, so that the clips keep their order.
        model.cfg = SimpleNamespace(test_dataloader=DataLoader(
            [copy.deepcopy(clip) for clip in clips], batch_size=2, collate_fn=pseudo_collate))
        return model.eval()

    return build


@pytest.mark.parametrize('variant', VARIANTS)
def test_predicts_as_the_model_does(build, clips, variant, monkeypatch):
    """The predictions agree to the bit, since recording the attention changes nothing."""
    model = build(**VARIANTS[variant])
    head, logits = model.cls_head, []
    monkeypatch.setattr(head, 'predict_by_feat', lambda batch, samples: logits.append(batch) or
                        type(head).predict_by_feat(head, batch, samples))
    observed = observe(model)
    observed_logits = list(logits)
    logits.clear()
    samples = []
    with torch.no_grad():  # like MMEngine's test loop
        for batch in model.cfg.test_dataloader:
            samples += model.test_step(batch)
    assert len(logits) == len(observed_logits) == 3
    assert all(torch.equal(tested, observed_)
               for tested, observed_ in zip(logits, observed_logits))
    assert observed.predictions.tolist() == [int(s.pred_score.argmax()) for s in samples]
    assert observed.labels.tolist() == list(range(CLIPS))
    assert observed.clip_ids == [f'clip{number}' for number in range(CLIPS)]
    assert observed.classes == head.class_names
    assert {stage: value.shape for stage, value in observed.features.items()} == {
        BEFORE_NECK: (CLIPS, 64), FUSED: (CLIPS, 32),
        AFTER_NECK: (CLIPS, 64 if variant == 'released' else 96)}
    queries = 3 if variant == 'previous' else 2
    assert observed.attention.shape == (CLIPS, 2, queries, len(SOURCES))
    np.testing.assert_allclose(observed.attention.sum(-1), 1, atol=1e-6)


@torch.no_grad()
def test_features_are_means_over_valid_frames(build, clips):
    model = build()
    observed = observe(model)
    for row, clip in enumerate(clips):
        valid = int(clip['inputs']['mask'].sum())
        data = model.data_preprocessor(pseudo_collate([clip]), False)
        streams = model.backbone.encode_streams(**data['inputs'])
        expected = torch.cat([streams.face, streams.scene], -1)[0, :valid].mean(0)
        np.testing.assert_allclose(observed.features[BEFORE_NECK][row], expected, atol=1e-5)
        features = model.neck(streams)
        expected = torch.cat([features.tokens[0, :valid].mean(0), features.scene[0],
                              features.polarity[0]])
        np.testing.assert_allclose(observed.features[AFTER_NECK][row], expected, atol=1e-5)
        fused = model.cls_head.fuse(features)[0]
        np.testing.assert_allclose(observed.features[FUSED][row], fused, atol=1e-5)


def test_equal_weights_count_the_valid_tokens(build):
    """Clips of 4, 2 and 1 frames, with scene, polarity and, from block 2 on, two outputs."""
    observed = observe(build())
    for row, frames in enumerate((4, 2, 1, 4, 2)):
        for block, previous in enumerate((0, 2)):
            counts = np.array([frames, 1, 1, previous])
            np.testing.assert_allclose(observed.uniform[row, block], counts / counts.sum(),
                                       rtol=1e-6)
    released = observe(build(**RELEASED)).uniform
    np.testing.assert_allclose(released, np.broadcast_to([0.5, 0.5, 0, 0], released.shape))


def test_what_has_no_scores_to_weigh_shares_equally(build):
    """A query of zeros gives every key the same weight, since the bias of the keys is zero."""
    model = build()
    torch.nn.init.zeros_(model.cls_head.mcfe.queries)
    observed = observe(model)
    np.testing.assert_allclose(observed.attention,
                               np.repeat(observed.uniform[:, :, None], 2, 2), atol=1e-6)


def test_without_mcfe_there_is_no_attention(build):
    observed = observe(build(head=dict(mcfe=None)))
    assert observed.attention is None and observed.uniform is None
    assert observed.features[FUSED].shape == (CLIPS, 32)
