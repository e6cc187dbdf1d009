import numpy as np
import pytest
import torch
from mmaction.registry import MODELS

from ous_mmaction.models import MCFEHead
from ous_mmaction.models.layers.ous.attention_recorder import record_attention, sum_by_source
from ous_mmaction.models.layers.scaled_cosine import scaled_cosine

from ...torch_version import needs_cpu_autocast
from ..reference import array, attention_weights, log_softmax, unit


def build(clip_model_cfg, class_names, **kwargs):
    defaults = dict(num_prompt_tokens=3, mcfe=dict(num_blocks=2, num_heads=4),
                    loss_similarity=dict(type='FaceSceneSimilarityLoss'),
                    loss_polarity=dict(type='PolarityLoss'))
    return MCFEHead(class_names=class_names, clip_model=clip_model_cfg, **{**defaults, **kwargs})


@pytest.fixture
def head(clip_model_cfg, class_names):
    return build(clip_model_cfg, class_names)


def test_logits_are_scaled_cosines_to_the_prompts(head, features):
    fused, text = array(head.fuse(features)), array(head.prompts())
    scale = float(head.prompts.clip_model.model.logit_scale.exp())
    np.testing.assert_allclose(array(head(features)), scale * unit(fused) @ unit(text).T,
                               rtol=1e-4, atol=1e-5)


def test_temperature_is_a_key(clip_model_cfg, class_names, features):
    head = build(clip_model_cfg, class_names, temperature=0.01)
    cosine = unit(array(head.fuse(features))) @ unit(array(head.prompts())).T
    np.testing.assert_allclose(array(head(features)), 100 * cosine, rtol=1e-4, atol=1e-4)


@needs_cpu_autocast
def test_logits_are_not_rounded_under_autocast(clip_model_cfg, class_names, features):
    head = build(clip_model_cfg, class_names, temperature=0.01)
    fused = head.fuse(features)
    with torch.autocast('cpu', torch.bfloat16):
        mixed = scaled_cosine(fused, head.prompts().detach().float(), head.logit_scale)
        text = head.prompts().detach().float()
    exact = 100 * unit(array(fused)) @ unit(array(text)).T
    assert mixed.dtype == torch.float32
    np.testing.assert_allclose(array(mixed), exact, atol=1e-3)


def test_fusion_reads_polarity_scene_and_valid_face_tokens(head, features):
    tokens = torch.cat([features.tokens[2:, :2], features.scene[2:, None],
                        features.polarity[2:, None]], 1)
    torch.testing.assert_close(head.fuse(features)[2:], head.mcfe(tokens))


def test_face_may_enter_pooled(clip_model_cfg, class_names, features):
    head = build(clip_model_cfg, class_names, face_tokens='pooled')
    tokens = torch.stack([features.face, features.scene, features.polarity], 1)
    torch.testing.assert_close(head.fuse(features), head.mcfe(tokens))


@pytest.mark.parametrize('tokens', [['face'], ['scene', 'polarity'], ['face', 'scene']])
def test_what_enters_fusion_is_a_key(clip_model_cfg, class_names, features, samples, tokens):
    """A token that is left out changes no logit but still gets a gradient, for DDP."""
    head = build(clip_model_cfg, class_names, tokens=tokens, loss_similarity=None,
                 loss_polarity=None)
    logits = head(features)
    for name in ('face', 'scene', 'polarity'):
        field = 'tokens' if name == 'face' else name
        changed = features._replace(**{field: getattr(features, field) + 1})
        assert torch.equal(head(changed), logits) == (name not in tokens)
    fields = {name: getattr(features, name).requires_grad_()
              for name in ('tokens', 'scene', 'polarity', 'polarity_logits')}
    head.loss(features, samples)['loss_contrast'].backward()
    assert all(field.grad is not None for field in fields.values())


@pytest.mark.parametrize('tokens', [[], ['polarity'], ['face', 'text']])
def test_senseless_choices_of_tokens_are_named(clip_model_cfg, class_names, tokens):
    with pytest.raises(ValueError, match='`MCFEHead.tokens` must (be one of face, scene, polarity|'
                                         'hold face or scene), but got'):
        build(clip_model_cfg, class_names, tokens=tokens)


@pytest.mark.parametrize('mcfe', [dict(num_blocks=1), None])
def test_tokens_that_no_neck_gives_are_named(clip_model_cfg, class_names, mcfe):
    """A feature map is one stream. Without a token, every clip would get the same logits."""
    head = build(clip_model_cfg, class_names, tokens=['scene'], mcfe=mcfe)
    with pytest.raises(ValueError, match='but the features have none of these tokens'):
        head(torch.randn(4, 32, 2, 2), num_segs=2)


