"""What was measured, as tables: medians with their spread, and ratios."""

import numpy as np

from turns import ESTIMATE, EXACT, OURS, PEER, PLAIN, BOUND

__all__ = ['agreement', 'best_peer', 'quartiles', 'ratio', 'table']

WARM = 3         # turns that don't count, where there are more


def counted(seconds):
    return seconds[min(WARM, len(seconds) - 1):]


def quartiles(row):
    """First quartile, median and third quartile of a step, in ms."""
    return [1e3 * float(q) for q in np.percentile(counted(row['seconds']), (25, 50, 75))]


def ratio(row, other):
    """How many times as long the one takes: the median over turns in common.

    What takes turns sees the same weather: the ratio of one turn is steadier
    than that of two medians.
    """
    turns = min(len(row['seconds']), len(other['seconds']))
    if turns <= WARM:
        return quartiles(row)[1] / quartiles(other)[1]
    return float(np.median(np.divide(row['seconds'][WARM:turns],
                                     other['seconds'][WARM:turns])))


def done(rows, *roles):
    return [r for r in rows if r['error'] is None and (r['role'] in roles or not roles)]


def best_peer(rows):
    """The row of the fastest peer, or None."""
    return min(done(rows, PEER), key=lambda r: quartiles(r)[1], default=None)


def agreement(rows, tolerance):
    """Whether all exact ways agree, and a line that says so.

    Parameters
    ----------
    rows : list of dict
        See :func:`turns.measure`.
    tolerance : float
        The largest relative difference that is let pass.

    Returns
    -------
    agree : bool
    line : str
    """
    figures = np.array([r['figures'] for r in done(rows, OURS, EXACT, PEER)])
    if len(figures) < 2:
        return True, 'penalties: no two ways to compare'
    spread = float(np.max((figures.max(0) - figures.min(0)) / abs(figures).max(0)))
    agree = spread <= tolerance
    return agree, '{} exact ways {}: largest relative difference {:.1e}, allowed {:.0e}'.format(
        len(figures), 'agree' if agree else 'DIFFER', spread, tolerance)


def table(result):
    """The lines of one work.

    Parameters
    ----------
    result : dict
        With `title`, `work`, `rows` and `tolerance`.
    """
    rows = result['rows']
    ours = done(rows, OURS)
    peer = best_peer(rows)
    heads = (['contender', 'version', 'ms', 'quartiles', '/ plain of its package', '/ best peer'] +
             ['/ ours, {}'.format(r['package']) for r in ours] + [result['work'].get('figures', 'penalty')])
    lines = ['', '### {}'.format(result['title']), '', _line(heads), _line(['---'] * len(heads))]
    for row in rows:
        plain = next((r for r in done(rows, PLAIN) if r['package'] == row['package']), None)
        others = [None if row['role'] == BOUND else plain, peer] + ours
        lines.append(_line(_cells(row, others)))
    lines += [''] + [r['package'] + ': ' + text for r in ours
                     for text in r['told'].split('\n')]
    lines += [_summary(r, peer, rows) for r in ours]
    return lines + [agreement(rows, result['tolerance'])[1]]


def _cells(row, others):
    name = '{} ({})'.format(row['name'], row['package'])
    version = '{} {}'.format(row['package'], row['version'])
    if row['error'] is not None:
        return [name, version, row['error']] + [''] * (len(others) + 2)
    low, middle, high = quartiles(row)
    return ([name, version, '{:.3g}'.format(middle), '{:.3g}–{:.3g}'.format(low, high)] +
            ['{:.3g}'.format(ratio(row, r)) if r else '' for r in others] +
            [', '.join('{:.8g}'.format(f) for f in row['figures'])])


def _summary(row, peer, rows):
    """Our ratios in a sentence."""
    parts = ['{:.3g} times {}'.format(ratio(row, other), what) for what, other in (
        [('the plain step', r) for r in done(rows, PLAIN) if r['package'] == row['package']] +
        [(r['name'], r) for r in done(rows, BOUND, ESTIMATE, EXACT)
         if r['package'] == row['package']])]
    if peer:
        parts.append('the best peer, {} ({}), takes {:.3g} times as long'.format(
            peer['name'], peer['package'], ratio(peer, row)))
    return '{}: ours is {}'.format(row['package'], '; '.join(parts))


def _line(cells):
    return '| {} |'.format(' | '.join(cells))
