from .face_scene_neck import FaceSceneNeck
from .semantic_levels_neck import SemanticLevelsNeck

__all__ = ['FaceSceneNeck', 'SemanticLevelsNeck']
