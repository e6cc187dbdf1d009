"""What can be written about a film: one module per form."""
from .formats import OUTPUTS, check_formats, write_outputs
from .json_document import film_document

__all__ = ['OUTPUTS', 'check_formats', 'film_document', 'write_outputs']
