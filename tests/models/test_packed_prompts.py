"""Packed prompts against one sequence of 77 positions per class, in float64."""
import copy

import pytest
import torch
from torch import nn

from ous_mmaction.models.frozen_clip import encode_prompts, load_clip_model
from ous_mmaction.models.packed_prompts import pack_prompts


@pytest.fixture(scope='module')
def text():
    tower = copy.deepcopy(load_clip_model('vit_test').text).double()
    generator = torch.Generator().manual_seed(0)
    for parameter in tower.parameters():  # the initial ones are too small to tell tokens apart
        parameter.data += 0.2 * torch.randn(parameter.shape, generator=generator).double()
    return tower


def separate(text, prompts, ends):
    """CoOp's form: every class in a sequence of its own, up to the full context."""
    full = torch.zeros(len(prompts), 77, prompts.shape[2], dtype=prompts.dtype)
    full[:, :prompts.shape[1]] = prompts
    x = text.transformer(full + text.positional_embedding, attn_mask=text.attn_mask)
    x = text.ln_final(x)[torch.arange(len(x)), ends]
    return x @ text.text_projection


@pytest.mark.parametrize('num_classes', range(2, 51))
def test_features_and_gradients_of_every_class_count(text, num_classes):
    """Names of 1 to 11 tokens; M goes through 0 to 64 as the classes go through 2 to 50."""
    compare_with_separate(text, num_classes, round((num_classes - 2) * 64 / 48))


@pytest.mark.parametrize('num_tokens', range(65))
def test_features_and_gradients_of_every_context_length(text, num_tokens):
    compare_with_separate(text, 3, num_tokens)


def compare_with_separate(text, num_classes, num_tokens):
    generator = torch.Generator().manual_seed(num_classes)
    lengths = torch.randint(1, 12, (num_classes,), generator=generator)
    ends = num_tokens + 1 + lengths  # start, context, name, end
    width = text.positional_embedding.shape[1]
    start, context, names = (
        torch.randn(*shape, width, generator=generator, dtype=torch.float64)
        for shape in ((1, 1), (num_tokens,), (num_classes, 12)))
    gradients, features = [], []
    for encode in (lambda prompts: encode_prompts(text, prompts, ends, 1 + num_tokens),
                   lambda prompts: separate(text, prompts, ends)):
        leaves = [context.clone().requires_grad_(), names.clone().requires_grad_()]
        prompts = torch.cat([start.expand(num_classes, -1, -1),
                             leaves[0].expand(num_classes, -1, -1), leaves[1]], 1)
        features.append(encode(prompts))
        features[-1].sin().sum().backward()
        gradients.append([leaf.grad for leaf in leaves])
    torch.testing.assert_close(*features, rtol=1e-10, atol=1e-10)
    for ours, theirs in zip(*gradients):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)
    assert num_tokens == 0 or gradients[0][0].abs().min() > 0


def test_prompts_with_a_context_per_class_share_the_start_alone(text):
    ends = torch.tensor([5, 9, 7])
    prompts = torch.randn(3, 10, text.positional_embedding.shape[1], dtype=torch.float64)
    prompts[:, 0] = prompts[0, 0]
    assert pack_prompts(prompts, ends, 1).tokens.shape[0] == 1 + 5 + 9 + 7
    torch.testing.assert_close(encode_prompts(text, prompts, ends), separate(text, prompts, ends),
                               rtol=1e-10, atol=1e-10)


def test_the_paper_packs_476_tokens_into_80(class_names):
    """Seven classes, M = 64; the tokenizer of CLIP gives the names of DFEW one token each but two.

    What separate sequences of the longest prompt's length hold is counted too.
    """
    clip = load_clip_model('vit_test')
    ends = clip.tokenize(class_names).argmax(1) + 64
    prompts = torch.zeros(7, int(ends.max()) + 1, clip.text_width)
    packed = pack_prompts(prompts, ends, 65)
    assert prompts.shape[:2].numel() == 476
    assert len(packed.tokens) == 80
    assert not packed.mask.isnan().any()


def test_a_linear_projection_is_applied(text):
    tower = copy.deepcopy(text)
    projection = nn.Linear(*text.text_projection.shape, bias=False).double()
    projection.weight.data = text.text_projection.data.T.clone()
    del tower.text_projection
    tower.text_projection = projection
    prompts = torch.randn(2, 6, text.positional_embedding.shape[1], dtype=torch.float64)
    prompts[1, 0] = prompts[0, 0]
    ends = torch.tensor([5, 3])
    torch.testing.assert_close(encode_prompts(tower, prompts, ends),
                               encode_prompts(text, prompts, ends))
