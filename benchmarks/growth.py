"""A picture of how the cost of one layer grows by inputs, units and batch."""

import command
import report
from networks import dense
from turns import OURS, PEER, PLAIN

__all__ = ['draw', 'measure']

BASE = dict(batch=128, inputs=784, units=200)
SWEEPS = dict(batch=(16, 64, 256, 1024), inputs=(100, 400, 1600, 3200),
              units=(50, 200, 800, 3200))
TITLE = ('Tied sigmoid autoencoder, batch 128, 784 inputs, 200 units, but for what is '
         'varied; medians and quartiles')


def measure(contenders, options, results):
    """Append a result for each value of what is varied.

    Parameters
    ----------
    contenders : callable
        See :func:`command.run`. Without those that only estimate or are no peer.
    options : argparse.Namespace
    results : command.Results
    """
    for what, values in SWEEPS.items():
        for value in values:
            now = dict(BASE, **{what: value})
            work = dense(now['inputs'], now['units'], activation='sigmoid', tied=True,
                         batch=now['batch'])
            chosen = [c for c in contenders(work, options.engine) if c.role in (OURS, PEER) or
                      (c.role == PLAIN and c.package in options.engine)]
            results.add('growth', dict(what=what, value=value, work=work,
                                       rows=command.measure(chosen, work, options)))


def lines(rows):
    """What is drawn at one value: label and row."""
    for row in report.done(rows, PLAIN, OURS):
        yield {PLAIN: 'plain step, {}', OURS: 'with our penalty, {}'}[row['role']].format(
            row['package']), row
    for label, hand in ('best peer, by hand', True), ('best peer, by autodiff', False):
        peer = report.best_peer([r for r in rows if ('by hand' in r['name']) == hand])
        if peer:
            yield label, peer


def draw(results, path):
    """Save the picture of the results that were kept."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    figure, panels = pyplot.subplots(1, len(SWEEPS), figsize=(12, 4.4), sharey=True)
    for panel, what in zip(panels, SWEEPS):
        points = {}
        for result in results.data['growth']:
            if result['what'] == what:
                for label, row in lines(result['rows']):
                    points.setdefault(label, []).append(
                        [result['value']] + report.quartiles(row))
        _draw_panel(panel, what, points)
    panels[0].set_ylabel('training step, ms')
    figure.legend(*panels[0].get_legend_handles_labels(), loc='lower center', ncol=3,
                  frameon=False)
    figure.suptitle(TITLE, fontsize=11)
    figure.tight_layout(rect=(0, .12, 1, 1))
    figure.savefig(path, dpi=150)


def _draw_panel(panel, what, points):
    for label, found in points.items():
        values, low, middle, high = zip(*sorted(found))
        spread = [[m - q for m, q in zip(middle, low)], [q - m for m, q in zip(middle, high)]]
        panel.errorbar(values, middle, yerr=spread, marker='o', markersize=4, capsize=2,
                       label=label)
    ticks = SWEEPS[what]
    panel.set(xlabel=what, xscale='log', yscale='log')
    panel.set_xticks(ticks, [str(value) for value in ticks])
    panel.tick_params(axis='x', which='minor', bottom=False, labelbottom=False)
    panel.grid(alpha=.3)
