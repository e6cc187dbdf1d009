"""The interface for users: a video in, its emotions out; predictions by clip."""
from ..evaluation.predictions import read_predictions
from .emotion_stream import EmotionStream
from .film_inputs import find_films
from .film_settings import FilmSettings
from .inference import VideoInference, count_frames, infer_video, init_model
from .inferencer import DFERInferencer
from .outputs import OUTPUTS
from .window_model import WindowModel

__all__ = ['DFERInferencer', 'EmotionStream', 'FilmSettings', 'OUTPUTS', 'VideoInference',
           'WindowModel', 'count_frames', 'find_films', 'infer_video', 'init_model',
           'read_predictions']
