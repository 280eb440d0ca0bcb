"""Sphinx: ``sphinx-build -W docs docs/build`` makes the pages."""

import inspect
import os
import sys

sys.path.insert(0, os.path.abspath('..'))

from docutils.nodes import SkipNode  # noqa: E402
from docutils.utils.math.latex2mathml import tex2mathml  # noqa: E402
from sphinx.util.inspect import stringify_signature  # noqa: E402

import theanets_reg  # noqa: E402

project = 'theanets_reg'
author = copyright = 'theanets_reg developers'
version = release = theanets_reg.__version__

extensions = [
    'myst_parser',
    'numpydoc',
    'sphinx.ext.autodoc',
]
exclude_patterns = ['build']
myst_enable_extensions = ['dollarmath']
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_typehints = 'none'
html_math_renderer = 'mathml'

html_theme = 'furo'
html_static_path = ['static']
html_css_files = ['pages.css']
html_title = 'theanets_reg {}'.format(release)


def own_signature(app, what, name, value, options, signature, returned):
    """Of a class that of its __init__; autodoc takes that of __new__, which is anything."""
    if what == 'class' and not issubclass(value, Warning):
        made = inspect.signature(value.__init__)
        made = made.replace(parameters=list(made.parameters.values())[1:],
                            return_annotation=made.empty)
        return stringify_signature(made, show_annotation=False), None


def mathml(writer, node):
    """A formula as MathML, which browsers show by themselves: no script from elsewhere."""
    block = node.tagname == 'math_block'
    formula = tex2mathml(node.astext(), as_block=block)
    writer.body.append('<div class="formula">{}</div>\n'.format(formula) if block else formula)
    raise SkipNode


def setup(app):
    app.connect('autodoc-process-signature', own_signature)
    app.add_html_math_renderer('mathml', (mathml, None), (mathml, None))
