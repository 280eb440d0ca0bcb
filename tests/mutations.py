"""The one-token mutations of a Python source: what :mod:`mutants` draws from."""

import ast
import collections
import io
import tokenize

SWAPPED = {'+': '-', '-': '+', '*': '+', '/': '*', '//': '*', '%': '//', '**': '*', '&': '|',
           '|': '&', '+=': '-=', '-=': '+=', '*=': '+=', '==': '!=', '!=': '==', '<': '<=',
           '<=': '<', '>': '>=', '>=': '>', 'and': 'or', 'or': 'and', 'is': 'is not',
           'is not': 'is', 'in': 'not in', 'not in': 'in'}

#: Calls whose arguments are words for people.
WORDS = ('format', 'warn', 'Unproven', 'Unsupported', 'without', 'info', 'TypeVar', 'cast',
         'namedtuple', 'goes_along', '_needed')

#: Calls to which the order of what is given makes no difference.
UNORDERED = ('batch_axis', 'size', 'batching', 'hands_on', 'max', 'min', 'eq', 'neq', 'or_',
             'maximum', 'minimum')

#: Calls that fail at once where their arguments are swapped, whatever is tested.
ORDERED = ('isinstance', 'getattr', 'hasattr', 'setattr')


class Mutation(collections.namedtuple('Mutation', 'line start end new')):
    """Other text between two places, (line, column), of a source."""

    def applied(self, text):
        lines = text.splitlines(True)
        first, last = self.start[0] - 1, self.end[0] - 1
        lines[first:last + 1] = [
            lines[first][:self.start[1]] + self.new + lines[last][self.end[1]:]]
        return ''.join(lines)


def mutations(text):
    """All mutations of a source that is not words, by place."""
    found = _Sites(text)
    found.visit(ast.parse(text))
    return sorted(set(found.made))


class _Sites(ast.NodeVisitor):
    """Walks what runs: no annotations, no docstrings, no messages."""

    def __init__(self, text):
        self.whole = text
        self.lines = text.splitlines(True)
        self.made = []
        self.tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline)
                       if t.type in (tokenize.OP, tokenize.NAME)]

    def add(self, start, end, new):
        mutation = Mutation(start[0], start, end, new)
        if self.makes_sense(mutation.applied(self.whole)):
            self.made.append(mutation)

    def makes_sense(self, text):
        """Whether it is another source, and one that Python can read."""
        try:
            ast.parse(text)
        except SyntaxError:
            return False
        return text != self.whole

    def begins(self, node):
        # ast counts bytes, and a source may have other letters.
        return node.lineno, self.column(node.lineno, node.col_offset)

    def ends(self, node):
        return node.end_lineno, self.column(node.end_lineno, node.end_col_offset)

    def column(self, line, offset):
        return len(self.lines[line - 1].encode('utf-8')[:offset].decode('utf-8'))

    def text(self, node):
        (first, left), (last, right) = self.begins(node), self.ends(node)
        if first == last:
            return self.lines[first - 1][left:right]
        return ''.join([self.lines[first - 1][left:]] + self.lines[first:last - 1] +
                       [self.lines[last - 1][:right]])

    def operator(self, left, right):
        """Exchange the operator between two nodes."""
        between = [t for t in self.tokens if self.ends(left) <= t.start and
                   t.end <= self.begins(right) and t.string not in '()']
        word = ' '.join(t.string for t in between)
        if word in SWAPPED:
            self.add(between[0].start, between[-1].end, SWAPPED[word])

    def visit_BinOp(self, node):
        if not (isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)):
            self.operator(node.left, node.right)
            self.generic_visit(node)

    def visit_AugAssign(self, node):
        self.operator(node.target, node.value)
        self.visit(node.value)

    def visit_Compare(self, node):
        for left, right in zip([node.left] + node.comparators, node.comparators):
            self.operator(left, right)
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        for left, right in zip(node.values, node.values[1:]):
            self.operator(left, right)
        self.generic_visit(node)

    def visit_UnaryOp(self, node):
        if isinstance(node.op, (ast.Not, ast.USub)):
            self.add(self.begins(node), self.begins(node.operand), '')
        self.generic_visit(node)

    def visit_If(self, node):
        if self.text(node.test) == 'TYPE_CHECKING':
            return
        if not isinstance(node.test, (ast.Compare, ast.UnaryOp)):
            self.negated(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node):
        if not isinstance(node.test, (ast.Compare, ast.UnaryOp)):
            self.negated(node.test)
        self.generic_visit(node)

    def negated(self, test):
        self.add(self.begins(test), self.ends(test), 'not ({})'.format(self.text(test)))

    def visit_Constant(self, node):
        place = self.begins(node), self.ends(node)
        if isinstance(node.value, bool):
            self.add(*place + (str(not node.value), ))
        elif isinstance(node.value, (int, float)):
            self.add(*place + (repr(node.value + 1), ))
            self.add(*place + ('({!r})'.format(node.value - 1), ))

    def visit_Slice(self, node):
        for bound in node.lower, node.upper:
            if bound is not None:
                self.add(self.begins(bound), self.ends(bound), '')
        self.generic_visit(node)

    def visit_Call(self, node):
        name = getattr(node.func, 'attr', getattr(node.func, 'id', ''))
        if name in WORDS:
            return
        for one, other in zip(node.args, node.args[1:]):
            if name not in ORDERED + UNORDERED and not any(
                    isinstance(a, ast.Starred) for a in (one, other)):
                between = self.between(self.ends(one), self.begins(other))
                self.add(self.begins(one), self.ends(other),
                         self.text(other) + between + self.text(one))
        self.generic_visit(node)

    def between(self, start, end):
        if start[0] == end[0]:
            return self.lines[start[0] - 1][start[1]:end[1]]
        return ', '

    def visit_Raise(self, node):
        pass

    def visit_AnnAssign(self, node):
        if node.value is not None:
            self.visit(node.value)

    def visit_Assign(self, node):
        names = [getattr(t, 'id', getattr(t, 'attr', '')) for t in node.targets]
        if not set(names) & {'__all__', '__doc__'}:
            self.generic_visit(node)

    def visit_FunctionDef(self, node):
        defaults = node.args.defaults + [d for d in node.args.kw_defaults if d is not None]
        for part in node.decorator_list + defaults + node.body:
            self.visit(part)
