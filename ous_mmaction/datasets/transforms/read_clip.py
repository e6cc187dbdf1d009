from __future__ import annotations

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import one_of
from ...video import open_video


@TRANSFORMS.register_module()
class ReadClip(BaseTransform):
    """Decode the chosen frames of a video or of a folder of frames.

    A frame that cannot be read stops the run with a ``VideoError``. No other frame takes its place.

    Of a clip that comes as a pair of folders, only the frames that have a partner of the same name
    are counted.

    Required keys: ``filename`` or ``frame_dir`` (or ``face_dir``), ``total_frames``,
    ``frame_inds``. Added keys:
    ``imgs`` ((T, H, W, 3) uint8 RGB), ``img_shape`` and ``original_shape`` ((H, W)).

    Args:
        backend (str, optional): ``'pyav'``, ``'decord'`` or ``'opencv'``. Defaults to the first
            that is installed.
        folder (str): ``'frame_dir'``, or ``'face_dir'`` for the face crops of a dataset whose clips
            are pairs of folders. A video file is read in either case. Defaults to ``'frame_dir'``.

    Raises:
        ValueError: If the clip has no such folder.
    """

    def __init__(self, backend: str | None = None, folder: str = 'frame_dir') -> None:
        one_of('ReadClip.folder', folder, ('frame_dir', 'face_dir'))
        self.backend = backend
        self.folder = folder

    def transform(self, results: dict) -> dict:
        """Add the decoded frames."""
        path = results.get('filename') or results.get(self.folder)
        if path is None:
            raise ValueError(f'ReadClip: clip {results["clip_id"]} has no `{self.folder}`. Run '
                             'tools/prepare_dataset.py on a dataset that has this folder')
        partner = results.get('face_dir' if self.folder == 'frame_dir' else 'frame_dir')
        with open_video(path, self.backend, partner) as video:
            video.check_length(results['total_frames'])
            results['imgs'] = video.read(results['frame_inds'])
        results['img_shape'] = results['original_shape'] = results['imgs'].shape[1:3]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(backend={self.backend!r}, folder={self.folder!r})'
