"""Packaging of theanets-reg.

Theano 1.0.5 is the newest Theano, and Python 3.11 the newest Python that it
can be installed on. It works with NumPy below 1.22 as it is; Python 3.11 has
no such NumPy, so theanets_reg.compat mends what newer ones miss. SciPy's
wheels bring, up to 1.12, an OpenBLAS that Theano can use.

Python 3.12 and later have PyTensor, the maintained continuation of Theano.
From 2.35 on it asks for NumPy 2, which Theano can't have: next to Theano, on
Python 3.11, the extra ``pytensor`` finds the last one before.
"""

import io
import os

import setuptools
from setuptools import find_packages, setup

HERE = os.path.dirname(os.path.abspath(__file__))


def read(name):
    with io.open(os.path.join(HERE, name), encoding='utf-8') as handle:
        return handle.read()


def version():
    for line in read(os.path.join('theanets_reg', '__init__.py')).splitlines():
        if line.startswith('__version__'):
            return line.split("'")[1]
    raise RuntimeError('theanets_reg/__init__.py names no __version__')


THEANETS_NEEDS = ['click']

#: What setuptools calls an SPDX expression.
LICENSE = 'license_expression' if int(setuptools.__version__.split('.')[0]) >= 77 else 'license'

setup(
    name='theanets-reg',
    version=version(),
    description='The documented regularizers, exact and fast, for theanets, Theano and PyTensor',
    long_description=read('README.md'),
    long_description_content_type='text/markdown',
    author='theanets_reg developers',
    license_files=['LICENSE'],
    keywords=['contractive autoencoder', 'Jacobian', 'PyTensor', 'recurrent neural network',
              'regularization', 'theanets', 'Theano'],
    packages=find_packages(include=['theanets_reg', 'theanets_reg.*']),
    package_data={'theanets_reg': ['py.typed']},
    python_requires='>=3.7',
    install_requires=[
        'Theano==1.0.5; python_version < "3.12"',
        'numpy<1.22; python_version < "3.11"',
        'numpy>=1.23,<2; python_version == "3.11"',
        'scipy<1.13; python_version < "3.12"',
        'pytensor>=2.38,<4; python_version >= "3.12"',
    ],
    extras_require={
        'docs': ['furo>=2024.8', 'myst-parser>=4,<6', 'numpydoc>=1.8', 'sphinx>=8,<10'],
        'examples': THEANETS_NEEDS + ['matplotlib', 'scikit-learn'],
        'pytensor': ['pytensor>=2.34,<4; python_version >= "3.11"'],
        'test': THEANETS_NEEDS + ['pytest'],
        'theanets': THEANETS_NEEDS,
    },
    classifiers=[
        'Development Status :: 5 - Production/Stable',
        'Intended Audience :: Science/Research',
        'Operating System :: OS Independent',
        'Programming Language :: Python :: 3',
    ] + ['Programming Language :: Python :: 3.{}'.format(minor) for minor in range(7, 14)] + [
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
        'Topic :: Scientific/Engineering :: Mathematics',
        'Typing :: Typed',
    ],
    **{LICENSE: 'MIT'}
)
