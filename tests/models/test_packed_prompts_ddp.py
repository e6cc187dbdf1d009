"""Packed prompts with two processes under DDP and after a resumption, against CoOp's form alone."""
import copy

import pytest
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch.nn.parallel import DistributedDataParallel

from ous_mmaction.models.layers import PromptLearner

from ..processes import run_ranks

NAMES = ['Happy', 'Sad', 'Neutral', 'Angry', 'Surprise', 'Disgust', 'Fear']
STEPS = 4


def build():
    torch.manual_seed(0)
    return PromptLearner(clip_model=dict(name='vit_test'), class_names=NAMES, num_tokens=5).double()


def batches():
    """Fused features and labels of each step."""
    generator = torch.Generator().manual_seed(1)
    return [(torch.randn(8, 32, generator=generator, dtype=torch.float64),
             torch.randint(7, (8,), generator=generator)) for _ in range(STEPS)]


def loss_of(class_features, fused, labels):
    return F.cross_entropy(fused @ F.normalize(class_features, dim=1).T, labels)


def update(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def separate_features(learner, context):
    """Every class in a sequence of its own, up to the full context."""
    text, prompts = learner.clip_model.text, [
        torch.cat([start, context, name]) for start, name in zip(learner.start, learner.names)]
    padded = F.pad(torch.stack(prompts), (0, 0, 0, 77 - len(prompts[0])))
    x = text.transformer(padded + text.positional_embedding, attn_mask=text.attn_mask)
    return text.ln_final(x)[torch.arange(len(x)), learner.ends] @ text.text_projection


def train(rank, port, folder):
    """Two steps, a checkpoint, a new model and optimizer that resume from it, two more steps."""
    from .. import conftest  # noqa: F401, which lists vit_test
    dist.init_process_group('gloo', f'tcp://127.0.0.1:{port}', world_size=2, rank=rank)
    state = None
    for steps in (batches()[:2], batches()[2:]):
        model = DistributedDataParallel(build())
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        if state:
            model.module.load_state_dict(state[0])
            optimizer.load_state_dict(state[1])
        for fused, labels in steps:
            update(optimizer, loss_of(model(), fused[rank::2], labels[rank::2]))
        state = copy.deepcopy((model.module.state_dict(), optimizer.state_dict()))
    torch.save(state[0]['context'], folder / f'{rank}.pt')
    dist.destroy_process_group()


@pytest.mark.full
def test_two_processes_that_resume_train_as_coops_form_alone(free_port, tmp_path):
    run_ranks(train, free_port, tmp_path)
    learner = build()
    initial = learner.context.detach().clone()
    context = initial.clone().requires_grad_()
    optimizer = torch.optim.Adam([context], lr=0.01)
    for fused, labels in batches():
        update(optimizer, loss_of(separate_features(learner, context), fused, labels))
    learner.float()  # the CLIP model is shared with other tests
    for rank in range(2):
        trained = torch.load(tmp_path / f'{rank}.pt', weights_only=True)
        torch.testing.assert_close(trained, context.detach(), rtol=1e-8, atol=1e-8)
    assert (context - initial).abs().mean() > 0.01