@pytest.mark.parametrize('face_tokens,frames', [('frames', 2), ('pooled', 1)])
def test_face_is_key_and_scene_is_value(clip_model_cfg, class_names, features, face_tokens,
                                        frames):
    """K = [face tokens; V_pol] and V = [V_st for each of them; V_pol], on the clip with padding."""
    head = build(clip_model_cfg, class_names, face_tokens=face_tokens, face_values='scene')
    face = features.tokens[2, :2] if frames == 2 else features.face[2:]
    keys = torch.cat([face, features.polarity[2:]])[None]
    values = torch.cat([features.scene[2:].expand(frames, -1), features.polarity[2:]])[None]
    torch.testing.assert_close(head.fuse(features)[2:], head.mcfe(keys, values=values))
    tokens = 4 if face_tokens == 'frames' else 1
    assert head.token_sources(features) == ['face'] * tokens + ['polarity']
    with record_attention(head.mcfe) as recorded:
        head.fuse(features)
    sources = head.mcfe.block_sources(head.token_sources(features))
    assert [weights.shape[-1] for weights, _ in recorded] == [len(names) for names in sources]
    keys = array(head.mcfe.blocks[0].ln_1(keys))[0]
    expected = attention_weights(array(head.mcfe.queries[0]), keys, head.mcfe.blocks[0].attn)
    shares = sum_by_source(recorded[0].weights, sources[0])[2]
    np.testing.assert_allclose(array(shares)[:, 0], expected.mean(0)[:, :frames].sum(1), rtol=1e-5)


def test_face_that_is_key_alone_chooses_between_scene_and_polarity(clip_model_cfg, class_names,
                                                                   features):
    """One V_st has nothing to choose from: with neither V_pol nor a second block, no face."""
    other = features._replace(tokens=torch.randn_like(features.tokens))
    for tokens, blocks, matters in [(['face', 'scene'], 1, False), (['face', 'scene'], 2, True),
                                    (['face', 'scene', 'polarity'], 1, True)]:
        head = build(clip_model_cfg, class_names, face_values='scene', tokens=tokens,
                     mcfe=dict(num_blocks=blocks, num_heads=4))
        difference = (head.fuse(features) - head.fuse(other)).abs().max()
        assert (difference > 1e-4) == matters and (matters or difference < 1e-5)


def test_senseless_values_of_the_face_are_named(clip_model_cfg, class_names):
    for keys, message in [(dict(mcfe=None), '`MCFEHead.mcfe` is None'),
                          (dict(tokens=['face']), r"`MCFEHead.tokens` is \['face'\]"),
                          (dict(mcfe=dict(residual='tokens', reads='previous')),
                           "`MCFE.residual` is 'tokens'")]:
        with pytest.raises(ValueError, match="`MCFEHead.face_values` is 'scene', but " + message):
            build(clip_model_cfg, class_names, face_values='scene', **keys)
    with pytest.raises(ValueError, match='`MCFEHead.face_values` must be one of face, scene'):
        build(clip_model_cfg, class_names, face_values='polarity')
    head = build(clip_model_cfg, class_names, face_values='scene')
    with pytest.raises(ValueError, match='but the features have no scene. Set it to'):
        head(torch.randn(4, 32, 2, 2), num_segs=2)


def test_mean_of_the_tokens_in_place_of_mcfe(clip_model_cfg, class_names, features):
    head = build(clip_model_cfg, class_names, mcfe=None)
    expected = torch.stack([features.polarity[2], features.scene[2], *features.tokens[2, :2]])
    torch.testing.assert_close(head.fuse(features)[2], expected.mean(0))


def test_loss_is_eq_4(head, features, samples):
    losses = head.loss(features, samples)
    logits, labels = array(head(features)), [0, 2, 6]
    contrast = -np.mean(log_softmax(logits)[range(3), labels])
    similarity = np.mean(1 - (unit(array(features.face)) * unit(array(features.scene))).sum(1))
    polarity = -np.mean(log_softmax(array(features.polarity_logits))[range(3), [0, 1, 2]])
    total = sum(float(v) for k, v in losses.items() if 'loss' in k)
    assert total == pytest.approx(contrast + similarity + polarity, rel=1e-5)
    head.auxiliary.zero_()
    off = head.loss(features, samples)
    assert sum(float(v) for k, v in off.items() if 'loss' in k) == pytest.approx(contrast, rel=1e-5)
    assert float(off['similarity']) == pytest.approx(similarity, rel=1e-5)


def test_switched_off_losses_keep_their_graph(head, features, samples):
    face = features.face.requires_grad_()
    head.auxiliary.zero_()
    head.loss(features, samples)['loss_similarity'].backward()
    assert face.grad is not None and face.grad.abs().sum() == 0


