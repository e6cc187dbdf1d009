"""Scene-aware dynamic facial expression recognition for MMAction2.

Importing the package registers its parts in mmaction's registries.
"""
from . import compat

compat.apply()  # before anything of the host is imported

from . import checkpoints, datasets, detection, engine, evaluation, features, models  # noqa: E402, F401, I001
from .version import __version__  # noqa: E402

__all__ = ['__version__']
