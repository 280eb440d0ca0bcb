"""A memory that works beyond the training length: recurrent_norm in both norms.

Recurrent nets of rectified units with the identity as their first recurrent weights
(IRNN) learn to say at each step which number they read three steps ago. They are
trained on sequences of 25 steps and solve the task there. Then they go on, for 100
steps. Does the memory still work? Without a penalty nothing keeps the state's norm
where it was (Krueger & Memisevic, arXiv:1511.08400).

* plain: no penalty;
* recurrent_norm: changes of the squared norm, the formula of theanets;
* recurrent_norm, norm='l2': changes of the norm itself, the formula of the paper.

The weights of the penalties are shared variables, so that one graph serves for all
nets: it is compiled once.

%(claims)s

    python examples/length_generalization.py [--quick]
"""

import _common  # before NumPy
import theanets_reg  # before anything that imports Theano

import matplotlib.pyplot as plt
import numpy as np

import _training

theanets = theanets_reg.install()

DELAY = 3
STATE = 'hid1:out'


def main():
    args = _common.options(
        __doc__, units=(50, 50, 'in the recurrent layer'), steps=(25, 8, 'of training sequences'),
        updates=(1500, 20, 'of training'), squared=(0.1, 0.1, 'weight of recurrent_norm'),
        l2=(1., 1., "weight of recurrent_norm with norm='l2'"), seeds=(3, 2, 'nets of each kind'))
    kinds = {'plain': (0, 0), 'recurrent_norm': (args.squared, 0), "norm='l2'": (0, args.l2)}
    model = Model(args)
    progress = _common.Progress(len(kinds) * args.seeds)
    results = {kind: [] for kind in kinds}
    for seed in range(1, args.seeds + 1):
        for kind, weights in kinds.items():
            results[kind].append(model.train(weights, seed))
            progress.done('seed {}, {:14}  error up to the training length {:.2g}, '
                          'at four times that {:.2g}'.format(
                              seed, kind, *ends(results[kind][-1][0], args)))
    report(results, args)
    draw(results, args)
