"""Wrong papers on what a course on training has: batches, penalties, softmax, dropout, momentum.

All were written before the checker saw one.
"""

from __future__ import annotations

from fresh_wrong_papers import Fresh
from wrong_papers import label

from tinygrad_edu import Value, exp, log, maximum, relu, sigmoid, sqrt, tanh


def leaves(**data: float) -> list[Value]:
    return [Value(x, name) for name, x in data.items()]


def batch() -> Value:
    """Three samples of a line, the mean of the squares."""
    w, b, x1, x2, x3 = leaves(w=0.7, b=-0.2, x1=1.3, x2=-0.8, x3=2.1)
    y1, y2, y3 = leaves(y1=0.4, y2=0.9, y3=1.7)
    e1 = label("e1", w * x1 + b - y1)
    e2 = label("e2", w * x2 + b - y2)
    e3 = label("e3", w * x3 + b - y3)
    return label("L", (e1**2 + e2**2 + e3**2) / 3)


def decay() -> Value:
    """Two samples, half the mean of the squares, and weight decay on the weights alone."""
    w1, w2, b, k = leaves(w1=0.9, w2=-1.4, b=0.3, k=0.15)
    p1 = label("p1", w1 * 0.6 + w2 * 1.1 + b)
    p2 = label("p2", w1 * -1.2 + w2 * 0.5 + b)
    E = label("E", ((p1 - 0.8) ** 2 + (p2 + 0.35) ** 2) / 4)
    R = label("R", (k / 2) * (w1**2 + w2**2))
    return label("J", E + R)


def lasso() -> Value:
    """One sample of a logistic regression, with both penalties."""
    w, b, x, k, m = leaves(w=-0.8, b=0.45, x=1.7, k=0.2, m=0.35)
    p = label("p", sigmoid(w * x + b))
    return label("J", -log(p) + k * abs(w) + m * w**2)


def classes() -> Value:
    """The softmax of three classes and its cross-entropy with a soft target."""
    x, w1, w2, w3 = leaves(x=1.6, w1=0.4, w2=-0.7, w3=0.9)
    t1, t2, t3 = leaves(t1=0.1, t2=0.7, t3=0.2)
    z1, z2, z3 = label("z1", w1 * x), label("z2", w2 * x), label("z3", w3 * x)
    s = label("s", exp(z1) + exp(z2) + exp(z3))
    p1, p2, p3 = label("p1", exp(z1) / s), label("p2", exp(z2) / s), label("p3", exp(z3) / s)
    return label("L", -(t1 * log(p1) + t2 * log(p2) + t3 * log(p3)))


def layers() -> Value:
    """Two inputs, two tanh units, two sigmoid outputs."""
    x1, x2 = leaves(x1=0.6, x2=-1.1)
    a11, a12, a21, a22 = leaves(a11=0.8, a12=-0.3, a21=0.45, a22=1.2)
    c11, c12, c21, c22 = leaves(c11=-0.9, c12=1.4, c21=0.55, c22=0.7)
    z1, z2 = label("z1", a11 * x1 + a12 * x2), label("z2", a21 * x1 + a22 * x2)
    h1, h2 = label("h1", tanh(z1)), label("h2", tanh(z2))
    u1, u2 = label("u1", c11 * h1 + c12 * h2), label("u2", c21 * h1 + c22 * h2)
    o1, o2 = label("o1", sigmoid(u1)), label("o2", sigmoid(u2))
    return label("E", 0.5 * ((o1 - 0.9) ** 2 + (o2 - 0.15) ** 2))


def dropout() -> Value:
    """Two units, each with its mask over the share that is kept."""
    x, w1, w2, v1, v2, q = leaves(x=0.75, w1=1.3, w2=-0.6, v1=0.5, v2=-1.2, q=0.8)
    m1, m2, y = leaves(m1=1.0, m2=0.0, y=-0.4)
    h1, h2 = label("h1", sigmoid(w1 * x)), label("h2", sigmoid(w2 * x))
    d1, d2 = label("d1", m1 * h1 / q), label("d2", m2 * h2 / q)
    o = label("o", v1 * d1 + v2 * d2)
    return label("L", (o - y) ** 2)


def momentum() -> Value:
    """The loss after a step of gradient descent with momentum."""
    w, m, g, r, n = leaves(w=1.1, m=0.6, g=-0.9, r=0.7, n=0.3)
    u = label("u", r * m + g)
    s = label("s", w - n * u)
    return label("L", (1.5 * s - 2.0) ** 2)


