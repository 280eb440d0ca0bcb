#!/usr/bin/env python

'''A deep autoencoder whose decoder has the weights of its encoder, trained by layers.'''

import os
import sys
import tempfile

import climate
import numpy as np
import theanets

from trials import each, train

climate.enable_default_logging()

data = np.random.RandomState(0).randn(12, 5)

for name, kwargs in each(sys.argv[1:]):
    net = theanets.Autoencoder([5, (4, 'tanh'), (3, 'tanh'), (4, 'tied'), (5, 'tied')])
    train(net, [data], algo='layerwise', subalgo='sgd', **kwargs)
    path = os.path.join(tempfile.mkdtemp(), 'net.pkl.gz')
    net.save(path)
    again = theanets.Network.load(path)
    loss = train(again, [data], **kwargs)
    print('trial', name, repr(float(loss)), again.decode(again.encode(data)).shape)
