"""Speed and memory compared with the usual alternatives, measured side by side in one run."""
from .comparison import HEADER, Comparison
from .sections import SECTIONS, describe_machine
from .workbench import Workbench

__all__ = ['HEADER', 'SECTIONS', 'Comparison', 'Workbench', 'describe_machine']
