from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torch.utils.data import get_worker_info

from .face_detector import FaceDetector
from .tracks import follow_face


@TRANSFORMS.register_module()
class DetectFaces(BaseTransform):
    """Find the face of a single clip while it is loaded, in one batch of its frames.

    For a dataset, run ``tools/extract_faces.py`` once and use :class:`LoadFaceBoxes`.

    The face is followed through each frame once and in the order of time, also where views of a
    clip overlap or change the order.

    Required keys: ``imgs`` (uint8 RGB of shape (T, H, W, 3)). Optional key: ``frame_inds`` ((T,);
    without it, the frames follow each other). Added keys: ``face_boxes`` (float32 of shape (T, 4),
    xyxy in pixels; the whole frame if the clip has no face), ``face_found`` (bool) and
    ``face_detected`` (bool of shape (T,), False where the box is filled in from other frames).

    Args:
        config (str): Config file of an mmdet detector.
        checkpoint (str, optional): File or URL of its weights. Defaults to the weights that the
            config names as the model's own.
        device (str): Device of the detector. Defaults to ``'cpu'``.
        score_thr (float): Minimum score of a face. Defaults to 0.5.
        face_class (str, optional): See :class:`FaceDetector`.
    """

    def __init__(self,
                 config: str,
                 checkpoint: str | None = None,
                 device: str = 'cpu',
                 score_thr: float = 0.5,
                 face_class: str | None = None) -> None:
        self.detector = FaceDetector(config, checkpoint, device, score_thr, face_class)

    def transform(self, results: dict) -> dict:
        """Add the face boxes of a clip.

        Args:
            results (dict): Sample with the required keys.

        Returns:
            dict: The same sample with the added keys.

        Raises:
            RuntimeError: If it is called in a worker process of a data loader.
        """
        if get_worker_info() is not None:
            raise RuntimeError('DetectFaces runs in the main process only. Set `num_workers=0`, or '
                               'run tools/extract_faces.py and use LoadFaceBoxes')
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
