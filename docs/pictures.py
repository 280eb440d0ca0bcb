"""The picture of the README: the tutorial's autoencoder for several weights.

    python docs/pictures.py        # writes docs/pictures/contractive.png; PyTensor, matplotlib
"""

import io
import os
import re

import matplotlib
import numpy as np

matplotlib.use('Agg')
import matplotlib.pyplot as plt  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
WEIGHTS = [0., 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.]


def tutorial():
    """The names of the tutorial's first two blocks: data and net."""
    with io.open(os.path.join(HERE, 'tutorials', 'contractive_autoencoder.md'),
                 encoding='utf-8') as page:
        blocks = re.findall(r'^```python\n(.*?)^```$', page.read(), re.MULTILINE | re.DOTALL)
    names = {}
    for source in blocks[:2]:
        exec(source, names)
    return names


def spectrum(net, points):
    """Mean singular values of the Jacobians of a tanh layer."""
    W, b = net.W.get_value(), net.b.get_value()
    jacobians = (1 - np.tanh(points.dot(W) + b) ** 2)[:, :, None] * W.T
    return np.linalg.svd(jacobians, compute_uv=False).mean(axis=0)


def distance(found, wanted):
    return ((found - wanted) ** 2).sum(axis=1).mean()


def draw(path):
    names = tutorial()
    clean, new = names['points'](1000)
    errors, spectra = [], {}
    for weight in WEIGHTS:
        net = names['Net'](weight)
        net.train(names['data'])
        errors.append(distance(net.predict(new), clean))
        spectra[weight] = spectrum(net, new)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), constrained_layout=True)
    _draw_errors(left, errors, distance(new, clean))
    _draw_spectra(right, spectra)
    figure.savefig(path, dpi=100)


def _draw_errors(axes, errors, before):
    axes.plot(range(len(WEIGHTS)), errors, 'o-')
    axes.axhline(before, color='gray', linestyle='--', label='input')
    axes.set_xticks(range(len(WEIGHTS)))
    axes.set_xticklabels(['{:g}'.format(w) for w in WEIGHTS])
    axes.set_ylim(bottom=0)
    axes.set_xlabel('weight of the penalty')
    axes.set_ylabel('squared distance from\nthe points without noise')
    axes.legend(frameon=False)


def _draw_spectra(axes, spectra):
    for weight, marker in (0., 's'), (0.03, '^'), (0.1, 'o'):
        axes.plot(range(1, 17), spectra[weight], marker + '-', label='weight {:g}'.format(weight))
    axes.set_xticks([1, 2, 4, 8, 12, 16])
    axes.set_ylim(bottom=0)
    axes.set_xlabel('direction')
    axes.set_ylabel('singular value\nof the Jacobian')
    axes.legend(frameon=False)


if __name__ == '__main__':
    folder = os.path.join(HERE, 'pictures')
    if not os.path.isdir(folder):
        os.mkdir(folder)
    draw(os.path.join(folder, 'contractive.png'))
