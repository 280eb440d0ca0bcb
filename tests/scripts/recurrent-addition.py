#!/usr/bin/env python

'''A recurrent network that adds two numbers among many: an Experiment, and a layer of
one's own.'''

import sys

import climate
import numpy as np
import theanets
import theano
import theano.tensor as TT

from trials import each, train

logging = climate.get_logger('recurrent-addition')
climate.enable_default_logging('warning')

STEPS, BATCH_SIZE = 5, 4
rng = np.random.RandomState(0)


class Leaky(theanets.layers.recurrent.Recurrent):
    '''Half of the last state stays.'''

    def setup(self):
        self.add_weights('xh', self.input_size, self.size)
        self.add_weights('hh', self.size, self.size)
        self.add_bias('b', self.size)

    def transform(self, inputs):
        def step(x, h):
            return h / 2 + TT.tanh(TT.dot(x, self.find('xh')) + TT.dot(h, self.find('hh')) +
                                   self.find('b')) / 2

        x = self._only_input(inputs).dimshuffle(1, 0, 2)
        start = TT.alloc(np.asarray(0, theano.config.floatX), x.shape[1], self.size)
        out, updates = theano.scan(step, sequences=[x], outputs_info=[start])
        return dict(out=out.dimshuffle(1, 0, 2)), list(updates.items())


def examples():
    x, z = rng.uniform(0, 1, size=(2, BATCH_SIZE, STEPS, 1))
    y = np.zeros((BATCH_SIZE, STEPS, 1))
    y[:, :2] = 1
    z[:, -1] = x[:, 0] + x[:, 1]
    return np.concatenate([x, y], axis=2), z, np.ones_like(z)


src, tgt, wgt = examples()
logging.info('data batches: %s -> %s @ %s', src.shape, tgt.shape, wgt.shape)

for name, kwargs in each(sys.argv[1:]):
    e = theanets.Experiment(
        theanets.recurrent.Regressor,
        layers=(2, dict(form='leaky', size=6), 1), weighted=True)
    loss = train(e.network, [src, tgt, wgt], **kwargs)
    print('trial', name, repr(float(loss)), e.network.predict(src).shape)
