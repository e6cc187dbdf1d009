"""Sphinx configuration of the site that `make docs` builds."""
from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import ous_mmaction  # noqa: E402  (it makes today's mmaction2 and mmdet import)

project = 'ous_mmaction'
author = 'ous_mmaction contributors'
version = release = ous_mmaction.__version__

extensions = ['myst_nb', 'sphinx.ext.autodoc', 'sphinx.ext.autosummary', 'sphinx.ext.napoleon']
exclude_patterns = ['_build', '_templates']
templates_path = ['_templates']

myst_heading_anchors = 3
nb_execution_mode = 'off'  # a test runs the notebook

autosummary_ignore_module_all = False
autodoc_member_order = 'groupwise'
napoleon_google_docstring = True
napoleon_numpy_docstring = False
python_maximum_signature_line_length = 88

html_theme = 'furo'
html_title = f'ous_mmaction {release}'


def skip_tuple_fields(app: object, what: str, name: str, obj: object, skip: bool,
                      options: object) -> bool | None:
    """Leave out the fields of named tuples, which their docstrings describe."""
    return True if type(obj).__name__ == '_tuplegetter' else None


def setup(app: object) -> None:
    """Called by Sphinx."""
    app.connect('autodoc-skip-member', skip_tuple_fields)
