"""The best accuracy that a model can reach without the scene, or without the face.

In the formulas, p is ``BenchmarkSpec.ambiguous_share``. All classes are equally frequent in every
fold, so UAR and WAR have the same ceiling. Values are fractions of 1.
"""
from __future__ import annotations

from .benchmark_spec import BenchmarkSpec
from .expressions import CLASSES, PAIRS


def face_only_ceiling(spec: BenchmarkSpec) -> float:
    """Return UAR and WAR of the best face-only model: (1 + 3 (2 - p)) / 7 = 1 - 3p / 7.

    A clear face tells its class. Of two twins with an ambiguous face, exactly one is classified
    correctly, whatever a deterministic model answers, so the recalls of a pair sum to
    2 (1 - p) + p = 2 - p. Because twins share their face pixels and their fold, no such model can
    exceed the ceiling on any test split.

    Args:
        spec (BenchmarkSpec): Spec of the benchmark.

    Returns:
        float: The ceiling.

    Examples:
        >>> round(face_only_ceiling(BenchmarkSpec(ambiguous_share=0.8)), 4)
        0.6571
    """
    pairs = len(PAIRS)
    return (len(CLASSES) - 2 * pairs + pairs * (2 - spec.ambiguous_share)) / len(CLASSES)


def scene_only_ceiling(spec: BenchmarkSpec) -> float:
    """Return UAR and WAR of the best model that sees only the mood: (1 + p) / 7.

    Such a model can answer one class per mood. A paired class has its own mood in p of its clips
    and in half of the others, that is, in p + (1 - p) / 2 = (1 + p) / 2 of its clips, which is
    never less than the 1 / 2 of neutral. There are two moods, so the recalls sum to 1 + p.

    Args:
        spec (BenchmarkSpec): Spec of the benchmark.

    Returns:
        float: The ceiling.

    Examples:
        >>> round(scene_only_ceiling(BenchmarkSpec(ambiguous_share=0.8)), 4)
        0.2571
    """
    return (1 + spec.ambiguous_share) / len(CLASSES)


def joint_ceiling(spec: BenchmarkSpec) -> float:
    """Return UAR and WAR of the best model that sees both: 1.

    Expression and mood together determine the class.
    """
    return 1.0
