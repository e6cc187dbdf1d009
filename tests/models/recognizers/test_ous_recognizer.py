import copy

import pytest
import torch
import torch.distributed as dist
from mmaction.registry import MODELS
from torch.nn.parallel import DistributedDataParallel

from ... import conftest  # noqa: F401, the ranks need the scope and the CLIP that it registers
from ...processes import run_ranks
from ...torch_version import needs_cpu_autocast


def build(clip_model_cfg, class_names, neck=dict(), **head):
    return MODELS.build(dict(
        type='OUSRecognizer',
        data_preprocessor=dict(type='FaceScenePreprocessor'),
        backbone=dict(type='OpenCLIPBackbone', clip_model=clip_model_cfg),
        neck=dict(type='FaceSceneNeck', in_channels=32, tap_channels=48,
                  frames_encoder=dict(max_frames=4, num_layers=1), **neck),
        cls_head=dict(type='MCFEHead', class_names=class_names,
                      **{**dict(num_prompt_tokens=3, mcfe=dict(num_blocks=2),
                                loss_similarity=dict(type='FaceSceneSimilarityLoss'),
                                loss_polarity=dict(type='PolarityLoss')), **head})))


@pytest.fixture
def model(clip_model_cfg, class_names):
    return build(clip_model_cfg, class_names)


def test_stages(model, batch):
    streams, _ = model.extract_feat(batch, stage='backbone')
    features, _ = model.extract_feat(batch, stage='neck')
    logits, _ = model.extract_feat(batch, stage='head')
    torch.testing.assert_close(features.tokens, model.neck(streams).tokens)
    torch.testing.assert_close(logits, model.cls_head(features))


def test_holds_clip_once(model):
    assert model.backbone.clip_model is model.cls_head.prompts.clip_model


def test_training_step_reaches_every_parameter_and_leaves_clip_bit_identical(model, batch,
                                                                             samples):
    model.init_weights()
    model.train()
    clip = model.backbone.clip_model.model
    before = copy.deepcopy(clip.state_dict())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = model(batch, samples, mode='loss')
    sum(v for k, v in losses.items() if 'loss' in k).backward()
    untouched = [n for n, p in model.named_parameters() if p.grad is None]
    assert untouched == []
    optimizer.step()
    assert not any(module.training for module in clip.modules())
    for name, value in clip.state_dict().items():
        assert torch.equal(value, before[name]), name


def gradients(model, losses, batch, samples):
    """Return the gradient that the named losses give to each parameter of the neck, or None."""
    model.zero_grad()
    computed = model(batch, samples, mode='loss')
    sum(computed[name] for name in losses).backward()
    return {name: None if p.grad is None else p.grad.clone()
            for name, p in model.neck.named_parameters()}


def test_similarity_trains_its_scope_alone(clip_model_cfg, class_names, batch, samples):
    """Within the scope its gradients stay the same; the LSTM learns from the other losses."""
    wide = build(clip_model_cfg, class_names)
    narrow = build(clip_model_cfg, class_names, neck=dict(similarity_scope='alignment'))
    narrow.load_state_dict(wide.state_dict())
    expected = gradients(wide, ['loss_similarity'], batch, samples)
    found = gradients(narrow, ['loss_similarity'], batch, samples)
    scope = [name for name in found
             if name.split('.')[0] in ('frames_encoder', 'face_align', 'scene_align')]
    assert len(scope) > 10 and all(expected[name].abs().sum() > 0 for name in scope)
    for name in scope:
        torch.testing.assert_close(found[name], expected[name])
    lstm = [name for name in found if name.startswith('lstm.')]
    assert lstm and all(expected[name].abs().sum() > 0 for name in lstm)
    assert all(found[name] is None for name in lstm)
    others = gradients(narrow, ['loss_contrast', 'loss_polarity'], batch, samples)
    assert all(others[name].abs().sum() > 0 for name in lstm)
    with torch.no_grad():  # the second pass serves the gradient alone
        assert narrow.extract_feat(batch)[0].compared is None


