"""The matrix form as a text: what is given, forward, backward, the update, each with its shape."""

from __future__ import annotations

import math
from contextvars import Context
from typing import Final

import numpy as np

from ....arrays.instructions.ir import Array
from ....engine import Value
from ....language import say
from ....nn import Module
from ....ops import DIV, OPS
from ...notation.algebra import simplify
from ...notation.expression import (
    Applied,
    Derivative,
    Expression,
    Hadamard,
    Juxtaposed,
    Matrix,
    Negative,
    Number,
    Prime,
    Product,
    Quotient,
    Sum,
    Symbol,
    Transposed,
)
from ...notation.formula import expression
from ...notation.labels import Name, name_of
from ...notation.textbook import Textbook
from ...record.ledger import gradients_of
from ..document import Document
from ..gradients import KINKS, cases
from ..lines import Line, Part, Section, Words, words
from .form import MatrixForm
from .numbers import Numbers, guard_digits, worked_out
from .products import Unwritten, diagonal, parts_of
from .symbols import Named, name_in, shape_of, target_of

MOST_NUMBERS: Final = 16
"""How many numbers a side may have that is written with numbers too."""


def matrix_document(
    written: Textbook,
    wanted: list[Value],
    model: Module | None,
    rate: Symbol | None,
    digits: int,
) -> Document:
    """The derivation of a graph's gradients in matrix form, each line checked by its numbers.

    A ValueError where the graph has no matrix form, or one that does not come to the engine's
    numbers.
    """
    if inner := [v for v in wanted if v.op]:
        raise ValueError(
            f"the matrix form has the gradients of leaves, not of {inner[0].label or inner[0]!r}"
        )
    return _Text(MatrixForm(written, wanted, model), digits).document(rate, written, wanted)


