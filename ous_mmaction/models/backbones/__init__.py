from .cached_backbone import CachedBackbone
from .openclip_backbone import OpenCLIPBackbone
from .stream_backbone import StreamBackbone

__all__ = ['CachedBackbone', 'OpenCLIPBackbone', 'StreamBackbone']
