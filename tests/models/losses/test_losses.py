import numpy as np
import pytest
import torch

from ous_mmaction.models.losses import (
    FaceSceneContrastiveLoss,
    FaceSceneSimilarityLoss,
    PolarityLoss,
    PromptContrastiveLoss,
)
from ous_mmaction.models.structures import FaceSceneFeatures

from ..reference import array, log_softmax, unit


def test_polarity_loss_is_eq_1(class_names):
    logits, labels = torch.randn(4, 3), torch.tensor([0, 2, 4, 5])
    groups = [0, 1, 0, 2]  # happy, neutral, surprise, disgust in AEN's grouping
    expected = -np.mean([log_softmax(array(logits))[i, g] for i, g in enumerate(groups)])
    assert float(PolarityLoss(class_names)(logits, labels)) == pytest.approx(expected, rel=1e-6)


def test_polarity_map_is_a_config_key(class_names):
    logits, labels = torch.randn(1, 3), torch.tensor([4])
    loss = PolarityLoss(class_names, polarity=dict(surprise='neutral'))(logits, labels)
    assert float(loss) == pytest.approx(-log_softmax(array(logits))[0, 1], rel=1e-6)


def test_polarity_of_unknown_emotion_names_the_key():
    with pytest.raises(ValueError, match="emotion 'Bored' has no polarity.*`polarity`"):
        PolarityLoss(['Happy', 'Bored'])
    with pytest.raises(ValueError, match="The emotions 'calm', 'Bored' have no polarity. .*"
                                         "`model.cls_head.loss_polarity.polarity` of OUS.*"
                                         "polarity={'calm': 'negative', 'Bored': 'negative'}"):
        PolarityLoss(['calm', 'Happy', 'Bored'])
    with pytest.raises(ValueError, match='`polarity.Happy` must be one of positive, neutral, '
                                         "negative, but got 'good'"):
        PolarityLoss(['Happy'], polarity=dict(Happy='good'))


def test_similarity_loss_of_the_batch_is_eq_2_as_printed():
    """Each sum of eq. 2 runs over i = 1..N, in the numerator and inside each of the two roots."""
    face, scene = torch.randn(5, 8).double(), torch.randn(5, 8).double()
    numerator = face_squares = scene_squares = 0.
    for i in range(5):
        for d in range(8):  # the dot products V_fi . V_si, V_fi^2 and V_si^2
            numerator += face[i, d].item() * scene[i, d].item()
            face_squares += face[i, d].item() ** 2
            scene_squares += scene[i, d].item() ** 2
    expected = 1 - numerator / (face_squares ** 0.5 * scene_squares ** 0.5)
    loss = FaceSceneSimilarityLoss(cosine='batch')(face, scene)
    assert float(loss) == pytest.approx(expected, rel=1e-12)
    scaled = face * torch.tensor([1., 1, 1, 1, 100]).double()[:, None]  # one clip is very long
    own = 1 - (scaled[4] @ scene[4] / scaled[4].norm() / scene.norm()).item()
    loss = FaceSceneSimilarityLoss(cosine='batch')(scaled, scene)
    assert float(loss) == pytest.approx(own, abs=0.05)


def test_similarity_loss_of_clips_gives_each_clip_the_same_weight():
    face, scene = torch.randn(5, 8).double(), torch.randn(5, 8).double()
    f, s = array(face), array(scene)
    expected = np.mean([1 - f[i] @ s[i] / np.sqrt(f[i] @ f[i]) / np.sqrt(s[i] @ s[i])
                        for i in range(5)])
    assert float(FaceSceneSimilarityLoss()(face, scene)) == pytest.approx(expected, rel=1e-12)
    scaled = face * torch.tensor([1., 1, 1, 1, 100]).double()[:, None]
    assert float(FaceSceneSimilarityLoss()(scaled, scene)) == pytest.approx(expected, rel=1e-12)


def test_similarity_loss_names_its_key():
    with pytest.raises(ValueError, match='`FaceSceneSimilarityLoss.cosine` must be one of clip, '
                                         "batch, but got 'mean'"):
        FaceSceneSimilarityLoss(cosine='mean')


def test_contrastive_loss_against_prompts():
    logits, labels = torch.randn(3, 7), torch.tensor([1, 6, 0])
    expected = -np.mean(log_softmax(array(logits))[range(3), labels])
    loss = PromptContrastiveLoss()(logits, labels, None, torch.tensor(100.))
    assert float(loss) == pytest.approx(expected, rel=1e-6)


def test_contrastive_loss_as_eq_3_prints_it():
    face, scene, tau = torch.randn(4, 8), torch.randn(4, 8), 0.07
    similarity = np.exp(unit(array(scene)) @ unit(array(face)).T / tau)
    expected = -np.mean([np.log(similarity[i, i] / similarity[i].sum()) for i in range(4)])
    features = FaceSceneFeatures(face[:, None], torch.ones(4, 1, dtype=torch.bool), face, scene)
    loss = FaceSceneContrastiveLoss()(torch.randn(4, 7), torch.zeros(4, dtype=torch.long),
                                      features, torch.tensor(1 / tau))
    assert float(loss) == pytest.approx(expected, rel=1e-5)
