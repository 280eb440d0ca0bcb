"""Documented regularizers, exact and fast, for theanets and any Theano graph."""

from .compat import theano as _compat_theano

_compat_theano.prepare()
