"""A hundred wrong papers, as a class hands them in: a graph, somebody's gradients, and what to say.

Every number is worked out here by hand, in plain Python, with one slip in it (or two), and rounded
as people round. What is to be said is a phrase of the report; where several slips give one number,
the right one has to be among those that are told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tinygrad_edu import Value, cos, exp, log, relu, sigmoid, sin, sqrt, tan, tanh


class Paper(NamedTuple):
    name: str
    root: Value
    gradients: dict[str, float]
    says: str


Wrong = Iterator[tuple[str, dict[str, float], str]]
"""Papers: each its name, the learner's gradients, and the phrase that is to be said."""


def label(name: str, v: Value) -> Value:
    v.label = name
    return v


def rounded(x: float, digits: int) -> float:
    return float(f"{x:.{digits}g}")


def s(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


def neuron() -> Value:
    w, x, b = Value(0.8, "w"), Value(1.7, "x"), Value(-0.6, "b")
    z = label("z", w * x + b)
    a = label("a", sigmoid(z))
    return label("L", (a - 0.3) ** 2)


def of_neuron() -> Wrong:
    w, x, b, y = 0.8, 1.7, -0.6, 0.3
    z = w * x + b
    a = s(z)
    e, slope = 2.0 * (a - y), a * (1.0 - a)
    yield "the 2 is lost", {"w": (a - y) * slope * x, "b": (a - y) * slope}, "exponent"
    yield "no sigma prime", {"w": e * x, "b": e}, "inner derivative ∂a/∂z"
    yield "no x", {"w": e * slope}, "the factor ∂(w · x)/∂w = 1.7"
    yield "y - a", {"w": -e * slope * x, "b": -e * slope}, "sign"
    yield "sigma for sigma prime", {"w": e * a * x, "b": e * a}, "itself stands"
    yield "sigma' at a", {"w": e * s(a) * (1 - s(a)) * x}, "taken at a"
    yield "z(1-z)", {"w": e * z * (1 - z) * x}, "has z = 0.76 in it"
    yield "1 - a alone", {"w": e * (1 - a) * x}, "1 − a stands"
    yield "tanh'", {"b": e * (1 - math.tanh(z) ** 2)}, "the derivative of tanh"
    yield "1 - a²", {"w": e * (1 - a * a) * x}, "1 − a²"
    yield "a squared", {"w": e * a * a * x}, "a² stands"
    yield "w for x", {"w": e * slope * w}, "swapped"
    yield "b for x", {"b": e * slope * x}, "∂L/∂w and not"
    yield "digits", {"w": 0.21851}, "changed places"
    yield "point", {"w": 100.0 * e * slope * x}, "decimal point"
    yield "half", {"w": 0.5 * e * slope * x}, "exponent"
    yield "the updated weight", {"w": w - 0.1 * e * slope * x}, "after an update"
    yield "a for a - y", {"z": 2 * a * slope, "w": 2 * a * slope * x}, "a = 0.681354 stands"


def two_layers() -> Value:
    x1, x2 = Value(0.9, "x1"), Value(-1.4, "x2")
    w11, w12 = Value(0.7, "w11"), Value(-0.3, "w12")
    w21, w22 = Value(0.45, "w21"), Value(1.2, "w22")
    b1, b2 = Value(0.2, "b1"), Value(-0.5, "b2")
    v1, v2, c = Value(-0.8, "v1"), Value(1.1, "v2"), Value(0.35, "c")
    z1 = label("z1", w11 * x1 + w12 * x2 + b1)
    z2 = label("z2", w21 * x1 + w22 * x2 + b2)
    h1, h2 = label("h1", tanh(z1)), label("h2", tanh(z2))
    o = label("o", v1 * h1 + v2 * h2 + c)
    return label("L", 0.5 * (o - 0.25) ** 2)


def of_two_layers() -> Wrong:
    x1, x2, w11, w12, w21, w22 = 0.9, -1.4, 0.7, -0.3, 0.45, 1.2
    v1, v2 = -0.8, 1.1
    z1, z2 = w11 * x1 + w12 * x2 + 0.2, w21 * x1 + w22 * x2 - 0.5
    h1, h2 = math.tanh(z1), math.tanh(z2)
    e = v1 * h1 + v2 * h2 + 0.35 - 0.25
    d1, d2 = 1.0 - h1 * h1, 1.0 - h2 * h2
    yield "no tanh'", {"w11": e * v1 * x1, "w12": e * v1 * x2}, "inner derivative ∂h1/∂z1"
    yield "z for h", {"v1": e * z1}, "z1"
    yield "both z for h", {"v1": e * z1, "v2": e * z2}, "stands where h"
    yield "the other hidden unit", {"v1": e * h2}, "h2 = −0.944155 stands where h1"
    yield "neighbour's v", {"w11": e * v2 * d1 * x1}, "v2"
    yield "neighbour's input", {"w11": e * v1 * d1 * x2}, "x2 = −1.4 stands where x1"
    yield "updated v", {"w11": e * (v1 - 0.1 * e * h1) * d1 * x1}, "updated with the learning rate"
    yield "updated v, 0.5", {"w21": e * (v2 - 0.5 * e * h2) * d2 * x1}, "updated with the learning"
    yield "1 - h", {"w22": e * v2 * (1 - h2) * x2}, "1 − h2"
    yield "1 + h²", {"w22": e * v2 * (1 + h2 * h2) * x2}, "1 + h2²"
    yield "sigma'", {"w12": e * v1 * s(z1) * (1 - s(z1)) * x2}, "the derivative of σ"
    yield "h(1-h)", {"w12": e * v1 * h1 * (1 - h1) * x2}, "h1 · (1 − h1)"
    yield "1 - z²", {"w11": e * v1 * (1 - z1 * z1) * x1}, "has z1"
    yield "tanh'(h)", {"w21": e * v2 * (1 - math.tanh(h2) ** 2) * x1}, "taken at h2"
    yield "2 e", {"v2": 2 * e * h2, "c": 2 * e}, "½"
    yield "no v", {"w11": e * d1 * x1}, "the factor ∂(v1 · h1)/∂h1 = −0.8"
    yield "sign of v2", {"w22": -e * v2 * d2 * x2}, "sign"
    yield "δ of the other unit", {"b1": e * v2 * d2}, "∂L/∂b2"
    yield "no e", {"v1": h1, "v2": h2}, "∂"
    yield "tanh' of the other unit", {"w11": e * v1 * d2 * x1}, "the derivative of h2"
    yield "o for e", {"c": e + 0.25, "v1": (e + 0.25) * h1}, "o = "


def product() -> Value:
    x = Value(1.3, "x")
    return label("f", label("u", x**2) * label("v", sin(x)))


def of_product() -> Wrong:
    x = 1.3
    yield "f'g'", {"x": 2 * x * math.cos(x)}, "f′ · g′"
    yield "only f'g", {"x": 2 * x * math.sin(x)}, "the path through v is missing"
    yield "only fg'", {"x": x * x * math.cos(x)}, "path"
    yield "minus", {"x": 2 * x * math.sin(x) - x * x * math.cos(x)}, "v has the wrong sign"
    yield "x for 2x", {"x": x * math.sin(x) + x * x * math.cos(x)}, "exponent"
    yield (
        "cos in degrees",
        {"x": 2 * x * math.sin(x) + x * x * math.cos(math.radians(x))},
        "cos(x°)",
    )
    d = math.radians(x)
    yield "degrees", {"x": 2 * x * math.sin(d) + x * x * math.cos(d) * math.pi / 180}, "degrees"
    yield "2 x²", {"x": 2 * x**2 * math.sin(x) + x * x * math.cos(x)}, "lowered by 1"
    yield "f'g twice", {"x": 4 * x * math.sin(x) + x * x * math.cos(x)}, "counted twice"
    yield "sin for cos", {"x": 2 * x * math.sin(x) + x * x * math.sin(x)}, "itself stands"


def quotient() -> Value:
    x = Value(0.9, "x")
    return label("q", label("f", x**3) / label("g", 1.0 + exp(x)))


def of_quotient() -> Wrong:
    x = 0.9
    f, df, g, dg = x**3, 3 * x * x, 1 + math.exp(x), math.exp(x)
    yield "f'/g'", {"x": df / dg}, "f′/g′"
    yield "plus", {"x": (df * g + f * dg) / g**2}, "minus"
    yield "not squared", {"x": (df * g - f * dg) / g}, "not squared"
    yield "reversed", {"x": (f * dg - df * g) / g**2}, "sign"
    yield "no g'", {"x": df / g}, "path"
    yield "x eˣ⁻¹", {"x": (df * g - f * x * math.exp(x - 1)) / g**2}, "e^(x − 1)"
    yield "x² for 3x²", {"x": (x * x * g - f * dg) / g**2}, "exponent"
    yield "3x³", {"x": (3 * x**3 * g - f * dg) / g**2}, "lowered by 1"
    yield "eˣ = 1", {"x": (df * g - f) / g**2}, "inner derivative"
    yield "one squared only", {"x": df / g - f * dg / g}, "−f/g"
    yield "numerator lost", {"x": df / g - dg / g**2}, "−1/g²"


def cross_entropy() -> Value:
    w, x, b = Value(1.1, "w"), Value(-0.6, "x"), Value(0.4, "b")
    z = label("z", w * x + b)
    a = label("a", sigmoid(z))
    y = 1.0
    return label("J", -(y * log(a) + (1.0 - y) * log(1.0 - a)))


def of_cross_entropy() -> Wrong:
    w, x = 1.1, -0.6
    z = w * x + 0.4
    a = s(z)
    d = a - 1.0
    yield "y - a", {"w": -d * x, "b": -d}, "minus"
    yield "no sigma'", {"w": -x / a, "b": -1 / a}, "inner derivative ∂a/∂z"
    yield (
        "sigma' kept twice",
        {"w": d * a * (1 - a) * x},
        "of a = σ(z) is there twice",
    )
    yield "a for a - y", {"w": a * x, "b": a}, "a"
    yield "log10", {"w": d * x / math.log(10)}, "ln 10"
    yield "w for x", {"w": d * w}, "swapped"
    yield "1/a lost", {"w": -a * (1 - a) * x}, "inner derivative"
    yield "a for 1/a", {"w": -a * a * (1 - a) * x}, "a stands"


def batch() -> Value:
    w, b = Value(0.6, "w"), Value(-0.2, "b")
    data = ((0.5, 1.1), (-1.2, 0.4), (2.0, -0.7), (0.8, 0.9))
    errors = [(w * x + b - t) ** 2 for x, t in data]
    total = errors[0] + errors[1] + errors[2] + errors[3]
    return label("C", total / 4.0)


def of_batch() -> Wrong:
    data = ((0.5, 1.1), (-1.2, 0.4), (2.0, -0.7), (0.8, 0.9))
    e = [0.6 * x - 0.2 - t for x, t in data]
    gw, gb = sum(2 * ei * x for ei, (x, _) in zip(e, data)), sum(2 * ei for ei in e)
    yield "not divided", {"w": gw, "b": gb}, "division by 4"
    yield "N - 1", {"w": gw / 3, "b": gb / 3}, "3 stands where the number 4"
    yield "only the last sample", {"w": 2 * e[3] * 0.8 / 4, "b": 2 * e[3] / 4}, "missing"
    yield "one sample missing", {"w": (gw - 2 * e[1] * -1.2) / 4}, "missing"
    yield "no 2", {"w": gw / 8, "b": gb / 8}, "exponent"
    yield "no x", {"w": gb / 4}, "is left out, and so in 3 more"
    yield "halved and not divided", {"w": gw / 2, "b": gb / 2}, "2"
    yield "sign", {"w": -gw / 4, "b": -gb / 4}, "sign"


def linear_231() -> Value:
    x1, x2 = Value(40.0, "x1"), Value(80.0, "x2")
    w = {f"w{i}{j}": Value(0.5, f"w{i}{j}") for i in (1, 2, 3) for j in (1, 2)}
    z = [label(f"z{i}", w[f"w{i}1"] * x1 + w[f"w{i}2"] * x2) for i in (1, 2, 3)]
    u = [Value(1.0, f"u{i}") for i in (1, 2, 3)]
    y = label("ŷ", u[0] * z[0] + u[1] * z[1] + u[2] * z[2])
    return label("L", 0.5 * (60.0 - y) ** 2)


def of_linear_231() -> Wrong:
    yield "minus lost", {"ŷ": -120.0, "u1": -7200.0}, "minus"
    yield "half lost", {"u1": 14400.0, "w11": 9600.0}, "½"
    yield "neighbour's input", {"w11": 9600.0}, "∂L/∂w12"
    yield "60 for 180 - 60", {"w11": 60.0 * 40.0}, "2"
    yield "no x", {"w11": 120.0}, "the factor ∂(w11 · x1)/∂w11 = 40"
    yield "u for z", {"u1": 120.0}, "swapped"


def with_relu() -> Value:
    x, w, b, v = Value(2.0, "x"), Value(-0.7, "w"), Value(0.3, "b"), Value(1.6, "v")
    z = label("z", w * x + b)
    h = label("h", relu(z))
    return label("L", (v * h + x * 0.5) ** 2)


def of_relu() -> Wrong:
    e = 2.0 * (0.5 * 2.0)
    yield "active", {"w": e * 1.6 * 2.0, "b": e * 1.6}, "∂h/∂z = 0"
    yield "active, in x", {"x": e * (0.5 - 1.6 * 0.7)}, "∂h/∂z = 0"
    yield "half lost", {"x": e}, "0.5"


def calculus() -> Value:
    r, t, k = Value(1.9, "r"), Value(0.6, "t"), Value(2.3, "k")
    return label("F", label("p", sqrt(r)) * label("c", cos(t)) + label("m", log(k)) * tan(t))


def of_calculus() -> Wrong:
    r, t, k = 1.9, 0.6, 2.3
    c, ta = math.cos(t), math.tan(t)
    right = -math.sqrt(r) * math.sin(t) + math.log(k) / c**2  # 0.444415
    yield "1/√r", {"r": c / math.sqrt(r)}, "1/√(r)"
    yield "½√r", {"r": 0.5 * c * math.sqrt(r)}, "½ · √(r)"
    yield "1/(2r)", {"r": c / (2 * r)}, "has r = 1.9 in it where p"
    yield "minus of cos", {"t": math.sqrt(r) * math.sin(t) + math.log(k) / c**2}, "minus"
    yield "1/cos", {"t": -math.sqrt(r) * math.sin(t) + math.log(k) / c}, "1/cos(t)"
    yield "log10", {"k": ta / (k * math.log(10))}, "ln 10"
    yield "k for 1/k", {"k": ta * k}, "k stands"
    yield "ln for ln'", {"k": ta * math.log(k)}, "itself stands"
    yield "digits", {"k": 0.29475}, "changed places"
    yield "averaged", {"t": right / 2}, "averaged"
    yield "1/k²", {"k": -ta / k**2}, "−1/k²"


def softmax() -> Value:
    z1, z2, z3 = Value(0.9, "z1"), Value(-0.4, "z2"), Value(0.2, "z3")
    e1, e2, e3 = label("e1", exp(z1)), label("e2", exp(z2)), label("e3", exp(z3))
    total = label("S", e1 + e2 + e3)
    p = label("p", e1 / total)
    return label("L", -log(p))


def of_softmax() -> Wrong:
    e = [math.exp(z) for z in (0.9, -0.4, 0.2)]
    total = sum(e)
    p = [x / total for x in e]
    yield "no sum", {"z1": -1.0}, "missing"
    yield "p, not p - 1", {"z1": p[0]}, "missing"
    yield "1 - p", {"z1": 1 - p[0]}, "minus"
    yield "-p for the others", {"z2": -p[1], "z3": -p[2]}, "sign"
    yield "no e'", {"z2": p[1] / e[1]}, "inner derivative"
    yield "the neighbour's", {"z2": p[2]}, "the derivative of e3"


SHEETS: tuple[tuple[Callable[[], Value], Callable[[], Wrong]], ...]
SHEETS = (
    (neuron, of_neuron),
    (two_layers, of_two_layers),
    (product, of_product),
    (quotient, of_quotient),
    (cross_entropy, of_cross_entropy),
    (batch, of_batch),
    (linear_231, of_linear_231),
    (with_relu, of_relu),
    (calculus, of_calculus),
    (softmax, of_softmax),
)


def papers(digits: int = 5) -> Iterator[Paper]:
    """All papers, their numbers rounded to so many digits."""
    for graph, wrong in SHEETS:
        for name, gradients, says in wrong():
            yield Paper(
                f"{graph.__name__}: {name}",
                graph(),
                {v: rounded(x, digits) for v, x in gradients.items()},
                says,
            )
