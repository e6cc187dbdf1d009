from .dfer_dataset import DFERDataset
from .transforms import *  # noqa: F401, F403
from .video import VideoError, open_video

__all__ = ['DFERDataset', 'VideoError', 'open_video']
