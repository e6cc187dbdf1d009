"""The best accuracy that a model without the scene, or without the face, can reach.

p is `BenchmarkSpec.ambiguous_share`. All classes are equally frequent in every fold, so UAR and WAR
have the same ceiling. Values are fractions of 1.
"""
from __future__ import annotations

from .benchmark_spec import BenchmarkSpec
from .expressions import CLASSES, PAIRS


def face_only_ceiling(spec: BenchmarkSpec) -> float:
    """UAR and WAR of the best face-only model: (1 + 3 (2 - p)) / 7 = 1 - 3p / 7.

    A clear face tells its class. Of the twins with an ambiguous face exactly one is right, whatever
    a deterministic model answers: the recalls of a pair sum to 2 (1 - p) + p = 2 - p. Because twins
    share their face pixels and their fold, no test split lets any such model exceed it.
    """
    pairs = len(PAIRS)
    return (len(CLASSES) - 2 * pairs + pairs * (2 - spec.ambiguous_share)) / len(CLASSES)


def scene_only_ceiling(spec: BenchmarkSpec) -> float:
    """UAR and WAR of the best model that sees only the mood: (1 + p) / 7.

    It can answer one class per mood. A paired class has its own mood in p of its clips and in half
    of the others: p + (1 - p) / 2 = (1 + p) / 2 of its clips, never less than neutral's 1 / 2. Two
    moods, so the recalls sum to 1 + p.
    """
    return (1 + spec.ambiguous_share) / len(CLASSES)


def joint_ceiling(spec: BenchmarkSpec) -> float:
    """UAR and WAR of the best model that sees both: 1, as expression and mood fix the class."""
    return 1.0
