#!/usr/bin/env python

'''A bidirectional LSTM that labels sequences of different lengths, given by callables.'''

import climate
import numpy as np
import sys
import theanets

from trials import each, train

logging = climate.get_logger('lstm-chime')
climate.enable_default_logging()

BATCH_SIZE = 3


def batches(seed):
    rng = np.random.RandomState(seed)

    def sample():
        lengths = rng.randint(2, 5, BATCH_SIZE)
        feat = np.zeros((BATCH_SIZE, lengths.max(), 2))
        labl = np.zeros((BATCH_SIZE, lengths.max()), 'i')
        mask = np.zeros((BATCH_SIZE, lengths.max()))
        for b, length in enumerate(lengths):
            feat[b, :length] = rng.randn(length, 2)
            labl[b, :length] = rng.randint(3, size=length)
            mask[b, :length] = 1
        return [feat, labl, mask]
    return sample


def layer(n):
    return dict(form='bidirectional', worker='lstm', size=n)


for name, kwargs in each(sys.argv[1:]):
    n = theanets.recurrent.Classifier(
        layers=(2, layer(4), (3, 'softmax')), weighted=True)
    loss = train(n, batches(0), batches(1), max_gradient_clip=1, train_batches=2,
                 valid_batches=1, batch_size=BATCH_SIZE, **kwargs)
    print('trial', name, repr(float(loss)), n.predict(batches(2)()[0]).shape)
