from .cached_backbone import CachedBackbone
from .hara_resnet3d import HaraResNet3d
from .inception_i3d import InceptionI3D
from .openclip_backbone import OpenCLIPBackbone
from .p3d import P3D
from .resnet16 import ResNet16
from .stream_backbone import StreamBackbone
from .vgg import VGG

__all__ = ['P3D', 'VGG', 'CachedBackbone', 'HaraResNet3d', 'InceptionI3D', 'OpenCLIPBackbone',
           'ResNet16', 'StreamBackbone']
