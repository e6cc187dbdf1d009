from __future__ import annotations

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class SortFramesAsStrings(BaseTransform):
    """Put the frames of a clip into the order in which code that sorts names as strings reads them.

    DFEW's clips of 16 frames are named 1.jpg to 16.jpg. Public code sorts these names as strings:
    1, 10, 11, ..., 16, 2, ..., 9. Models that were trained so (S2D, FRU-Adapter) expect this order.

    Required and modified keys: ``frame_inds`` and ``mask``, of shape (T,).

    Examples:
        >>> import numpy as np
        >>> frames = np.arange(100, 112)
        >>> results = dict(frame_inds=frames, mask=frames > 0)
        >>> SortFramesAsStrings()(results)['frame_inds'].tolist()
        [100, 109, 110, 111, 101, 102, 103, 104, 105, 106, 107, 108]
    """

    def transform(self, results: dict) -> dict:
        """Reorder the frame numbers and the mask."""
        order = sorted(range(len(results['frame_inds'])), key=lambda index: str(index + 1))
        for key in ('frame_inds', 'mask'):
            results[key] = results[key][order]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
