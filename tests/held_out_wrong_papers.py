"""Wrong papers on six more graphs, written when those of `fresh_wrong_papers` were named.

Of the 43, 40 had a name as they were first put to the checker, and none a wrong one.
"""

from __future__ import annotations

from fresh_wrong_papers import Fresh
from wrong_papers import label

from tinygrad_edu import Value, exp, log, sigmoid, softplus, sqrt, tanh


def cell() -> Value:
    """A cell of a recurrent network with gates."""
    x, wf, wi, wg, k = (
        Value(data, name)
        for data, name in ((0.9, "x"), (1.3, "wf"), (-0.8, "wi"), (0.6, "wg"), (0.7, "k"))
    )
    f, i, g = label("f", sigmoid(wf * x)), label("i", sigmoid(wi * x)), label("g", tanh(wg * x))
    return label("h", tanh(label("c", f * k + i * g)))


def gauss() -> Value:
    y, m, s = Value(1.7, "y"), Value(0.9, "m"), Value(0.6, "s")
    return label("N", (y - m) ** 2 / (2 * s**2) + log(s))


def cubic() -> Value:
    x, a, b = Value(1.3, "x"), Value(0.7, "a"), Value(-1.9, "b")
    p = label("p", a * x**3 + b * x**2 + 1)
    return label("L", (p - 0.4) ** 2)


def cosine() -> Value:
    a, b, c, d = Value(1.2, "a"), Value(-0.4, "b"), Value(0.8, "c"), Value(1.5, "d")
    n = label("n", a * c + b * d)
    u, v = label("u", sqrt(a**2 + b**2)), label("v", sqrt(c**2 + d**2))
    return label("C", n / (u * v))


def ridge() -> Value:
    x, w, b, y = Value(1.4, "x"), Value(0.9, "w"), Value(-0.2, "b"), Value(2.1, "y")
    p = label("p", w * x + b)
    return label("J", (p - y) ** 2 + 0.3 * w**2)


def shortcut() -> Value:
    x, w, v = Value(-0.6, "x"), Value(1.9, "w"), Value(0.7, "v")
    z = label("z", w * x)
    h = label("h", softplus(z))
    return label("L", exp(-label("o", v * h + z)))


