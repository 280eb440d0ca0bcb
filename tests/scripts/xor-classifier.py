#!/usr/bin/env python
# -*- coding: utf-8 -*-

'''The relation XOR, with a loss and a regularizer of one's own.'''

import sys

import climate
import logging
import numpy as np
import theanets
import theano.tensor as TT

from trials import each, train

climate.enable_default_logging()

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype='d')
Y = np.array([[0], [1], [1], [0]], dtype='d')


class Smooth(theanets.losses.Loss):
    '''The mean of log cosh.'''

    def __call__(self, outputs):
        return TT.log(TT.cosh(outputs[self.output_name] - self._target)).mean()


class Inverse(theanets.regularizers.Regularizer):
    '''The mean of the inverse squares of weights.'''

    __extra_registration_keys__ = ['weight_inverse']

    def loss(self, layers, outputs):
        return sum((1 / (p * p + 1)).mean() for l in layers for p in l.params if p.ndim == 2)


for name, kwargs in each(sys.argv[1:]):
    net = theanets.Regressor([2, (3, 'tanh'), 1], loss='smooth')
    loss = train(net, [X, Y], algo='rprop', patience=10, batch_size=4, **kwargs)
    print('trial', name, repr(float(loss)), net.predict(X).shape)

logging.info('Input:\n%s', X)
logging.info('XOR predictions:\n%s', net.predict(X).round(2))
