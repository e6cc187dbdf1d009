from .aen_neck import AENNeck
from .face_scene_neck import FaceSceneNeck
from .temporal_neck import TemporalNeck

__all__ = ['FaceSceneNeck', 'AENNeck', 'TemporalNeck']
