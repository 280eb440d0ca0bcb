"""Sphinx: ``sphinx-build -W docs docs/build`` makes the pages."""

import os
import sys

sys.path.insert(0, os.path.abspath('..'))

import theanets_reg  # noqa: E402

project = 'theanets_reg'
author = copyright = 'theanets_reg developers'
version = release = theanets_reg.__version__

extensions = [
    'myst_parser',
    'numpydoc',
    'sphinx.ext.autodoc',
    'sphinx.ext.mathjax',
]
exclude_patterns = ['build']
myst_enable_extensions = ['dollarmath']
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_typehints = 'none'

html_theme = 'furo'
html_title = 'theanets_reg {}'.format(release)
