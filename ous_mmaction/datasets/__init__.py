from .dfer_dataset import DFERDataset
from .samplers import ClassBalancedSampler
from .still_image_dataset import StillImageDataset
from .transforms import *  # noqa: F401, F403

__all__ = ['ClassBalancedSampler', 'DFERDataset', 'StillImageDataset']