def norm() -> Value:
    """The batch norm of two numbers."""
    x1, x2, c, d = leaves(x1=1.9, x2=0.4, c=1.3, d=-0.25)
    m = label("m", (x1 + x2) / 2)
    v = label("v", ((x1 - m) ** 2 + (x2 - m) ** 2) / 2)
    s = label("s", sqrt(v + 0.1))
    h = label("h", (x1 - m) / s)
    return label("L", (c * h + d) ** 2)


def tied() -> Value:
    """One weight in two layers."""
    w, x, y = leaves(w=0.85, x=1.25, y=0.2)
    z = label("z", w * x)
    h = label("h", tanh(z))
    u = label("u", w * h)
    o = label("o", tanh(u))
    return label("L", (o - y) ** 2)


def gated() -> Value:
    """The step of a gated unit."""
    x, k, a, c = leaves(x=0.65, k=-0.45, a=1.9, c=-1.15)
    r = label("r", sigmoid(a * x))
    n = label("n", tanh(c * x))
    h = label("h", (1 - r) * k + r * n)
    return label("L", 0.5 * (h - 0.3) ** 2)


def margin() -> Value:
    """The hinge of two samples, and a penalty."""
    w, b = leaves(w=0.4, b=0.1)
    f1, f2 = label("f1", w * 1.5 + b), label("f2", w * -0.7 + b)
    return label("L", (maximum(0, 1 - f1) + maximum(0, 1 + f2)) / 2 + 0.05 * w**2)


def residual() -> Value:
    """Two blocks with a way around each."""
    x, a, c = leaves(x=0.9, a=-0.35, c=1.6)
    h = label("h", x + relu(-a * x))
    o = label("o", h + tanh(c * h))
    return label("L", log(1 + o**2))


def entropy() -> Value:
    """Two samples of a logistic regression, the mean of the binary cross-entropies."""
    w, b = leaves(w=1.15, b=-0.55)
    p1, p2 = label("p1", sigmoid(w * 0.8 + b)), label("p2", sigmoid(w * -1.9 + b))
    return label("L", -(log(p1) + log(1 - p2)) / 2)


