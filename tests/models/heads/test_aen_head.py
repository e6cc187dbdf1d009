import numpy as np
import pytest
import torch

from ous_mmaction.emotions import polarity_of_classes
from ous_mmaction.models.heads import AENHead, AENReleasedHead
from ous_mmaction.models.structures import LevelFeatures

from .. import aen_reference as reference
from ..reference import array, softmax

LOSSES = dict(loss_sentiment=('loss_sentiment', 'AENTwoHeadLoss'),
              loss_cls=('loss_emotion', 'AENTwoHeadLoss'),
              loss_token=('loss_s2t', 'AENFrameTokenLoss'),
              loss_sentiment_scores=('loss_e3', 'AENFrameScoreLoss'),
              loss_emotion_scores=('loss_e7', 'AENFrameScoreLoss'))


@pytest.fixture
def features(batch):
    widths = (12, 12, 12, 16)
    return LevelFeatures(tuple(torch.randn(3, 4, w) for w in widths),
                         tuple(torch.randn(3, 5, w, requires_grad=True) for w in widths),
                         batch['mask'])


@pytest.fixture
def frame_scores():
    return torch.randn(3, 4, 7).softmax(-1)


def build(class_names, **kwargs):
    torch.manual_seed(0)
    return AENHead(class_names=class_names, in_channels=16, level_channels=12, num_heads=4,
                   **kwargs)


def test_heads_are_what_is_written_out(class_names, features):
    head = build(class_names)
    results = head.classify(features)
    for clip in range(3):
        expected = reference.top_down([array(level)[clip] for level in features.tokens],
                                      features.mask[clip].numpy(), head)
        for result, logits in zip(results, expected):
            np.testing.assert_allclose(array(result)[clip], logits, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize('kind', [AENHead, AENReleasedHead])
def test_levels_1_and_3_are_enough_for_the_heads(kind, class_names, features):
    """The neck may leave level 2 out, which only L_S2T reads."""
    head = kind(class_names=class_names, in_channels=16, level_channels=12, num_heads=4)
    without = features._replace(tokens=(features.tokens[0], *features.tokens[2:]))
    for found, expected in zip(head.classify(without), head.classify(features)):
        assert torch.equal(found, expected)


def test_losses_are_what_is_written_out(class_names, features, frame_scores, samples):
    head, groups = build(class_names), polarity_of_classes(class_names)
    losses = head.loss(features, samples, frame_scores=frame_scores)
    expected = dict.fromkeys(losses, 0.)
    for clip, label in enumerate((0, 2, 6)):
        tokens = [array(level)[clip] for level in features.tokens]
        valid, scores = features.mask[clip].numpy(), array(frame_scores)[clip]
        sentiment, emotion, overall = reference.top_down(tokens, valid, head)
        probabilities = softmax(overall)
        terms = dict(
            loss_sentiment=0.6 * reference.two_head_loss(
                softmax(sentiment), reference.grouped(probabilities, groups), groups[label]),
            loss_emotion=1.4 * reference.two_head_loss(softmax(emotion), probabilities, label),
            loss_s2t=0.4 * reference.frame_token_loss(
                [token[0] for token in tokens], [array(f)[clip] for f in features.frames],
                scores[:, label], valid),
            loss_e3=0.7 * reference.frame_score_loss(
                sentiment, [reference.grouped(frame, groups) for frame in scores], valid),
            loss_e7=0.3 * reference.frame_score_loss(emotion, scores, valid),
            acc=np.argmax(softmax(emotion) + probabilities) == label)
        for name, value in terms.items():
            expected[name] += value / 3
    results = {name: float(array(value)) for name, value in losses.items()}
    assert results == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize('key', LOSSES)
def test_a_loss_that_is_switched_off_leaves_the_others_and_keeps_its_graph(
        key, class_names, features, frame_scores, samples):
    name, kind = LOSSES[key]
    before = build(class_names).loss(features, samples, frame_scores=frame_scores)
    head = build(class_names, **{key: dict(type=kind, loss_weight=0.)})
    losses = head.loss(features, samples, frame_scores=frame_scores)
    assert before[name] > 0 and losses[name] == 0
    for unchanged in set(losses) - {name}:
        torch.testing.assert_close(losses[unchanged], before[unchanged])
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(p.grad is not None for p in head.parameters())
    assert all(level.grad is not None for level in features.tokens)


def test_prediction_is_the_mix_of_two_heads(class_names, features, samples):
    head = build(class_names, mix=0.3)
    logits = head.classify(features)
    expected = 0.3 * logits.emotion.softmax(1) + 0.7 * logits.overall.softmax(1)
    for sample, score, sentiment in zip(head.predict(features, samples), expected,
                                        logits.sentiment.softmax(1)):
        torch.testing.assert_close(sample.pred_score, score)
        torch.testing.assert_close(sample.sentiment_score, sentiment)
        assert int(sample.pred_label) == int(score.argmax())


def test_polarity_is_a_config_key(class_names, features, frame_scores, samples):
    before = build(class_names).loss(features, samples, frame_scores=frame_scores)
    head = build(class_names, polarity=dict(Happy='negative'))
    losses = head.loss(features, samples, frame_scores=frame_scores)
    for name in ('loss_sentiment', 'loss_e3'):
        assert not torch.isclose(losses[name], before[name])
    for name in ('loss_emotion', 'loss_e7', 'loss_s2t'):
        torch.testing.assert_close(losses[name], before[name])


def test_bad_keys_are_named(class_names, features):
    with pytest.raises(ValueError, match=r'`AENHead.mix` must lie in \[0, 1\], but got 2'):
        build(class_names, mix=2)
    with pytest.raises(ValueError, match='expects level tokens of 784 channels, but gets 12.*'
                                         '`cls_head.level_channels` to 12'):
        AENHead(class_names=class_names, in_channels=16, num_heads=4).classify(features)


def test_checkpoint_of_another_class_order_is_refused(class_names):
    weights = build(class_names[::-1]).state_dict()
    with pytest.raises(ValueError, match='trained on the classes Fear, Disgust.*'
                                         'the config has Happy, Sad.*`class_names`'):
        build(class_names).load_state_dict(weights)
