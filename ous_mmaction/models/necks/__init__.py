from .face_scene_neck import FaceSceneNeck

__all__ = ['FaceSceneNeck']
