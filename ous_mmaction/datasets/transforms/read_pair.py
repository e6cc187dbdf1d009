from __future__ import annotations

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import one_of
from ...video import open_video
from .resizing import ASPECTS, resize_frames


@TRANSFORMS.register_module()
class ReadPair(BaseTransform):
    """Read both streams of a clip that comes as a pair of folders, as in FERV39k.

    This transform replaces ``ReadClip``, ``LoadFaceBoxes`` and ``FaceSceneSplit``, so that no
    detector is needed. Frames are paired by their names, and those without a partner are left out.
    A frame that cannot be read stops the run with a ``VideoError``.

    Required keys: ``frame_dir`` (full frames), ``face_dir`` (face crops), ``total_frames``,
    ``frame_inds``. Added keys: ``face`` and ``scene``, (T, 3, S, S) uint8; ``face_found`` (True);
    ``original_shape`` ((H, W) of a full frame).

    Args:
        size (int): Side S in pixels. Defaults to 224.
        scene_resize (str): How a full frame becomes a square, as in :class:`FaceSceneSplit`; a face
            crop is always squashed. Defaults to ``'squash'``.

    Raises:
        ValueError: If the record has no face crops.
    """

    def __init__(self, size: int = 224, scene_resize: str = 'squash') -> None:
        one_of('ReadPair.scene_resize', scene_resize, ASPECTS)
        self.size = size
        self.scene_resize = scene_resize

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
            aspect = self.scene_resize if stream == 'scene' else 'squash'
            results[stream] = resize_frames(frames, self.size, aspect=aspect)
        results['original_shape'] = frames.shape[1:3]
        results['face_found'] = True
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(size={self.size}, scene_resize={self.scene_resize!r})'
