from .face_scene_neck import FaceSceneNeck
from .semantic_levels_neck import SemanticLevelsNeck
from .temporal_neck import TemporalNeck

__all__ = ['FaceSceneNeck', 'SemanticLevelsNeck', 'TemporalNeck']
