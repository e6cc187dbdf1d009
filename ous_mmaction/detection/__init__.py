from .detect_faces import DetectFaces
from .face_detector import FaceDetector
from .people_tracker import PeopleTracker
from .tracked_face import TrackedFace
from .tracks import follow_face

__all__ = ['DetectFaces', 'FaceDetector', 'PeopleTracker', 'TrackedFace', 'follow_face']
