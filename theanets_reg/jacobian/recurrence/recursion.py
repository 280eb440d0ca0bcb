"""The exact norm for a recurrent layer, in one pass forward through time.

With the state h_t, the input x_t, A_t = ∂h_t/∂h_{t-1} and B_t = ∂h_t/∂x_t,
the sum over all earlier inputs P_t = Σ_s (∂h_t/∂x_s)(∂h_t/∂x_s)ᵀ is

    P_t = A_t P_{t-1} A_tᵀ + B_t B_tᵀ,

and tr P_t = Σ_s ‖∂h_t/∂x_s‖². An output y_t of a step has its own A and B,
and Σ_s ‖∂y_t/∂x_s‖² comes from P_{t-1} in the same way. That is one product
of matrices per step, in place of a backward pass through all steps for each
element of the output.
"""

from ... import backends
from ..batch import Batch
from ..errors import Unfit, Unproven, Unsupported
from ..independence import depends
from ..sizes import ONE
from .apart import local
from .entries import Entries, plain
from .step import Step

__all__ = ['Recursion', 'find']


def find(proof, output, wrt):
    """The Recursion for `output` by `wrt`, or None if the graph is unfit.

    Parameters
    ----------
    proof : Proof
        Of `output` by `wrt`: the examples are independent.
    """
    if output.dtype == 'float16':
        # What is carried from step to step are squares, which overflow.
        return None
    try:
        return Recursion(proof, output, wrt)
    except (Unfit, Unproven, Unsupported):
        return None


class Recursion(object):
    """A loop that reads the input step by step.

    Parameters
    ----------
    proof : Proof
    output : variable, three dimensions in any order
    wrt : variable, shape (batch, time, features)

    Raises
    ------
    Unfit, Unproven, Unsupported
        If it is not seen to be one.
    """

    def __init__(self, proof, output, wrt):
        if wrt.ndim != 3 or output.ndim != 3:
            raise Unfit
        self.backend = proof.backend
        self.proof = proof
        self.output = output
        self.parts = self.backend.loop_parts(self.the_loop())
        if not self.parts['markov']:
            raise Unfit
        for outer, _ in self.parts['constants']:
            self.must(outer not in proof.batch)
        self.states = [s for s in self.parts['states'] if self.follows(s[3])]
        self.must(self.states)
        for outer, _, _, _ in self.states:
            self.must(outer not in proof.batch)
        self.sequences = [s for s in self.parts['sequences'] if self.follows(s[0])]
        self.entries = Entries(proof, [outer for outer, _ in self.sequences], wrt)
        self.tail = self.tails()
        self.step = Step(self)

    def must(self, condition):
        if not condition:
            raise Unfit

    def the_loop(self):
        """The only loop between input and output."""
        nodes = {v.owner for v in backends.ancestors([self.output])
                 if v in self.proof.batch and v.owner is not None
                 and self.backend.kind(v.owner) == 'scan'}
        self.must(len(nodes) == 1)
        return nodes.pop()

    def follows(self, variable):
        """Whether it depends on the input; then it is (time, batch, units)."""
        batch = self.proof.batch.get(variable)
        self.must(batch is None or variable.ndim == 3 and batch == Batch(1, ONE, ONE))
        return batch is not None

    def tails(self):
        """What makes the output of each step: (result of step, derivatives)."""
        results = self.results()
        held = {v: v.type() for v in results}
        tail, = backends.replace([self.output], held)
        self.must(not depends(tail, self.entries.wrt))
        back = {p: v for v, p in held.items()}
        found = local(tail, list(back))
        return [(r, d.map(lambda array: backends.replace([array], back)[0]))
                for r, d in zip(results.values(), found) if d is not None]

    def results(self):
        """What the output reads of the loop: dict of outside -> inside."""
        inside = {made: (result, 1) for _, _, result, made in self.parts['states']}
        inside.update({made: (result, 0) for result, made in self.parts['results']})
        found = {}
        for variable in backends.ancestors([self.output]):
            node = variable.owner
            read = [v for v in (node.inputs if node else ()) if v in inside]
            if not read or self.backend.kind(node) in ('shape', 'shape_i'):
                continue
            result, first = inside[read[0]]
            if not first:
                found[read[0]] = result
            else:
                # The states come with the initial one in front.
                self.must(self.backend.kind(node) == 'subtensor' and
                          plain(self.backend.indices(node)) == [(1, None, 1)])
                found[variable] = result
        if self.output in inside:
            self.must(not inside[self.output][1])
            found[self.output] = inside[self.output][0]
        return {v: r for v, r in found.items() if v in self.proof.batch}

    def norms(self):
        """The sum of squares for each example: a list of one vector."""
        step, parts = self.step, self.parts
        made = [m for _, _, _, m in parts['states']]
        sequences = [outer for outer, _ in parts['sequences']] + \
            [m[:-1] for m in made] + [d.array for d in step.derivatives]
        constants = [outer for outer, _ in parts['constants']] + step.outside
        placeholders = [inner for _, inner in parts['sequences']] + \
            [inner for _, (inner, ), _, _ in parts['states']] + \
            step.placeholders + [step.before] + \
            [inner for _, inner in parts['constants']] + step.inside

        def advance(*given):
            return backends.replace([step.after, step.squares],
                                   dict(zip(placeholders, given)))

        (_, squares), _ = self.backend.scan(
            advance, sequences=sequences, non_sequences=constants,
            outputs_info=[step.start, None])
        return [squares.sum(axis=0)]
