"""Scene-aware dynamic facial expression recognition for MMAction2.

Importing the package registers its parts in the registries of MMAction2.
"""
from . import compat

compat.apply()  # before any module of MMAction2 is imported

from . import checkpoints, datasets, detection, engine, evaluation, features, models  # noqa: E402, F401, I001
from .version import __version__  # noqa: E402

__all__ = ['__version__']
