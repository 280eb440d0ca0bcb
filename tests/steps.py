"""What is put around a cell of a random loop: f(a, states) to f(a, states)."""

from symbolic import TT


def of_gates(cell, gates, units):
    """Of a wide sequence, or of one for each gate."""
    def step(a, states):
        if len(a) < gates:
            a = [a[0][:, k * units:(k + 1) * units] for k in range(gates)]
        return cell(a, states)
    return step


def with_another(cell):
    """Half of the last sequence is added to the first new state."""
    def step(a, states):
        new = cell(a[:-1], states)
        return [new[0] + .5 * a[-1]] + new[1:]
    return step


def of_centred(cell):
    """The state is centred over the batch."""
    def step(a, states):
        return cell(a, [states[0] - states[0].mean(axis=0)] + states[1:])
    return step


def masked(cell):
    """Where the last sequence is 0 the states stay."""
    def step(a, states):
        return [TT.switch(a[-1] > .5, new, old)
                for new, old in zip(cell(a[:-1], states), states)]
    return step


def two_back(cell):
    """The first state is one of two steps."""
    def step(a, states):
        return cell(a, [.3 * states[0] + .5 * states[1]] + states[2:])
    return step


def turned(cell):
    """Of (units, batch) where the cell is of (batch, units)."""
    def step(a, states):
        return [new.T for new in cell([x.T for x in a], [s.T for s in states])]
    return step


def turn(variable):
    """The last two axes exchanged."""
    axes = list(range(variable.ndim))
    return variable.dimshuffle(*(axes[:-2] + [axes[-1], axes[-2]]))
