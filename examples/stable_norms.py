"""A character model whose state keeps its norm beyond the training length.

Two recurrent networks of rectified units with the identity as their first
recurrent weights (IRNN) learn to predict the next character of Python's own
manual, which comes with Python, from short pieces of it: one plainly, one with
``recurrent_norm=``. Both see the same pieces. Then they read held-out text that
is many times longer: the state of the plain network goes on growing, and its
predictions get worse than they were within the training length, as in Krueger
& Memisevic, arXiv:1511.08400. On single pieces it may explode (see the largest
norm in the table), so the picture shows medians. Both networks are at the
beginning of their training: what the picture shows is that the penalty keeps
the norm in place, not that it makes a better model.

Measured on Python 3.11: 240 seconds of processor time with an empty Theano
cache, most of them in the C compiler; 60 seconds the next time.

    python examples/stable_norms.py
"""

import argparse
import contextlib
import io
import os
from pydoc_data.topics import topics

# Small matrices: float32 is enough, and a second BLAS thread would only cost.
os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
os.environ['THEANO_FLAGS'] = 'floatX=float32,' + os.environ.get('THEANO_FLAGS', '')

import theanets_reg  # noqa: E402  before anything that imports Theano

import matplotlib  # noqa: E402
matplotlib.use('Agg')
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

theanets = theanets_reg.install()

STATE = 'hid1:out'


def main():
    args = parse_args()
    text, held_out = read_texts()
    print('{} characters to train on, {} held out, {} in the alphabet'.format(
        len(text.text), len(held_out.text), 1 + len(text.alpha)))
    nets = {'plain': network(text, args), 'recurrent_norm': network(text, args)}
    test = held_out.classifier_batches(args.length, 64, rng=5)()
    fit(nets, text, test, args)
    results = {name: evaluate(net, *test) for name, net in nets.items()}
    report(nets, results, test, args)
    draw(results, args)


def parse_args():
    parser = argparse.ArgumentParser(
        description='Train a character model plain and with recurrent_norm=.')
    parser.add_argument('--units', type=int, default=100, help='in the recurrent layer')
    parser.add_argument('--weight', type=float, default=0.01, help='of the penalty')
    parser.add_argument('--epochs', type=int, default=8, help='of 100 batches each')
    parser.add_argument('--steps', type=int, default=25, help='characters per training piece')
    parser.add_argument('--length', type=int, default=300, help='characters per test piece')
    parser.add_argument('--output', default='stable_norms.png')
    args = parser.parse_args()
    if args.length <= args.steps:
        parser.error('--length must be greater than --steps')
    return args


def read_texts():
    """Every tenth topic of the manual is held out."""
    names = sorted(topics)
    held_out = names[::10]
    text = theanets.recurrent.Text(
        '\n'.join(topics[n] for n in names if n not in held_out), min_count=100)
    return text, theanets.recurrent.Text(
        '\n'.join(topics[n] for n in held_out), alpha=text.alpha)


def network(text, args):
    size = 1 + len(text.alpha)
    rnn = dict(form='rnn', size=args.units, activation='relu', diagonal_hh=1, std_xh=0.01)
    return theanets.recurrent.Classifier([size, rnn, size])


def fit(nets, text, test, args):
    """Train the nets side by side, one epoch each in turn."""
    penalties = {'plain': {},
                 'recurrent_norm': dict(recurrent_norm=dict(weight=args.weight, pattern=STATE))}
    runs = [quiet(net.itertrain(
        text.classifier_batches(args.steps, 32, rng=1), valid=[test[0][:2], test[1][:2]],
        algo='adam', learning_rate=0.0005, max_gradient_norm=1,
        train_batches=100, validate_every=args.epochs, **penalties[name]))
        for name, net in nets.items()]
    print('compiling, this takes a while the first time ...', flush=True)
    print('bits per character of held-out text, and median norm of the state at the end of both')
    for epoch, _ in zip(range(1, args.epochs + 1), zip(*runs)):
        line = 'epoch {:2d}'.format(epoch)
        for name, net in nets.items():
            norms, bits = evaluate(net, *test)
            line += '   {}: {:.3f}, beyond {} steps {:.3f}; norm {:.1f}, then {:.1f}'.format(
                name, bits[:, :args.steps].mean(), args.steps, bits[:, args.steps:].mean(),
                np.median(norms[:, args.steps - 1]), np.median(norms[:, -1]))
        print(line, flush=True)


