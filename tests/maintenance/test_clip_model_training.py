from __future__ import annotations

from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD
from safetensors import safe_open

import ous_mmaction
from maintenance.captions import FACE_WORDS
from maintenance.clip_model_training import (
    contrastive_loss,
    embed,
    probe,
    render_views,
    train_clip,
)

WEIGHTS = Path(ous_mmaction.__file__).parent / 'rendered' / 'weights'
PIXELS = (OPENAI_DATASET_MEAN, OPENAI_DATASET_STD)


@pytest.fixture(scope='module')
def views():
    # A seed that neither the training of the shipped weights nor its probe used.
    return render_views(101, 1600, 64)


@pytest.fixture(scope='module')
def shipped():
    open_clip.add_model_config(WEIGHTS / 'vit_demo.json')
    return open_clip.create_model(
        'vit_demo', pretrained=str(WEIGHTS / 'vit_demo.safetensors')).eval()


def test_loss_against_loops_in_float64():
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(6, 5, generator=generator, dtype=torch.float64)
    texts = torch.randn(4, 5, generator=generator, dtype=torch.float64)
    truth = torch.rand(6, 4, generator=generator) < 0.5
    truth[2] = False  # an image of which no caption of the batch is true

    def one_way(queries, keys, positive):
        losses = []
        for query, row in zip(queries, positive):
            if row.any():
                shares = np.exp([3 * float(query @ key) for key in keys])
                shares = shares / shares.sum()
                losses.append(-np.mean([np.log(shares[j]) for j in range(len(keys)) if row[j]]))
        return np.mean(losses)

    expected = (one_way(images, texts, truth) + one_way(texts, images, truth.T)) / 2
    assert contrastive_loss(images, texts, torch.tensor(3.0), truth).item() == pytest.approx(
        expected, rel=1e-9)


def test_views_repeat_whatever_the_workers(views):
    again = render_views(101, 200, 64, workers=1)
    assert torch.equal(views.faces[:200], again.faces) and again.faces.dtype == torch.uint8
    assert torch.equal(views.scenes[:200], again.scenes)
    assert views.meanings[:200] == again.meanings


def test_training_is_seeded_and_lowers_the_loss(views):
    tokenizer = open_clip.get_tokenizer('ViT-B-32')

    def run():
        torch.manual_seed(0)
        model = open_clip.model.CLIP(
            16, dict(image_size=64, patch_size=16, width=32, head_width=16, layers=1),
            dict(context_length=77, vocab_size=49408, width=16, heads=2, layers=1))
        return train_clip(model, tokenizer, views, *PIXELS, steps=30, batch=64, num_captions=24,
                          lr=3e-3)

    losses = run()
    assert losses == run()
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 0.1


def test_shipped_weights_are_small_half_precision_and_complete(shipped):
    assert (WEIGHTS / 'vit_demo.safetensors').stat().st_size < 9e6
    with safe_open(WEIGHTS / 'vit_demo.safetensors', 'pt') as file:
        names = file.keys()
        assert set(names) == set(shipped.state_dict())
        assert {file.get_tensor(name).dtype for name in names} == {torch.float16}


@pytest.mark.parametrize('stream, label', [('faces', 'expression'), ('scenes', 'mood')])
def test_shipped_embeddings_tell_expression_and_mood(shipped, views, stream, label):
    features = embed(shipped, getattr(views, stream), *PIXELS)
    labels = [getattr(meaning, label) for meaning in views.meanings]
    assert probe(features[:1000], labels[:1000], features[1000:], labels[1000:]) > 0.95


def test_shipped_text_tower_names_faces_it_has_not_seen(shipped, views):
    tokenizer = open_clip.get_tokenizer('vit_demo')
    names = list(FACE_WORDS)
    with torch.no_grad():
        texts = shipped.encode_text(tokenizer([f'a {FACE_WORDS[name][0]} face' for name in names]),
                                    normalize=True)
    best = (embed(shipped, views.faces, *PIXELS) @ texts.T).argmax(dim=1)
    truth = torch.tensor([names.index(meaning.expression) for meaning in views.meanings])
    assert (best == truth).float().mean() > 0.9
