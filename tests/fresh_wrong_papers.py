"""Wrong papers on thirteen graphs, as students write them: each both a formula and a number.

A formula is Python too, so that its number is worked out here, without the package. All were
written before the checker saw one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from wrong_papers import label

from tinygrad_edu import Value, cos, exp, log, relu, sigmoid, sin, tanh


class Fresh(NamedTuple):
    """A wrong answer for one gradient, and a phrase of the report that names the slip."""

    name: str
    graph: Callable[[], Value]
    of: str
    formula: str
    says: str


def line() -> Value:
    x, w, b, y = Value(2.4, "x"), Value(-0.7, "w"), Value(0.35, "b"), Value(1.1, "y")
    p = label("p", w * x + b)
    return label("C", 0.5 * (p - y) ** 2)


def logistic() -> Value:
    x1, x2 = Value(0.6, "x1"), Value(-1.3, "x2")
    w1, w2, b, y = Value(1.2, "w1"), Value(0.7, "w2"), Value(0.4, "b"), Value(0.9, "y")
    z = label("z", w1 * x1 + w2 * x2 + b)
    p = label("p", sigmoid(z))
    return label("L", -(y * log(p) + (1 - y) * log(1 - p)))


def recurrent() -> Value:
    x, u, v, t = Value(0.9, "x"), Value(0.8, "u"), Value(-1.4, "v"), Value(0.25, "t")
    q = label("q", u * x)
    h = label("h", tanh(q))
    z = label("z", v * h)
    o = label("o", tanh(z))
    return label("E", (t - o) ** 2)


def diamond() -> Value:
    x, y = Value(1.7, "x"), Value(-0.6, "y")
    a = label("a", x * y)
    b = label("b", x + 3 * y)
    return label("f", a * b)


def decay() -> Value:
    A, k, t = Value(2.2, "A"), Value(0.45, "k"), Value(1.6, "t")
    g = label("g", A * exp(-k * t))
    return label("E", (g - 1.5) ** 2)


def information() -> Value:
    x, v = Value(1.3, "x"), Value(0.7, "v")
    u = label("u", 1 + x**2)
    return label("s", v * log(u))


def rotation() -> Value:
    r, t = Value(1.9, "r"), Value(0.6, "t")
    p = label("p", r * cos(t))
    q = label("q", r * sin(t))
    return label("S", p * q + q)


def bell() -> Value:
    x, m, d = Value(0.8, "x"), Value(0.3, "m"), Value(1.4, "d")
    z = label("z", (x - m) / d)
    return label("g", exp(-(z**2) / 2))


def spread() -> Value:
    x, y, w = Value(1.2, "x"), Value(3.1, "y"), Value(2.6, "w")
    m = label("m", (x + y + w) / 3)
    return label("V", ((x - m) ** 2 + (y - m) ** 2 + (w - m) ** 2) / 3)


def skip() -> Value:
    x, w, v, y = Value(1.4, "x"), Value(0.6, "w"), Value(-0.8, "v"), Value(0.2, "y")
    h = label("h", relu(w * x))
    o = label("o", x + v * h)
    return label("L", (o - y) ** 2)


def rational() -> Value:
    x, a, c = Value(1.1, "x"), Value(2.3, "a"), Value(0.4, "c")
    n = label("n", a * x + 1)
    d = label("d", c * x**2 + 2)
    return label("r", n / d)


def two_classes() -> Value:
    x, w1, w2 = Value(1.2, "x"), Value(0.5, "w1"), Value(-0.3, "w2")
    z1, z2 = label("z1", w1 * x), label("z2", w2 * x)
    e1, e2 = label("e1", exp(z1)), label("e2", exp(z2))
    p = label("p", e1 / (e1 + e2))
    return label("L", -log(p))


def net() -> Value:
    x1, x2, y = Value(0.7, "x1"), Value(-1.2, "x2"), Value(0.4, "y")
    u11, u12, u21, u22 = (
        Value(data, name)
        for data, name in ((0.3, "u11"), (-0.9, "u12"), (1.1, "u21"), (0.5, "u22"))
    )
    v1, v2 = Value(0.8, "v1"), Value(-1.5, "v2")
    z1 = label("z1", u11 * x1 + u12 * x2)
    z2 = label("z2", u21 * x1 + u22 * x2)
    h1, h2 = label("h1", sigmoid(z1)), label("h2", sigmoid(z2))
    o = label("o", v1 * h1 + v2 * h2)
    return label("L", 0.5 * (o - y) ** 2)


_D = "(o-y)*"
PAPERS = (
    Fresh("y minus p", line, "w", "(y-p)*x", "the sign is wrong"),
    Fresh("half forgotten", line, "b", "2*(p-y)", "the factor ½ in C"),
    Fresh("half twice", line, "w", "0.5*(p-y)*x", "the exponent of (p − y)² is not brought down"),
    Fresh("w for x", line, "w", "(p-y)*w", "the operands of w · x are swapped"),
    Fresh("x left out", line, "w", "p-y", "the factor ∂(w · x)/∂w = 2.4 of w · x is left out"),
    Fresh("bias gets x too", line, "b", "(p-y)*x", "that is ∂C/∂w"),
    Fresh(
        "the loss itself", line, "b", "0.5*(p-y)**2", "(p − y)² stands where ∂((p − y)²)/∂(p − y)"
    ),
    Fresh("p for p-y", line, "w", "p*x", "p = −1.33 stands where p − y = −2.43 belongs"),
    Fresh("minus of the logarithm lost", logistic, "p", "y/p-(1-y)/(1-p)", "in L = −v₁₀"),
    Fresh(
        "inner minus of 1-p lost",
        logistic,
        "p",
        "-y/p-(1-y)/(1-p)",
        "the minus of ∂(1 − p)/∂p = −1 is lost",
    ),
    Fresh("second term forgotten", logistic, "p", "-y/p", "the path through 1 − p is missing"),
    Fresh(
        "sigma' forgotten", logistic, "w1", "(-y/p+(1-y)/(1-p))*x1", "the inner derivative ∂p/∂z"
    ),
    Fresh("y minus p", logistic, "w1", "(y-p)*x1", "in L = −v₁₀"),
    Fresh("the other input", logistic, "w1", "(p-y)*x2", "x2 = −1.3 stands where x1 = 0.6 belongs"),
    Fresh("w for x", logistic, "w2", "(p-y)*w2", "the operands of w2 · x2 are swapped"),
    Fresh("z for p", logistic, "b", "z-y", "z stands where p belongs"),
    Fresh("tanh' for sigma'", logistic, "b", "(-y/p+(1-y)/(1-p))*(1-p**2)", "1 − p² stands"),
    Fresh("minus of t-o lost", recurrent, "o", "2*(t-o)", "in t − o"),
    Fresh(
        "tanh' at q, not of h",
        recurrent,
        "q",
        "-2*(t-o)*(1-o**2)*v*(1-q**2)",
        "has q = 0.72 in it where h = 0.616909 belongs",
    ),
    Fresh("sigma' for tanh'", recurrent, "v", "-2*(t-o)*o*(1-o)*h", "o · (1 − o) stands"),
    Fresh("outer tanh' forgotten", recurrent, "v", "-2*(t-o)*h", "the inner derivative ∂o/∂z"),
    Fresh(
        "v forgotten",
        recurrent,
        "u",
        "-2*(t-o)*(1-o**2)*(1-h**2)*x",
        "the factor ∂z/∂h = −1.4 of z = v · h is left out",
    ),
    Fresh(
        "q for h",
        recurrent,
        "v",
        "-2*(t-o)*(1-o**2)*q",
        "q = 0.72 stands where h = 0.616909 belongs",
    ),
    Fresh("1-h", recurrent, "u", "-2*(t-o)*(1-o**2)*v*(1-h)*x", "1 − h stands"),
    Fresh(
        "2 lost and a minus too",
        recurrent,
        "u",
        "(t-o)*(1-o**2)*v*(1-h**2)*x",
        "a factor of 2 is missing, and the sign is wrong",
    ),
    Fresh("f'g'", diamond, "x", "y", "is taken as f′ · g′"),
    Fresh("only the first factor's path", diamond, "x", "y*b", "the path through b is missing"),
    Fresh(
        "the path through b twice", diamond, "x", "y*b+2*a", "the path through b is counted twice"
    ),
    Fresh("3 forgotten", diamond, "y", "x*b+a", "the factor 3 in 3 · y is left out"),
    Fresh("paths subtracted", diamond, "y", "x*b-3*a", "the path through b has the wrong sign"),
    Fresh(
        "x e^(x-1)",
        decay,
        "k",
        "2*(g-1.5)*A*(-k*t)*(2.718281828459045**(-k*t-1))*(-t)",
        "e^((−k · t) − 1) stands",
    ),
    Fresh("inner minus lost", decay, "k", "2*(g-1.5)*g*t", "in −k"),
    Fresh(
        "inner derivative forgotten",
        decay,
        "k",
        "2*(g-1.5)*g",
        "the factor ∂(−k · t)/∂(−k) = 1.6 of −k · t is left out",
    ),
    Fresh("k for t", decay, "k", "-2*(g-1.5)*g*k", "that is ∂E/∂t"),
    Fresh("target forgotten", decay, "A", "2*g*g/A", "g = 1.07085 stands where g − 1.5"),
    Fresh("ln for log10", information, "u", "v/(u*2.302585092994046)", "1/(u · ln 10) stands"),
    Fresh(
        "no inner derivative",
        information,
        "x",
        "v/u",
        "the factor ∂(x²)/∂x = 2.6 of x² is left out",
    ),
    Fresh("u for 1/u", information, "x", "v*u*2*x", "u stands where ∂ln(u)/∂u"),
    Fresh("1/x for 1/u", information, "x", "v/x*2*x", "is taken at x = 1.3 instead of at u = 2.69"),
    Fresh("2x as x^2", information, "x", "v/u*x**2", "x² stands where ∂(x²)/∂x"),
    Fresh(
        "sine's minus forgotten",
        rotation,
        "t",
        "r*sin(t)*q+(p+1)*r*cos(t)",
        "the minus of ∂cos(t)/∂t",
    ),
    Fresh("the +q forgotten", rotation, "q", "p", "the direct path to S is missing"),
    Fresh("only one path", rotation, "r", "q*cos(t)", "the path through q is missing"),
    Fresh("minus of the exponent lost", bell, "z", "z*g", "in −z²"),
    Fresh("half kept", bell, "z", "-z*g/2", "the exponent of z² is not brought down"),
    Fresh("e^x as its own factor forgotten", bell, "z", "-z", "the inner derivative ∂g/∂(−z²/2)"),
    Fresh("1/d forgotten", bell, "x", "-z*g", "of z = (x − m) / d is left out"),
    Fresh("minus of m lost", bell, "m", "-z*g/d", "the sign is wrong"),
    Fresh("d not squared", bell, "d", "z*g*(x-m)/d", "−(x − m)/d stands where ∂z/∂d"),
    Fresh("N-1", spread, "x", "2*(x-m)/2", "2 stands where the number 3 of the mean"),
    Fresh("sum for mean", spread, "y", "2*(y-m)", "the division by 3"),
    Fresh("2 forgotten", spread, "w", "(w-m)/3", "the exponent of (w − m)² is not brought down"),
    Fresh("skip connection forgotten", skip, "x", "2*(o-y)*v*w", "the path through o is missing"),
    Fresh("only the skip connection", skip, "x", "2*(o-y)", "the path through h is missing"),
    Fresh("relu' as relu", skip, "w", "2*(o-y)*v*h*x", "h = ReLU(w · x) = 0.84 itself stands"),
    Fresh("y left out", skip, "v", "2*o*h", "o = 0.728 stands where o − y = 0.528 belongs"),
    Fresh("f'/g'", rational, "x", "a/(2*c*x)", "is taken as f′/g′"),
    Fresh(
        "denominator not squared", rational, "x", "(a*d-n*2*c*x)/d", "is not squared, in r = n/d"
    ),
    Fresh("quotient rule with a plus", rational, "x", "(a*d+n*2*c*x)/d**2", "the minus of ∂r/∂d"),
    Fresh(
        "quotient rule the wrong way round",
        rational,
        "x",
        "(n*2*c*x-a*d)/d**2",
        "the sign is wrong",
    ),
    Fresh("numerator alone", rational, "x", "a/d", "the path through d is missing"),
    Fresh("minus of the quotient lost", rational, "c", "n*x**2/d**2", "the minus of ∂r/∂d"),
    Fresh("square of x lost", rational, "c", "-n*x/d**2", "x = 1.1 stands where x² = 1.21 belongs"),
    Fresh("1-p for p-1", two_classes, "z1", "1-p", "in L = −ln(p)"),
    Fresh("p for p-1", two_classes, "w1", "p*x", "the direct path to p is missing"),
    Fresh("the other class's minus", two_classes, "w2", "-(1-p)*x", "the sign is wrong"),
    Fresh("sum not differentiated", two_classes, "w1", "-x", "the path through e1 + e2 is missing"),
    Fresh("w for x", two_classes, "w1", "(p-1)*w1", "the operands of z1 = w1 · x are swapped"),
    Fresh(
        "neighbour's v",
        net,
        "u11",
        _D + "v2*h1*(1-h1)*x1",
        "v2 = −1.5 stands where v1 = 0.8 belongs",
    ),
    Fresh(
        "neighbour's input",
        net,
        "u12",
        _D + "v1*h1*(1-h1)*x1",
        "x1 = 0.7 stands where x2 = −1.2 belongs",
    ),
    Fresh(
        "neighbour's h", net, "v1", _D + "h2", "h2 = 0.542398 stands where h1 = 0.784147 belongs"
    ),
    Fresh("z for h", net, "v2", _D + "z2", "z2 = 0.17 stands where h2 = 0.542398 belongs"),
    Fresh("sigma' forgotten", net, "u22", _D + "v2*x2", "the inner derivative ∂h2/∂z2"),
    Fresh("sigma for sigma'", net, "u21", _D + "v2*h2*x1", "h2 = σ(z2) = 0.542398 itself stands"),
    Fresh(
        "sigma' of z1 in the second unit",
        net,
        "u21",
        _D + "v2*h1*(1-h1)*x1",
        "the derivative of h1 = σ(z1), 0.16926, stands",
    ),
    Fresh("one path to x1", net, "x1", _D + "v1*h1*(1-h1)*u11", "the path through z2 is missing"),
    Fresh(
        "weights of the other row",
        net,
        "x2",
        _D + "(v1*h1*(1-h1)*u21+v2*h2*(1-h2)*u22)",
        "u21 = 1.1 stands where u12 = −0.9 belongs",
    ),
    Fresh(
        "transposed",
        net,
        "x1",
        _D + "(v1*h1*(1-h1)*u11+v2*h2*(1-h2)*u12)",
        "u12 = −0.9 stands where u21 = 1.1 belongs",
    ),
    Fresh(
        "sign and v forgotten",
        net,
        "u11",
        "-(o-y)*h1*(1-h1)*x1",
        "of v1 · h1 is left out, and the sign is wrong",
    ),
)

NUMBERS = (
    Fresh("angles in degrees", rotation, "r", "0.050262", "the angles are taken in degrees"),
    Fresh("ln u of x² alone", information, "v", "0.52473", ""),
    Fresh("digits", rational, "c", "-0.69242", "the digits of 24 have changed places"),
    Fresh("digits", net, "v1", "-0.45793", "the digits of 97 have changed places"),
    Fresh("point", net, "u11", "-0.00055571", "the decimal point is 2 places off"),
    Fresh("point", bell, "d", "8.5479", "the decimal point is 2 places off"),
    Fresh("w updated", recurrent, "u", "0.72615", "v is taken as"),
    Fresh(
        "w, not its gradient", line, "w", "-0.1168", "after an update with the learning rate 0.1"
    ),
    Fresh("half kept and x forgotten", line, "w", "-1.215", "and besides"),
    Fresh("3 kept, minus lost", diamond, "y", "3.23", "the sign is wrong"),
)
"""Wrong numbers that no formula gives."""
