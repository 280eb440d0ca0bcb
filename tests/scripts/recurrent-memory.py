#!/usr/bin/env python

'''A recurrent network that is to repeat what it has read, with weighted targets.'''

import climate
import logging
import sys

import numpy as np
import theanets

from trials import each, train

climate.enable_default_logging()

TIME, BITS, BATCH_SIZE = 6, 2, 4

mask = np.ones((BATCH_SIZE, TIME, 1), bool)
mask[:, :TIME - BITS - 1] = 0


def generator(rng):
    def generate():
        s, t = rng.randn(2, BATCH_SIZE, TIME, 1)
        s[:, :BITS] = t[:, -BITS:] = rng.randn(BATCH_SIZE, BITS, 1)
        return s, t, mask.astype('d')
    return generate


src, tgt, msk = generator(np.random.RandomState(0))()
logging.info('data batches: %s -> %s @ %s', src.shape, tgt.shape, msk.shape)

for name, kwargs in each(sys.argv[1:]):
    net = theanets.recurrent.Regressor(
        layers=(1, dict(form='rnn', activation='relu', size=5, diagonal=1), 1),
        weighted=True)
    loss = train(net, generator(np.random.RandomState(1)), batch_size=BATCH_SIZE,
                 train_batches=2, valid_batches=1, algorithm='sgd', max_gradient_norm=1,
                 monitor_gradients=True, **kwargs)
    print('trial', name, repr(float(loss)), net.predict(src).shape)
