from .aen_head import AENHead
from .fer2d_head import FER2DHead
from .mcfe_head import MCFEHead

__all__ = ['AENHead', 'FER2DHead', 'MCFEHead']
