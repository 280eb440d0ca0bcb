"""The penalty on more than one device: in a user's own jax.jit, the batch over a mesh.

PyTensor's graph of the loss, the penalty and the gradient becomes a jax function
(``jax_funcify``), which goes into a ``jit`` of your own like any other. The examples of a
batch lie on several devices (``jax.sharding``), and the numbers are those of one device.

* automatic: the mesh's axes are left to jax, which finds out what devices must tell each
  other. It does not find that examples are independent where many rows are multiplied
  at once: each device gathers all of them and does the whole work;
* by examples: ``jax.shard_map`` gives each device its own, as all that is computed is a mean
  over the examples: the mean over the devices is left to do. The work is divided.

With several accelerators these are used, else four devices that jax makes of the CPU. On one
CPU they share its cores: such a run shows that the numbers are right and how the
work is divided, not that it is done sooner.

On two cores, with other work running: 4 devices of a CPU gather and do 1.13 of 1.22 GFLOP
each when left to themselves, and 0.32 with their own examples. All numbers agree to 1e-6.

    python examples/many_devices.py [--quick]
"""

import collections
import os
import time

import _common  # before NumPy

_common.need('pytensor', 'jax')

# Before jax is imported; where there are accelerators it changes nothing.
os.environ['XLA_FLAGS'] = ' '.join([os.environ.get('XLA_FLAGS', ''),
                                    '--xla_force_host_platform_device_count=4']).strip()

import jax
import matplotlib.pyplot as plt
import numpy as np
import pytensor
import pytensor.tensor as pt
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from pytensor.graph.fg import FunctionGraph
from pytensor.link.jax.dispatch import jax_funcify

import theanets_reg

pytensor.config.floatX = 'float32'


def main():
    args = _common.options(
        __doc__, batch=(512, 16, 'examples'), inputs=(256, 12, 'pixels'),
        units=(128, 8, 'in the first hidden layer'), steps=(20, 2, 'to be timed'))
    sizes = [args.inputs, args.units, args.units // 4]
    rng = np.random.RandomState(1)
    x = rng.randn(args.batch, args.inputs).astype('float32')
    params = [(rng.randn(n, m) / np.sqrt(n)).astype('float32')
              for n, m in [sizes[:2], sizes[1:], (sizes[2], sizes[0])]]
    function = as_jax(sizes)
    counts = [n for n in (1, 2, 4) if n <= len(jax.devices()) and args.batch % n == 0]
    print('{} devices: {}'.format(len(jax.devices()), jax.devices()[0].device_kind))
    progress = _common.Progress(2 * len(counts))
    runs = {}
    for way in ('automatic', 'by examples'):
        for n in counts:
            runs[way, n] = measure(function, way, params, x, n, args.steps)
            progress.done('{}, {} devices: {:.2f} ms a step'.format(way, n, runs[way, n].ms))
    report(runs)
    draw(runs, args)


def as_jax(sizes):
    """Loss, penalty and gradient as a plain function of jax arrays.

    Returns
    -------
    function : callable (w1, w2, v, x) -> list of arrays
    """
    # What jax compiles has known sizes; the batch may be of any.
    x = pt.tensor('x', dtype='float32', shape=(None, sizes[0]))
    params = [pt.tensor(name, dtype='float32', shape=shape) for name, shape in [
        ('w1', sizes[:2]), ('w2', sizes[1:]), ('v', (sizes[2], sizes[0]))]]
    w1, w2, v = params
    h = pt.tanh(pt.tanh(x @ w1) @ w2)
    error = ((h @ v - x) ** 2).mean()
    penalty = theanets_reg.penalty({'h': h}, contractive=dict(weight=0.1, wrt='x'))
    outputs = [error, penalty] + pytensor.grad(error + penalty, params)
    graph = FunctionGraph(params + [x], outputs, clone=True)
    # The rewrites that PyTensor makes for its own JAX mode.
    pytensor.compile.mode.get_mode('JAX').optimizer.rewrite(graph)
    return jax_funcify(graph)


Run = collections.namedtuple('Run', 'values ms flops')


def measure(function, way, params, x, count, steps):
    """A Run: the outputs, milliseconds of a step, and floating point operations per device."""
    mesh = Mesh(np.array(jax.devices()[:count]), ('examples',))
    whole, parts = PartitionSpec(), PartitionSpec('examples')
    if way == 'by examples':
        function = jax.shard_map(of_each_device(function), mesh=mesh, out_specs=whole,
                                 in_specs=(whole,) * len(params) + (parts,))
    params = [jax.device_put(p, NamedSharding(mesh, whole)) for p in params]
    x = jax.device_put(x, NamedSharding(mesh, parts))
    step = jax.jit(function).lower(*params, x).compile()
    values, seconds = [np.asarray(value) for value in step(*params, x)], []
    for _ in range(steps):
        start = time.perf_counter()
        jax.block_until_ready(step(*params, x))
        seconds.append(time.perf_counter() - start)
    return Run(values, 1e3 * np.median(seconds), step.cost_analysis()['flops'])


def of_each_device(function):
    """The mean over the devices of what each makes of its examples."""
    def mean(*arrays):
        # So that the gradients of a device are those of its own examples.
        *params, x = arrays
        params = [jax.lax.pcast(p, 'examples', to='varying') for p in params]
        return jax.lax.pmean(function(*params, x), 'examples')
    return mean


def difference(found, expected):
    """The largest difference, relative to the largest number of the array."""
    return max(np.max(abs(f - e)) / np.max(abs(e)) for f, e in zip(found, expected))


def report(runs):
    """A row for each run; an error if its numbers are not those of one device."""
    one = runs['automatic', 1]
    _common.print_table(
        ['mesh', 'devices', 'loss', 'penalty', '‖gradient‖', 'difference from one device',
         'GFLOP of each', 'ms of a step'],
        [[way, n, '{:.6f}'.format(run.values[0] + run.values[1]),
          '{:.6f}'.format(run.values[1]),
          '{:.6f}'.format(np.sqrt(sum((g ** 2).sum() for g in run.values[2:]))),
          '{:.0e}'.format(difference(run.values, one.values)),
          '{:.3f}'.format(run.flops / 1e9), '{:.2f}'.format(run.ms)]
         for (way, n), run in runs.items()])
    for (way, n), run in runs.items():
        if difference(run.values, one.values) > 1e-4:
            raise SystemExit('{}: the numbers of {} devices differ from those of one'
                             .format(way, n))


def draw(runs, args):
    """Work of each device, and time of all."""
    figure, both = plt.subplots(1, 2, figsize=(10, 4))
    names = ['{}\n{}'.format(n, way.replace(' ', '\n')) for way, n in runs]
    for axes, heights, form, label in [
            (both[0], [run.flops / 1e9 for run in runs.values()], '{:.2f}', 'GFLOP of each device'),
            (both[1], [run.ms for run in runs.values()], '{:.0f}', 'ms of a step')]:
        bars = axes.bar(range(len(names)), heights, color=_common.COLORS[1])
        axes.bar_label(bars, [form.format(h) for h in heights])
        axes.set_xticks(range(len(names)), names, fontsize=8)
        axes.set_ylabel(label)
        axes.margins(y=0.1)
    both[0].set_title('Given its own examples, a device does its share')
    both[1].set_title('{} examples on devices of kind {}, {} cores'.format(
        args.batch, jax.devices()[0].device_kind, os.cpu_count()))
    figure.tight_layout()
    _common.picture(figure, 'many_devices.png', args)


if __name__ == '__main__':
    main()
