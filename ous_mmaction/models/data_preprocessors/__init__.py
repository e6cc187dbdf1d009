from .face_scene_preprocessor import FaceScenePreprocessor

__all__ = ['FaceScenePreprocessor']
