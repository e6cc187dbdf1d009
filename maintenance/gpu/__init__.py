"""What only a GPU can show, in pieces that each end within nine minutes."""
from .gpu_bench import GPUBench
from .pieces import PIECES
from .report import write_section

__all__ = ['PIECES', 'GPUBench', 'write_section']
