from .face_boxes import FaceBoxes, dump_header, read_face_boxes
from .face_detector import FaceDetector
from .tracks import follow_face

__all__ = ['FaceBoxes', 'FaceDetector', 'dump_header', 'follow_face', 'read_face_boxes']
