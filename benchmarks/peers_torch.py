"""Training steps in torch: the penalty by torch.func, by a loop, or by hand."""

import torch
from networks import NOISE, RATE, WEIGHT, arrays, closed_form, network
from timing import THREADS

__all__ = ['build']


def conv(x, filters):
    images = x.reshape((-1,) + x.shape[-3:])
    found = torch.nn.functional.conv2d(images, filters)
    return found.reshape(x.shape[:-3] + found.shape[1:])


def pool(h):
    rows, columns = h.shape[-2:]
    return h.reshape(h.shape[:-2] + (rows // 2, 2, columns // 2, 2)).amax(dim=(-3, -1))


LIBRARY = dict(dot=torch.matmul, sigmoid=torch.sigmoid, tanh=torch.tanh, relu=torch.relu,
               conv=conv, pool=pool, flatten=lambda h: h.flatten(-3))


def mapped(derivative, work, x, extra, params):
    """By a transformation of torch.func, mapped over the examples."""
    def encode(*example):
        row, around = (example + (None,))[:2]
        return tuple(network(LIBRARY, work, row, around, params)[0])
    data = (x,) if extra is None else (x, extra)
    rows = torch.func.vmap(derivative(encode))(*data)
    return sum((r ** 2).sum() for r in rows) / work['batch']


def looped(work, x, extra, params):
    """One backward pass for each unit, of all examples at once."""
    leaf = x.clone().requires_grad_()
    total = 0.
    for h in network(LIBRARY, work, leaf, extra, params)[0]:
        for k in range(h.shape[1]):
            slope, = torch.autograd.grad(h[:, k].sum(), leaf, create_graph=True)
            total = total + (slope ** 2).sum()
    return total / work['batch']


def penalty_of(contender, work, x, extra, params):
    """Scalar: the mean over the examples, or zero in the plain step."""
    if contender == 'closed form by hand':
        h, = network(LIBRARY, work, x, extra, params)[0]
        return closed_form(LIBRARY, work, h, extra, params)
    if contender == 'vmap(jacrev)':
        return mapped(torch.func.jacrev, work, x, extra, params)
    if contender == 'vmap(jacfwd)':
        return mapped(torch.func.jacfwd, work, x, extra, params)
    if contender == 'loop over units':
        return looped(work, x, extra, params)
    return torch.zeros(())


def build(package, contender, work):
    """A training step, as in `symbolic_steps.py`."""
    torch.set_num_threads(THREADS)
    torch.manual_seed(13)
    x, extra, values = arrays(work)
    x, extra = [None if v is None else torch.tensor(v) for v in (x, extra)]
    params = [torch.tensor(v).requires_grad_() for v in values]

    def step():
        now = NOISE * torch.randn_like(x) if work['front'] == 'noise' else extra
        penalty = penalty_of(contender, work, x, now, params)
        loss = network(LIBRARY, work, x, now, params)[1] + WEIGHT * penalty
        slopes = torch.autograd.grad(loss, params)
        with torch.no_grad():
            for p, g in zip(params, slopes):
                p -= RATE * g
        return [float(penalty)]
    return step, ''
