"""Adam in one compiled function, which begins anew for each of several nets."""

import importlib
import importlib.util

import numpy as np

__all__ = ['Adam', 'installed', 'package']


def installed():
    """Theano and its tensors where it is installed, else PyTensor's."""
    name = 'theano' if importlib.util.find_spec('theano') else 'pytensor'
    return importlib.import_module(name), importlib.import_module(name + '.tensor')


def package(variable):
    """The module that the variable is of: theano or pytensor."""
    return importlib.import_module(type(variable).__module__.split('.')[0])


class Adam:
    """Updates by Kingma & Ba, arXiv:1412.6980, for a Theano or PyTensor graph.

    Parameters
    ----------
    inputs : list of variables
    loss : scalar variable
    params : list of shared variables
    clip : float, optional
        The greatest norm of the gradient.
    report : list of variables, optional
        Computed before the update and returned by :meth:`step` behind the loss.
    """

    def __init__(self, inputs, loss, params, clip=None, report=(), beta1=0.9, beta2=0.999):
        self.package = package(loss)
        self.tensor = tensor = importlib.import_module(self.package.__name__ + '.tensor')
        self.params, self.state = list(params), []
        rate, count = tensor.scalar('rate'), self.shared(np.zeros((), params[0].dtype))
        updates, now = [(count, count + 1)], count + 1
        scale = rate * tensor.sqrt(1 - beta2 ** now) / (1 - beta1 ** now)
        for p, g in zip(self.params, self.gradient(loss, clip)):
            m, v = self.shared(0 * p.get_value()), self.shared(0 * p.get_value())
            first = beta1 * m + (1 - beta1) * g
            second = beta2 * v + (1 - beta2) * g ** 2
            updates += [(m, first), (v, second),
                        (p, p - scale * first / (tensor.sqrt(second) + 1e-8))]
        self._step = self.package.function(
            list(inputs) + [rate], [loss] + list(report),
            updates=[(old, new.astype(old.dtype)) for old, new in updates])

    def shared(self, value):
        """A variable that is zeros again when another net begins."""
        self.state.append(self.package.shared(value))
        return self.state[-1]

    def gradient(self, loss, clip):
        """Of each parameter, scaled down together where they are too large."""
        gradient = self.tensor.grad(loss, self.params)
        if clip is None:
            return gradient
        norm = self.tensor.sqrt(sum((g ** 2).sum() for g in gradient))
        return [g * clip / self.tensor.maximum(norm, clip) for g in gradient]

    def begin(self, values):
        """Start with these parameters, as if nothing had been trained before."""
        for param, value in zip(self.params, values):
            param.set_value(np.asarray(value, param.dtype))
        for state in self.state:
            state.set_value(np.zeros_like(state.get_value()))

    def step(self, *inputs, **options):
        """One update with ``rate=`` as the learning rate; returns a list of arrays."""
        rate = np.asarray(options.get('rate', 0.001), self.state[0].dtype)
        return self._step(*(list(inputs) + [rate]))
