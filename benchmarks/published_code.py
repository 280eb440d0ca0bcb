"""What published implementations compute, next to the documented formula.

    python benchmarks/published_code.py [--save FILE]

The left column is theanets' own class (the package as installed, before
theanets_reg.install()), or, for the Theano tutorial, its expression.
"""

import argparse

import numpy as np

import theanets_reg
import timing
import theano
import theano.tensor as TT
from theanets_reg.compat import theanets as compat


def recurrent_norm(theanets, rng):
    """theanets leaves out the square: the sum telescopes and can be negative."""
    states = TT.tensor3('hid1:out')
    value = rng.randn(8, 20, 5).astype(states.dtype)
    published = theanets.regularizers.RecurrentNorm('*')
    losses = [reg.loss([], {'hid1:out': states})
              for reg in (published, theanets_reg.RecurrentNorm())]
    return theano.function([states], losses)(value)


def contractive(theanets, rng):
    """theanets differentiates the mean output: no Jacobian."""
    net = theanets.Autoencoder([64, (32, 'sigmoid'), 64], rng=13)
    outputs, _ = net.build_graph()
    published = theanets.regularizers.Contractive()
    losses = [reg.loss(net.layers, outputs)
              for reg in (published, theanets_reg.Contractive())]
    return theano.function(net.inputs, losses)(rng.rand(16, 64).astype(theano.config.floatX))


def tutorial_gradient(rng):
    """The tutorial divides the penalty with //: piecewise constant."""
    x = TT.matrix()
    w = theano.shared(rng.randn(64, 32).astype(theano.config.floatX))
    h = TT.nnet.sigmoid(TT.dot(x, w))
    jacobian = (h * (1 - h)).dimshuffle(0, 'x', 1) * w.dimshuffle('x', 0, 1)
    published = TT.sum(jacobian ** 2) // x.shape[0]
    ours = theanets_reg.Contractive().loss([], {'h': h})
    norms = [abs(theano.grad(loss, w)).sum() for loss in (published, ours)]
    return theano.function([x], norms)(rng.rand(16, 64).astype(theano.config.floatX))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    timing.save_option(parser)
    args, rows = parser.parse_args(), []
    theanets = compat.load()
    rng = np.random.RandomState(13)
    print(timing.setting('theano', 'theanets'))
    print('{:<44} {:>12} {:>12}'.format('', 'published', 'formula'))
    for label, values in (
            ('theanets RecurrentNorm.loss', recurrent_norm(theanets, rng)),
            ('theanets Contractive.loss', contractive(theanets, rng)),
            ("Theano tutorial cA.py, |gradient| of the term", tutorial_gradient(rng))):
        published, formula = map(float, values)
        print('{:<44} {:12.6g} {:12.6g}'.format(label, published, formula))
        rows.append(dict(what=label, published=published, formula=formula))
    timing.keep(args.save, timing.setting('theano', 'theanets'), rows)


if __name__ == '__main__':
    main()
