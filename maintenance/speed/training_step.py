"""The training step against the same step from stock parts."""
from __future__ import annotations

import functools
from types import MethodType

import torch
from torch import Tensor, nn

from ous_mmaction.models.frozen_clip import FrozenCLIP
from ous_mmaction.models.layers import PromptLearner
from ous_mmaction.models.layers.ous import FusionBlock

from .bank_training import BATCH_SIZE, BankTraining
from .comparison import Comparison, compare
from .workbench import Workbench

AT_MOST = 0.5
MAFW = ('anger', 'disgust', 'fear', 'happiness', 'neutral', 'sadness', 'surprise', 'contempt',
        'anxiety', 'helplessness', 'disappointment')


def separate_prompts(clip_model: FrozenCLIP, prompts: Tensor, ends: Tensor) -> Tensor:
    """Encode prompts as CoOp does: each class in a sequence of the full context.

    Args:
        clip_model (FrozenCLIP): Model of the text tower.
        prompts (Tensor): Embeddings of shape (K, L, text_width).
        ends (Tensor): Position of each end token, of shape (K,).

    Returns:
        Tensor: Text features of shape (K, D).
    """
    text = clip_model.text
    padded = nn.functional.pad(prompts, (0, 0, 0, clip_model.context_length - prompts.shape[1]))
    x = text.transformer(padded + text.positional_embedding, attn_mask=text.attn_mask)
    return text.ln_final(x)[torch.arange(len(x)), ends] @ text.text_projection


def stock_block(block: FusionBlock, query: Tensor, kv: Tensor,
                padding: Tensor | None = None, values: None = None) -> Tensor:
    """Run a fusion block (eqs. 5 and 7-10) with torch's attention module, on its own tokens."""
    y = block.ln_1(kv)
    attended = block.attn(query, y, y, key_padding_mask=padding, need_weights=False)[0]
    return block.ln_3(block.mlp(block.ln_2(attended)))


def use_stock_parts(training: BankTraining) -> BankTraining:
    """Give a training what one would use instead, which computes the same.

    These are CoOp's prompts, torch's attention and Adam as ``torch.optim.Adam`` runs by default.

    Args:
        training (BankTraining): Training of the paper's model, changed in place.

    Returns:
        BankTraining: The same training.
    """
    head = training.model.cls_head
    head.prompts.compute = MethodType(
        lambda self: separate_prompts(self.clip_model, self.prompts(), self.ends), head.prompts)
    for block in head.mcfe.blocks:
        block.forward = functools.partial(stock_block, block)
    training.optimizer = torch.optim.Adam(training.model.parameters(),
                                          lr=training.optimizer.param_groups[0]['lr'])
    return training


def compare_prompts(bench: Workbench) -> list[Comparison]:
    """Compare packed prompts with one sequence per class."""
    rows = []
    for names in (bench.config('ViT-L/14').class_names, MAFW):
        clip_model = dict(name=bench.clip_model('ViT-L/14').name, pretrained=None)
        learner = PromptLearner(clip_model=clip_model, class_names=names, num_tokens=64)

        def ours(learner: PromptLearner = learner) -> None:
            learner().sum().backward()

        def baseline(learner: PromptLearner = learner) -> None:
            separate_prompts(learner.clip_model, learner.prompts(), learner.ends).sum().backward()

        rows.append(compare(
            f"prompts of {len(names)} classes, M = 64, in ViT-L/14's text tower, forward + "
            "backward; CoOp's form: a sequence of 77 tokens per class", ours, baseline,
            bench.repeats))
    return rows


def compare_step(bench: Workbench) -> list[Comparison]:
    """Compare a training step from the bank with the same step from stock parts."""
    ours = bench.training('ViT-L/14')
    stock = use_stock_parts(bench.training('ViT-L/14'))
    return [compare(
        f'training step from the bank: ViT-L/14, M = 64, 12 blocks, batch {BATCH_SIZE}; the same '
        "step with CoOp's prompts, `nn.MultiheadAttention` and `torch.optim.Adam`'s default",
        ours.step, stock.step, bench.repeats, AT_MOST)]
