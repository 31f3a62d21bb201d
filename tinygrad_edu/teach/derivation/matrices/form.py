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
)
from ...notation.labels import Name, name_of
from ...notation.textbook import Textbook
from ..partials import Steps
from .arrays import Arrays, Names, Numbers
from .instructions import Unwritten, Writer, entrywise, transposed
from .numbers import worked_out
from .penalties import Penalties, of_piece
from .symbols import Named, delta_of, has_two_indices, is_target, is_vector, name_in, named, primed


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
        self._names = Names(steps.names)
        self.symbols: dict[Array, Named] = {}
        self.gradients: dict[Array, Named] = {}
        self.functions: dict[Array, Array] = {}  # by the weighted sum, what is made of it
        self._name_leaves(steps.names)
        self.lines: list[Array] = [self._named_line(node) for node in self._main()]
        program = self.arrays.program
        assert isinstance(program.loss, Array)
        self.loss: Array = program.loss
        self.samples: int = max([np.shape(n)[0] for n in self._data_numbers()], default=1)
        self.softmax: tuple[Array, Matrix, Matrix] | None = self._softmax(written)
        self.penalties: Penalties = Penalties(self.arrays, self.symbols)
        for node in (*self.lines, *self.parameters):
            self.gradients[node] = self._gradient_symbol(node)
        self.penalties.find({a: self._of_parameter(a) for a in self.penalties.candidates})
        for node in self.parameters:
            self.gradients[node] = self._gradient_symbol(node)

    # Which arrays have a name

    def _name_leaves(self, names: dict[Value, Name]) -> None:
        for node, values in self.arrays.origin.items():
            numbers = self.arrays.numbers[node]
            of_neuron = self.arrays.is_parameter(node) and has_two_indices(names.get(values[0]))
            is_row = of_neuron and np.ndim(numbers) == 1 and self._is_weight(node)
            is_bias = any(node in self.arrays.terms(s) for s in self.arrays.weighted_sums())
            name = self._names.of_leaves(values, is_row or len(np.shape(numbers)) > 1, is_bias)
            if name is None:
                letter = "w" if self.arrays.is_parameter(node) else "x"
                name = self._names.numbered(letter, np.ndim(numbers) > 1)
            self.symbols[node] = named(name, numbers, is_row)

    def _is_weight(self, node: Array) -> bool:
        return any(self.arrays.is_product(user) for user in self.arrays.users[node])

    def _main(self) -> list[Array]:
        """The weighted sums and what a function makes of them, in forward order."""
        sums = set(self.arrays.weighted_sums())
        found = []
        for node in self.arrays.program.forward:
            function = OPS.get(node.op)
            if node in sums:
                found.append(node)
            elif function is not None and function.is_activation and node.arrays[0] in sums:
                if self.arrays.users[node.arrays[0]] == [node]:
                    self.functions[node.arrays[0]] = node
                found.append(node)
            elif function is not None and self._names.matching(
                self.arrays.numbers[node], function.is_function, labelled=True
            ):
                found.append(node)
        return [node for node in found if node is not self.arrays.program.loss]

    def _named_line(self, node: Array) -> Array:
        numbers, is_sum = self.arrays.numbers[node], bool(self.arrays.terms(node))
        letter = "z" if is_sum else "a"
        name = self._names.of_numbers(numbers, node.op in OPS and OPS[node.op].is_function)
        if name is None and is_sum:
            weight = self.symbols[self._weight(self.arrays.terms(node))]
            name = self._names.like(name_in(weight), letter, np.ndim(numbers) > 1)
        elif name is None:
            name = self._names.like(
                name_in(self.symbols[node.arrays[0]]), letter, np.ndim(numbers) > 1
            )
        self.symbols[node] = named(name, numbers)
        return node

    def _weight(self, terms: list[Array]) -> Array:
        first = next(term for term in terms if self.arrays.is_product(term))
        return next(a for a in first.arrays if self.arrays.is_parameter(a))

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
        return [a for a in own if a not in self.penalties.pieces]

    @property
    def leaves(self) -> list[Named]:
        """The symbols of what is given: the parameters first, then inputs and targets."""
        rest = [a for a in self.arrays.origin if not self.arrays.is_parameter(a)]
        found = [self.symbols[a] for a in (*self.parameters, *rest)]
        return found if self.softmax is None else [*found, self.softmax[2]]

    @property
    def explained(self) -> list[Array]:
        """What a gradient is derived of: from the last layer to the first, δ, then W and b."""
        inside = set(self.functions.values())
        found: list[Array] = []
        for node in reversed(self.lines):
            if node not in inside:
                found.append(node)
            own = [a for term in self.arrays.terms(node) for a in (term, *term.arrays)]
            found += [a for a in own if a in self.parameters and a not in found]
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
        found = self._whole(node)
        numbers = self.arrays.numbers[found] if isinstance(found, Array) else found
        whole = np.broadcast_to(numbers, self.arrays.numbers[node].shape)
        for penalized in self.penalties.on(node):
            entries = dict(zip(self.arrays.origin[penalized], np.ravel(self._adjoint(penalized))))
            more = [entries[v] for v in self.arrays.origin[node]]
            whole = whole + np.reshape(more, whole.shape)
        return whole

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
        targets = [term.target for term in terms]
        fits = [
            [i for i, row in enumerate(rows) if np.shape(row) == z.shape and np.allclose(row, z)]
            for z in np.atleast_2d(Z)
        ]
        if len(fits) != len(rows) or not all(fits):
            return None
        order = [same[0] for same in fits]
        Y = np.eye(len(rows[0]))[[targets[i] for i in order]].reshape(np.shape(Z))
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
        return Sum((entropy, *terms)) if terms else entropy

    # Forward

    def formula(self, node: Array) -> Expression:
        """What a named array, or the loss, is computed by."""
        is_activation = node.op in OPS and OPS[node.op].is_activation
        if is_activation and node.arrays[0] in self.symbols:
            return Call(OPS[node.op], (self.symbols[node.arrays[0]],))
        terms = self.arrays.terms(node)
        if not terms:
            return self._instruction(node, self.symbols, top=True)
        first = [self._product(term) for term in terms if self.arrays.is_product(term)]
        biases = [term for term in terms if not self.arrays.is_product(term)]
        return (
            Sum((*first, *[self._bias(b, node) for b in biases]))
            if biases or len(first) > 1
            else first[0]
        )

    def _product(self, term: Array) -> Expression:
        """W a of one sample, A Wᵀ of several."""
        weight, other = self._sides(term)
        W, x = self.symbols[weight], self._instruction(other, self.symbols)
        if np.ndim(self.arrays.numbers[other]) > 1:
            return Juxtaposed((x, W if is_vector(W) else transposed(W)))
        return Juxtaposed((transposed(W) if is_vector(W) else W, x))

    def _sides(self, term: Array) -> tuple[Array, Array]:
        a, b = term.arrays
        return (a, b) if self.arrays.is_parameter(a) else (b, a)

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
        if node in self.functions:
            function = self.functions[node]
            op = OPS[function.op]
            prime = primed(self.symbols[node], op, self._slope(function))
            above = self._standard(function)
            if above is None and self.arrays.is_only_multiplied(function):
                above = self._handed_back(function)
            elif above is None:  # of the loss, which is longer than it is worth
                above = self.gradients[function]
            hadamard = entrywise(above, prime)
            return [hadamard] if standard is None else [hadamard, standard]
        return [standard if standard is not None else self._handed_back(node)]

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
        return found[0] if len(found) == 1 else Sum(tuple(found))

    def _through(self, term: Array) -> Expression:
        """Wᵀδ of one sample, ΔW of several."""
        weight, other = self._sides(term)
        W, delta = self.symbols[weight], self.gradients[self._sum_of(term)]
        if np.ndim(self.arrays.numbers[other]) > 1:
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
                elif node in term.arrays and self.arrays.is_product(term):
                    found.append(self._for_weight(node, self._sides(term)[1], delta))
                    uses += 1
        if uses != len(self.arrays.users[node]):
            return self._instruction(self._whole(node), self._backward_symbols(node), top=True)
        return found[0] if len(found) == 1 else Sum(tuple(found))

    def _with_penalties(self, node: Array) -> Expression:
        """What a layer's array has from its layer, and from the penalties on it."""
        own = self._of_parameter(node)
        terms: list[Expression] = list(own.terms) if isinstance(own, Sum) else [own]
        for penalized in self.penalties.on(node):
            of_all = self._of_parameter(penalized)
            terms.append(of_piece(of_all, self.symbols[penalized], self.symbols[node]))
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def _for_weight(self, node: Array, other: Array, delta: Named) -> Expression:
        """δxᵀ of one sample, ΔᵀX of several."""
        x = self._instruction(other, self.symbols)
        is_column = is_vector(self.symbols[node])
        if np.ndim(self.arrays.numbers[other]) > 1:
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
        output = self.functions.get(node, node)
        numbers, adjoint = self.arrays.numbers[output], self._adjoint(node)
        for y in self.arrays.origin:
            if self.arrays.is_parameter(y) or not is_target(self.symbols[y]):
                continue
            if np.shape(numbers) != np.shape(self.arrays.numbers[y]):
                continue
            difference = numbers - self.arrays.numbers[y]
            if not np.abs(difference).max():
                continue
            k = float((adjoint * difference).sum() / (difference * difference).sum())
            if np.allclose(adjoint, k * difference, rtol=1e-9, atol=1e-12) and k:
                return self._scaled(k, Sum((self.symbols[output], Negative(self.symbols[y]))))
        return None

    def _after_softmax(self, node: Array) -> Expression | None:
        assert self.softmax is not None
        _, P, Y = self.softmax
        difference = worked_out(Sum((P, Negative(Y))))
        k = float((self._adjoint(node).reshape(difference.shape) * difference).sum())
        return self._scaled(k / (difference**2).sum(), Sum((P, Negative(Y))))

    def _scaled(self, k: float, e: Expression) -> Expression | None:
        """k e, if k is a small whole number, or that by the number of samples."""
        for divisor in dict.fromkeys((1, self.samples, 2 * self.samples)):
            c = k * divisor
            if math.isclose(c, round(c), rel_tol=1e-12) and round(c):
                number = Number(float(round(c)))
                factor = Quotient(number, Number(float(divisor))) if divisor > 1 else number
                return e if factor == Number(1.0) else Product((factor, e))
        return None
