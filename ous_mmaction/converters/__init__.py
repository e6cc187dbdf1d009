"""Converters of published checkpoints to ours, one module per family, listed in FAMILIES."""
from .conversion import convert_checkpoint
from .families import FAMILIES
from .family import Family
from .inputs import check_input, classes_of, input_of, read_for_config
from .source import Source, read_source

__all__ = ['FAMILIES', 'Family', 'Source', 'check_input', 'classes_of', 'convert_checkpoint',
           'input_of', 'read_for_config', 'read_source']