class _Text:
    """The lines of a matrix form."""

    def __init__(self, form: MatrixForm, digits: int) -> None:
        self.form, self.digits = form, digits

    def document(self, rate: Symbol | None, written: Textbook, wanted: list[Value]) -> Document:
        """The sections."""
        form = self.form
        _require_equal(form, written.root, wanted)
        given = [self._given(symbol) for symbol in form.leaves]
        forward = [self._line(form.symbols[n], [form.formula(n)]) for n in form.lines]
        forward += [self._line(each.probabilities, [each.softmax]) for each in form.logits.values()]
        loss = self._line(Symbol(form.loss_name, form.root.data), [form.loss_formula()])
        backward = [self._line(form.gradients[n], form.derived[n]) for n in form.explained]
        notation = self._about_notation()
        about_loss = self._about_loss() if forward else _joined([notation, self._about_loss()])
        sections = [
            Section(say("Given"), given, inline=True),
            Section(say("Forward pass"), forward, notation),
            Section(say("Loss"), [loss], about_loss),
            Section(say("Backward pass"), backward, self._remark()),
        ]
        if rate is not None:
            number = Number(rate.value)
            sections.append(
                Section(
                    say("Update"),
                    [self._update(n, rate) for n in form.parameters],
                    words("The learning rate is {rate} = {number}.", rate=rate, number=number),
                )
            )
        title = words(
            "The derivation of the gradients of {loss} in matrix form", loss=form.loss_name
        )
        return Document(title, tuple([s for s in sections if s.lines]), self.digits)

    def _given(self, symbol: Named) -> Line:
        return Line(symbol, (Part(symbol, "result"),), note=_shape(symbol))

    def _line(self, left: Named, sides: list[Expression], assignment: bool = False) -> Line:
        """left = formula = with numbers = result, and the shape."""
        result = target_of(left)
        for side in sides:
            _require_close(left, worked_out(side), worked_out(result))
        parts = [Part(side, "formula") for side in sides]
        guard = 0
        if max(_count(sides[-1]), _count(result)) <= MOST_NUMBERS:
            numeric = sides[-1]
            parts.append(Part(numeric, "numbers"))
            guard = guard_digits([numeric], result, self.digits)
        parts.append(Part(result, "result"))
        return Line(left, tuple(parts), assignment, _shape(left), guard)

    def _update(self, node: Array, rate: Symbol) -> Line:
        symbol, gradient = self.form.symbols[node], self.form.gradients[node]
        rule = Sum((symbol, Negative(Product((rate, gradient)))))
        after = worked_out(symbol) - rate.value * worked_out(gradient)
        left = _with_numbers(symbol, after)
        line = self._line(left, [rule], assignment=True)
        return Line(symbol, line.parts, True, line.note, line.guard)

    # Remarks

    def _about_notation(self) -> Words:
        """What X, 𝟏, diag(s), M and softmax are, before the first line."""
        form = self.form
        repeats = any(form.repeats_bias(node) for node in form.lines)
        said = [self._about_samples(repeats)]
        said += [
            words("{ones} is the column of {count} ones.", ones=name_in(form.ones(n)), count=str(n))
            for n in sorted(form.lengths)
            if not (said[0] and repeats and n == form.samples)
        ]
        if any(len(a.shape) > 1 for a in form.of_softmax):
            said.append(words("{softmax} is that of each row.", softmax="softmax"))
        said += [*self._about_parts(), *self._about_look_ups(), *self._about_windows()]
        said += [*self._about_diagonals(), *self._about_masks()]
        return _joined(said)

    def _about_samples(self, repeats: bool) -> Words:
        """That the samples are rows; with 𝟏, if that repeats a bias for them."""
        form, X = self.form, self._matrix_of_samples()
        if X is None:
            return []
        if not repeats:
            count = str(form.samples)
            return words("Each of the {count} samples is a row of {X}.", count=count, X=X)
        return words(
            "Each of the {count} samples is a row of {X}; {ones} is the column of {count} ones, so "
            "that {rows} repeats a bias for each sample.",
            count=str(form.samples),
            X=X,
            ones=name_of("𝟏"),
            rows=Juxtaposed((Symbol(name_of("𝟏"), 0.0), Transposed(Symbol(name_of("b"), 0.0)))),
        )

    def _matrix_of_samples(self) -> Name | None:
        """The X whose rows are samples; in attention they belong together, as places do."""
        names = [name_in(symbol) for symbol in self.form.leaves]
        named = [name for name in names if name.pieces[0].base == "X"]
        several = self.form.samples > 1 and not self.form.softmaxes
        return named[0] if named and several else None

    def _about_loss(self) -> Words:
        said = [
            words(
                "{mask} has a 1 for each entry of {weights} that is penalized, and a 0 for the "
                "others.",
                mask=mask,
                weights=weights,
            )
            for mask, weights in self.form.repeats.masked
        ]
        return _joined([*said, self._about_mean()])

    def _about_mean(self) -> Words:
        root, samples = self.form.root, float(self.form.samples)
        of_samples = self._matrix_of_samples() is not None
        if not of_samples or root.op is not DIV or root.arguments[1] != samples:
            return []
        return words(
            "{loss} is {part} times the sum of the losses of the N = {count} samples.",
            loss=self.form.loss_name,
            part=Quotient(Number(1.0), Symbol(name_of("N"), samples)),
            count=str(self.form.samples),
        )

    def _remark(self) -> Words:
        said: list[Words] = []
        names = {n: self.form.gradients[n].name for n in self.form.explained}
        deltas = [n for n, name in names.items() if isinstance(name, Name)]
        if deltas:
            node = deltas[0]
            said.append(
                words(
                    "{delta} is {gradient}, the gradient of a weighted sum.",
                    delta=self.form.gradients[node],
                    gradient=Derivative(self.form.loss_name, name_in(self.form.symbols[node])),
                )
            )
        said += self._about_norms()
        said += [
            words(
                "{scatter} adds up, for each number {j}, the entries of {matrix} where {places} "
                "has {j}.",
                j=name_of("j"),
                scatter=Applied("scatter", _G, places),
                matrix=_G,
                places=places,
            )
            for places in [*self.form.windows.values()][:1]
        ]
        said += self._about_primes()
        if any(_has_hadamard(e) for n in self.form.explained for e in self.form.derived[n]):
            one, two, three = (_vector(*x) for x in ((1.0, 2.0), (3.0, 4.0), (3.0, 8.0)))
            said.append(
                words(
                    "{product} multiplies entry by entry: {example} = {result}.",
                    product=name_of("⊙"),
                    example=Hadamard((one, two)),
                    result=three,
                )
            )
        names_of_sums = [name.pieces[0].base for name in names.values() if isinstance(name, Name)]
        if "Δ" in names_of_sums:
            pair = (Symbol(name_of("δ⁽ⁱ⁾"), 0.0), Transposed(Symbol(name_of("a⁽ⁱ⁾"), 0.0)))
            said.append(
                words(
                    "{matrix} is the sum of {one} over the rows i.",
                    matrix=Juxtaposed(
                        (Transposed(Symbol(name_of("Δ"), 0.0)), Symbol(name_of("A"), 0.0))
                    ),
                    one=Juxtaposed(pair),
                )
            )
        return _joined(said)

    def _about_look_ups(self) -> list[Words]:
        """What the matrix does that looks up rows of an embedding."""
        form = self.form
        return [
            words(
                "{ones} has a 1 in each row, at the number of the row of {table} that {rows} has "
                "there.",
                ones=form.symbols[node.arrays[0]],
                table=form.symbols[node.arrays[1]],
                rows=form.symbols[node],
            )
            for node in form.arrays.look_ups[:1]
        ]

    def _about_parts(self) -> list[Words]:
        """Which rows or columns a matrix has, where it does not begin with the first."""
        form = self.form
        found: list[Words] = []
        for table in [a for a in form.parameters if isinstance(form.symbols[a], Matrix)]:
            rows, columns = form.indices(table)
            if len(rows) * len(columns) != len(form.arrays.origin[table]):
                continue
            for numbers, is_column in ((rows, False), (columns, True)):
                if (len(rows) > 1 or is_column) and _has_gaps(numbers):
                    said = words(
                        "{table} has the columns {numbers} of its labels."
                        if is_column
                        else "{table} has the rows {numbers} of its labels, those in the graph.",
                        table=form.symbols[table],
                        numbers=say(", ").join(map(str, numbers)),
                    )
                    found.append(said)
        return found

    def _about_windows(self) -> list[Words]:
        """What gather does."""
        return [
            words(
                "{gather} has entry number {j} of {array}, counted row by row, wherever {places} "
                "has {j}."
                if len(node.arrays[0].shape) > 1
                else "{gather} has entry number {j} of {array} wherever {places} has {j}.",
                j=name_of("j"),
                gather=self.form.formula(node),
                array=self.form.symbols[node.arrays[0]],
                places=places,
            )
            for node, places in [*self.form.windows.items()][:1]
        ]

    def _about_norms(self) -> list[Words]:
        """Why the gradient of what is normalised has more terms than one."""
        return [
            words(
                "{mean} and {deviation} depend on every component of {z}: hence the other terms of "
                "{gradient}.",
                mean=name_in(self.form.symbols[norm.mean]),
                deviation=name_in(self.form.symbols[norm.deviation]),
                z=name_in(self.form.symbols[norm.source]),
                gradient=self.form.gradients[norm.source],
            )
            for norm in self.form.norms
            if norm.mean is not None
        ]

    def _about_diagonals(self) -> list[Words]:
        """What diag(s) is, where it is in a gradient."""
        form = self.form
        vectors = [e for n in form.explained for d in form.derived[n] for e in _diagonals_in(d)]
        return [
            words(
                "{diagonal} has the components of {vector} on its diagonal, and 0 elsewhere.",
                diagonal=diagonal(e),
                vector=e,
            )
            for e in vectors[:1]
        ]

    def _about_masks(self) -> list[Words]:
        """What −∞ does in a softmax."""
        return [
            words(
                "{mask} has {infinity} for each score that softmax is to make 0.",
                mask=symbol,
                infinity=Number(-math.inf),
            )
            for symbol in self.form.leaves
            if isinstance(symbol, Matrix) and -math.inf in [x for row in symbol.rows for x in row]
        ]

    def _about_primes(self) -> list[Words]:
        """What σ′(z) is, of each activation."""
        said: list[Words] = []
        for op, others in dict.fromkeys((f.op, f.args[1:]) for f in self.form.functions.values()):
            at = Value(0.5)
            made: Value = Context().run(OPS[op].function, at, *others)
            if op in KINKS:
                said.append(cases(made))
                continue
            z = Symbol(name_of("z"), 0.5)
            slope = Context().run(made.op.rules[0], *made.arguments, made)
            prime = Prime(made.op, z, made.local_grads[0])
            formula = simplify(expression(slope, {at: z}))
            said.append(words("{prime} is {formula}.", prime=prime, formula=formula))
        return said


