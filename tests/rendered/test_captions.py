from __future__ import annotations

import numpy as np
import torch

from maintenance.captions import FACE_WORDS, Meaning, caption, entails
from ous_mmaction.rendered.expressions import EXPRESSIONS, PAIRS


def wordings(meaning):
    rng = np.random.default_rng(0)
    return {caption(meaning, rng) for _ in range(300)}


def test_every_expression_has_words_of_its_own():
    assert set(FACE_WORDS) == set(EXPRESSIONS)
    words = [word for options in FACE_WORDS.values() for word in options]
    assert len(words) == len(set(words))


def test_an_ambiguous_face_is_never_given_a_class():
    clear = {word for name in EXPRESSIONS if name not in PAIRS for word in FACE_WORDS[name]}
    for name in PAIRS:
        for text in wordings(Meaning(name, 'bright', 'beach')):
            assert not clear & set(text.split())


def test_a_caption_says_what_is_meant_and_no_more():
    for text in wordings(Meaning('happy', 'dark', 'storm')):
        assert 'storm' in text and any(word in text for word in FACE_WORDS['happy'])
        assert any(word in text for word in ('dark', 'gloomy', 'black'))
    assert all('storm' not in text for text in wordings(Meaning('happy', 'dark')))
    assert not any(' in a ' in text for text in wordings(Meaning('happy')))


def test_entails_is_true_where_all_that_is_claimed_is_shown():
    images = [Meaning('happy', 'bright', 'beach'), Meaning('happy')]
    claims = [Meaning('happy'), Meaning('sad'), Meaning(None, 'bright'),
              Meaning('happy', 'bright', 'party'), Meaning('happy', 'bright', 'beach')]
    assert torch.equal(entails(images, claims), torch.tensor(
        [[True, False, True, False, True], [True, False, False, False, False]]))
