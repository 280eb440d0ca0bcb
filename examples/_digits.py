"""Handwritten digits: a few of them labelled, and how well codes tell them apart."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier

__all__ = ['CLASSIFIERS', 'Digits', 'Encoder']

CLASSIFIERS = {'linear classifier': lambda: LogisticRegression(max_iter=500),
               'nearest neighbour': lambda: KNeighborsClassifier(1)}
NOISE = 0.25


class Digits:
    """8 by 8 pixels between 0 and 1, to train on and held out.

    Attributes
    ----------
    train : array (digits, 64)
    tests : dict of str -> array (digits, 64)
        The same held-out digits: 'clean', 'noisy' (normal noise of deviation
        0.25) and 'shifted' (by half a pixel, to any of four sides).
    """

    def __init__(self, examples, dtype='float64'):
        digits = load_digits()
        self.train, clean, self.labels, self.held_out = train_test_split(
            (digits.data / 16).astype(dtype), digits.target,
            train_size=examples, random_state=1)
        rng = np.random.RandomState(5)
        self.tests = {'clean': clean,
                      'noisy': (clean + NOISE * rng.randn(*clean.shape)).astype(dtype),
                      'shifted': (clean + moved(clean, rng)) / 2}

    def classify(self, encode, per_class, seed, draws):
        """Percent of the held-out digits that are taken for another one.

        The classifiers learn from `per_class` labelled digits of each kind and see
        nothing but ``encode(digits)``. Which digits are labelled is drawn
        several times, from `seed`: the mean is returned.

        Returns
        -------
        errors : dict of (str, str) -> float
            For each classifier and each kind of held-out digits.
        """
        rng = np.random.RandomState(seed)
        codes = encode(self.train)
        mean, scale = codes.mean(axis=0), codes.std(axis=0).mean()
        tests = {kind: (encode(digits) - mean) / scale for kind, digits in self.tests.items()}
        errors = {}
        for few in [self.few(per_class, rng) for _ in range(draws)]:
            for name, make in CLASSIFIERS.items():
                classifier = make().fit((codes[few] - mean) / scale, self.labels[few])
                for kind, test in tests.items():
                    errors.setdefault((name, kind), []).append(
                        100 * np.mean(classifier.predict(test) != self.held_out))
        return {key: np.mean(values) for key, values in errors.items()}

    def few(self, per_class, rng):
        """Indices of so many digits to train on of each kind."""
        return np.concatenate([rng.choice(np.flatnonzero(self.labels == c), per_class, False)
                               for c in range(10)])


def moved(digits, rng):
    """Each by one pixel, to the left, to the right, up or down; empty pixels come in."""
    images = np.pad(digits.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)), mode='constant')
    corners = np.array([(1, 0), (1, 2), (0, 1), (2, 1)])[rng.randint(4, size=len(digits))]
    return np.array([image[i:i + 8, j:j + 8].ravel()
                     for image, (i, j) in zip(images, corners)])


class Encoder:
    """A sigmoid layer and a linear decoder with the same weights, in NumPy."""

    def __init__(self, w, b, c):
        self.w, self.b, self.c = w, b, c

    def encode(self, x):
        return 1 / (1 + np.exp(-(x @ self.w + self.b)))

    def error(self, x):
        """Mean squared error of the reconstruction."""
        return np.mean((self.encode(x) @ self.w.T + self.c - x) ** 2)

    def slopes(self, x):
        """The diagonal in J = diag(h (1 - h)) W^T, the Jacobian of the code."""
        h = self.encode(x)
        return h * (1 - h)

    def squared_norm(self, x):
        """||J||^2, mean over the digits."""
        return np.mean(self.slopes(x) ** 2 @ (self.w ** 2).sum(axis=0))

    def spectrum(self, x):
        """Singular values of J from the largest, mean over the digits."""
        return np.linalg.svd(self.slopes(x)[:, :, None] * self.w.T, compute_uv=False).mean(axis=0)

    def saturated(self, x):
        """Percent of the units below 0.05 or above 0.95."""
        return 100 * np.mean(abs(self.encode(x) - 0.5) > 0.45)
