from __future__ import annotations

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class LoadFaceBoxes(BaseTransform):
    """Pick the face boxes of the chosen frames.

    Required keys: ``frame_inds``, ``imgs``, ``clip_boxes`` (a :class:`FaceBoxes`, from the key
    ``boxes_file`` of :class:`DFERDataset`). Added keys: ``face_boxes`` ((T, 4) float32 xyxy,
    pixels), ``face_found`` (bool; False: no face in the clip, the boxes are the whole frame).

    Raises:
        ValueError: If there are no boxes, or they are for frames of another size.
    """

    def transform(self, results: dict) -> dict:
        if 'clip_boxes' not in results:
            raise ValueError('LoadFaceBoxes finds no boxes: set `boxes_file` of the dataset to the '
                             'file that tools/extract_faces.py wrote')
        clip, size = results['clip_boxes'], results['imgs'].shape[1:3]
        if clip.size != tuple(size):
            raise ValueError(f'face boxes of clip {clip.clip_id} are for frames of '
                             f'{clip.size[1]}x{clip.size[0]} pixels, the clip has '
                             f'{size[1]}x{size[0]}; they are of another copy of the dataset')
        results['face_boxes'] = clip.boxes[results['frame_inds']]
        results['face_found'] = clip.found
        return results
