"""Checks that results of films share."""
import json

import pytest


def check_film(path):
    """Check that a film's document scores somebody, with probabilities; return its summary."""
    document = json.loads(path.read_text())
    people = [person for window in document['windows'] for person in window['people']]
    assert people
    for person in people:
        assert sum(person['scores'].values()) == pytest.approx(1, abs=1e-4)
        assert person['label'] == max(person['scores'], key=person['scores'].get)
    return document['film']
