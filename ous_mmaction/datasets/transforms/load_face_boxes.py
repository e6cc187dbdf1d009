from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class LoadFaceBoxes(BaseTransform):
    """Pick the face boxes of the chosen frames.

    Required keys: ``frame_inds``, ``imgs``, ``clip_boxes`` (a :class:`FaceBoxes`, which
    :class:`DFERDataset` adds if it has the key ``boxes_file``). Added keys: ``face_boxes`` ((T, 4)
    float32 xyxy, pixels), ``face_found`` (bool; if False, the clip has no face and the boxes are
    the whole frame).

    Args:
        whole_frames (bool): Whether the frames are face crops already, such as those that a dataset
            hands out. Then no boxes are read, and every frame is taken as a whole. Defaults to
            False.

    Raises:
        ValueError: If there are no boxes, or they are for frames of another size. With
            ``whole_frames``, if the clip is a video file.
    """

    def __init__(self, whole_frames: bool = False) -> None:
        self.whole_frames = whole_frames

    def transform(self, results: dict) -> dict:
        """Add the face boxes of the chosen frames."""
        if self.whole_frames:
            if 'filename' in results:
                raise ValueError(f'LoadFaceBoxes: clip {results["clip_id"]} is a video, not a '
                                 'folder of face crops, so its whole frames are no faces. Prepare '
                                 'the dataset with `tools/prepare_dataset.py --source` and the '
                                 'folder of its face crops')
            height, width = results['imgs'].shape[1:3]
            results['face_boxes'] = np.tile(np.float32([0, 0, width, height]),
                                            (len(results['imgs']), 1))
            results['face_found'] = False
            return results
        if 'clip_boxes' not in results:
            raise ValueError('LoadFaceBoxes gets no face boxes. Set `boxes_file` of the dataset to '
                             'the file that tools/extract_faces.py wrote')
        clip, size = results['clip_boxes'], results['imgs'].shape[1:3]
        if clip.size != tuple(size):
            raise ValueError(f'The face boxes of clip {clip.clip_id} are for frames of '
                             f'{clip.size[1]}x{clip.size[0]} pixels, but the clip has frames of '
                             f'{size[1]}x{size[0]} pixels. They belong to another copy of the '
                             'dataset')
        results['face_boxes'] = clip.boxes[results['frame_inds']]
        results['face_found'] = clip.has_face
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(whole_frames={self.whole_frames})'
