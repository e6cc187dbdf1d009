from __future__ import annotations

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...video import open_video


@TRANSFORMS.register_module()
class ReadClip(BaseTransform):
    """Decode the chosen frames of a video or of a folder of frames.

    A frame that cannot be read stops the run with a ``VideoError``. No other frame takes its place.

    Of a clip that comes as a pair with face crops, only the frames that have a crop are counted.

    Required keys: ``filename`` or ``frame_dir``, ``total_frames``, ``frame_inds``. Added keys:
    ``imgs`` ((T, H, W, 3) uint8 RGB), ``img_shape`` and ``original_shape`` ((H, W)).

    Args:
        backend (str, optional): ``'pyav'``, ``'decord'`` or ``'opencv'``. Defaults to the first
            that is installed.
    """

    def __init__(self, backend: str | None = None) -> None:
        self.backend = backend

    def transform(self, results: dict) -> dict:
        """Add the decoded frames."""
        path = results['filename'] if 'filename' in results else results['frame_dir']
        with open_video(path, self.backend, results.get('face_dir')) as video:
            video.check_length(results['total_frames'])
            results['imgs'] = video.read(results['frame_inds'])
        results['img_shape'] = results['original_shape'] = results['imgs'].shape[1:3]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(backend={self.backend!r})'
