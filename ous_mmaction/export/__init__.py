"""A trained model in one file that runs without this package: ONNX."""
from .onnx_export import OnnxExport, export_onnx

__all__ = ['OnnxExport', 'export_onnx']
