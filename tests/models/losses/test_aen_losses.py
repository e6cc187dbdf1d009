import numpy as np
import pytest
import torch

from ous_mmaction.emotions import polarity_of_classes
from ous_mmaction.models.layers import EmotionGroups
from ous_mmaction.models.losses import AENFrameScoreLoss, AENFrameTokenLoss, AENTwoHeadLoss

from .. import aen_reference as reference
from ..reference import array, softmax

MASK = torch.tensor([[True] * 4, [True, True, False, False]])


def test_two_head_loss_is_p2():
    head, overall, labels = torch.randn(3, 7), torch.randn(3, 7), torch.tensor([1, 6, 0])
    expected = np.mean([reference.two_head_loss(softmax(array(head)[i]),
                                                softmax(array(overall)[i]), labels[i])
                        for i in range(3)])
    loss = AENTwoHeadLoss()(head.log_softmax(1), overall.log_softmax(1), labels)
    assert float(loss) == pytest.approx(expected, rel=1e-6)


def test_two_head_loss_on_grouped_probabilities_is_p1(class_names):
    head, overall, labels = torch.randn(3, 3), torch.randn(3, 7), torch.tensor([4, 2, 5])
    groups, grouping = polarity_of_classes(class_names), EmotionGroups(class_names)
    assert grouping.group_of_class[labels].tolist() == [0, 1, 2]  # surprise, neutral, disgust
    expected = np.mean([
        reference.two_head_loss(softmax(array(head)[i]),
                                reference.grouped(softmax(array(overall)[i]), groups),
                                groups[labels[i]]) for i in range(3)])
    loss = AENTwoHeadLoss()(head.log_softmax(1), grouping.log_sum(overall.log_softmax(1)),
                            grouping.group_of_class[labels])
    assert float(loss) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize('share', [0, 1])
def test_share_leaves_one_head_alone(share):
    log_probs, labels = torch.randn(2, 4, 7).log_softmax(-1), torch.arange(4)
    loss = AENTwoHeadLoss(share=share)(log_probs[0], log_probs[1], labels)
    chosen = log_probs[1 - share]
    torch.testing.assert_close(loss, -chosen[range(4), labels].mean())


def test_share_outside_the_interval_names_the_key():
    with pytest.raises(ValueError,
                       match=r'`AENTwoHeadLoss.share` must lie in \[0, 1\], but got 1.5'):
        AENTwoHeadLoss(share=1.5)


def test_frame_token_loss_is_l_s2t():
    tokens, frames = [torch.randn(2, c) for c in (5, 9)], [torch.randn(2, 4, c) for c in (5, 9)]
    scores = torch.rand(2, 4)
    expected = np.mean([
        reference.frame_token_loss([array(t)[i] for t in tokens], [array(f)[i] for f in frames],
                                   array(scores)[i], MASK[i]) for i in range(2)])
    loss = AENFrameTokenLoss()(tokens, frames, scores, MASK)
    assert float(loss) == pytest.approx(expected, rel=1e-6)


def test_frame_token_loss_moves_the_token_and_not_the_frames():
    tokens, frames = torch.randn(2, 5, requires_grad=True), torch.randn(2, 4, 5)
    frames.requires_grad_()
    AENFrameTokenLoss()([tokens], [frames], torch.rand(2, 4), MASK).backward()
    assert tokens.grad.abs().sum() > 0 and frames.grad is None


def test_frame_token_loss_stays_finite_where_the_true_class_scores_nothing():
    loss = AENFrameTokenLoss()([torch.randn(2, 5)], [torch.randn(2, 4, 5)], torch.zeros(2, 4), MASK)
    assert loss.isfinite()


def test_frame_score_loss_is_l_e7_and_l_e3(class_names):
    logits, scores = torch.randn(2, 7), torch.randn(2, 4, 7).softmax(-1)
    expected = np.mean([reference.frame_score_loss(array(logits)[i], array(scores)[i], MASK[i])
                        for i in range(2)])
    assert float(AENFrameScoreLoss()(logits, scores, MASK)) == pytest.approx(expected, rel=1e-6)
    groups = polarity_of_classes(class_names)
    grouped = [[reference.grouped(frame, groups) for frame in clip] for clip in array(scores)]
    expected = np.mean([reference.frame_score_loss(array(logits)[i, :3], grouped[i], MASK[i])
                        for i in range(2)])
    loss = AENFrameScoreLoss()(logits[:, :3], EmotionGroups(class_names).sum(scores), MASK)
    assert float(loss) == pytest.approx(expected, rel=1e-6)


def test_padding_does_not_count_in_either_frame_loss():
    tokens, frames, scores = [torch.randn(2, 5)], torch.randn(2, 4, 5), torch.rand(2, 4, 7)
    changed, rescored = frames.clone(), scores.clone()
    changed[1, 2:], rescored[1, 2:] = 50., 9.
    torch.testing.assert_close(AENFrameTokenLoss()(tokens, [changed], rescored[..., 0], MASK),
                               AENFrameTokenLoss()(tokens, [frames], scores[..., 0], MASK))
    logits = torch.randn(2, 7)
    torch.testing.assert_close(AENFrameScoreLoss()(logits, rescored, MASK),
                               AENFrameScoreLoss()(logits, scores, MASK))


def test_weights_scale_and_zero_keeps_the_graph():
    logits, scores = torch.randn(2, 7, requires_grad=True), torch.rand(2, 4, 7)
    whole = AENFrameScoreLoss()(logits, scores, MASK)
    torch.testing.assert_close(AENFrameScoreLoss(0.3)(logits, scores, MASK), 0.3 * whole)
    AENFrameScoreLoss(0.)(logits, scores, MASK).backward()
    assert torch.equal(logits.grad, torch.zeros_like(logits))


def test_groups_follow_the_polarity_key(class_names):
    probabilities = torch.rand(2, 7)
    sums = EmotionGroups(class_names, dict(surprise='negative')).sum(probabilities)
    torch.testing.assert_close(sums[:, 0], probabilities[:, 0])
    torch.testing.assert_close(sums.sum(1), probabilities.sum(1))
