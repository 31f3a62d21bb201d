"""The matrix form of a derivation: zˡ = Wˡaˡ⁻¹ + bˡ, δˡ = (Wˡ⁺¹)ᵀδˡ⁺¹ ⊙ σ′(zˡ), ∂C/∂Wˡ = δˡ(aˡ⁻¹)ᵀ.

It is read from the array program of the scalar graph. Vectors are columns; of several samples each
is a row of X, Z, A and Δ, and 𝟏 is the column of ones that repeats a bias for each of them.
"""

from __future__ import annotations

import math

import numpy as np

from ....arrays.ir import Array, Operand
from ....engine import Value
from ....nn import Module
from ....ops import OPS
from ...notation.expression import (
    Applied,
    Call,
    Derivative,
    Expression,
    Hadamard,
    Juxtaposed,
    Matrix,
    Negative,
    Number,
    Product,
    Quotient,
    Sum,
    product,
    sum_of,
)
from ...notation.labels import Name, name_of
from ...notation.textbook import Textbook
from ..partials import Steps
from .arrays import Arrays, Names, Numbers
from .given import Given
from .instructions import Unwritten, Writer, entrywise, transposed
from .naming import Lines
from .norms import Norm
from .numbers import worked_out
from .penalties import Penalties, is_entrywise, of_piece
from .symbols import Named, delta_of, is_target, is_vector, name_in, named, primed