def test_prediction_is_a_distribution_over_the_classes(head, features, samples):
    head.eval()
    out = head.predict(features, samples)
    expected = np.exp(log_softmax(array(head(features))))
    for sample, scores in zip(out, expected):
        np.testing.assert_allclose(array(sample.pred_score), scores, rtol=1e-4, atol=1e-6)
        assert int(sample.pred_label) == scores.argmax()


def test_reads_feature_maps_of_stock_backbones(clip_model_cfg, class_names):
    head = build(clip_model_cfg, class_names, in_channels=12)
    maps = torch.randn(2 * 3, 12, 5, 5)
    features = head.read(maps, num_segs=3)
    expected = head.project(maps.mean((2, 3)).reshape(2, 3, 12))
    torch.testing.assert_close(features.tokens, expected)
    assert features.mask.all() and features.scene is None
    volume = torch.randn(2, 12, 3, 5, 5)
    torch.testing.assert_close(head.read(volume).tokens,
                               head.project(volume.mean((3, 4)).transpose(1, 2)))
    assert head(maps, num_segs=3, fcn_test=False, loss_aux={}).shape == (2, 7)


def test_widths_that_do_not_meet_are_refused_with_both_numbers(head):
    with pytest.raises(ValueError, match='expects tokens of 32 channels, but gets 12'):
        head.read(torch.randn(2, 12, 5, 5))


def test_num_classes_against_class_names(clip_model_cfg, class_names):
    with pytest.raises(ValueError, match='`num_classes` is 6, but `class_names` has 7 names'):
        build(clip_model_cfg, class_names, num_classes=6)


def test_checkpoint_of_another_class_order_is_refused(clip_model_cfg, class_names):
    state = build(clip_model_cfg, class_names).state_dict()
    with pytest.raises(ValueError, match='trained on the classes Happy, Sad.*'
                                         'the config has Fear, Disgust'):
        build(clip_model_cfg, class_names[::-1]).load_state_dict(state)


def test_prompt_names_stand_for_the_classes_in_the_prompts_alone(clip_model_cfg, class_names,
                                                                features):
    nouns = ['happiness', 'sadness', 'neutral', 'anger', 'surprise', 'disgust', 'fear']
    head = build(clip_model_cfg, class_names, prompt_names=nouns)
    same = build(clip_model_cfg, nouns)
    same.load_state_dict({**head.state_dict(), 'class_names_utf8': same.class_names_utf8})
    torch.testing.assert_close(head(features), same(features))
    assert head.class_names == class_names
    with pytest.raises(ValueError, match='trained on the classes Happy=happiness, .*'
                                         'the config has Happy, Sad'):
        build(clip_model_cfg, class_names).load_state_dict(head.state_dict())
    with pytest.raises(ValueError, match='`prompt_names` has 6 names, but `class_names` has 7'):
        build(clip_model_cfg, class_names, prompt_names=nouns[:6])


def test_checkpoint_of_another_clip_is_refused(clip_model_cfg, class_names):
    head = build(clip_model_cfg, class_names)
    state = head.state_dict()
    state['prompts.clip_fingerprint'] = state['prompts.clip_fingerprint'] ^ 1
    with pytest.raises(ValueError,
                       match='trained with a different CLIP model.*vit_test.*key `clip_model`'):
        head.load_state_dict(state)


@pytest.mark.parametrize('recognizer,backbone,shape,channels', [
    ('Recognizer2D', dict(type='ResNet', depth=18, norm_eval=False), (2, 3, 3, 32, 32), 512),
    ('Recognizer3D', dict(type='ResNet3dSlowOnly', depth=18, pretrained=None,
                          conv1_kernel=(1, 7, 7), inflate=(0, 0, 1, 1), pretrained2d=False),
     (2, 1, 3, 4, 32, 32), 512)])
def test_stands_on_stock_recognizers(clip_model_cfg, class_names, recognizer, backbone, shape,
                                     channels, samples):
    model = MODELS.build(dict(
        type=recognizer, backbone=backbone,
        cls_head=dict(type='MCFEHead', class_names=class_names, clip_model=clip_model_cfg,
                      in_channels=channels, num_prompt_tokens=2, mcfe=dict(num_blocks=1))))
    losses = model(torch.randn(shape), samples[:2], mode='loss')
    losses['loss_contrast'].backward()
    assert model.backbone.conv1.conv.weight.grad.abs().sum() > 0
    model.eval()
    out = model(torch.randn(shape), samples[:2], mode='predict')
    assert out[0].pred_score.shape == (7,)
