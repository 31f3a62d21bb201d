"""The worked derivation of gradients: the forward pass, then the chain rule step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from ...checks import count, elements, number_in, one_of
from ...engine import Value, topological_order
from ...nn import Module
from ..notation.formula import names
from ..notation.naming import live_model
from ..notation.samples import made_of_numbers
from ..notation.textbook import as_it_is, textbook
from ..record.lookup import value_of
from ..record.moment import require_one_moment
from .document import Document
from .shorten import AT_MOST, Detail
from .worked import Derivation, learning_rate

Wanted: TypeAlias = Value | str | Iterable[Value | str] | None
"""Values of a graph or their labels, one or several."""

Form = Literal["scalar", "matrix"]

Rate: TypeAlias = Value | float | None
"""A learning rate: a number, or a Value whose label is its symbol."""


def derive(
    root: Value,
    wrt: Wanted = None,
    *,
    lr: Rate = None,
    model: Module | None = None,
    detail: Detail = "normal",
    digits: int = 6,
    form: Form = "scalar",
) -> Document:
    """The derivation of ∂root/∂v for each v of `wrt`, as a good teacher would write it.

    First what is given, and the forward pass with its numbers. Then each gradient: the chain rule
    in symbols, the same with each factor's formula, with numbers, and the result. A value that is
    used more than once gives a sum over its paths; a gradient that several others need is derived
    once, before them; in a deep graph each gradient is derived from those of the step after it
    (δ is the gradient of a weighted sum z). Last, one step of gradient descent.

    wrt     Values of the graph or their labels; without it, all its leaves that have a label
            (all leaves, where none has)
    lr      the learning rate η of the update step; without it there is no such step. A Value's
            label is its symbol in place of η
    model   names its parameters by layer and neuron, as in `names`, and the numbers that it is
            given: x⁽ⁱ⁾ₖ is input k of sample i, y⁽ⁱ⁾ⱼ its target for output j
    detail  "full" writes out everything; "normal" and "brief" write of many lines, terms or paths
            of one form the first ones, and say how many they leave out
    digits  significant digits of the results. They are rounded for display only, and what they
            are worked out from has as many more as it takes for the line to be right as it stands

    form    "matrix" writes it as a network's layers, with ⊙ and transposes: zˡ = Wˡaˡ⁻¹ + bˡ and
            δˡ = (Wˡ⁺¹)ᵀδˡ⁺¹ ⊙ σ′(zˡ), with shapes, and numbers where they are few. It is read from
            the graph's array program (`arrays.vectorize`, which takes NumPy), of whatever graph
            has one that can be written so, and checked entry by entry against the engine. Which
            weights are one matrix is told by the model, or by their labels: w11, w12 … are W.
            `wrt` is then by default the model's parameters

    The package's losses are written as textbooks do: binary cross-entropy with its y and 1 − y,
    and softmax with its probabilities pⱼ.

    The result prints as plain text, shows itself as mathematics in a notebook, and has
    ``.save("derivation.md" | ".tex" | ".html")``. Nothing of the graph is changed, its gradients
    included. ValueError or TypeError for a leaf as the root, an unknown or ambiguous label, a value
    that is not in the graph, an unknown `detail`, and a leaf whose data has changed since the graph
    was recorded.

    >>> x, w = Value(1.5, label="x"), Value(0.5, label="w")
    >>> print(derive((w * x).tanh(), wrt=w, digits=3))
    The derivation of ∂L/∂w
    <BLANKLINE>
    Given
      w = 0.5   x = 1.5
    <BLANKLINE>
    Forward pass
      z₁ = w · x = 0.5 · 1.5 = 0.75
    <BLANKLINE>
    Loss
      L = tanh(z₁) = tanh(0.75) = 0.635
    <BLANKLINE>
    Backward pass
      ∂L/∂w = ∂L/∂z₁ · ∂z₁/∂w = (1 − L²) · x = 0.597 · 1.5 = 0.895
    """
    one_of(detail, AT_MOST, "detail")
    if lr is not None:
        number_in(lr.data if isinstance(lr, Value) else lr, "the learning rate lr")
    if digits != 0:  # all of them
        count(digits, "digits")
    if form not in ("scalar", "matrix"):
        raise ValueError(f"form is scalar or matrix, not {form!r}")
    order = topological_order(root)
    if order == [root]:
        raise ValueError(
            f"nothing leads up to {root!r}: derive takes the root of a graph, such as a loss"
        )
    model = model or live_model(order)
    if form == "matrix" and wrt is None and model is not None:
        there = set(order)
        wrt = [v for v in model.parameters() if v in there]
    wanted = wanted_values(order, wrt, model)
    require_one_moment(root, "derive")
    written = textbook(root, model)
    there = set(written.order)
    if not all(written.counterpart.get(v, v) in there for v in wanted):
        written = as_it_is(root)  # a value is wanted that the textbook's form does not have
    again = [written.counterpart.get(v, v) for v in wanted]
    if form == "matrix":
        try:
            from .matrices.document import matrix_document  # NumPy is wanted here alone
        except ModuleNotFoundError as missing:
            raise ModuleNotFoundError(
                "the matrix form needs NumPy: pip install 'tinygrad_edu[arrays]'",
                name=missing.name,
            ) from missing
        labels = {v.label for v in written.order}
        rate = None if lr is None else learning_rate(lr, labels)
        return matrix_document(written, again, model, rate, digits)
    derivation = Derivation(written, again, model, detail, in_order=wrt is None)
    return derivation.document(lr, digits)


def wanted_values(order: list[Value], wrt: Wanted, model: Module | None) -> list[Value]:
    """The values of a graph, the root last, to differentiate by, each once (see `derive`)."""
    root = order[-1]
    right = "wrt is a Value, its name, or a list of these"
    keys = [] if wrt is None else [wrt] if isinstance(wrt, Value | str) else elements(wrt, right)
    if any(isinstance(key, str) for key in keys):
        named: Mapping[Value, object] = names(root, model)
    else:  # to name every value would take time
        named = dict.fromkeys(order, root.label or "L")
    if wrt is None:
        leaves = [v for v in named if not v.op]
        labelled = [v for v in leaves if v.label]
        made = set() if labelled else made_of_numbers(order)
        return labelled or [v for v in leaves if v not in made] or leaves
    found = [value_of(key, named, root) for key in keys]
    if not found:
        raise ValueError("wrt is empty: name at least one value to differentiate by")
    if root in found:
        raise ValueError(f"wrt holds the root {named[root]} itself, whose gradient is 1")
    return list(dict.fromkeys(found))
