"""A memory that works beyond the training length: recurrent_norm in both norms.

Recurrent nets of rectified units with the identity as their first recurrent weights
(IRNN) learn to say at each step which number they read three steps ago. They are
trained on sequences of 20 steps and solve the task there. Then they go on, for 80
steps. Does the memory still work? Without a penalty nothing keeps the state's norm
where it was (Krueger & Memisevic, arXiv:1511.08400).

* plain: no penalty;
* recurrent_norm: changes of the squared norm, the formula of theanets;
* recurrent_norm, norm='l2': changes of the norm itself, the formula of the paper.

The weights of the penalties are shared variables, so that one graph serves for all
nets: it is compiled once.

Here (5 seeds) four of the plain nets solve the task up to the training length, and none at
four times that: the median of the error there is 12, where always to say 0 gives 0.33. With
recurrent_norm all solve it; far beyond the median is 0.008, but one of them loses its
memory as well (0.86), its state having begun to grow. With norm='l2' all of them keep it (0.003,
the worst 0.006). Both cost some exactness where the plain nets that work are at their best.
The task was chosen: where plain nets did not drift in trials, in a flip-flop and with random
first weights, there was nothing to mend.

    python examples/length_generalization.py [--quick]
"""

import _common  # before NumPy
import theanets_reg  # before anything that imports Theano

import matplotlib.pyplot as plt
import numpy as np

import _training

theanets = theanets_reg.install()

DELAY = 3
VARIANCE = 1 / 3     # of the numbers
LONGER = 4      # times the training length
STATE = 'hid1:out'


def main():
    args = _common.options(
        __doc__, units=(40, 40, 'in the recurrent layer'), steps=(20, 8, 'of training sequences'),
        updates=(800, 10, 'of training'), squared=(0.1, 0.1, 'weight of recurrent_norm'),
        l2=(1., 1., "weight of recurrent_norm with norm='l2'"), seeds=(5, 2, 'nets of each kind'))
    kinds = {'plain': (0, 0), 'recurrent_norm': (args.squared, 0), "norm='l2'": (0, args.l2)}
    progress = _common.Progress(len(kinds) * args.seeds)
    model = Model(args)
    results = {kind: [] for kind in kinds}
    for seed in range(1, args.seeds + 1):
        for kind, weights in kinds.items():
            results[kind].append(model.train(weights, seed))
            progress.done('seed {}, {:14}  error up to the training length {:.2g}, '
                          'at four times that {:.2g}'.format(
                              seed, kind, *ends(results[kind][-1][0], args)))
    report(results, args)
    draw(results, args)


class Model:
    """One theanets graph and one compiled update for the nets of all kinds and seeds."""

    def __init__(self, args):
        self.args, self.net = args, network(args, 1)
        shared = _training.package(self.net.params[0]).shared
        self.weights = [shared(np.asarray(0, theanets.util.FLOAT)) for _ in range(2)]
        squared, l2 = self.weights
        loss = self.net.loss(recurrent_norm=[dict(weight=squared, pattern=STATE),
                                             dict(weight=l2, pattern=STATE, norm='l2')])
        self.adam = _training.Adam(self.net.variables, loss, self.net.params, clip=1)

    def train(self, weights, seed):
        """Mean squared error and norm of the state at each step of long sequences."""
        for variable, weight in zip(self.weights, weights):
            variable.set_value(np.asarray(weight, theanets.util.FLOAT))
        self.adam.begin(p.get_value() for p in network(self.args, seed).params)
        rng = np.random.RandomState(seed)
        for update in range(self.args.updates):
            rate = 0.003 if update < 0.6 * self.args.updates else 0.001
            self.adam.step(*sequences(32, self.args.steps, rng), rate=rate)
        x, y = sequences(200, LONGER * self.args.steps, np.random.RandomState(0))
        outputs = self.net.feed_forward(x)
        return (((outputs['out'] - y) ** 2).mean(axis=(0, 2)),
                np.linalg.norm(outputs[STATE], axis=2).mean(axis=0))


def network(args, seed):
    rnn = dict(form='rnn', size=args.units, activation='relu', diagonal_hh=1, std_xh=0.1, std_b=0)
    return theanets.recurrent.Regressor([1, rnn, dict(size=1, std_b=0)], rng=seed)


def sequences(count, steps, rng):
    """Numbers between -1 and 1, and what they were three steps ago (0 before the first)."""
    x = rng.uniform(-1, 1, (count, steps, 1)).astype(theanets.util.FLOAT)
    y = np.zeros_like(x)
    y[:, DELAY:] = x[:, :-DELAY]
    return x, y


def ends(error, args):
    """Error in the second half of the training length, and in the last steps of all."""
    last = args.steps // 2
    return error[args.steps - last:args.steps].mean(), error[-last:].mean()


def report(results, args):
    """Median of the seeds and, in brackets, the worst."""
    def cell(values):
        return '{:.1e} ({:.1e})'.format(np.median(values), np.max(values))

    half = args.steps // 2
    rows = []
    for times in (1, 1.5, 2, 3, 4):
        end = int(times * args.steps)
        rows.append(['error, steps {} to {}'.format(end - half + 1, end)] + [
            cell([error[end - half:end].mean() for error, _ in runs])
            for runs in results.values()])
    for end in (args.steps, 2 * args.steps, LONGER * args.steps):
        rows.append(['norm of the state at step {}'.format(end)] + [
            '{:.2f} ({:.2f})'.format(np.median(norms), np.max(norms))
            for norms in [[norm[end - 1] for _, norm in runs] for runs in results.values()]])
    print('\nmedian of {} nets (the worst); always to say 0 would give {:.1e}'.format(
        args.seeds, VARIANCE))
    _common.print_table(['200 sequences not seen before'] + list(results), rows)


def draw(results, args):
    """Error and norm of the state by the step: each net, and the median."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5))
    time = np.arange(1, LONGER * args.steps + 1)
    for (kind, runs), color in zip(results.items(), _common.COLORS[1:]):
        for axes, curves in zip((left, right), zip(*runs)):
            axes.semilogy(time, np.transpose(curves), color=color, alpha=0.35, linewidth=0.8)
            axes.semilogy(time, np.median(curves, axis=0), color=color, linewidth=2, label=kind)
    left.axhline(VARIANCE, color='black', linestyle=':', label='always 0')
    left.set_title('{}'.format(title(results, args)))
    left.set_ylabel('mean squared error of the number read {} steps ago'.format(DELAY))
    right.set_title('The norm of the state, without a penalty and with')
    right.set_ylabel('‖h_t‖, mean of 200 sequences')
    for axes in (left, right):
        axes.axvline(args.steps, color='black', linestyle='--', linewidth=1,
                     label='training length')
        axes.set_xlabel('step t of a sequence')
        axes.grid(True, alpha=0.2)
        axes.legend()
    figure.tight_layout()
    _common.picture(figure, 'length_generalization.png', args)


def title(results, args):
    """The answer to the question, of the medians."""
    last = {kind: np.median([ends(error, args)[1] for error, _ in runs])
            for kind, runs in results.items()}
    return 'At {} times the training length the error is\n{}'.format(LONGER, ', '.join(
        '{:.2g} ({})'.format(error, kind) for kind, error in last.items()))


if __name__ == '__main__':
    main()
