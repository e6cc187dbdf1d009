from .face_scene_color_jitter import FaceSceneColorJitter
from .face_scene_flip import FaceSceneFlip
from .face_scene_random_crop import FaceSceneRandomCrop
from .face_scene_split import FaceSceneSplit
from .load_face_boxes import LoadFaceBoxes
from .read_clip import ReadClip
from .read_image import ReadImage
from .read_pair import ReadPair
from .sample_clip import SampleClip
from .sample_dynamic import SampleDynamic
from .sample_views import SampleViews
from .sort_frames_as_strings import SortFramesAsStrings
from .take_stream import TakeStream

__all__ = ['FaceSceneColorJitter', 'FaceSceneFlip', 'FaceSceneRandomCrop', 'FaceSceneSplit',
           'LoadFaceBoxes', 'ReadClip', 'ReadImage', 'ReadPair', 'SampleClip', 'SampleDynamic',
           'SampleViews', 'SortFramesAsStrings', 'TakeStream']
