import copy
import re

import pytest
import torch
from mmaction.registry import MODELS

from ous_mmaction.checkpoints import fingerprint_of
from ous_mmaction.models.frozen_fer2d import FrozenFER2D

from ...torch_version import needs_cpu_autocast


def config(class_names, checkpoint=None, **head):
    transformer = dict(max_frames=4, depth=1, num_heads=2, head_channels=8, mlp_channels=16)
    return dict(
        type='AENRecognizer',
        backbone=dict(type='ResNet16', out_indices=(0, 1, 2, 3)),
        neck=dict(type='AENNeck', level_channels=64, transformer=transformer),
        cls_head=dict(type='AENHead', class_names=class_names, level_channels=64, **head),
        fer2d=dict(checkpoint=checkpoint, model=dict(
            type='Recognizer2D', backbone=dict(type='ResNet16'),
            cls_head=dict(type='FER2DHead', in_channels=512))))


def save_2d(path, class_names, seed=1):
    torch.manual_seed(seed)
    model = MODELS.build(dict(type='Recognizer2D', backbone=dict(type='ResNet16'),
                              cls_head=dict(type='FER2DHead', class_names=class_names,
                                            in_channels=512)))
    torch.save(dict(state_dict=model.state_dict()), path)
    return str(path)


@pytest.fixture
def model(class_names):
    return MODELS.build(config(class_names))


@pytest.fixture
def batch(batch):
    return dict(imgs=batch['face'], mask=batch['mask'])


def total(losses):
    return sum(value for name, value in losses.items() if 'loss' in name)


def test_stages(model, batch):
    model.eval()
    stages, _ = model.extract_feat(batch, stage='backbone')
    assert [len(maps) for maps in stages] == [10] * 4  # of the valid frames
    features, kwargs = model.extract_feat(batch)
    torch.testing.assert_close(model.neck(stages, batch['mask']).tokens, features.tokens)
    torch.testing.assert_close(model.extract_feat(batch, stage='head')[0],
                               model.cls_head(features))
    assert kwargs['frame_scores'].shape == (3, 4, 7)


def test_pseudo_labels_are_the_2d_models_scores(model, batch):
    scores = model.extract_feat(batch)[1]['frame_scores']
    frozen = model.fer2d.model
    with torch.no_grad():
        alone = frozen(batch['imgs'][2:, 1:2], mode='tensor', stage='head')
    torch.testing.assert_close(scores[2, 1], alone.softmax(1)[0])
    assert (scores[~batch['mask']] == 0).all()


