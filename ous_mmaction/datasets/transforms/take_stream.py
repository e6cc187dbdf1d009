from __future__ import annotations

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import one_of


@TRANSFORMS.register_module()
class TakeStream(BaseTransform):
    """Hand one stream to the transforms and recognizers of MMAction2, as a decoder would.

    The frames of the stream become ``imgs``, which ``Flip``, ``FormatShape`` and similar transforms
    read. The recognizers of MMAction2 have no mask and treat padding like any other frame.

    Required keys: ``face``, ``scene`` ((T, 3, S, S) uint8). Added keys: ``imgs`` (list of T
    (S, S, 3) uint8 RGB), ``img_shape`` ((S, S)), ``num_clips`` (V, 1 unless :class:`SampleViews`
    chose views), ``clip_len`` (T / V). Removed keys: ``face``, ``scene``.

    Args:
        stream (str): ``'face'`` or ``'scene'``. Defaults to ``'face'``.
    """

    def __init__(self, stream: str = 'face') -> None:
        one_of('TakeStream.stream', stream, ('face', 'scene'))
        self.stream = stream

    def transform(self, results: dict) -> dict:
        """Replace both streams by ``imgs``."""
        streams = dict(face=results.pop('face'), scene=results.pop('scene'))
        frames = streams[self.stream].permute(0, 2, 3, 1).contiguous().numpy()
        results['imgs'] = list(frames)
        results['img_shape'] = frames.shape[1:3]
        results.setdefault('num_clips', 1)
        results['clip_len'] = len(frames) // results['num_clips']
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(stream={self.stream!r})'
