from .mcfe_head import MCFEHead

__all__ = ['MCFEHead']