_G: Final = Symbol(name_of("G"), 0.0)


def _has_gaps(numbers: list[int]) -> bool:
    """Whether they are not all from 0 or 1 on."""
    return numbers not in ([*range(len(numbers))], [*range(1, len(numbers) + 1)])


def _joined(sentences: list[Words]) -> Words:
    """Sentences with a space between them, but after a Chinese full stop."""
    found: list[str | Expression] = []
    for said in filter(None, sentences):
        is_chinese = bool(found) and str(found[-1]).endswith("。")
        found += [" ", *said] if found and not is_chinese else said
    return found


def _vector(*numbers: float) -> Matrix:
    return Matrix(None, (numbers,), True)


def _with_numbers(symbol: Named, numbers: Numbers) -> Named:
    """A symbol of the same name with other numbers."""
    if isinstance(symbol, Symbol):
        return Symbol(symbol.name, float(np.asarray(numbers).item()))
    table = np.asarray(numbers).T if symbol.is_vector else np.asarray(numbers)
    rows = tuple([tuple(map(float, row)) for row in table])
    return Matrix(symbol.name, rows, symbol.is_vector)


def _shape(symbol: Named) -> Words:
    text = shape_of(symbol)
    return [text] if text else []


def _count(e: Expression) -> int:
    """How many numbers an expression has: those of 1/√2 are one."""
    if isinstance(e, Quotient) and isinstance(e.numerator, Number):
        return _count(e.denominator)
    if isinstance(e, Matrix):
        return len(e.rows) * len(e.rows[0])
    return sum(map(_count, parts_of(e))) or 1


def _has_hadamard(e: Expression) -> bool:
    return isinstance(e, Hadamard) or any(map(_has_hadamard, parts_of(e)))


def _diagonals_in(e: Expression) -> list[Matrix]:
    """The named vectors of which an expression has the diag(s)."""
    if isinstance(e, Applied) and e.head == "diag" and isinstance(e.operand, Matrix):
        return [e.operand]
    return [v for part in parts_of(e) for v in _diagonals_in(part)]


# Checked against the engine


def _require_close(left: Named, found: Numbers, wanted: Numbers) -> None:
    if np.shape(found) != np.shape(wanted) or not np.allclose(
        found, wanted, rtol=1e-9, atol=1e-11, equal_nan=True
    ):
        raise Unwritten(f"the matrix form of {left.name} does not come to its numbers")


def _require_equal(form: MatrixForm, root: Value, wanted: list[Value]) -> None:
    """The program's loss and every entry of its gradients are the engine's."""
    engine = gradients_of(root)
    found = form.gradient_entries()
    _require_close(Symbol(form.loss_name, 0.0), form.loss_number(), root.data)
    for v in wanted:
        _require_close(Symbol(form.loss_name, 0.0), found.get(v, 0.0), engine.get(v, 0.0))
