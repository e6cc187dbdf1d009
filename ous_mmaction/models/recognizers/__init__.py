from .aen_recognizer import AENRecognizer
from .late_fusion_recognizer import LateFusionRecognizer
from .ous_recognizer import OUSRecognizer
from .shared_backbone_recognizer import SharedBackboneRecognizer

__all__ = ['AENRecognizer', 'OUSRecognizer', 'LateFusionRecognizer', 'SharedBackboneRecognizer']
