from __future__ import annotations

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ous_mmaction.detection.face_boxes import read_face_boxes


@TRANSFORMS.register_module()
class LoadFaceBoxes(BaseTransform):
    """Attach the face boxes of the chosen frames.

    Required keys: ``clip_id``, ``total_frames``, ``frame_inds``, ``imgs``; ``dataset`` is compared
    where it is there. Added keys: ``face_boxes`` ((T, 4) float32 xyxy, pixels), ``face_found``
    (bool; False: no face in the clip, the boxes are the whole frame).

    Args:
        boxes_file (str): File written by ``tools/extract_faces.py``.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the boxes do not belong to the clip that is loaded.
    """

    def __init__(self, boxes_file: str) -> None:
        self.boxes_file = boxes_file
        # Read here, not in the workers: forked workers share it.
        self.header, self.clips = read_face_boxes(boxes_file)

    def transform(self, results: dict) -> dict:
        clip_id = results['clip_id']
        dataset = results.get('dataset', self.header['dataset'])
        if dataset != self.header['dataset']:
            raise ValueError(f'{self.boxes_file}: face boxes of {self.header["dataset"]}, the '
                             f'annotation is of {dataset}; correct `boxes_file`')
        if clip_id not in self.clips:
            raise ValueError(f'{self.boxes_file}: no face boxes for clip {clip_id}; '
                             'run tools/extract_faces.py again, it adds what is missing')
        clip = self.clips[clip_id]
        expected = (results['total_frames'], *results['imgs'].shape[1:3])
        if (len(clip.boxes), *clip.size) != expected:
            raise ValueError(
                f'{self.boxes_file}: boxes of clip {clip_id} are for {len(clip.boxes)} frames of '
                f'{clip.size[1]}x{clip.size[0]} pixels, the clip has {expected[0]} of '
                f'{expected[2]}x{expected[1]}; they are of another copy of the dataset')
        results['face_boxes'] = clip.boxes[results['frame_inds']]
        results['face_found'] = clip.found
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(boxes_file={self.boxes_file!r})'
