"""Penalty and gradient of recurrent networks in jax, by its transformations."""

import jax
import jax.numpy as jnp
import numpy as np
from recurrent_networks import arrays, network

__all__ = ['build']


def scan(step, sequences, sizes):
    def body(states, now):
        states = tuple(step(*now + states))
        return states, states
    start = tuple(jnp.zeros(size, sequences[0].dtype) for size in sizes)
    return jax.lax.scan(body, start, tuple(sequences))[1]


LIBRARY = dict(dot=jnp.dot, tanh=jnp.tanh, sigmoid=jax.nn.sigmoid, scan=scan,
               size=lambda u: u.shape[0],
               concatenate=lambda parts: jnp.concatenate(parts, axis=-1))


def build(package, contender, work):
    """A function of the penalty and its gradient: see `recurrent_symbolic.py`."""
    jax.config.update('jax_enable_x64', work['dtype'] == 'float64')
    value, values = arrays(work)
    x, params = jnp.asarray(value), [jnp.asarray(v) for v in values]
    derivative = {'vmap(jacrev), jit': jax.jacrev, 'vmap(jacfwd), jit': jax.jacfwd}.get(
        contender)

    def cost(params, x):
        def output(series):
            return network(LIBRARY, work, series, params)
        if derivative is None:
            return (jax.vmap(output)(x) ** 2).mean()
        return (jax.vmap(derivative(output))(x) ** 2).sum() / work['batch']

    function = jax.jit(jax.value_and_grad(cost))

    def step():
        penalty, slopes = jax.block_until_ready(function(params, x))
        return [float(penalty), float(np.sqrt(sum((np.asarray(g) ** 2).sum()
                                                  for g in slopes)))]
    return step, ''
