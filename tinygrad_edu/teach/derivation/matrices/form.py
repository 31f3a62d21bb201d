"""The matrix form of a derivation: zˡ = Wˡaˡ⁻¹ + bˡ, δˡ = (Wˡ⁺¹)ᵀδˡ⁺¹ ⊙ σ′(zˡ), ∂C/∂Wˡ = δˡ(aˡ⁻¹)ᵀ.

It is read from the array program of the scalar graph. Vectors are columns; of several samples each
is a row of X, Z, A and Δ, and 𝟏 is the column of ones that repeats a bias for each of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from ....arrays.instructions.ir import Array, Operand
from ....engine import Value
from ....nn import Module
from ...notation.expression import (
    Applied,
    Derivative,
    Expression,
    Juxtaposed,
    Matrix,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
    Symbol,
    product,
    sum_of,
)
from ...notation.labels import Name, name_of, subscript
from ...notation.textbook import Textbook
from ..partials import Steps
from .arrays import Arrays, Names, Numbers, place_of
from .backward import Backward, Term
from .given import Given
from .instructions import Writer, refuse
from .naming import Lines
from .norms import Norm, is_closed
from .numbers import worked_out
from .products import (
    Unwritten,
    as_column,
    entrywise,
    full,
    is_row,
    is_scalar,
    juxtaposed,
    parts_of,
    transposed,
)
from .repeats import Repeats
from .softmaxes import Logits, Softmax, logits_of
from .symbols import Named, delta_of, is_target, name_in, named


class MatrixForm:
    """The arrays of a graph as matrix expressions, forward and backward.

    lines       the weighted sums and what is made of them, in forward order
    functions   by what an activation is of, its result, where nothing else uses that
    symbols     of the arrays that have a name
    logits      of the lines of which a softmax with cross-entropy is, the symbols of P and Y
    gradients   the symbols of the gradients of lines and parameters
    derived     of each gradient that has a line, what it is, in one or more forms
    """

    def __init__(self, written: Textbook, parameters: list[Value], model: Module | None) -> None:
        self.root: Value = written.root
        steps = Steps(written, model, parameters)
        self.arrays: Arrays = Arrays(written.root, parameters, steps.names)
        self.loss_name: Name = steps.names[written.root]
        self._names: Mapping[Value, Name] = steps.names
        names = Names(steps.names, written.root)
        found = Lines(self.arrays, names, steps.names)
        self.symbols: dict[Array, Named] = found.symbols
        self.lines: list[Array] = found.lines
        self.functions: dict[Array, Array] = found.functions
        self.given: Given = found.given
        self.norms: list[Norm] = found.norms
        self.softmaxes: list[Softmax] = found.softmaxes
        self.repeats: Repeats = found.repeats
        self.windows: dict[Array, Matrix] = found.windows
        program = self.arrays.program
        assert isinstance(program.loss, Array)
        self.loss: Array = program.loss
        self.logits: dict[Array, Logits] = logits_of(
            written, self.lines, self.arrays, self.symbols, names
        )
        self._leave_to_logits()
        self.samples: int = max([n for x in self._data() for n in x.shape[:1]], default=1)
        self.lengths: set[int] = set()  # of the columns of ones
        again = {a: repeat.how for a, repeat in self.repeats.found.items()}
        self._writer = Writer({**self.symbols, **again}, found.windows, self.ones)
        self.gradients: dict[Array, Named] = {
            node: self._gradient_symbol(node) for node in (*self.lines, *self.parameters)
        }
        self.derived: dict[Array, list[Expression]] = {}
        self._feeding: set[Array] = set()  # the lines of which others are made
        for line in self.lines:
            waiting = [*line.arrays]
            while waiting:
                a = waiting.pop()
                self._feeding.add(a)
                waiting += [] if a in self.symbols else a.arrays
        self._derive()

    def _leave_to_logits(self) -> None:
        """No line for what cross-entropies make of their logits, as softplus of two classes is."""
        after = set(self.logits)
        for node in self.arrays.program.forward:
            if not after.isdisjoint(node.arrays):
                after.add(node)
        for node in after - set(self.logits):
            self.symbols.pop(node, None)
            self.functions.pop(node, None)
        self.lines = [line for line in self.lines if line in self.symbols]

    def _data(self) -> list[Array]:
        """The arrays of samples: what a weight matrix is multiplied with."""
        return [
            a
            for node in self.arrays.program.forward
            if self.arrays.is_product(node)
            for a in node.arrays
            if not self.arrays.is_parameter(a) and len(a.shape) > 1
        ]

    @property
    def parameters(self) -> list[Array]:
        """The parts of θ that the forward pass uses, each weight in one of them."""
        own = [a for a in self.arrays.origin if self.arrays.is_parameter(a)]
        return [a for a in own if a not in self.repeats.found]

    @property
    def leaves(self) -> list[Named]:
        """The symbols of what is given: the parameters first, then inputs and targets."""
        single = [a for a in self.repeats.found if not a.shape]
        found = [self.symbols[a] for a in (*self.parameters, *single)]
        found += [*self.given.named, *[mask for mask, _ in self.repeats.masked]]
        found += dict.fromkeys(self.windows.values())
        return [*found, *[logits.targets for logits in self.logits.values()]]

    @property
    def explained(self) -> list[Array]:
        """What a gradient is derived of: from the last layer to the first, δ, then W and b.

        W and b come after all that their gradients are made of.
        """
        lines = [a for a in self.derived if a in self.lines]
        place = {self.gradients[a].name: i for i, a in enumerate(lines)}
        after: dict[int, list[Array]] = {}
        for a in self.parameters:
            used = [place.get(name, -1) for e in self.derived[a] for name in names_in(e)]
            after.setdefault(max(used, default=-1), []).append(a)
        found = after.get(-1, [])
        for i, a in enumerate(lines):
            found = [*found, a, *after.get(i, [])]
        return found

    def indices(self, table: Array) -> tuple[list[int], list[int]]:
        """The numbers of a matrix's rows and of its columns, as the names of its entries say."""
        found = [place_of(self._names[v]) for v in self.arrays.origin[table]]
        places = [place for place in found if place is not None]
        rows, columns = [list(dict.fromkeys(numbers)) for numbers in zip(*places)] or ([], [])
        return rows, columns

    @property
    def of_softmax(self) -> list[Array]:
        """What a softmax is of."""
        return [*self.logits, *[softmax.source for softmax in self.softmaxes]]

    def gradient_entries(self) -> dict[Value, float]:
        """The entries of the gradients that are written, by parameter."""
        return {
            v: float(x)
            for a in self.parameters
            for v, x in zip(self.arrays.origin[a], np.ravel(worked_out(self.gradients[a])))
        }

    def loss_number(self) -> float:
        """What the program computes the loss to be."""
        return float(self.arrays.numbers[self.loss])

    def _gradient_symbol(self, node: Array) -> Named:
        symbol, numbers = self.symbols[node], self._adjoint(node)
        is_sum = node in self.lines and bool(self.arrays.terms(node))
        if is_sum and name_in(symbol).pieces[0].base in ("z", "Z"):
            name: Name | Derivative = delta_of(name_in(symbol))
        else:
            name = Derivative(self.loss_name, name_in(symbol))
        return named(name, numbers, np.ndim(numbers) == 1 and is_row(symbol))

    def _adjoint(self, node: Array) -> Numbers:
        shape = self.arrays.numbers[node].shape
        if self.arrays.is_parameter(node):
            return np.reshape([self.arrays.gradient[v] for v in self.arrays.origin[node]], shape)
        found = self.arrays.program.adjoint.get(node, 0.0)
        numbers = self.arrays.numbers[found] if isinstance(found, Array) else found
        return np.broadcast_to(numbers, shape)

    def ones(self, length: int) -> Matrix:
        """𝟏, with its length below it where that is not the number of samples."""
        self.lengths.add(length)
        index = "" if length == self.samples else subscript(str(length))
        return Matrix(name_of(f"𝟏{index}"), ((1.0,) * length,), True)

    # Forward

    def formula(self, node: Array) -> Expression:
        """What a line is computed by."""
        for softmax in self.softmaxes:
            if node is softmax.whole:
                return Applied("softmax", self.symbols[softmax.source])
        terms = self.arrays.terms(node)
        if not terms:
            return self._bias_last(node, self._writer.computed(node))
        first = [self._product(term) for term in terms if self.arrays.is_product(term)]
        biases = [self._bias(b, node) for b in terms if not self.arrays.is_product(b)]
        return sum_of([*first, *biases])

    def _bias_last(self, node: Array, e: Expression) -> Expression:
        """g ⊙ z + b rather than b + g ⊙ z."""
        if isinstance(e, Sum) and node.op == "+" and self.arrays.is_parameter(node.args[0]):
            return Sum((*e.terms[1:], e.terms[0]))
        return e

    def _product(self, term: Array) -> Expression:
        """W a of one sample, A Wᵀ of several."""
        if term.op == "*" and len(term.shape) < 2:
            weight, x = self.arrays.sides(term)
            return entrywise(self._writer.written(weight), self._writer.written(x))
        return self._writer.computed(term)

    def repeats_bias(self, node: Array) -> bool:
        """Whether a line adds a bias to each sample."""
        terms = self.arrays.terms(node)
        return any(self.arrays.is_parameter(b) and b.shape != node.shape for b in terms)

    def _bias(self, b: Array, total: Array) -> Expression:
        e = self._writer.written(b)
        if b.shape == total.shape:
            return e
        return juxtaposed(self.ones(total.shape[0]), transposed(e))

    def loss_formula(self) -> Expression:
        """What the loss is computed by."""
        if not self.logits:
            return self._writer.computed(self.loss)
        entropies = [logits.sum_of_logarithms for logits in self.logits.values()]
        others = self._beside_entropies(self.loss)
        rest = sum([float(self.arrays.numbers[other]) for other in others])
        size = -sum(float(worked_out(e).item()) for e in entropies) / (self.root.data - rest)
        if not math.isclose(size, round(size), rel_tol=1e-9):
            raise Unwritten("this graph has no matrix form: its loss is no mean of cross-entropies")
        number = Number(float(round(size)))
        whole = sum_of(entropies)
        entropy = Negative(whole if number.value == 1.0 else Quotient(whole, number))
        return sum_of([entropy, *[self._writer.written(x) for x in others]])

    def _beside_entropies(self, x: Operand) -> list[Array]:
        """The terms of the loss that no cross-entropy is in."""
        if not isinstance(x, Array):
            return []
        if not self._has_logits(x):
            return [x]
        return [term for a in x.args for term in self._beside_entropies(a)] if x.op == "+" else []

    def _has_logits(self, x: Array) -> bool:
        if x in self.logits:
            return True
        return x not in self.symbols and any(map(self._has_logits, x.arrays))

    # Backward

    def _derive(self) -> None:
        """Write the gradient of each line and each parameter."""
        wholes: list[Norm | Softmax] = [*self.norms, *self.softmaxes]
        by_hand = {
            found.whole: {found.source: self._of_whole(found)}
            for found in wholes
            if is_closed(found.whole, found.source, self.arrays.users)
        }
        backward = Backward(self.arrays, self._writer, by_hand)
        backward.hand_back(self.loss, Number(1.0))
        for node in reversed(self.arrays.program.forward):
            if node in self.logits:
                self.derived[node] = [self._of_logits(node)]
                backward.hand_back(node, self._as_column(node))
            elif node in backward.terms and node is not self.loss:
                self._pass_on(node, backward)

    def _pass_on(self, node: Array, backward: Backward) -> None:
        """Hand the gradient of an array on, and write it down where it has a line."""
        terms = backward.terms[node]
        if node in self.repeats.found:
            of, _, back = self.repeats.found[node]
            backward.terms.setdefault(of, []).extend(
                [Term(t.by, None if t.expression is None else back(t.expression)) for t in terms]
            )
            return
        e = self._whole(terms)
        if node in self.gradients:
            standard = self._standard(node)
            if node in self.functions.values() and (short := self._short(node, terms, standard)):
                backward.hand_back(node, short)
                return
            by = next((t.by for t in terms if t.expression is None), terms[0].by)
            self.derived[node] = self._forms(node, e, standard, by)
            e = self._as_column(node)
        backward.hand_back(node, e)

    def _forms(
        self, node: Array, e: Expression | None, standard: Expression | None, by: Array
    ) -> list[Expression]:
        """The gradient of a line or a parameter, as the chain rule has it and in its short form.

        by  what uses it, and has no matrix form where `e` is none
        """
        if standard is not None and (node not in self.functions or e is None):
            return [standard]
        if e is None:
            refuse(by)
        e = full(e, node.shape, self.ones)
        if len(node.shape) == 1 and is_row(self.symbols[node]):
            e = transposed(e)
        elif isinstance(e, Juxtaposed) and len(e.factors) == 2 and is_scalar(e.factors[1]):
            e = product((e.factors[1], e.factors[0]))  # δ · x
        return [e] if standard is None else [e, standard]

    def _as_column(self, node: Array) -> Expression:
        return as_column(self.gradients[node], node.shape)

    @staticmethod
    def _whole(terms: list[Term]) -> Expression | None:
        """The sum of what the uses of an array hand back: products of matrices first."""
        ordered = sorted(terms, key=lambda term: (not term.is_product, term.by.number))
        found: list[Expression] = []
        for term in ordered:
            if term.expression is None:
                return None
            e = term.expression
            found += e.terms if isinstance(e, Sum) else [e]
        return sum_of(found)

    def _short(
        self, node: Array, terms: list[Term], standard: Expression | None
    ) -> Expression | None:
        """The gradient of a function of a line, where it is short enough for that line's δ."""
        if standard is not None:
            return standard
        products = [t.expression for t in terms if t.is_product and t.expression is not None]
        if len(products) == len(terms):
            return self._whole(terms)
        if not products:
            return None
        rest = self._adjoint(node) - worked_out(sum_of(products)).reshape(node.shape)
        error = self._error(node, rest)
        return None if error is None else Sum((*products, error))

    def _of_whole(self, found: Norm | Softmax) -> Expression:
        """The gradient of what is normalised, by the one line that textbooks have for it."""
        above, whole = self.gradients[found.whole], self.symbols[found.whole]
        if isinstance(found, Softmax):
            return found.gradient(above, whole, self.ones)
        return found.gradient(above, whole, self.symbols[found.deviation], self.ones)

    def _standard(self, node: Array) -> Expression | None:
        """k (a − y), where that is the gradient of an output, or of the weighted sum before it."""
        output = self.functions.get(node, node)
        if node not in self.lines or output in self._feeding:
            return None
        return self._error(output, self._adjoint(node))

    def _error(self, output: Array, adjoint: Numbers) -> Expression | None:
        """k (a − y), where some gradient is that."""
        numbers = self.arrays.numbers[output]
        for y, symbol in self.symbols.items():
            is_one = self.arrays.is_given(y) and is_target(symbol)
            if is_one and np.shape(numbers) == np.shape(self.arrays.numbers[y]):
                error = Sum((self.symbols[output], Negative(symbol)))
                found = self._multiple(error, numbers - self.arrays.numbers[y], adjoint)
                if found is not None:
                    return found
        return None

    def _of_logits(self, node: Array) -> Expression:
        """k (P − Y)."""
        _, P, Y = self.logits[node]
        error = Sum((P, Negative(Y)))
        numbers = worked_out(error).reshape(node.shape)
        found = self._multiple(error, numbers, self._adjoint(node))
        if found is None:
            raise Unwritten(
                "this graph has no matrix form that can be written yet: its logits "
                f"{self.symbols[node].name} are used for more than one cross-entropy"
            )
        return found

    def _multiple(self, e: Expression, numbers: Numbers, wanted: Numbers) -> Expression | None:
        """k e, if that is what is wanted, for a k that is a whole number or that by a count."""
        squares = float((numbers * numbers).sum())
        k = float((wanted * numbers).sum()) / squares if squares else 0.0
        if not k or not np.allclose(wanted, k * numbers, rtol=1e-9, atol=1e-12):
            return None
        size = numbers.size
        counts = (1, self.samples, 2 * self.samples, size, 2 * size, len(self.logits))
        for divisor in dict.fromkeys(counts):
            c = k * divisor
            if divisor and math.isclose(c, round(c), rel_tol=1e-12) and round(c):
                number = Number(float(round(c)))
                factor = Quotient(number, Number(float(divisor))) if divisor > 1 else number
                return e if factor == Number(1.0) else Product((factor, e))
        return None


def names_in(e: Expression) -> list[Name | Derivative]:
    """The names that an expression mentions."""
    if isinstance(e, Matrix | Symbol):
        return [e.name] if e.name is not None else []
    return [name for part in parts_of(e) for name in names_in(part)]
