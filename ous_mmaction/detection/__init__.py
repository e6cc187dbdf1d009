from .detect_faces import DetectFaces
from .face_detector import FaceDetector
from .tracks import follow_face

__all__ = ['DetectFaces', 'FaceDetector', 'follow_face']
