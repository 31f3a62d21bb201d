"""Forty more wrong papers, of other sheets, written before the checker saw one.

As in `wrong_papers`: worked out here in plain Python, one slip in each, and what is to be said.
Four of the phrases were put right afterwards: the report named the same slip in other words.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from wrong_papers import Paper, Wrong, label, rounded, s

from tinygrad_edu import Value, exp, log, relu, sigmoid, sin, softplus, tanh


def regression() -> Value:
    """Two samples of a line, the mean of the squares."""
    w, b = Value(1.3, "w"), Value(-0.4, "b")
    e = [label(f"e{i}", w * x + b - y) for i, (x, y) in enumerate([(1.5, 2.0), (-0.7, 0.9)], 1)]
    return label("L", (e[0] ** 2 + e[1] ** 2) / 2.0)


def of_regression() -> Wrong:
    w, b = 1.3, -0.4
    e1, e2 = w * 1.5 + b - 2.0, -w * 0.7 + b - 0.9
    right_w, right_b = e1 * 1.5 - e2 * 0.7, e1 + e2
    yield "sum for mean", {"w": 2 * right_w, "b": 2 * right_b}, "division by 2"
    yield "first sample alone", {"w": e1 * 1.5}, "missing"
    yield "second sample alone", {"b": e2}, "missing"
    yield "the 2 not brought down", {"w": right_w / 2, "b": right_b / 2}, "exponent"
    yield "y minus prediction", {"w": -right_w, "b": -right_b}, "sign"
    yield "minus of x2 lost", {"w": e1 * 1.5 + e2 * 0.7}, "sign"
    yield "x forgotten everywhere", {"w": e1 + e2}, "left out"
    yield "absolute errors", {"b": abs(e1) + abs(e2)}, "sign"


def softplus_unit() -> Value:
    x, w, v = Value(0.9, "x"), Value(1.4, "w"), Value(-0.8, "v")
    h = label("h", softplus(w * x))
    return label("L", 0.5 * (h * v - 1.1) ** 2)


def of_softplus_unit() -> Wrong:
    x, w, v = 0.9, 1.4, -0.8
    h = math.log1p(math.exp(w * x))
    d = h * v - 1.1
    yield "h for its derivative", {"w": d * v * h * x}, "itself stands"
    yield "tanh for sigma", {"w": d * v * math.tanh(w * x) * x}, "derivative"
    yield "sigma at h", {"w": d * v * s(h) * x}, "taken at h"
    yield "sigma' for sigma", {"w": d * v * s(w * x) * (1 - s(w * x)) * x}, "derivative"
    yield "half kept and two lost", {"v": 0.5 * d * h}, "exponent"
    yield "half lost", {"v": 2 * d * h, "w": 2 * d * v * s(w * x) * x}, "½"
    yield "w for x", {"w": d * v * s(w * x) * w}, "swapped"
    yield "v forgotten", {"w": d * s(w * x) * x}, "left out"


def gate() -> Value:
    """A product of a sigmoid and a tanh, as in an LSTM."""
    x, a, b = Value(0.6, "x"), Value(1.1, "a"), Value(-1.7, "b")
    g = label("g", sigmoid(a * x))
    c = label("c", tanh(b * x))
    return label("h", g * c)


def of_gate() -> Wrong:
    x, a, b = 0.6, 1.1, -1.7
    g, c = s(a * x), math.tanh(b * x)
    dg, dc = g * (1 - g), 1 - c * c
    yield "derivative times derivative", {"x": dg * a * dc * b}, "f′ · g′"
    yield "gate path lost", {"x": g * dc * b}, "missing"
    yield "state path lost", {"x": c * dg * a}, "missing"
    yield "1 + tanh²", {"b": g * (1 + c * c) * x}, "1 + "
    yield "1 - tanh", {"b": g * (1 - c) * x}, "1 − "
    yield "g for c", {"a": g * dg * x}, "swapped"
    yield "tanh' for sigma'", {"a": c * (1 - g * g) * x}, "1 − g² stands"
    yield "b for x", {"b": g * dc * b}, "swapped"


def quotient() -> Value:
    u, v, k = Value(2.3, "u"), Value(1.6, "v"), Value(0.7, "k")
    q = label("q", (u * k) / (v + k))
    return label("L", log(q))


def of_quotient() -> Wrong:
    u, v, k = 2.3, 1.6, 0.7
    n, d = u * k, v + k
    q = n / d
    yield "the minus of the quotient", {"v": 1 / q * n / d**2}, "minus"
    yield "denominator not squared", {"v": -1 / q * n / d}, "−(u · k)/(v + k) stands"
    yield "numerator path alone", {"k": 1 / q * u / d}, "missing"
    yield "log of the value", {"u": math.log(q) * k / d}, "itself stands"
    yield "q for 1/q", {"u": q * k / d}, "q stands where ∂L/∂q"
    yield "plus for minus", {"k": 1 / q * (u / d + n / d**2)}, "sign"
    yield "f'/g'", {"k": 1 / q * u}, "f′/g′"
    yield "inner of u k lost", {"u": 1 / q / d}, "left out"


def deep() -> Value:
    """Two layers of one neuron and a skip."""
    x, w1, w2 = Value(-0.5, "x"), Value(2.0, "w1"), Value(1.5, "w2")
    h = label("h", relu(w1 * x + 1.8))
    return label("L", exp(w2 * h + x) + sin(h))


def of_deep() -> Wrong:
    x, w1, w2 = -0.5, 2.0, 1.5
    h = w1 * x + 1.8
    e = math.exp(w2 * h + x)
    dh = e * w2 + math.cos(h)
    yield "skip lost", {"x": dh * w1}, "missing"
    yield "sine lost", {"w1": e * w2 * x}, "missing"
    yield "minus sine", {"w1": (e * w2 - math.cos(h)) * x}, "sign"
    yield "sine for cosine", {"w1": (e * w2 + math.sin(h)) * x}, "sin"
    yield "exponent's inner lost", {"w1": (e + math.cos(h)) * x}, "left out"
    yield "relu taken as dead", {"w1": 0.0}, "nothing"
    yield "skip twice", {"x": dh * w1 + 2 * e}, "twice"
    yield "power rule on exp", {"w2": (w2 * h + x) * math.exp(w2 * h + x - 1) * h}, "exp"


SHEETS = (
    (regression, of_regression),
    (softplus_unit, of_softplus_unit),
    (gate, of_gate),
    (quotient, of_quotient),
    (deep, of_deep),
)


def papers(digits: int) -> Iterator[Paper]:
    """All of them, their numbers rounded to so many digits."""
    for graph, wrong in SHEETS:
        for name, gradients, says in wrong():
            given = {v: rounded(x, digits) for v, x in gradients.items()}
            yield Paper(f"{graph.__name__}: {name}", graph(), given, says)
