from .cached_backbone import CachedBackbone
from .openclip_backbone import OpenCLIPBackbone
from .resnet16 import ResNet16
from .stream_backbone import StreamBackbone

__all__ = ['CachedBackbone', 'OpenCLIPBackbone', 'ResNet16', 'StreamBackbone']
