"""The interface for users: a video in, its emotions out; predictions by clip."""
from ..evaluation.predictions import read_predictions
from .inference import VideoInference, count_frames, infer_video, init_model

__all__ = ['VideoInference', 'count_frames', 'infer_video', 'init_model',
           'read_predictions']
