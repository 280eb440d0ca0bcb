"""Packaging of theanets-reg.

Theano 1.0.5 is the newest Theano, and Python 3.11 the newest Python that it
can be installed on. It works with NumPy below 1.22 as it is; Python 3.11 has
no such NumPy, so theanets_reg.compat mends what newer ones miss. SciPy's
wheels bring, up to 1.12, an OpenBLAS that Theano can use.
"""

import io
import os

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

setup(
    name='theanets-reg',
    version=version(),
    description='The documented regularizers, exact and fast, for theanets and Theano',
    long_description=read('README.md'),
    long_description_content_type='text/markdown',
    license='MIT',
    packages=find_packages(include=['theanets_reg', 'theanets_reg.*']),
    python_requires='>=3.7,<3.12',
    install_requires=[
        'Theano==1.0.5',
        'numpy<1.22; python_version < "3.11"',
        'numpy>=1.23,<2; python_version >= "3.11"',
        'scipy<1.13',
    ],
    extras_require={
        'examples': THEANETS_NEEDS + ['matplotlib', 'scikit-learn'],
        'test': THEANETS_NEEDS + ['pytest'],
    },
    classifiers=[
        'License :: OSI Approved :: MIT License',
        'Programming Language :: Python :: 3',
        'Topic :: Scientific/Engineering :: Artificial Intelligence',
    ],
)