def test_training_reaches_every_parameter_and_leaves_the_2d_model_bit_identical(model, batch,
                                                                               samples):
    model.init_weights()
    frozen = model.fer2d.model
    before = copy.deepcopy(frozen.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(2):
        model.train()
        optimizer.zero_grad()
        total(model(batch, samples, mode='loss')).backward()
        assert [name for name, p in model.named_parameters() if p.grad is None] == []
        optimizer.step()
    assert not any(module.training for module in frozen.modules())
    assert not any(p.requires_grad for p in frozen.parameters())
    assert all(torch.equal(value, before[name]) for name, value in frozen.state_dict().items())
    assert not torch.equal(model.backbone.conv1.conv.weight, frozen.backbone.conv1.conv.weight)


def test_each_loss_moves_what_lies_below_its_head(model, batch, samples):
    """L_S2T moves all levels and no head, and is all that moves level 2."""
    clip, low, high = 'neck.transformers.3', 'neck.transformers.0', 'neck.transformers.2'
    expected = dict(
        loss_sentiment={clip, low, 'cls_head.attend_low', 'cls_head.classify_sentiment',
                        'cls_head.classify_overall'},
        loss_emotion={clip, low, high, 'cls_head.attend_low', 'cls_head.attend_high',
                      'cls_head.classify_emotion', 'cls_head.classify_overall'},
        loss_s2t={clip, low, high, 'neck.transformers.1'},
        loss_e3={clip, low, 'cls_head.attend_low', 'cls_head.classify_sentiment'},
        loss_e7={clip, low, high, 'cls_head.attend_low', 'cls_head.attend_high',
                 'cls_head.classify_emotion'})
    losses = model(batch, samples, mode='loss')
    names, parameters = zip(*model.named_parameters())
    for loss, parts in expected.items():
        gradients = torch.autograd.grad(losses[loss], parameters, retain_graph=True,
                                        allow_unused=True)
        moved = {name for name, x in zip(names, gradients) if x is not None and x.any()}
        assert 'backbone.conv1.conv.weight' in moved
        above = {re.match(r'neck[.]transformers[.].|cls_head[.][^.]*', name) for name in moved}
        assert {match[0] for match in above if match} == parts, loss


@pytest.mark.parametrize('key, kind', [
    ('loss_sentiment', 'AENTwoHeadLoss'), ('loss_cls', 'AENTwoHeadLoss'),
    ('loss_token', 'AENFrameTokenLoss'), ('loss_sentiment_scores', 'AENFrameScoreLoss'),
    ('loss_emotion_scores', 'AENFrameScoreLoss')])
def test_every_parameter_is_used_without_a_loss(class_names, batch, samples, key, kind):
    """DDP without `find_unused_parameters` needs this."""
    model = MODELS.build(config(class_names, **{key: dict(type=kind, loss_weight=0.)}))
    total(model(batch, samples, mode='loss')).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_checkpoint_holds_no_2d_model(model):
    extra = set(model.state_dict()) - {name for name, _ in model.named_parameters()}
    assert {name for name in extra if 'bn' not in name} == {'fer2d_fingerprint',
                                                            'cls_head.class_names_utf8'}
    assert not any(name.startswith('fer2d.') for name in model.state_dict())


def test_padding_does_not_count(model, batch, samples):
    """It reaches neither predictions nor losses nor the batch statistics of the trunk."""
    copied = copy.deepcopy(model)
    changed = dict(batch, imgs=batch['imgs'].clone())
    changed['imgs'][2, 2:] = 100.
    losses, same = (m(x, samples, mode='loss') for m, x in ((model, batch), (copied, changed)))
    torch.testing.assert_close(losses, same)
    torch.testing.assert_close(copied.state_dict(), model.state_dict())
    model.eval()
    with torch.no_grad():
        together = [sample.pred_score for sample in model(batch, samples, mode='predict')]
        alone = {key: value[2:, :2] for key, value in batch.items()}
        result = model(alone, samples[2:], mode='predict')
    torch.testing.assert_close(result[0].pred_score, together[2], rtol=1e-4, atol=1e-6)


def test_reading_the_2d_model_leaves_the_random_state_alone(model, monkeypatch):
    """Also that of the GPUs, where runs of different seeds would draw the same numbers."""
    monkeypatch.setattr(torch.cuda, 'manual_seed_all', lambda seed: pytest.fail('GPUs reseeded'))
    state = torch.get_rng_state()
    first = model.fer2d.fingerprint
    assert torch.equal(torch.get_rng_state(), state)
    torch.random.default_generator.manual_seed(5)
    assert FrozenFER2D(model.fer2d.config, None).fingerprint == first


def test_starts_from_the_2d_models_trunk(class_names, tmp_path):
    checkpoint = save_2d(tmp_path / '2d.pth', class_names)
    model = MODELS.build(config(class_names, checkpoint))
    model.init_weights()
    assert fingerprint_of(model.backbone) == fingerprint_of(model.fer2d.model.backbone)
    stored = torch.load(checkpoint, weights_only=True)['state_dict']
    assert torch.equal(stored['backbone.conv1.conv.weight'], model.backbone.conv1.conv.weight)
    own = MODELS.build(dict(config(class_names, checkpoint), start_from_fer2d=False))
    own.init_weights()
    assert fingerprint_of(own.backbone) != fingerprint_of(own.fer2d.model.backbone)


def test_another_trunk_of_the_2d_model_is_told(class_names):
    settings = config(class_names)
    settings['fer2d']['model']['backbone'] = dict(type='ResNet', depth=18)
    with pytest.raises(ValueError,
                       match='differs from the key `backbone`.*layer2.1.*`start_from_fer2d`'):
        MODELS.build(settings).init_weights()


def test_training_without_the_2d_checkpoint_says_how_to_make_it(class_names):
    model = MODELS.build(config(class_names, 'work_dirs/none.pth'))
    with pytest.raises(FileNotFoundError, match='none.pth: .*`model.fer2d.checkpoint`.*aen_2d_'):
        model.init_weights()


def test_testing_needs_no_2d_checkpoint(class_names, batch, samples):
    model = MODELS.build(config(class_names, 'work_dirs/none.pth')).eval()
    with torch.no_grad():
        assert model(batch, samples, mode='predict')[0].pred_score.shape == (7, )


def test_2d_model_of_another_class_order_is_refused(class_names, tmp_path):
    checkpoint = save_2d(tmp_path / '2d.pth', sorted(class_names))
    with pytest.raises(ValueError, match='trained on the classes Angry, Disgust'):
        MODELS.build(config(class_names, checkpoint)).init_weights()


def test_goes_on_with_no_other_2d_model(class_names, tmp_path):
    models = [MODELS.build(config(class_names, save_2d(tmp_path / f'{seed}.pth', class_names,
                                                       seed))) for seed in (1, 2)]
    for model in models:
        model.init_weights()
    models[0].load_state_dict(models[0].state_dict())
    with pytest.raises(ValueError, match='a different 2D model.*2.pth.*`fer2d.checkpoint`'):
        models[1].load_state_dict(models[0].state_dict())


@needs_cpu_autocast
def test_mixed_precision_gives_nearly_the_same_losses(model, batch, samples):
    losses = model(batch, samples, mode='loss')
    with torch.autocast('cpu', torch.bfloat16):
        mixed = model(batch, samples, mode='loss')
    for name in ('loss_sentiment', 'loss_emotion', 'loss_s2t', 'loss_e3', 'loss_e7'):
        assert mixed[name].dtype == torch.float32
        torch.testing.assert_close(mixed[name], losses[name], rtol=0.1, atol=0.03)
    total(mixed).backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
