from .aen_recognizer import AENRecognizer
from .late_fusion_recognizer import LateFusionRecognizer
from .ous_recognizer import OUSRecognizer

__all__ = ['AENRecognizer', 'OUSRecognizer', 'LateFusionRecognizer']
