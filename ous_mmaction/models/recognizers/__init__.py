from .aen_recognizer import AENRecognizer
from .ous_recognizer import OUSRecognizer

__all__ = ['AENRecognizer', 'OUSRecognizer']
