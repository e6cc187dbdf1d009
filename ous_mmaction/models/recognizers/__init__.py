from .aen_recognizer import AENRecognizer
from .ous_recognizer import OUSRecognizer
from .two_stream_recognizer import TwoStreamRecognizer

__all__ = ['AENRecognizer', 'OUSRecognizer', 'TwoStreamRecognizer']
