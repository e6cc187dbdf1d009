"""The interface for users: a video in, its emotions out."""
from .inference import VideoInference, count_frames, infer_video, init_model

__all__ = ['VideoInference', 'count_frames', 'infer_video', 'init_model']
