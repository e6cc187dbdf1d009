from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torch.utils.data import get_worker_info

from ..datasets.face_boxes import FaceBoxes
from ..video import VideoError
from .face_detector import FaceDetector
from .search import ClipToSearch, search_clips
from .tracks import follow_face

BATCH_SIZE = 32  # of the offline pass; another size changes the last bits of the boxes


@TRANSFORMS.register_module()
class DetectFaces(BaseTransform):
    """Find the face of a clip while it is loaded, in place of :class:`LoadFaceBoxes`.

    The boxes of a dataset are the same in every epoch, so that ``tools/extract_faces.py``, which
    finds them once, is the faster way. With ``stride``, this transform finds the boxes that the
    offline pass with the same stride writes. Without it, it searches only the frames that were
    sampled, in one batch; the face is followed through each of them once and in the order of time,
    also where views of a clip overlap or change the order.

    The detector is built when the first clip arrives, so that each worker process of a data loader
    has its own. Workers detect on the CPU.

    Required keys: ``imgs`` (uint8 RGB of shape (T, H, W, 3)); with ``stride`` also ``clip_id``,
    ``filename`` or ``frame_dir``, ``total_frames`` and ``frame_inds``. Optional key: ``frame_inds``
    ((T,); without it, the frames follow each other). Added keys: ``face_boxes`` (float32 of shape
    (T, 4), xyxy in pixels; the whole frame if the clip has no face), ``face_found`` (bool) and
    ``face_detected`` (bool of shape (T,), False where the box is filled in from other frames).

    Args:
        config (str): Config file of an mmdet detector.
        checkpoint (str, optional): File or URL of its weights. Defaults to the weights that the
            config names as the model's own.
        device (str): Device of the detector. Defaults to ``'cpu'``.
        score_thr (float): Minimum score of a face. Defaults to 0.5.
        face_class (str, optional): See :class:`FaceDetector`.
        stride (int, optional): Read every ``stride``-th frame of the whole clip once more, search
            it, and interpolate the boxes in between. Defaults to None, which searches the sampled
            frames.
    """

    def __init__(self,
                 config: str,
                 checkpoint: str | None = None,
                 device: str = 'cpu',
                 score_thr: float = 0.5,
                 face_class: str | None = None,
                 stride: int | None = None) -> None:
        if stride is not None and stride < 1:
            raise ValueError(f'The key `DetectFaces.stride` must be at least 1, but got {stride}')
        self.detector_args = (config, checkpoint, device, score_thr, face_class)
        self.device = device
        self.stride = stride

    @cached_property
    def detector(self) -> FaceDetector:
        """The detector, which draws no random number of the process that it is built in."""
        with torch.random.fork_rng(devices=[]):
            return FaceDetector(*self.detector_args)

    def transform(self, results: dict) -> dict:
        """Add the face boxes of a clip.

        Args:
            results (dict): Sample with the required keys.

        Returns:
            dict: The same sample with the added keys.

        Raises:
            ValueError: If it is called in a worker process of a data loader with another device
                than the CPU.
            VideoError: If the clip cannot be read.
        """
        if get_worker_info() is not None and torch.device(self.device).type != 'cpu':
            raise ValueError(f'The key `DetectFaces.device` is {self.device!r}, but the worker '
                             'processes of a data loader find faces on the CPU. Set it to '
                             "'cpu', or set `num_workers=0` and `persistent_workers=False`, or run "
                             'tools/extract_faces.py and use LoadFaceBoxes')
        if self.stride is not None:
            found = self._search_clip(results)
            results['face_found'] = found.has_face
            results['face_boxes'] = found.boxes[results['frame_inds']]
            results['face_detected'] = found.detected[results['frame_inds']]
            return results
        times = results.get('frame_inds', np.arange(len(results['imgs'])))
        _, first, place = np.unique(times, return_index=True, return_inverse=True)
        frames = results['imgs'][first]
        num_frames, height, width = frames.shape[:3]
        followed = follow_face(range(num_frames), self.detector.detect(frames), num_frames)
        whole_frame = np.tile(np.float32([0, 0, width, height]), (num_frames, 1))
        results['face_found'] = followed is not None
        boxes, detected = followed or (whole_frame, np.zeros(num_frames, bool))
        results['face_boxes'], results['face_detected'] = boxes[place], detected[place]
        return results

    def _search_clip(self, results: dict) -> FaceBoxes:
        """Search a clip as the offline pass does."""
        clip = ClipToSearch(results['clip_id'],
                            Path(results.get('filename') or results['frame_dir']),
                            results['total_frames'])
        [found] = search_clips(self.detector, [clip], self.stride, BATCH_SIZE)
        if isinstance(found, VideoError):
            raise found
        return found
