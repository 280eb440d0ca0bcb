"""Ways to mix the examples of a mini-batch."""

from symbolic import TT, theano

MIXES = {
    'batch mean': lambda h: h - h.mean(axis=0),
    'batch norm': lambda h: (h - h.mean(axis=0)) / TT.sqrt(h.var(axis=0) + .1),
    'attention over the batch': lambda h: TT.dot(
        TT.nnet.softmax(TT.dot(h, h.T)), h),
    'x xT': lambda h: TT.dot(h, h.T),
    'xT x': lambda h: TT.dot(h, TT.dot(h.T, h)),
    'sort': lambda h: TT.sort(h, axis=0),
    'reversed': lambda h: h[::-1],
    'first example': lambda h: h + h[0],
    'last example': lambda h: h * h[-1],
    'reshape': lambda h: h.T.reshape(h.shape),
    'flat reshape': lambda h: h.reshape((h.shape[1], h.shape[0])).T,
    'flatten': lambda h: h.flatten(),
    'reshape to -1': lambda h: h.reshape((-1, 1)),
    'roll': lambda h: TT.roll(h, 1, axis=0),
    'roll flat': lambda h: TT.roll(h, 1),
    'permuted': lambda h: h[TT.arange(h.shape[0])[::-1]],
    'cumsum': lambda h: TT.cumsum(h, axis=0),
    'flat cumsum': lambda h: TT.cumsum(h).reshape(h.shape),
    'joined along the batch': lambda h: TT.concatenate([h, h], axis=0),
    'repeated': lambda h: TT.repeat(h, 2, axis=0),
    'tiled': lambda h: TT.tile(h, (2, 1)),
    'max over the batch': lambda h: h / (abs(h).max(axis=0) + 1),
    'softmax over the batch': lambda h: TT.nnet.softmax(h.T).T,
    'outer': lambda h: h.dimshuffle(0, 'x', 1) * h.dimshuffle('x', 0, 1),
    'rows by columns': lambda h: h.sum(axis=1) * h.sum(axis=1, keepdims=True),
    'picked': lambda h: h[TT.arange(h.shape[0])[::-1], TT.zeros_like(h[:, 0], 'int64')],
    'scan over the batch': lambda h: theano.scan(
        lambda row, state: row + state, h, TT.zeros_like(h[0]))[0],
    'scan that turns the batch': lambda h: theano.scan(
        lambda state: TT.tanh(state[::-1] + 1), None, h, n_steps=2)[0],
    'written to one example': lambda h: TT.inc_subtensor(h[:1], h[-1:]),
}