class MatrixForm:
    """The arrays of a graph as matrix expressions, forward and backward.

    sums       the weighted sums and `functions` what is made of them, in forward order
    symbols    of the arrays that have a name
    gradients  the symbols of the gradients of the same, and those of the parameters
    """

    def __init__(self, written: Textbook, parameters: list[Value], model: Module | None) -> None:
        self.root: Value = written.root
        steps = Steps(written, model, parameters)
        self.arrays: Arrays = Arrays(written.root, parameters)
        self.loss_name: Name = steps.names[written.root]
        names = Names(steps.names)
        found = Lines(self.arrays, names, steps.names)
        self.symbols: dict[Array, Named] = found.symbols
        self.lines: list[Array] = found.lines
        self.functions: dict[Array, Array] = found.functions
        self.given: Given = found.given
        self.norms: list[Norm] = found.norms
        self.gradients: dict[Array, Named] = {}
        program = self.arrays.program
        assert isinstance(program.loss, Array)
        self.loss: Array = program.loss
        self.samples: int = max([np.shape(n)[0] for n in self._data_numbers()], default=1)
        self.softmax: tuple[Array, Matrix, Matrix] | None = self._softmax(written)
        self.penalties: Penalties = Penalties(self.arrays, self.symbols, self.given.joined, names)
        for node in (*self.lines, *self.parameters):
            self.gradients[node] = self._gradient_symbol(node)
        self.penalties.find({a: self._of_parameter(a) for a in self.penalties.candidates})

    def _data_numbers(self) -> list[Numbers]:
        """The numbers of the arrays of samples: what a weight matrix is multiplied with."""
        return [
            self.arrays.numbers[a]
            for node in self.arrays.program.forward
            if self.arrays.is_product(node)
            for a in node.arrays
            if not self.arrays.is_parameter(a) and np.ndim(self.arrays.numbers[a]) > 1
        ]

    @property
    def parameters(self) -> list[Array]:
        """The parts of θ that the forward pass uses, each weight in one of them."""
        own = [a for a in self.arrays.origin if self.arrays.is_parameter(a)]
        return [a for a in own if a not in (*self.penalties.pieces, *self.given.joined)]

    @property
    def leaves(self) -> list[Named]:
        """The symbols of what is given: the parameters first, then inputs and targets."""
        found = [*[self.symbols[a] for a in self.parameters], *self.given.named]
        found += [mask for mask, _ in self.penalties.masked]
        return found if self.softmax is None else [*found, self.softmax[2]]

    @property
    def explained(self) -> list[Array]:
        """What a gradient is derived of: from the last layer to the first, δ, then W and b.

        W and b come after the δ of all weighted sums that they stand in.
        """
        inside = {f for f in self.functions.values() if self._above(f) is not None}
        for norm in self.norms:
            inside.update(a for a in norm.lines if a is not norm.whole)
        last: dict[Array, Array] = {}  # the sum whose δ is the last that a parameter needs
        for node in reversed(self.lines):
            for term in self.arrays.terms(node):
                last |= dict.fromkeys((term, *[w for w, _ in self._pairs(term)]), node)
        found: list[Array] = []
        for node in reversed(self.lines):
            if node not in inside:
                found.append(node)
            found += [a for a, after in last.items() if after is node and a in self.parameters]
        return [*found, *[a for a in self.parameters if a not in found]]

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
        is_row = isinstance(symbol, Matrix) and not symbol.is_vector and np.ndim(numbers) == 1
        is_sum = node in self.lines and bool(self.arrays.terms(node))
        if is_sum and name_in(symbol).pieces[0].base in ("z", "Z"):
            name: Name | Derivative = delta_of(name_in(symbol))
        else:
            name = Derivative(self.loss_name, name_in(symbol))
        return named(name, numbers, is_row)

    def _adjoint(self, node: Array) -> Numbers:
        shape = self.arrays.numbers[node].shape
        if self.arrays.is_parameter(node):
            return np.reshape([self.arrays.gradient[v] for v in self.arrays.origin[node]], shape)
        found = self._whole(node)
        numbers = self.arrays.numbers[found] if isinstance(found, Array) else found
        return np.broadcast_to(numbers, shape)

    def _instruction(self, x: Operand, known: dict[Array, Named], top: bool = False) -> Expression:
        """An instruction as an expression of the `known` ones; at the `top`, not as itself."""
        if top and isinstance(x, Array) and x in self.lines:
            known = {a: symbol for a, symbol in known.items() if a is not x}
        return Writer(known, self._ones()).written(x)

    def _softmax(self, written: Textbook) -> tuple[Array, Matrix, Matrix] | None:
        """The logits of a cross-entropy, with the symbols of P = softmax(Z) and of Y."""
        if not written.softmax or not self.lines:
            return None
        logits, terms = self.lines[-1], written.softmax.values()
        Z = self.arrays.numbers[logits]
        rows = [[z.data for z in term.logits] for term in terms]
        targets = [term.targets for term in terms]
        fits = [
            [i for i, row in enumerate(rows) if np.shape(row) == z.shape and np.allclose(row, z)]
            for z in np.atleast_2d(Z)
        ]
        if len(fits) != len(rows) or not all(fits):
            return None
        order = [same[0] for same in fits]
        Y = np.reshape([targets[i] for i in order], np.shape(Z))
        P = worked_out(Applied("softmax", self.symbols[logits])).reshape(np.shape(Z))
        names = [name_of(letter.upper() if np.ndim(Z) > 1 else letter) for letter in "py"]
        found = [named(name, numbers) for name, numbers in zip(names, (P, Y))]
        assert isinstance(found[0], Matrix)
        assert isinstance(found[1], Matrix)
        return logits, found[0], found[1]

    def loss_formula(self) -> Expression:
        """What the loss is computed by."""
        if self.softmax is None:
            return self.penalties.in_pieces(self.formula(self.loss))
        _, P, Y = self.softmax
        whole = Applied("sum", Hadamard((Y, Call(OPS["log"], (P,)))))
        others = self.penalties.added_to(self.loss)
        rest = sum([float(self.arrays.numbers[other]) for other in others])
        size = -float(worked_out(whole).item()) / (self.root.data - rest)
        if not math.isclose(size, round(size), rel_tol=1e-9):
            raise Unwritten("this graph has no matrix form: its loss is no mean of cross-entropies")
        number = Number(float(round(size)))
        entropy = Negative(whole if number.value == 1.0 else Quotient(whole, number))
        terms = [self.penalties.in_pieces(self._instruction(x, self.symbols)) for x in others]
        return sum_of([entropy, *terms])

    # Forward

    def formula(self, node: Array) -> Expression:
        """What a named array, or the loss, is computed by."""
        is_activation = node.op in OPS and OPS[node.op].is_activation
        if is_activation and node.arrays[0] in self.symbols:
            return Call(OPS[node.op], (self.symbols[node.arrays[0]],))
        terms = self.arrays.terms(node)
        if not terms:
            return self._bias_last(node, self._instruction(node, self.symbols, top=True))
        first = [e for term in terms if self.arrays.is_product(term) for e in self._products(term)]
        biases = [term for term in terms if not self.arrays.is_product(term)]
        return sum_of([*first, *[self._bias(b, node) for b in biases]])

    def _bias_last(self, node: Array, e: Expression) -> Expression:
        """g ⊙ z + b rather than b + g ⊙ z."""
        if isinstance(e, Sum) and node.op == "+" and self.arrays.is_parameter(node.args[0]):
            return Sum((*e.terms[1:], e.terms[0]))
        return e

    def _products(self, term: Array) -> list[Expression]:
        """W a of one sample, A Wᵀ of several; of a joined matrix, those of its parts."""
        found: list[Expression] = []
        for weight, x in self._pairs(term):
            W = self.symbols[weight]
            if self._is_of_samples(term):
                found.append(Juxtaposed((x, W if is_vector(W) else transposed(W))))
            else:
                found.append(Juxtaposed((transposed(W) if is_vector(W) else W, x)))
        return found

    def _pairs(self, term: Array) -> list[tuple[Array, Expression]]:
        """The weight of a product and what it is multiplied with; of a joined one, each part."""
        if not self.arrays.is_product(term):
            return []
        weight, other = self.arrays.sides(term)
        if weight not in self.given.joined:
            return [(weight, self._instruction(other, self.symbols))]
        return [*self.given.parts(term)]

    def _is_of_samples(self, term: Array) -> bool:
        """Whether a product has a row for each sample."""
        return np.ndim(self.arrays.numbers[self.arrays.sides(term)[1]]) > 1

    def _bias(self, b: Array, total: Array) -> Expression:
        symbol = self.symbols[b]
        if np.shape(self.arrays.numbers[b]) == np.shape(self.arrays.numbers[total]):
            return symbol
        return Juxtaposed((self._ones(), transposed(symbol)))

    def _ones(self) -> Matrix:
        return Matrix(name_of("𝟏"), ((1.0,) * self.samples,), True)

    # Backward

    def derivative(self, node: Array) -> list[Expression]:
        """The gradient of a line or a parameter, in one or more forms."""
        if self.arrays.is_parameter(node):
            return [self._with_penalties(node)]
        standard = self._standard(node)
        for norm in self.norms:
            if norm.source is node and (through := self._through_norm(norm)) is not None:
                return [through]
        if node in self.functions:
            function = self.functions[node]
            op = OPS[function.op]
            prime = primed(self.symbols[node], op, self._slope(function))
            above = self._above(function)
            hadamard = entrywise(self.gradients[function] if above is None else above, prime)
            return [hadamard] if standard is None else [hadamard, standard]
        return [standard if standard is not None else self._handed_back(node)]

    def _through_norm(self, norm: Norm) -> Expression | None:
        """The gradient of what is normalised, where nothing else uses it."""
        symbols = self.gradients[norm.whole], self.symbols[norm.whole], self.symbols[norm.deviation]
        found = norm.gradient(*symbols)
        is_whole = np.allclose(
            worked_out(found).ravel(), self._adjoint(norm.source), rtol=1e-9, atol=1e-12
        )
        return found if is_whole else None

    def _above(self, function: Array) -> Expression | None:
        """The gradient of a function of a weighted sum, where that is short enough for its δ."""
        if (standard := self._standard(function)) is not None:
            return standard
        through = [
            self._through(u)
            for u in self.arrays.users[function]
            if self.arrays.multiplies(u, function)
        ]
        if not through:
            return None
        from_weights = sum_of(through)
        if len(through) == len(self.arrays.users[function]):
            return from_weights
        rest = self._adjoint(function) - worked_out(from_weights).reshape(function.shape)
        error = self._error(function, rest)
        return None if error is None else Sum((*through, error))

    def _slope(self, function: Array) -> Numbers:
        op, z = OPS[function.op], self.arrays.numbers[function.arrays[0]]
        others = [a for a in function.args[1:] if isinstance(a, float)]

        def slope(x: float) -> float:
            return float(op.function(Value(x), *others).local_grads[0])

        return np.vectorize(slope)(z)

    def _handed_back(self, node: Array) -> Expression:
        """What the weighted sums that use an array hand back to it, or else its whole gradient."""
        terms = self.arrays.users[node]
        if not self.arrays.is_only_multiplied(node):
            return self._instruction(self._whole(node), self._backward_symbols(node), top=True)
        found = [self._through(term) for term in terms]
        return sum_of(found)

    def _through(self, term: Array) -> Expression:
        """Wᵀδ of one sample, ΔW of several."""
        W, delta = self.symbols[self.arrays.sides(term)[0]], self.gradients[self._sum_of(term)]
        if self._is_of_samples(term):
            return Juxtaposed((delta, transposed(W) if is_vector(W) else W))
        return Juxtaposed((W, delta)) if is_vector(W) else Juxtaposed((transposed(W), delta))

    def _sum_of(self, term: Array) -> Array:
        """The weighted sum that a product is a term of."""
        return next(s for s in self.arrays.weighted_sums() if term in self.arrays.terms(s))

    def _of_parameter(self, node: Array) -> Expression:
        found: list[Expression] = []
        sums = self.arrays.weighted_sums()
        uses = 0
        for total in sums:
            for term in self.arrays.terms(total):
                delta = self.gradients.get(total)
                if delta is None:
                    continue
                if term is node:
                    found.append(self._for_bias(node, total, delta))
                    uses += 1
                for weight, x in self._pairs(term):
                    if weight is node:
                        found.append(self._for_weight(node, x, delta, self._is_of_samples(term)))
                        uses += node in term.arrays
        if uses != len(self.arrays.users[node]):
            known = self._backward_symbols(node)
            terms = [self._instruction(x, known, top=True) for x in _addends(self._whole(node))]
            of_its_own = [e for e in terms if is_entrywise(e, self.symbols[node])]
            if not found or not of_its_own:
                return self._instruction(self._whole(node), known, top=True)
            found += of_its_own
        return sum_of(found)

    def _with_penalties(self, node: Array) -> Expression:
        """What a layer's array has from its layer, and from the penalties on it."""
        own = self._of_parameter(node)
        terms: list[Expression] = list(own.terms) if isinstance(own, Sum) else [own]
        for penalized, piece in self.penalties.on(node).items():
            of_all = self._of_parameter(penalized)
            terms.append(of_piece(of_all, self.symbols[penalized], piece))
        return sum_of(terms)

    def _for_weight(
        self, node: Array, x: Expression, delta: Named, is_of_samples: bool
    ) -> Expression:
        """δxᵀ of one sample, ΔᵀX of several."""
        is_column = is_vector(self.symbols[node])
        if is_of_samples:
            return Juxtaposed((transposed(x), delta) if is_column else (transposed(delta), x))
        if is_column:
            return product((delta, x))
        return Juxtaposed((delta, transposed(x)))

    def _for_bias(self, node: Array, total: Array, delta: Named) -> Expression:
        """δ of one sample, Δᵀ𝟏 of several."""
        if np.shape(self.arrays.numbers[node]) == np.shape(self.arrays.numbers[total]):
            return delta
        return Juxtaposed((transposed(delta), self._ones()))

    def _whole(self, node: Array) -> Operand:
        found = self.arrays.program.adjoint.get(node, 0.0)
        if node.op != "theta":
            return found
        # That of all the parameters has those of their parts in it, each put in its place.
        while isinstance(found, Array) and found.op == "+":
            first, second = found.args
            if not isinstance(second, Array) or second.op != "place":
                first, second = second, first
            if not isinstance(second, Array) or second.op != "place":
                break
            found = first
        return found

    def _backward_symbols(self, node: Array) -> dict[Array, Named]:
        """The named arrays, and the gradients of the lines that come after one."""
        found = dict(self.symbols)
        for later in self.lines:
            whole = self._whole(later)
            if later.number > node.number and isinstance(whole, Array):
                found.setdefault(whole, self.gradients[later])
        return found

    def _standard(self, node: Array) -> Expression | None:
        """k (a − y), where that is the gradient of an output, or of the weighted sum before it."""
        if self.softmax is not None and node is self.softmax[0]:
            return self._after_softmax(node)
        return self._error(self.functions.get(node, node), self._adjoint(node))

    def _error(self, output: Array, adjoint: Numbers) -> Expression | None:
        """k (a − y), where some gradient is that."""
        numbers = self.arrays.numbers[output]
        for y, symbol in self.symbols.items():
            is_one = self.arrays.is_given(y) and is_target(symbol)
            if not is_one or np.shape(numbers) != np.shape(self.arrays.numbers[y]):
                continue
            difference = numbers - self.arrays.numbers[y]
            if not np.abs(difference).max():
                continue
            k = float((adjoint * difference).sum() / (difference * difference).sum())
            if np.allclose(adjoint, k * difference, rtol=1e-9, atol=1e-12) and k:
                error = Sum((self.symbols[output], Negative(symbol)))
                return self._scaled(k, error, difference.size)
        return None

    def _after_softmax(self, node: Array) -> Expression | None:
        assert self.softmax is not None
        _, P, Y = self.softmax
        difference = worked_out(Sum((P, Negative(Y))))
        k = float((self._adjoint(node).reshape(difference.shape) * difference).sum())
        return self._scaled(k / (difference**2).sum(), Sum((P, Negative(Y))))

    def _scaled(self, k: float, e: Expression, size: int = 1) -> Expression | None:
        """k e, if k is a small whole number, or that by the number of samples or of entries."""
        for divisor in dict.fromkeys((1, self.samples, 2 * self.samples, size, 2 * size)):
            c = k * divisor
            if math.isclose(c, round(c), rel_tol=1e-12) and round(c):
                number = Number(float(round(c)))
                factor = Quotient(number, Number(float(divisor))) if divisor > 1 else number
                return e if factor == Number(1.0) else Product((factor, e))
        return None


def _addends(x: Operand) -> list[Operand]:
    """The terms of a sum of arrays."""
    if not isinstance(x, Array) or x.op != "+":
        return [x]
    return [term for a in x.args for term in _addends(a)]
