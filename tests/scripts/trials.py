"""Beside the scripts: what they train with, told on the command line."""

import ast


def each(arguments):
    """(keyword, value) pairs of arguments such as ``weight_l2=0.1``, none of them first."""
    yield 'none', {}
    for argument in arguments:
        name, _, value = argument.partition('=')
        yield name, {name: ast.literal_eval(value)}


def train(net, *data, **kwargs):
    """The loss at the last of three updates."""
    kwargs = dict(dict(algo='sgd', learning_rate=.01, max_updates=3, rng=1), **kwargs)
    for monitors, _ in net.itertrain(*data, **kwargs):
        pass
    return monitors['loss']
