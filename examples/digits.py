"""What the two digit examples share: the data, the table and the picture.

A net is anything that can ``predict`` and ``encode`` an array of digits, and whose
parameters have names: ``find('hid1', 'w').get_value()``.
"""

import argparse

import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import LogLocator  # noqa: E402
import numpy as np  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402

BATCH_SIZE, LEARNING_RATE = 10, 0.01


def parse_args(output):
    parser = argparse.ArgumentParser(
        description='Train an autoencoder plain and with contractive=.')
    parser.add_argument('--hidden', type=int, default=32, help='units in the hidden layer')
    parser.add_argument('--weight', type=float, default=0.003, help='of the penalty')
    parser.add_argument('--epochs', type=int, default=12)
    parser.add_argument('--examples', type=int, default=1000, help='digits to train on')
    parser.add_argument('--output', default=output)
    return parser.parse_args()


def load(args, dtype):
    """Digits to train on, and those that are held out."""
    digits = load_digits().data.astype(dtype) / 16
    train, test = train_test_split(digits, train_size=args.examples, random_state=1)
    print('{} digits to train on, {} held out'.format(len(train), len(test)))
    return train, test


def watch(runs, nets, train, test, args):
    """Let the runs train an epoch each in turn, and print how the nets do."""
    print('epoch        ' + ''.join('{:^44}'.format(name) for name in nets))
    print('             ' + '  error  (held out)  ||J||^2 (held out)    ' * 2)
    for epoch, _ in zip(range(1, args.epochs + 1), zip(*runs)):
        line = '{:5d}   '.format(epoch)
        for net in nets.values():
            line += '     {:.5f} ({:.5f})  {:7.4f} ({:7.4f})'.format(
                error(net, train), error(net, test),
                squares(net, train).mean(), squares(net, test).mean())
        print(line, flush=True)


def error(net, x):
    """Mean squared error of the reconstruction."""
    return np.mean((net.predict(x) - x) ** 2)


def singular_values(net, x):
    """Of each example's Jacobian diag(h (1 - h)) W^T; shape (examples, units)."""
    h = net.encode(x)
    w = net.find('hid1', 'w').get_value()
    return np.linalg.svd((h * (1 - h))[:, :, None] * w.T, compute_uv=False)


def squares(net, x):
    """||J||^2 of each example, in closed form."""
    h = net.encode(x)
    w = net.find('hid1', 'w').get_value()
    return (h * (1 - h)) ** 2 @ (w ** 2).sum(axis=0)


def report(nets, train, test, penalty):
    """One table of the held-out digits, and the check against theanets_reg."""
    spectra = {name: singular_values(net, test) for name, net in nets.items()}
    rows = [
        ('error, training digits', '{:.5f}', lambda name: error(nets[name], train)),
        ('error, held-out digits', '{:.5f}', lambda name: error(nets[name], test)),
        ('||J||^2, held-out digits', '{:.4f}', lambda name: squares(nets[name], test).mean()),
        ('largest singular value', '{:.4f}', lambda name: spectra[name][:, 0].mean()),
        ('smallest singular value', '{:.4f}', lambda name: spectra[name][:, -1].mean()),
        ('directions with 90% of ||J||^2', '{:d}', lambda name: directions(spectra[name])),
    ]
    print('\n{:32}'.format('') + ''.join('{:>14}'.format(name) for name in nets))
    for label, form, value in rows:
        print('{:32}'.format(label)
              + ''.join('{:>14}'.format(form.format(value(name))) for name in nets))
    print('error of the mean digit, held-out digits: {:.5f}'.format(
        np.mean((test - train.mean(axis=0)) ** 2)))
    print('\n||J||^2 of {} digits: theanets_reg and NumPy'.format(len(test[:20])))
    for name, net in nets.items():
        print('{:12} {:.12f} {:.12f}'.format(
            name, penalty(net, test[:20]), squares(net, test[:20]).mean()))


def directions(spectra, share=0.9):
    """How many singular directions hold this share of the mean ||J||^2."""
    power = (spectra ** 2).mean(axis=0).cumsum()
    return int(np.searchsorted(power, share * power[-1])) + 1


def draw(nets, test, args):
    """Mean spectrum, with the band that holds 80 % of the held-out digits."""
    figure, axes = plt.subplots(figsize=(8, 5.2))
    index = np.arange(1, args.hidden + 1)
    for (name, net), color in zip(nets.items(), ('C0', 'C3')):
        spectra = singular_values(net, test)
        axes.fill_between(index, *np.percentile(spectra, [10, 90], axis=0),
                          color=color, alpha=0.2, linewidth=0)
        axes.semilogy(index, spectra.mean(axis=0), 'o-', color=color, markersize=4,
                      label='{}: mean ‖J‖² = {:.2f}, reconstruction error = {:.4f}'.format(
                          name, squares(net, test).mean(), error(net, test)))
    few, all_ = (directions(singular_values(nets[name], test))
                 for name in ('contractive', 'plain'))
    axes.set_title('90% of the encoder’s sensitivity lies in {} of {} directions '
                   'with the\ncontractive penalty (weight {:g}), in {} without'
                   .format(few, len(index), args.weight, all_))
    axes.set_xlabel('singular value of the encoder’s Jacobian, from the largest')
    axes.set_ylabel('mean over {} held-out digits\n(band: 10th to 90th percentile)'
                    .format(len(test)))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter('{x:g}')
    axes.yaxis.set_minor_formatter('')
    axes.grid(True, which='both', alpha=0.2)
    axes.legend(loc='lower left')
    figure.tight_layout()
    figure.savefig(args.output, dpi=120)
    print('\npicture: {}'.format(args.output))