def quiet(run):
    """The same iterator, without the log that downhill prints."""
    while True:
        with contextlib.redirect_stdout(io.StringIO()):
            item = next(run, None)
        if item is None:
            return
        yield item


def evaluate(net, inputs, targets):
    """Norms of the state and bits per character, each (pieces, steps)."""
    outputs = net.feed_forward(inputs)
    right = np.take_along_axis(outputs['out'], targets[:, :, None], axis=2)[:, :, 0]
    return np.linalg.norm(outputs[STATE], axis=2), -np.log2(np.maximum(right, 1e-30))


def report(nets, results, test, args):
    """One table of the held-out text, and the check against theanets_reg."""
    short = slice(0, args.steps)
    times = [t for t in (1, 10, args.steps, 2 * args.steps, 100, 200) if t < args.length]
    rows = [('bits per character, steps 1 to {}'.format(args.steps),
             lambda norms, bits: bits[:, short].mean()),
            ('bits per character, steps {} to {}'.format(args.steps + 1, args.length),
             lambda norms, bits: bits[:, args.steps:].mean())]
    rows += [('median norm of the state at step {}'.format(t),
              lambda norms, bits, t=t: np.median(norms[:, t - 1]))
             for t in sorted(set(times + [args.length]))]
    rows += [('largest norm at step {}'.format(args.length),
              lambda norms, bits: norms[:, -1].max()),
             ('penalty, steps 1 to {}'.format(args.steps),
              lambda norms, bits: change(norms[:, short])),
             ('penalty, steps 1 to {}'.format(args.length),
              lambda norms, bits: change(norms))]
    print('\n{:40}'.format('') + ''.join('{:>16}'.format(name) for name in nets))
    for label, value in rows:
        print('{:40}'.format(label) + ''.join(
            '{:16.6g}'.format(value(*results[name])) for name in nets))
    print('\npenalty, steps 1 to {}: theanets_reg and NumPy'.format(args.steps))
    for name, net in nets.items():
        print('{:16} {:.6g} {:.6g}'.format(
            name, penalty(net, test[0][:, short]), change(results[name][0][:, short])))


def change(norms):
    """The documented penalty: mean squared change of the squared norm."""
    return np.mean(np.diff(norms ** 2, axis=1) ** 2)


def penalty(net, x):
    """The same, by theanets_reg from the network's graph."""
    outputs, _ = net.build_graph()
    loss = theanets_reg.RecurrentNorm(pattern=STATE).loss(net.layers, outputs)
    return float(loss.eval({net.inputs[0]: x}))


def draw(results, args):
    """Norm of the state over time, with the band that holds 80 % of the pieces."""
    figure, axes = plt.subplots(figsize=(8, 5.2))
    time = np.arange(1, args.length + 1)
    growth, top = {}, 0
    for (name, (norms, bits)), color in zip(results.items(), ('C0', 'C3')):
        median = np.median(norms, axis=0)
        growth[name] = median[-1] / median[0]
        top = max(top, median.max())
        axes.fill_between(time, *np.percentile(norms, [10, 90], axis=0),
                          color=color, alpha=0.2, linewidth=0)
        axes.plot(time, median, color=color, label='{}: {:.2f} bits per character within the '
                  'training length, {:.2f} beyond'.format(
                      name, bits[:, :args.steps].mean(), bits[:, args.steps:].mean()))
    axes.axvline(args.steps, color='black', linestyle='--', linewidth=1,
                 label='training length: {} steps'.format(args.steps))
    axes.set_title('Trained on {} steps and read for {}, the state’s norm becomes {:.1f} times\n'
                   'its first value plain, {:.1f} times with recurrent_norm (weight {:g})'.format(
                       args.steps, args.length, growth['plain'],
                       growth['recurrent_norm'], args.weight))
    axes.set_xlabel('step t (characters read)')
    axes.set_ylabel('‖h_t‖, median of {} held-out pieces\n'
                    '(band: 10th to 90th percentile)'.format(len(norms)))
    axes.set_xlim(1, args.length)
    axes.set_ylim(0, 1.5 * top)  # where pieces explode, still show the rest
    axes.grid(True, alpha=0.2)
    axes.legend(loc='upper right')
    figure.tight_layout()
    figure.savefig(args.output, dpi=120)
    print('\npicture: {}'.format(args.output))


if __name__ == '__main__':
    main()
