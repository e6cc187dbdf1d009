from .clip_image_tower import CLIPImageTower
from .face_scene_backbone import FaceSceneBackbone
from .former_dfer_resnet import FormerDFERResNet
from .frame_wise_backbone import FrameWiseBackbone
from .fru_transformer import FRUTransformer
from .hara_resnet3d import HaraResNet3d
from .inception_i3d import InceptionI3D
from .lgi_former import LGIFormer
from .openclip_backbone import OpenCLIPBackbone
from .p3d import P3D
from .resnet16 import ResNet16
from .s2d_transformer import S2DTransformer
from .svfap_transformer import SVFAPTransformer
from .vgg import VGG

__all__ = ['CLIPImageTower', 'FRUTransformer', 'FaceSceneBackbone', 'FormerDFERResNet',
           'FrameWiseBackbone', 'HaraResNet3d', 'InceptionI3D', 'LGIFormer', 'OpenCLIPBackbone',
           'P3D', 'ResNet16', 'S2DTransformer', 'SVFAPTransformer', 'VGG']
