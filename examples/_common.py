"""What the examples share: their options, how far they are, tables and pictures.

To be imported before NumPy: small matrices don't gain by a second thread.
"""

import argparse
import importlib.util
import os
import sys
import time

os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
os.environ.setdefault('OMP_NUM_THREADS', '1')

import matplotlib
matplotlib.use('Agg')

__all__ = ['COLORS', 'Progress', 'need', 'options', 'picture', 'print_table', 'spread']

PICTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'pictures')
COLORS = ['#7f7f7f', '#1f77b4', '#d62728', '#ff7f0e', '#2ca02c']


def options(doc, **sizes):
    """The command line of an example.

    Parameters
    ----------
    doc : str
        The first line describes the example.
    sizes : tuple (default, quick, help)
        An option for each; `quick` is what ``--quick`` makes of the default.
    """
    parser = argparse.ArgumentParser(description=doc.split('\n')[0])
    for name, (default, _, text) in sizes.items():
        parser.add_argument('--' + name, type=type(default), default=default,
                            help='{} (default: {})'.format(text, default))
    parser.add_argument('--pictures', default=PICTURES, metavar='FOLDER',
                        help='where the picture goes (default: examples/pictures)')
    parser.add_argument('--quick', action='store_true',
                        help='the same with little data, in seconds: it shows nothing')
    if parser.parse_known_args()[0].quick:
        parser.set_defaults(**{name: size[1] for name, size in sizes.items()})
    return parser.parse_args()


def need(*packages):
    """End with a word, and no error, where one of the packages is not installed."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            print('this example needs {0}, which is not installed here: pip install {0}'
                  .format(package))
            sys.exit(0)


class Progress:
    """A line for each of some tasks that take about equally long.

    The first ones compile: they don't count for the estimate of what is left.
    """

    def __init__(self, tasks, compiling=1):
        self.tasks, self.compiling, self.ends = tasks, compiling, [time.time()]
        print('compiling, this takes a while the first time ...', flush=True)

    def done(self, text):
        """One more is done; `text` says what came of it."""
        self.ends.append(time.time())
        count = len(self.ends) - 1
        if count == self.tasks:
            left = '{:.0f} s in all'.format(self.ends[-1] - self.ends[0])
        elif count <= self.compiling:
            left = '{:.0f} s, mostly compiling'.format(self.ends[-1] - self.ends[-2])
        else:
            each = (self.ends[-1] - self.ends[self.compiling]) / (count - self.compiling)
            left = 'about {:.0f} s left'.format(each * (self.tasks - count))
        width = len(str(self.tasks))
        print('{:{}d}/{}  {}   {}'.format(count, width, self.tasks, text, left), flush=True)


def spread(values, form='{:.1f}'):
    """Mean and standard deviation of a few runs, or the number where there is one."""
    mean = sum(values) / len(values)
    if len(values) == 1:
        return form.format(mean)
    square = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return '{} ± {}'.format(form.format(mean), form.format(square ** 0.5))


def print_table(heads, rows):
    """Columns that stand under their heads: the first to the left, the others to the right."""
    rows = [[str(cell) for cell in row] for row in [heads] + rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    print()
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        print('   '.join(cells).rstrip())
    print(flush=True)


def picture(figure, name, args):
    """Save it into the folder for pictures, and say so."""
    os.makedirs(args.pictures, exist_ok=True)
    path = os.path.join(args.pictures, name)
    figure.savefig(path, dpi=120)
    print('picture: {}'.format(os.path.relpath(path)))
