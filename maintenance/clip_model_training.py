"""Train the demo's tiny CLIP on drawn frames."""
from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn import functional as F

from maintenance.captions import Meaning, caption, entails
from ous_mmaction.datasets.transforms.face_scene_split import (
    crop_square,
    resize_frames,
    square_around,
)
from ous_mmaction.progress import progress_bar
from ous_mmaction.rendered.samples import render_frames

_CHUNK = 200


class Views(NamedTuple):
    """The two streams of N drawn frames, and what they show.

    Attributes:
        faces (Tensor): Squares around the face, uint8 of shape (N, 3, S, S).
        scenes (Tensor): Whole frames, uint8 of shape (N, 3, S, S).
        meanings (list[Meaning]): What the N frames show. A face shows only the expression.
    """

    faces: Tensor
    scenes: Tensor
    meanings: list[Meaning]


def render_views(seed: int, count: int, size: int, least_intensity: float = 0.4,
                 workers: int | None = None) -> Views:
    """Draw frames and split them as :class:`FaceSceneSplit` does.

    Args:
        seed (int): Seed of the samples, see :func:`render_frames`.
        count (int): Number of frames, a multiple of 200.
        size (int): Side S of a view in pixels.
        least_intensity (float): Minimum intensity of the expression. Defaults to 0.4.
        workers (int, optional): Number of processes. Defaults to one per core.

    Returns:
        Views: The views.
    """
    render = partial(_render_chunk, size=size, least_intensity=least_intensity)
    chunks = [(seed, index) for index in range(count // _CHUNK)]
    with ProcessPoolExecutor(workers or os.cpu_count(), initializer=_single_threaded) as pool:
        parts = list(progress_bar(pool.map(render, chunks), 'drawing', len(chunks), unit='frame',
                                  unit_scale=_CHUNK))
    return Views(torch.from_numpy(np.concatenate([part[0] for part in parts])),
                 torch.from_numpy(np.concatenate([part[1] for part in parts])),
                 [meaning for part in parts for meaning in part[2]])


def contrastive_loss(images: Tensor, texts: Tensor, scale: Tensor, truth: Tensor) -> Tensor:
    """Compute CLIP's symmetric loss when several captions may be true of an image and vice versa.

    The target of each row is uniform over its true entries. A row without true entries does not
    contribute.

    Args:
        images (Tensor): Unit vectors of shape (N, D).
        texts (Tensor): Unit vectors of shape (M, D).
        scale (Tensor): Factor on the cosines, of shape ().
        truth (Tensor): Bool of shape (N, M), True where caption j is true of image i.

    Returns:
        Tensor: Loss of shape ().
    """
    logits = scale * images @ texts.T
    return (_soft_cross_entropy(logits, truth) + _soft_cross_entropy(logits.T, truth.T)) / 2


def train_clip(model: nn.Module, tokenizer: Callable[[list[str]], Tensor], views: Views,
               mean: Sequence[float], std: Sequence[float], steps: int, batch: int = 256,
               num_captions: int = 48, lr: float = 1e-3, seed: int = 0) -> list[float]:
    """Train an open_clip model in place. Three of four images of a batch are faces.

    Args:
        model (nn.Module): ``CLIP`` of open_clip.
        tokenizer (Callable[[list[str]], Tensor]): Tokenizer of the model.
        views (Views): Training data.
        mean (Sequence[float]): Three means of the pixels in 0..1.
        std (Sequence[float]): Three standard deviations of the pixels in 0..1.
        steps (int): Number of batches to train on.
        batch (int): Images per batch. Defaults to 256.
        num_captions (int): Captions per batch, each of one of its images. Defaults to 48.
        lr (float): Peak learning rate. It warms up over a twentieth of the steps, then falls along
            a cosine. Defaults to 1e-3.
        seed (int): Seed of batches and captions. Defaults to 0.

    Returns:
        list[float]: The loss of each step.
    """
    rng = np.random.default_rng(seed)
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim <= 1]
    optimizer = torch.optim.AdamW([dict(params=matrices, weight_decay=0.05),
                                   dict(params=vectors, weight_decay=0.0)], lr, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, steps, 0.05)
    num_faces = batch * 3 // 4
    model.train()
    losses = []
    progress = progress_bar(range(steps), 'training')
    for _ in progress:
        chosen = rng.integers(len(views.meanings), size=batch)
        pixels = torch.cat([views.faces[chosen[:num_faces]], views.scenes[chosen[num_faces:]]])
        shown = [Meaning(expression=views.meanings[i].expression) for i in chosen[:num_faces]]
        shown += [views.meanings[i] for i in chosen[num_faces:]]
        claims = [_shorten(shown[i], rng) for i in rng.permutation(batch)[:num_captions]]
        texts = model.encode_text(tokenizer([caption(claim, rng) for claim in claims]), True)
        images = model.encode_image(normalize(_augment(pixels, rng), mean, std), True)
        loss = contrastive_loss(images, texts, model.logit_scale.exp(), entails(shown, claims))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            model.logit_scale.clamp_(0, np.log(100))
        losses.append(loss.item())
        progress.set_postfix(loss=f'{losses[-1]:.3f}')
    model.eval()
    return losses


@torch.no_grad()
def embed(model: nn.Module, pixels: Tensor, mean: Sequence[float], std: Sequence[float],
          batch: int = 256) -> Tensor:
    """Embed images.

    Args:
        model (nn.Module): ``CLIP`` of open_clip.
        pixels (Tensor): Images, uint8 of shape (N, 3, S, S).
        mean (Sequence[float]): Three means of the pixels in 0..1.
        std (Sequence[float]): Three standard deviations of the pixels in 0..1.
        batch (int): Images per batch. Defaults to 256.

    Returns:
        Tensor: Unit vectors of shape (N, D).
    """
    return torch.cat([model.encode_image(normalize(part.float() / 255, mean, std), True)
                      for part in pixels.split(batch)])


def normalize(pixels: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Normalize images for the vision tower.

    Args:
        pixels (Tensor): Images in 0..1, of shape (N, 3, S, S).
        mean (Sequence[float]): Three means of the pixels.
        std (Sequence[float]): Three standard deviations of the pixels.

    Returns:
        Tensor: Normalized images of the same shape.
    """
    return (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)


def probe(train: Tensor, train_labels: list, test: Tensor, test_labels: list) -> float:
    """Fit a logistic regression on training embeddings and test it.

    Args:
        train (Tensor): Embeddings of shape (N, D) to fit on.
        train_labels (list): N labels.
        test (Tensor): Embeddings of shape (M, D) to test on.
        test_labels (list): M labels.

    Returns:
        float: Accuracy on the test embeddings, from 0 to 1.
    """
    regression = LogisticRegression(C=100.0, max_iter=1000)
    return float(regression.fit(train, train_labels).score(test, test_labels))


def _soft_cross_entropy(logits: Tensor, truth: Tensor) -> Tensor:
    count = truth.sum(dim=1)
    picked = (F.log_softmax(logits, dim=1) * truth).sum(dim=1) / count.clamp(min=1)
    return -picked.sum() / (count > 0).sum().clamp(min=1)


def _shorten(meaning: Meaning, rng: np.random.Generator) -> Meaning:
    """Drop parts of what a frame shows, as captions do."""
    if meaning.mood is None:
        return meaning
    expression, scene = rng.random(2) < 0.5
    return Meaning(meaning.expression if expression else None, meaning.mood,
                   meaning.scene if scene else None)


def _augment(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """Convert uint8 images to floats in 0..1, flipped, shifted by up to 3 pixels and re-lit."""
    count, size = len(pixels), pixels.shape[-1]
    flip = torch.from_numpy(rng.random(count) < 0.5)
    pixels = torch.where(flip.view(-1, 1, 1, 1), pixels.flip(-1), pixels).float() / 255
    top, left = rng.integers(0, 7, 2)
    pixels = F.pad(pixels, (3, 3, 3, 3), mode='replicate')[..., top:top + size, left:left + size]
    gain = torch.from_numpy(rng.uniform(0.85, 1.15, (count, 1, 1, 1)).astype(np.float32))
    return (pixels * gain).clamp(0, 1)


def _single_threaded() -> None:
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def _render_chunk(chunk: tuple[int, int], size: int, least_intensity: float) -> tuple:
    seed, index = chunk
    rng = np.random.default_rng((seed, index))
    faces, scenes, meanings = [], [], []
    # One stream of samples per chunk, so that chunks can be drawn in parallel.
    for sample in render_frames(1_000_000 * seed + index, _CHUNK, least_intensity=least_intensity):
        box = sample.box + 0.04 * rng.uniform(-1, 1, 4) * (sample.box[3] - sample.box[1])
        square = square_around(box, rng.uniform(1.0, 1.2), sample.image.shape[:2])
        faces.append(resize_frames(crop_square(sample.image, *square)[None].copy(), size).numpy())
        scenes.append(resize_frames(sample.image[None], size).numpy())
        meanings.append(Meaning(sample.expression, sample.mood, sample.scene))
    return np.concatenate(faces), np.concatenate(scenes), meanings