def test_scope_changes_no_loss(clip_model_cfg, class_names, batch, samples):
    wide = build(clip_model_cfg, class_names)
    narrow = build(clip_model_cfg, class_names, neck=dict(similarity_scope='alignment'))
    narrow.load_state_dict(wide.state_dict())
    expected, found = (model(batch, samples, mode='loss') for model in (wide, narrow))
    assert list(found) == list(expected)
    for name, value in found.items():
        torch.testing.assert_close(value, expected[name], rtol=0, atol=0)


def train_two_ranks(rank, port, path, clip_model_cfg, class_names, batch, samples):
    """Two steps under plain DDP, which refuses the second if the first left a parameter out."""
    dist.init_process_group('gloo', f'tcp://127.0.0.1:{port}', world_size=2, rank=rank)
    torch.manual_seed(0)
    model = build(clip_model_cfg, class_names, neck=dict(similarity_scope='alignment'),
                  loss_similarity=dict(type='FaceSceneSimilarityLoss', cosine='batch'))
    wrapped = DistributedDataParallel(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    for auxiliary in (1., 0., 1.):
        model.cls_head.auxiliary.fill_(auxiliary)
        optimizer.zero_grad()
        losses = wrapped(batch, samples, mode='loss')
        sum(value for name, value in losses.items() if 'loss' in name).backward()
        assert all(p.grad is not None for p in model.parameters())
        optimizer.step()
    torch.save([p.detach() for p in model.parameters()], f'{path}/{rank}.pt')
    dist.destroy_process_group()


def test_narrow_scope_trains_under_plain_ddp(free_port, tmp_path, clip_model_cfg, class_names,
                                             batch, samples):
    run_ranks(train_two_ranks, free_port, tmp_path, clip_model_cfg, class_names, batch, samples)
    first, second = (torch.load(tmp_path / f'{rank}.pt') for rank in (0, 1))
    assert len(first) > 20
    for ours, theirs in zip(first, second):
        assert torch.equal(ours, theirs)


def test_checkpoint_holds_what_was_trained_and_little_else(model):
    trained = {name for name, _ in model.named_parameters()}
    assert set(model.state_dict()) - trained == {
        'backbone.clip_fingerprint', 'cls_head.prompts.clip_fingerprint', 'cls_head.auxiliary',
        'cls_head.contrast_ema', 'cls_head.class_names_utf8'}


def test_prediction_does_not_depend_on_the_batch_or_its_padding(model, batch, samples):
    model.eval()
    with torch.no_grad():
        together = model(batch, samples, mode='predict')
        scores = [s.pred_score.clone() for s in together]
        alone = {key: value[2:, :2] for key, value in batch.items()}
        result = model(alone, [copy.deepcopy(samples[2])], mode='predict')
    torch.testing.assert_close(result[0].pred_score, scores[2], rtol=1e-4, atol=1e-6)


@needs_cpu_autocast
def test_mixed_precision_gives_nearly_the_same_losses(model, batch, samples):
    losses = model(batch, samples, mode='loss')
    with torch.autocast('cpu', torch.bfloat16):
        mixed = model(batch, samples, mode='loss')
    for name in ('loss_contrast', 'loss_similarity', 'loss_polarity'):
        assert mixed[name].dtype == torch.float32
        torch.testing.assert_close(mixed[name], losses[name], rtol=0.1, atol=0.02)
    sum(value for name, value in mixed.items() if 'loss' in name).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize('head', [
    dict(), dict(loss_polarity=None), dict(loss_similarity=None), dict(mcfe=None),
    dict(face_tokens='pooled'), dict(loss_cls=dict(type='FaceSceneContrastiveLoss')),
    dict(mcfe=dict(num_blocks=2, num_queries=4, shared_query=False, reads='previous'))])
def test_every_reading_reaches_every_parameter(clip_model_cfg, class_names, batch, samples, head):
    """DDP without `find_unused_parameters` needs this, also while the switch is off."""
    model = build(clip_model_cfg, class_names, **head)
    model.cls_head.auxiliary.zero_()
    losses = model(batch, samples, mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_a_copy_of_the_model_reads_the_same_clip(model):
    copied = copy.deepcopy(model)
    assert copied.backbone.clip_model is model.backbone.clip_model
    assert copied.cls_head.mcfe.queries is not model.cls_head.mcfe.queries
