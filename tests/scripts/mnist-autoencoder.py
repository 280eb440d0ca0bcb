#!/usr/bin/env python

'''A single-layer autoencoder of handwritten digits, with an option of its own.'''

import climate
import numpy as np
import theanets

from trials import each, train

g = climate.add_group('Digits')
g.add_argument('--features', type=int, default=2, metavar='N',
               help='train a model of N^2 hidden features')
g.add_argument('keywords', nargs='*')


def main(args):
    digits = np.random.RandomState(0).uniform(size=(20, 9))
    for name, kwargs in each(args.keywords):
        net = theanets.Autoencoder([9, (args.features ** 2, 'logistic'), 9])
        loss = train(net, [digits], [digits[:8]], batch_size=10, **kwargs)
        print('trial', name, repr(float(loss)), net.predict(digits, **kwargs).shape)


if __name__ == '__main__':
    climate.call(main)
