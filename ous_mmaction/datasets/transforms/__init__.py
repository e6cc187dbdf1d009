from .face_scene_split import FaceSceneSplit
from .load_face_boxes import LoadFaceBoxes
from .read_clip import ReadClip
from .sample_clip import SampleClip

__all__ = ['FaceSceneSplit', 'LoadFaceBoxes', 'ReadClip', 'SampleClip']
