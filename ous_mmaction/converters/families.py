"""The families of published checkpoints that can be converted."""
from __future__ import annotations

from .dfer_clip import DFERCLIPFamily
from .family import Family
from .former_dfer import FormerDFERFamily
from .fru_adapter import FRUAdapterFamily
from .mae_dfer import MAEDFERFamily
from .ous import OUSFamily
from .s2d import S2DFamily
from .source import Source
from .svfap import SVFAPFamily

FAMILIES: list[Family] = [DFERCLIPFamily(), FRUAdapterFamily(), FormerDFERFamily(), MAEDFERFamily(),
                          OUSFamily(), S2DFamily(), SVFAPFamily()]


def recognize(source: Source) -> Family:
    """Find the family of a checkpoint by its tensors.

    Args:
        source (Source): The checkpoint.

    Returns:
        Family: The only family that recognizes it.

    Raises:
        ValueError: If no family or more than one recognizes it.
    """
    found = [family for family in FAMILIES if family.recognize(source.tensors)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ' and '.join(family.name for family in found)
        raise ValueError(f'{source.path}: the tensors are of {names} at once. The file is damaged '
                         'or joins two checkpoints')
    known = ', '.join(family.name for family in FAMILIES)
    first = ', '.join(list(source.tensors)[:3])
    raise ValueError(f'{source.path}: the tensors ({first}, ...) are of no known family. '
                     f'Checkpoints of these can be converted: {known}')