_W = "(e1*x1+e2*x2+e3*x3)"
_B = "(p1-0.8+p2+0.35)"
_W1 = "((p1-0.8)*0.6-(p2+0.35)*1.2)"
_D1 = "(o1-0.9)*o1*(1-o1)"
_D2 = "(o2-0.15)*o2*(1-o2)"
PAPERS = (
    Fresh("sum for mean", batch, "w", "2*" + _W, "the division by 3"),
    Fresh(
        "the mean twice", batch, "w", "2*" + _W + "/9", "the 3 contributions to ∂L/∂w are averaged"
    ),
    Fresh(
        "2 forgotten",
        batch,
        "b",
        "(e1+e2+e3)/3",
        "is not brought down as a factor, and so in 2 more",
    ),
    Fresh("second sample forgotten", batch, "w", "2*(e1*x1+e3*x3)/3", "path through e2 is missing"),
    Fresh("first sample alone", batch, "w", "2*e1*x1/3", "only the last of the 3 contributions"),
    Fresh("third sample twice", batch, "b", "2*(e1+e2+2*e3)/3", "e3 is counted twice"),
    Fresh("x left out", batch, "w", "2*(e1+e2+e3)/3", "the factor"),
    Fresh("x1 in all samples", batch, "w", "2*(e1+e2+e3)*x1/3", "x1 = 1.3 stands"),
    Fresh("mean of x", batch, "w", "2*(e1+e2+e3)*(x1+x2+x3)/9", "the mean of the 3 factors"),
    Fresh("N-1", batch, "b", "2*(e1+e2+e3)/2", "of the mean"),
    Fresh("errors the other way", batch, "w", "-2*" + _W + "/3", "the sign is wrong"),
    Fresh("penalty on b", decay, "b", _B + "/2+k*b", "is in no penalty"),
    Fresh(
        "penalty of w1 on b",
        decay,
        "b",
        _B + "/2+k*w1",
        "what w1² contributes to ∂J/∂w1 is added, which",
    ),
    Fresh(
        "penalties of all on b",
        decay,
        "b",
        _B + "/2+k*(w1+w2)",
        "what w1² contributes to ∂J/∂w1 is added, and 1 more",
    ),
    Fresh(
        "half forgotten",
        decay,
        "w1",
        _W1 + "/2+2*k*w1",
        "k = 0.15 stands where k/2 = 0.075 belongs",
    ),
    Fresh("half twice", decay, "w1", _W1 + "/2+k*w1/2", "the exponent of w1²"),
    Fresh("k forgotten", decay, "w2", "((p1-0.8)*1.1+(p2+0.35)*0.5)/2+w2", "k/2"),
    Fresh("penalty forgotten", decay, "w1", _W1 + "/2", "the path through R is missing"),
    Fresh("penalty subtracted", decay, "w1", _W1 + "/2-k*w1", "through R has the wrong sign"),
    Fresh(
        "the other weight's penalty",
        decay,
        "w1",
        _W1 + "/2+k*w2",
        "the derivative of w2², −2.8, stands",
    ),
    Fresh(
        "data not averaged",
        decay,
        "w1",
        _W1 + "+k*w1",
        "on the paths through E a factor of 2 is too much",
    ),
    Fresh("one sample", decay, "w1", "(p1-0.8)*0.6/2+k*w1", "the path through p2 is missing"),
    Fresh("sign of w forgotten", lasso, "w", "(p-1)*x+k+2*m*w", "|w|"),
    Fresh("abs as square", lasso, "w", "(p-1)*x+2*k*w+2*m*w", "|w|"),
    Fresh("abs as itself", lasso, "w", "(p-1)*x-k*w+2*m*w", "|w|"),
    Fresh("2 of the square", lasso, "w", "(p-1)*x-k+m*w", "not brought down"),
    Fresh(
        "lasso on b",
        lasso,
        "b",
        "(p-1)-k+2*m*w",
        "contributes to ∂J/∂w is added, and 1 more like it",
    ),
    Fresh("target's sign", lasso, "b", "p+1", "the 1 of the label is added to p"),
    Fresh("label left out", lasso, "w", "p*x-k+2*m*w", "as for the other label"),
    Fresh("y minus p", lasso, "w", "(1-p)*x-k+2*m*w", "sign"),
    Fresh("t - p", classes, "z2", "t2-p2", "the minus of ∂L/∂v₁₅"),
    Fresh("p + t", classes, "z2", "p2+t2", "sign"),
    Fresh("p alone", classes, "z1", "p1", "the path through p1 is missing"),
    Fresh("minus t alone", classes, "z3", "-t3", "is missing"),
    Fresh("one-hot of the target", classes, "z2", "p2-1", "0.7 is taken as 1, and the others"),
    Fresh("diagonal alone", classes, "z2", "-t2*(1-p2)", "only the path through p2 is there"),
    Fresh(
        "p(1-p) too", classes, "z2", "(p2-t2)*p2*(1-p2)", "a factor of p2 · (1 − p2) is too much"
    ),
    Fresh("x left out", classes, "w2", "p2-t2", "the factor ∂z2/∂w2 = 1.6"),
    Fresh("w for x", classes, "w3", "(p3-t3)*w3", "swapped"),
    Fresh("transposed", layers, "h1", _D1 + "*c11+" + _D2 + "*c12", "c12 = 1.4 stands"),
    Fresh(
        "transposed in the first layer",
        layers,
        "x1",
        "(" + _D1 + "*c11+" + _D2 + "*c21)*(1-h1**2)*a11"
        "+(" + _D1 + "*c12+" + _D2 + "*c22)*(1-h2**2)*a12",
        "a12 = −0.3 stands",
    ),
    Fresh("one output", layers, "h2", _D1 + "*c12", "the path through u2 is missing"),
    Fresh("h(1-h)", layers, "z1", "(" + _D1 + "*c11+" + _D2 + "*c21)*h1*(1-h1)", "h1 · (1 − h1)"),
    Fresh(
        "sigma' of the output again",
        layers,
        "z1",
        "(" + _D1 + "*c11+" + _D2 + "*c21)*o1*(1-o1)",
        "the derivative of o1",
    ),
    Fresh(
        "the other unit's h",
        layers,
        "z1",
        "(" + _D1 + "*c11+" + _D2 + "*c21)*(1-h2**2)",
        "the derivative of h2",
    ),
    Fresh("no tanh'", layers, "a11", "(" + _D1 + "*c11+" + _D2 + "*c21)*x1", "inner derivative"),
    Fresh("1-o^2", layers, "u2", "(o2-0.15)*(1-o2**2)", "1 − o2²"),
    Fresh("delta of the other output", layers, "c11", _D2 + "*h1", "that is ∂E/∂c21"),
    Fresh("z for h", layers, "c12", _D1 + "*z2", "z2 = −1.05 stands where h2"),
    Fresh("scale forgotten", dropout, "w1", "2*(o-y)*v1*m1*h1*(1-h1)*x", "of d1"),
    Fresh("scale the wrong way", dropout, "w1", "2*(o-y)*v1*m1*h1*(1-h1)*x*q", "stands"),
    Fresh("scale twice", dropout, "w1", "2*(o-y)*v1*m1*h1*(1-h1)*x/q**2", "is there twice"),
    Fresh(
        "mask forgotten", dropout, "w2", "2*(o-y)*v2*h2*(1-h2)*x/q", "= 0 of m2 · h2 is left out"
    ),
    Fresh("h for d", dropout, "v1", "2*(o-y)*h1", "h1 = 0.726115 stands"),
    Fresh("plus n", momentum, "u", "2*(1.5*s-2.0)*1.5*n", "the minus of ∂s/∂(n · u)"),
    Fresh("minus on r", momentum, "m", "3*(1.5*s-2.0)*n*r", "the minus of"),
    Fresh("m for r", momentum, "m", "-3*(1.5*s-2.0)*n*m", "swapped"),
    Fresh("n forgotten", momentum, "g", "-3*(1.5*s-2.0)", "the factor"),
    Fresh("g for u", momentum, "n", "-3*(1.5*s-2.0)*g", "g = −0.9 stands where u"),
    Fresh("1.5 forgotten", momentum, "r", "-2*(1.5*s-2.0)*n*m", "the factor 1.5"),
    Fresh(
        "mean held fixed",
        norm,
        "x1",
        "2*(c*h+d)*c*(1/s-h*h/(2*s))",
        "the path through m is missing",
    ),
    Fresh("spread held fixed", norm, "x1", "2*(c*h+d)*c/(2*s)", "the path through v is missing"),
    Fresh("neither", norm, "x1", "2*(c*h+d)*c/s", "only the path through h is there"),
    Fresh("root's half", norm, "v", "-2*(c*h+d)*c*h/s**2", "1/√("),
    Fresh("h for c", norm, "c", "2*(c*h+d)*c", "swapped"),
    Fresh("outer weight alone", tied, "w", "2*(o-y)*(1-o**2)*h", "missing"),
    Fresh("inner weight alone", tied, "w", "2*(o-y)*(1-o**2)*w*(1-h**2)*x", "missing"),
    Fresh("o for h in tanh'", tied, "z", "2*(o-y)*(1-o**2)*w*(1-o**2)", "of o = tanh(u)"),
    Fresh("tanh' once", tied, "x", "2*(o-y)*(1-o**2)*w*w", "the inner derivative ∂h/∂z"),
    Fresh("averaged", tied, "w", "(o-y)*(1-o**2)*(h+w*(1-h**2)*x)", "the exponent of L = (o − y)²"),
    Fresh("minus of 1-r lost", gated, "r", "(h-0.3)*(k+n)", "the minus of"),
    Fresh("k forgotten", gated, "r", "(h-0.3)*n", "the path through 1 − r is missing"),
    Fresh("r for 1-r", gated, "k", "(h-0.3)*r", "r = 0.774692 stands where 1 − r"),
    Fresh("1-n", gated, "c", "(h-0.3)*r*(1-n)*x", "1 − n stands"),
    Fresh("r'", gated, "a", "(h-0.3)*(n-k)*r*x", "itself stands"),
    Fresh("sum for mean", margin, "w", "(-1.5-0.7)+0.1*w", "the division by 2"),
    Fresh("label's sign", margin, "w", "(1.5-0.7)/2+0.1*w", "sign"),
    Fresh("penalty on b", margin, "b", "0.1*b", "is in no penalty"),
    Fresh("the way around", residual, "h", "2*o/(1+o**2)*c*(1-(o-h)**2)", "direct path"),
    Fresh("minus of a", residual, "a", "2*o/(1+o**2)*(1+c*(1-(o-h)**2))*x", "the minus of"),
    Fresh("log' as 1/o", residual, "o", "1/(1+o**2)", "∂(o²)/∂o"),
    Fresh("sample sum", entropy, "b", "(p1-1)+p2", "the division by 2"),
    Fresh("minus of 1-p2", entropy, "w", "((p1-1)*0.8+p2*1.9)/2", "the minus of ∂(1 − p2)/∂p2"),
    Fresh("first target 0", entropy, "b", "(p1+p2)/2", "as if 1 − p1 were in the logarithm"),
    Fresh("second target", entropy, "b", "((p1-1)+(p2-1))/2", "as if p2 were in the logarithm"),
)
