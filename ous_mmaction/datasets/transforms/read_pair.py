from __future__ import annotations

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...video import open_video
from .face_scene_split import resize_frames


@TRANSFORMS.register_module()
class ReadPair(BaseTransform):
    """Read both streams of a clip that comes as a pair of folders, as in FERV39k.

    This transform replaces ``ReadClip``, ``LoadFaceBoxes`` and ``FaceSceneSplit``, so that no
    detector is needed. Frames are paired by their names, and those without a partner are left out.
    A frame that cannot be read stops the run with a ``VideoError``.

    Required keys: ``frame_dir`` (full frames), ``face_dir`` (face crops), ``total_frames``,
    ``frame_inds``. Added keys: ``face`` and ``scene``, (T, 3, S, S) uint8, resized without regard
    to their aspect; ``face_found`` (True); ``original_shape`` ((H, W) of a full frame).

    Args:
        size (int): Side S in pixels. Defaults to 224.

    Raises:
        ValueError: If the record has no face crops.
    """

    def __init__(self, size: int = 224) -> None:
        self.size = size

    def transform(self, results: dict) -> dict:
        """Add both streams."""
        if 'face_dir' not in results:
            raise ValueError(f'ReadPair: clip {results["clip_id"]} has no `face_dir`. If the '
                             'dataset has a folder of face crops, run tools/prepare_dataset.py. '
                             'Otherwise detect the faces with tools/extract_faces.py, and read '
                             'them with LoadFaceBoxes')
        pair = results['face_dir'], results['frame_dir']
        for stream, path, partner in zip(('face', 'scene'), pair, reversed(pair)):
            with open_video(path, partner=partner) as video:
                video.check_length(results['total_frames'])
                frames = video.read(results['frame_inds'])
            results[stream] = resize_frames(frames, self.size)
        results['original_shape'] = frames.shape[1:3]
        results['face_found'] = True
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(size={self.size})'
