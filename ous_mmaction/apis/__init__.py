"""The interface for users: a video in, its emotions out."""
from .emotion_stream import EmotionStream
from .film_settings import FilmSettings
from .inference import VideoInference, count_frames, infer_video, init_model
from .window_model import WindowModel

__all__ = ['EmotionStream', 'FilmSettings', 'VideoInference', 'WindowModel', 'count_frames',
           'infer_video', 'init_model']
