"""Frames of a clip by index, read from a video file or from a folder of images.

PyAV is the default decoder. It is as fast as the others on clips, and it alone reports that a
decoder concealed a damaged frame with its neighbors. decord and OpenCV serve platforms without
PyAV. They report a lost frame but not a concealed one, and decord also shows frames that the edit
list of a file hides. No decoder can detect damage that leaves a valid stream.

This package imports nothing else of ``ous_mmaction``, so that a worker process starts quickly.
"""
from .clip_checker import ClipCheck, ClipChecker, check_clips
from .clip_digest import clip_digest
from .frame_folder import FrameFolder, is_image, list_frames, natural_key, with_partner
from .frame_stream import FrameStream
from .open_video import BACKENDS, default_backend, open_video
from .timed_frame import TimedFrame
from .video_error import VideoError, first_line
from .video_reader import VideoReader

__all__ = ['BACKENDS', 'ClipCheck', 'ClipChecker', 'FrameFolder', 'FrameStream', 'TimedFrame',
           'VideoError', 'VideoReader', 'check_clips', 'clip_digest', 'default_backend',
           'first_line', 'is_image', 'list_frames', 'natural_key', 'open_video', 'with_partner']