E = "2.718281828459045"
PAPERS = (
    Fresh("x forgotten", cell, "wf", "(1-h**2)*k*f*(1-f)", "the factor ∂(wf · x)/∂wf"),
    Fresh("outer tanh' forgotten", cell, "wf", "k*f*(1-f)*x", "the inner derivative ∂h/∂c"),
    Fresh("g forgotten", cell, "wi", "(1-h**2)*i*(1-i)*x", "the factor ∂(i · g)/∂i"),
    Fresh("k for g (neighbour)", cell, "wi", "(1-h**2)*k*i*(1-i)*x", "k = 0.7 stands where g"),
    Fresh("sigma' for tanh'", cell, "wg", "(1-h**2)*i*g*(1-g)*x", "g · (1 − g) stands"),
    Fresh("i for f", cell, "k", "(1-h**2)*i", "i = 0.327393 stands where f"),
    Fresh(
        "g path forgotten",
        cell,
        "x",
        "(1-h**2)*(k*f*(1-f)*wf+g*i*(1-i)*wi)",
        "the path through g is missing",
    ),
    Fresh("c for h", cell, "k", "(1-c**2)*f", "has c = 0.695602 in it where h"),
    Fresh("1+g^2", cell, "wg", "(1-h**2)*i*(1+g**2)*x", "1 + g² stands"),
    Fresh("sign", gauss, "m", "(y-m)/s**2", "in y − m"),
    Fresh("half forgotten", gauss, "m", "-2*(y-m)/s**2", "a factor of 2 is too much"),
    Fresh("ln forgotten", gauss, "s", "-(y-m)**2/s**3", "the path through ln(s) is missing"),
    Fresh(
        "factor 2 of square",
        gauss,
        "s",
        "-(y-m)**2/(2*s**3)+1/s",
        "the exponent of s² is not brought down",
    ),
    Fresh(
        "minus lost",
        gauss,
        "s",
        "(y-m)**2/s**3+1/s",
        "the minus of ∂((y − m)² / (2 · s²))/∂(2 · s²)",
    ),
    Fresh(
        "s**2 not s**3",
        gauss,
        "s",
        "-(y-m)**2/s**2+1/s",
        "the exponent of s² is brought down but not lowered",
    ),
    Fresh("1/s as s", gauss, "s", "-(y-m)**2/s**3+s", "s stands where ∂ln(s)/∂s"),
    Fresh(
        "2 of second forgotten",
        cubic,
        "x",
        "2*(p-0.4)*(3*a*x**2+b*x)",
        "the exponent of x² is not brought down",
    ),
    Fresh(
        "exponent not lowered",
        cubic,
        "x",
        "2*(p-0.4)*(3*a*x**3+2*b*x)",
        "the exponent of x³ is brought down but not lowered",
    ),
    Fresh("no exponents", cubic, "x", "2*(p-0.4)*(a*x**2+b*x)", "and so in 1 more like it"),
    Fresh("outer forgotten", cubic, "x", "(3*a*x**2+2*b*x)", "of L = (p − 0.4)² is left out"),
    Fresh(
        "derived x**3 too",
        cubic,
        "a",
        "2*(p-0.4)*3*x**2",
        "∂(x³)/∂x = 5.07 stands where x³ = 2.197 belongs, in a · x³",
    ),
    Fresh("target forgotten", cubic, "b", "2*p*x**2", "p = −0.6731 stands where p − 0.4"),
    Fresh(
        "x for x**2", cubic, "b", "2*(p-0.4)*x", "x = 1.3 stands where x² = 1.69 belongs, in b · x²"
    ),
    Fresh("u path forgotten", cosine, "a", "c/(u*v)", "the path through u is missing"),
    Fresh("u^2 for u^3", cosine, "a", "c/(u*v)-n*a/(u**2*v)", "u · v = 2.15035 itself stands"),
    Fresh("minus lost", cosine, "a", "c/(u*v)+n*a/(u**3*v)", "the minus of ∂C/∂(u · v)"),
    Fresh("half of sqrt forgotten", cosine, "a", "c/(u*v)-n*2*a/(u**3*v)", "1/√(a² + b²) stands"),
    Fresh("1/(uv) forgotten", cosine, "a", "c-n*a/(u**3*v)", "of C = n / (u · v) is left out"),
    Fresh("times for divide", cosine, "n", "u*v", "(u · v) stands where ∂C/∂n"),
    Fresh("not squared", cosine, "u", "-n/(u*v)", "u · v = 2.15035 itself stands"),
    Fresh("penalty forgotten", ridge, "w", "2*(p-y)*x", "the path through w² is missing"),
    Fresh(
        "2 of the penalty", ridge, "w", "2*(p-y)*x+0.3*w", "the exponent of w² is not brought down"
    ),
    Fresh("lambda forgotten", ridge, "w", "2*(p-y)*x+2*w", "the factor 0.3 in 0.3 · w²"),
    Fresh("x forgotten", ridge, "w", "2*(p-y)+0.6*w", "the factor ∂(w · x)/∂w"),
    Fresh(
        "sign in data part", ridge, "w", "2*(y-p)*x+0.6*w", "the path through p has the wrong sign"
    ),
    Fresh("penalty on b too", ridge, "b", "2*(p-y)+0.6*w", "what w² contributes to ∂J/∂w is added"),
    Fresh("product for sum", ridge, "w", "2*(p-y)*x*0.6*w", "are multiplied, not added"),
    Fresh(
        "softplus' as itself",
        shortcut,
        "w",
        "-L*(v*h+1)*x",
        "h = softplus(z) = 0.277495 itself stands",
    ),
    Fresh(
        "z path forgotten",
        shortcut,
        "w",
        "-L*v/(1+" + E + "**-z)*x",
        "the path through o is missing",
    ),
    Fresh("minus of exp", shortcut, "w", "L*(v/(1+" + E + "**-z)+1)*x", "in −o"),
    Fresh("z for h", shortcut, "v", "-L*z", "z = −1.14 stands where h"),
    Fresh("exp' forgotten", shortcut, "v", "-h", "the inner derivative ∂L/∂(−o)"),
    Fresh(
        "sigma' instead of sigma",
        shortcut,
        "w",
        "-L*(v*(1-" + E + "**-h)*(" + E + "**-h)+1)*x",
        "the derivative of σ stands",
    ),
)
