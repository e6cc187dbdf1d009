import open_clip
import pytest
import torch

from ous_mmaction.models.layers import PromptLearner


def build(clip_model_cfg, class_names, num_tokens):
    return PromptLearner(clip_model=clip_model_cfg, class_names=class_names, num_tokens=num_tokens)


@pytest.fixture
def learner(clip_model_cfg, class_names):
    return build(clip_model_cfg, class_names, num_tokens=5)


def test_prompt_is_eq_11(learner, class_names):
    """A prompt is start, the M shared vectors, the tokens of the class and end, in class order."""
    text = learner.clip_model.model
    prompts = learner.prompts()
    tokenizer = open_clip.get_tokenizer('vit_test')
    for k, name in enumerate(class_names):
        ids = [i for i in tokenizer([name])[0].tolist() if i]
        embedded = text.token_embedding(torch.tensor(ids))
        expected = torch.cat([embedded[:1], learner.context, embedded[1:]])
        torch.testing.assert_close(prompts[k, :len(expected)], expected)
        assert learner.ends[k] == len(expected) - 1


def test_features_equal_the_full_context_of_77(learner):
    """Cutting off the positions after the end tokens changes nothing."""
    model, prompts = learner.clip_model.model, learner.prompts()
    full = torch.zeros(len(prompts), 77, prompts.shape[-1])
    full[:, :prompts.shape[1]] = prompts
    x = model.transformer(full + model.positional_embedding, attn_mask=model.attn_mask)
    x = model.ln_final(x)[torch.arange(len(x)), learner.ends] @ model.text_projection
    assert prompts.shape[1] < 20
    torch.testing.assert_close(learner(), x, rtol=1e-4, atol=1e-5)


def test_gradient_reaches_the_context_through_the_frozen_tower(learner):
    learner.train()
    learner().square().sum().backward()
    assert learner.context.grad.abs().min() > 0
    assert all(p.grad is None for p in learner.clip_model.model.parameters())


def test_text_tower_runs_once_in_test_and_again_after_training(learner):
    calls = []
    handle = learner.clip_model.model.ln_final.register_forward_hook(lambda *_: calls.append(1))
    learner.eval()
    with torch.no_grad():
        first = learner()
        assert learner() is first
    assert len(calls) == 1
    learner.train()
    with torch.no_grad():
        learner.context.add_(1.)
        learner.eval()
        assert not torch.equal(learner(), first)
        changed = learner.state_dict()
        changed['context'] = changed['context'] - 1.
        learner.load_state_dict(changed)
        torch.testing.assert_close(learner(), first, rtol=1e-4, atol=1e-5)
    handle.remove()


def test_only_the_context_is_trained_and_stored(learner):
    assert [name for name, _ in learner.named_parameters()] == ['context']
    assert set(learner.state_dict()) == {'context', 'clip_fingerprint'}
    assert learner.context.std().item() == pytest.approx(0.02, rel=0.2)


def test_prompt_longer_than_the_context_says_what_fits(clip_model_cfg, class_names):
    build(clip_model_cfg, class_names, num_tokens=73)
    with pytest.raises(ValueError, match=r'Disgust.* 78 tokens \(74 of them.*reads 77.*at most 73'):
        build(clip_model_cfg, class_names, num_tokens=74)
