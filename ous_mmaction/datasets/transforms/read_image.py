from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from PIL import Image

from ...video import VideoError, first_line


@TRANSFORMS.register_module()
class ReadImage(BaseTransform):
    """Decode an image as a clip of one frame, for the transforms and recognizers of MMAction2.

    Required keys: ``filename``. Added keys: ``imgs`` (list of one (H, W, 3) uint8 RGB),
    ``img_shape`` and ``original_shape`` ((H, W)), ``clip_len`` (1), ``num_clips`` (1).

    Raises:
        VideoError: If the image cannot be read. No other image takes its place.
    """

    def transform(self, results: dict) -> dict:
        """Add the decoded image."""
        path = results['filename']
        try:
            # Pillow refuses a truncated file, which OpenCV would fill up silently.
            with Image.open(path) as image:
                frame = np.asarray(image.convert('RGB'))
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise VideoError(f'{path}: the file is not a readable image ({first_line(error)}). '
                             'Fetch it again or leave it out') from None
        results['imgs'] = [frame]
        results['img_shape'] = results['original_shape'] = frame.shape[:2]
        results['clip_len'] = results['num_clips'] = 1
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
