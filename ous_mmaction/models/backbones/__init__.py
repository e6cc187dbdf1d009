from .openclip_backbone import OpenCLIPBackbone
from .stream_backbone import StreamBackbone

__all__ = ['OpenCLIPBackbone', 'StreamBackbone']
