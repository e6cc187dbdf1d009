"""Training of the demo's tiny CLIP on drawn frames."""
from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

import cv2
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from maintenance.captions import Meaning, caption, entails
from ous_mmaction.datasets.transforms.face_scene_split import (
    crop_square,
    resize_frames,
    square_around,
)
from ous_mmaction.rendered.samples import render_frames

_CHUNK = 200


class Views(NamedTuple):
    """The two streams of N drawn frames, and what they show.

    Args:
        faces: (N, 3, S, S) uint8, squares around the face.
        scenes: (N, 3, S, S) uint8, the whole frames.
        meanings: N; a face shows the expression of it alone.
    """
    faces: Tensor
    scenes: Tensor
    meanings: list[Meaning]


def render_views(seed: int, count: int, size: int, least_intensity: float = 0.4,
                 workers: int | None = None) -> Views:
    """Draw `count` frames, a multiple of 200, and split them as `FaceSceneSplit` does.

    Args:
        seed: of the samples, see `samples.render_frames`.
        count: frames to draw.
        size: S, side of a view in pixels.
        least_intensity: of the expression.
        workers: processes; by default one a core.
    """
    render = partial(_render_chunk, size=size, least_intensity=least_intensity)
    chunks = [(seed, index) for index in range(count // _CHUNK)]
    with ProcessPoolExecutor(workers or os.cpu_count(), initializer=_single_threaded) as pool:
        parts = list(tqdm(pool.map(render, chunks), 'drawing', len(chunks), unit_scale=_CHUNK,
                          unit='frame'))
    return Views(torch.from_numpy(np.concatenate([part[0] for part in parts])),
                 torch.from_numpy(np.concatenate([part[1] for part in parts])),
                 [meaning for part in parts for meaning in part[2]])


def contrastive_loss(images: Tensor, texts: Tensor, scale: Tensor, truth: Tensor) -> Tensor:
    """CLIP's symmetric loss where several captions are true of an image and conversely.

    The target of each row is uniform over what is true of it; a row of which nothing is true adds
    nothing.

    Args:
        images: (N, D) unit vectors.
        texts: (M, D) unit vectors.
        scale: () factor on the cosines.
        truth: (N, M) bool, caption j is true of image i.
    """
    logits = scale * images @ texts.T
    return (_soft_cross_entropy(logits, truth) + _soft_cross_entropy(logits.T, truth.T)) / 2


def train_clip(model: nn.Module, tokenizer, views: Views, mean, std, steps: int, batch: int = 256,
               num_captions: int = 48, lr: float = 1e-3, seed: int = 0) -> list[float]:
    """Train an open_clip model in place; three of four images of a batch are faces.

    Args:
        model: open_clip's `CLIP`.
        tokenizer: its tokenizer.
        views: what to learn from.
        mean: (3,) of the pixels in 0..1.
        std: (3,) likewise.
        steps: batches to train on.
        batch: images of a batch.
        num_captions: captions of a batch, each of one of its images.
        lr: peak learning rate; warms up over a twentieth of the steps, then falls as a cosine.
        seed: draws batches and captions.

    Returns:
        The loss of each step.
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
    progress = tqdm(range(steps), 'training')
    for _ in progress:
        chosen = rng.integers(len(views.meanings), size=batch)
        pixels = torch.cat([views.faces[chosen[:num_faces]], views.scenes[chosen[num_faces:]]])
        shown = [Meaning(expression=views.meanings[i].expression) for i in chosen[:num_faces]]
        shown += [views.meanings[i] for i in chosen[num_faces:]]
        said = [_shorten(shown[i], rng) for i in rng.permutation(batch)[:num_captions]]
        texts = model.encode_text(tokenizer([caption(claim, rng) for claim in said]), True)
        images = model.encode_image(normalise(_augment(pixels, rng), mean, std), True)
        loss = contrastive_loss(images, texts, model.logit_scale.exp(), entails(shown, said))
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
def embed(model: nn.Module, pixels: Tensor, mean, std, batch: int = 256) -> Tensor:
    """(N, D) unit embeddings of (N, 3, S, S) uint8 `pixels`."""
    return torch.cat([model.encode_image(normalise(part.float() / 255, mean, std), True)
                      for part in pixels.split(batch)])


def normalise(pixels: Tensor, mean, std) -> Tensor:
    """(N, 3, S, S) pixels of 0..1 as the vision tower reads them."""
    return (pixels - torch.tensor(mean).view(3, 1, 1)) / torch.tensor(std).view(3, 1, 1)


def probe(train: Tensor, train_labels: list, test: Tensor, test_labels: list) -> float:
    """Accuracy (0..1) on `test` of a logistic regression fitted on `train` embeddings."""
    regression = LogisticRegression(C=100.0, max_iter=1000)
    return float(regression.fit(train, train_labels).score(test, test_labels))


def _soft_cross_entropy(logits: Tensor, truth: Tensor) -> Tensor:
    count = truth.sum(dim=1)
    picked = (F.log_softmax(logits, dim=1) * truth).sum(dim=1) / count.clamp(min=1)
    return -picked.sum() / (count > 0).sum().clamp(min=1)


def _shorten(meaning: Meaning, rng: np.random.Generator) -> Meaning:
    """Leave out parts of what a frame shows, as captions do."""
    if meaning.mood is None:
        return meaning
    expression, scene = rng.random(2) < 0.5
    return Meaning(meaning.expression if expression else None, meaning.mood,
                   meaning.scene if scene else None)


def _augment(pixels: Tensor, rng: np.random.Generator) -> Tensor:
    """uint8 -> float of 0..1; mirrored, shifted by up to 3 pixels, lighter or darker."""
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
    # One stream of samples a chunk, so that chunks are drawn side by side.
    for sample in render_frames(1_000_000 * seed + index, _CHUNK, least_intensity=least_intensity):
        box = sample.box + 0.04 * rng.uniform(-1, 1, 4) * (sample.box[3] - sample.box[1])
        square = square_around(box, rng.uniform(1.0, 1.2), sample.image.shape[:2])
        faces.append(resize_frames(crop_square(sample.image, *square)[None].copy(), size).numpy())
        scenes.append(resize_frames(sample.image[None], size).numpy())
        meanings.append(Meaning(sample.expression, sample.mood, sample.scene))
    return np.concatenate(faces), np.concatenate(scenes), meanings
