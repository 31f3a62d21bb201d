"""Wrong papers on eight graphs more, written when those of `training_wrong_papers` were named.

They measure how many slips have a name where nothing was made for them.
"""

from __future__ import annotations

from fresh_wrong_papers import Fresh
from training_wrong_papers import leaves
from wrong_papers import label

from tinygrad_edu import Value, exp, log, relu, sigmoid, tanh


def ridge() -> Value:
    """Two samples of two inputs, half the sum of squares, and half of 0.25 times the weights'."""
    w, v, b = leaves(w=1.3, v=-0.45, b=0.2)
    e1 = label("e1", w * 0.7 + v * 1.9 + b - 1.1)
    e2 = label("e2", w * -1.4 + v * 0.3 + b + 0.6)
    return label("J", 0.5 * (e1**2 + e2**2) + 0.125 * (w * w + v * v))


def unrolled() -> Value:
    """Two steps of a recurrent unit."""
    u, v, x1, x2, y = leaves(u=0.9, v=-0.6, x1=0.8, x2=-1.5, y=0.35)
    h1 = label("h1", tanh(u * x1))
    z2 = label("z2", u * x2 + v * h1)
    h2 = label("h2", tanh(z2))
    return label("L", (h2 - y) ** 2)


def attention() -> Value:
    """Two keys, two values."""
    q, k1, k2, v1, v2 = leaves(q=0.7, k1=1.2, k2=-0.9, v1=2.3, v2=-1.6)
    s1, s2 = label("s1", q * k1), label("s2", q * k2)
    n = label("n", exp(s1) + exp(s2))
    a1, a2 = label("a1", exp(s1) / n), label("a2", exp(s2) / n)
    o = label("o", a1 * v1 + a2 * v2)
    return label("L", 0.5 * (o - 0.4) ** 2)


def weighted() -> Value:
    """A logistic regression whose positive class counts three times."""
    w, b, x, c, y = leaves(w=-0.55, b=0.8, x=1.9, c=3.0, y=0.75)
    p = label("p", sigmoid(w * x + b))
    return label("L", -(c * y * log(p) + (1 - y) * log(1 - p)))


def hidden() -> Value:
    """Two ReLU units under a sigmoid, and the cross-entropy of the label 0."""
    x1, x2, b = leaves(x1=1.4, x2=-0.5, b=0.15)
    a1, a2, b1, b2 = leaves(a1=0.6, a2=-1.1, b1=0.85, b2=0.4)
    c1, c2 = leaves(c1=0.7, c2=-1.3)
    z1, z2 = label("z1", a1 * x1 + a2 * x2), label("z2", b1 * x1 + b2 * x2)
    h1, h2 = label("h1", relu(z1)), label("h2", relu(z2))
    t = label("t", c1 * h1 + c2 * h2 + b)
    p = label("p", sigmoid(t))
    return label("L", -log(1 - p))


def nesterov() -> Value:
    """The loss at the point that momentum looks ahead to."""
    w, m, r, n = leaves(w=0.8, m=-0.7, r=0.6, n=0.25)
    s = label("s", w - n * r * m)
    return label("L", (s - 1.4) ** 2 + 0.3 * s)


def scaled() -> Value:
    """Dropout that keeps a half, over the mean of two units."""
    x, w1, w2, v = leaves(x=1.15, w1=0.9, w2=-0.35, v=1.7)
    h1, h2 = label("h1", tanh(w1 * x) / 0.5), label("h2", tanh(w2 * x) / 0.5)
    m = label("m", (h1 + h2) / 2)
    return label("L", (v * m - 0.8) ** 2)


def standard() -> Value:
    """The three numbers of a class, centred, and their spread."""
    x, y, z, g = leaves(x=0.5, y=2.6, z=1.1, g=0.75)
    m = label("m", (x + y + z) / 3)
    d = label("d", x - m)
    s = label("s", ((x - m) ** 2 + (y - m) ** 2 + (z - m) ** 2) / 3)
    return label("L", g * d / (s + 0.2))


_B = "(o-0.4)*"
_T = "2*(h2-y)*(1-h2**2)*"
PAPERS = (
    Fresh(
        "penalty on b",
        ridge,
        "b",
        "e1+e2+0.25*b",
        "a term for b is added, as that of w² for w: b is in no",
    ),
    Fresh(
        "w's penalty on b",
        ridge,
        "b",
        "e1+e2+0.25*w",
        "what w² contributes to ∂J/∂w is added, which does not",
    ),
    Fresh(
        "penalty forgotten",
        ridge,
        "w",
        "e1*0.7-e2*1.4",
        "the path through w² is missing (w is used 4 times)",
    ),
    Fresh(
        "penalty's 2",
        ridge,
        "w",
        "e1*0.7-e2*1.4+0.125*w",
        "one of the 2 paths through w² is missing (w is used 4",
    ),
    Fresh(
        "penalty's half", ridge, "v", "e1*1.9+e2*0.3+0.5*v", "the path through v² is counted twice"
    ),
    Fresh(
        "penalty subtracted",
        ridge,
        "v",
        "e1*1.9+e2*0.3-0.25*v",
        "the path through v² has the wrong sign",
    ),
    Fresh(
        "mean for sum",
        ridge,
        "w",
        "(e1*0.7-e2*1.4)/2+0.25*w",
        "the exponent of e2² is not brought down as a factor,",
    ),
    Fresh(
        "first input in both",
        ridge,
        "w",
        "(e1+e2)*0.7+0.25*w",
        "0.7 stands where −1.4 belongs",
    ),
    Fresh(
        "minus of the input",
        ridge,
        "w",
        "e1*0.7+e2*1.4+0.25*w",
        "the path through e2 has the wrong sign",
    ),
    Fresh(
        "last step alone",
        unrolled,
        "u",
        _T + "x2",
        "the path through h1 is missing (u is used 2 times)",
    ),
    Fresh(
        "first step alone",
        unrolled,
        "u",
        _T + "v*(1-h1**2)*x1",
        "the path through z2 is missing (u is used 2 times)",
    ),
    Fresh(
        "h2 in both slopes",
        unrolled,
        "u",
        _T + "(x2+v*(1-h2**2)*x1)",
        "the derivative of h2 = tanh(z2), 0.12038, stands where",
    ),
    Fresh(
        "v forgotten",
        unrolled,
        "u",
        _T + "(x2+(1-h1**2)*x1)",
        "the factor ∂(v · h1)/∂h1 = −0.6 of v · h1 is left out",
    ),
    Fresh(
        "h2 for h1",
        unrolled,
        "v",
        _T + "h2",
        "h2 = −0.937881 stands where h1 = 0.616909 belongs, in v",
    ),
    Fresh(
        "no slope at the first step",
        unrolled,
        "u",
        _T + "(x2+v*x1)",
        "the inner derivative ∂h1/∂(u · x1) = 0.619423 of h1 =",
    ),
    Fresh(
        "h(1-h)",
        unrolled,
        "v",
        "2*(h2-y)*h2*(1-h2)*h1",
        "h2 · (1 − h2) stands where ∂h2/∂z2 = 0.12038 of h2 =",
    ),
    Fresh(
        "x1 in both",
        unrolled,
        "u",
        _T + "(x1+v*(1-h1**2)*x1)",
        "x1 = 0.8 stands where x2 = −1.5 belongs, in u · x2",
    ),
    Fresh(
        "weights held fixed",
        attention,
        "v1",
        _B + "v1",
        "the operands of a1 · v1 are swapped, where ∂(a1 ·",
    ),
    Fresh(
        "other weight",
        attention,
        "v1",
        _B + "a2",
        "a2 = 0.186943 stands where a1 = 0.813057 belongs, in a1",
    ),
    Fresh(
        "no normaliser",
        attention,
        "s1",
        _B + "a1*v1",
        "the path through n is missing (s1 is used 2 times)",
    ),
    Fresh(
        "no cross term",
        attention,
        "s1",
        _B + "a1*(1-a1)*v1",
        "the path through a2 is missing (n is used 2 times)",
    ),
    Fresh(
        "cross term's sign",
        attention,
        "s1",
        _B + "a1*a2*(v1+v2)",
        "the minus of ∂a2/∂n = −0.0656179 is lost, in a2 =",
    ),
    Fresh(
        "q for k",
        attention,
        "q",
        _B + "a1*a2*(v1-v2)*(q-q)+" + _B + "a1*a2*(v1-v2)*q",
        "that is ∂L/∂k1 and not the one asked for",
    ),
    Fresh(
        "key of one",
        attention,
        "q",
        _B + "a1*a2*(v1-v2)*k1",
        "the path through s2 is missing (q is used 2 times)",
    ),
    Fresh(
        "weight forgotten",
        weighted,
        "w",
        "(p-y)*x",
        "y = 0.75 stands where c · y = 2.25 belongs, in c · y ·",
    ),
    Fresh("weight on both", weighted, "w", "c*(p-y)*x", "c = 3 of c · y · ln(p) is put on"),
    Fresh(
        "sign", weighted, "b", "c*y*(1-p)-(1-y)*p", "the minus of ∂L/∂v₉ = −1 is lost, in L = −v₉"
    ),
    Fresh(
        "second term's sign",
        weighted,
        "b",
        "-c*y*(1-p)-(1-y)*p",
        "the minus of ∂(1 − p)/∂p = −1 is lost, in 1 − p",
    ),
    Fresh(
        "slope twice",
        weighted,
        "b",
        "(-c*y*(1-p)+(1-y)*p)*p*(1-p)",
        "the factor ∂p/∂(w · x + b) = 0.246286 of p = σ(w · x +",
    ),
    Fresh(
        "first term alone",
        weighted,
        "w",
        "-c*y*(1-p)*x",
        "the path through 1 − p is missing (p is used 2 times)",
    ),
    Fresh("label 1", hidden, "t", "p-1", "ln(1 − p) is differentiated as if p were in the"),
    Fresh("sign", hidden, "t", "-p", "the sign is wrong"),
    Fresh(
        "c forgotten",
        hidden,
        "a1",
        "p*x1",
        "the factor ∂(c1 · h1)/∂h1 = 0.7 of c1 · h1 is left out",
    ),
    Fresh(
        "other c", hidden, "a1", "p*c2*x1", "c2 = −1.3 stands where c1 = 0.7 belongs, in c1 · h1"
    ),
    Fresh(
        "other input",
        hidden,
        "a2",
        "p*c1*x1",
        "x1 = 1.4 stands where x2 = −0.5 belongs, in a2 · x2",
    ),
    Fresh(
        "one unit", hidden, "x1", "p*c1*a1", "the path through z2 is missing (x1 is used 2 times)"
    ),
    Fresh(
        "transposed",
        hidden,
        "x1",
        "p*(c1*a1+c2*a2)",
        "a2 = −1.1 stands where b1 = 0.85 belongs, in b1 · x1",
    ),
    Fresh(
        "sigma' too",
        hidden,
        "c1",
        "p*p*(1-p)*h1",
        "the factor ∂p/∂t = 0.248327 of p = σ(t) is there twice",
    ),
    Fresh(
        "relu itself",
        hidden,
        "b1",
        "p*c2*h2*x1",
        "h2 = ReLU(z2) = 0.99 itself stands where its derivative",
    ),
    Fresh(
        "plus",
        nesterov,
        "m",
        "(2*(s-1.4)+0.3)*n*r",
        "the minus of ∂s/∂(n · r · m) = −1 is lost, in s = w − n",
    ),
    Fresh(
        "linear term forgotten",
        nesterov,
        "w",
        "2*(s-1.4)",
        "the path through 0.3 · s is missing (s is used 2 times)",
    ),
    Fresh(
        "2 forgotten",
        nesterov,
        "w",
        "(s-1.4)+0.3",
        "the exponent of (s − 1.4)² is not brought down as a",
    ),
    Fresh(
        "r forgotten",
        nesterov,
        "m",
        "-(2*(s-1.4)+0.3)*n",
        "n = 0.25 stands where n · r = 0.15 belongs, in n · r · m",
    ),
    Fresh(
        "n for r",
        nesterov,
        "r",
        "-(2*(s-1.4)+0.3)*r*m",
        "the operands of n · r are swapped, where ∂(n · r)/∂r =",
    ),
    Fresh(
        "scale forgotten",
        scaled,
        "w1",
        "2*(v*m-0.8)*v*(1-tanh(w1*x)**2)*x/2",
        "the division by ½ in h1 = tanh(w1 · x) / ½ is left out",
    ),
    Fresh(
        "scale times",
        scaled,
        "w1",
        "2*(v*m-0.8)*v*0.5*(1-tanh(w1*x)**2)*x/2",
        "½ stands where ∂h1/∂tanh(w1 · x) = 2 of h1 = tanh(w1 ·",
    ),
    Fresh(
        "mean forgotten",
        scaled,
        "w1",
        "2*(v*m-0.8)*v*2*(1-tanh(w1*x)**2)*x",
        "the division by 2 in m = (h1 + h2) / 2 is left out",
    ),
    Fresh("scaled h in the slope", scaled, "w1", "2*(v*m-0.8)*v*(1-h1**2)/0.5*x/2", ""),
    Fresh(
        "one unit",
        scaled,
        "x",
        "2*(v*m-0.8)*v*(1-tanh(w1*x)**2)*w1",
        "the path through h2 is missing (x is used 2 times)",
    ),
    Fresh(
        "m for v",
        scaled,
        "v",
        "2*(v*m-0.8)*v",
        "the operands of v · m are swapped, where ∂(v · m)/∂v =",
    ),
    Fresh(
        "mean held fixed in d",
        standard,
        "x",
        "g/(s+0.2)-g*d/(s+0.2)**2*2*d/3",
        "the path through m is missing (x is used 3 times)",
    ),
    Fresh(
        "spread held fixed",
        standard,
        "x",
        "g*2/3/(s+0.2)",
        "the path through s is missing (x is used 3 times)",
    ),
    Fresh(
        "not squared",
        standard,
        "s",
        "-g*d/(s+0.2)",
        "−(g · d)/(s + 0.2) stands where ∂L/∂(s + 0.2) =",
    ),
    Fresh(
        "minus lost",
        standard,
        "s",
        "g*d/(s+0.2)**2",
        "the minus of ∂L/∂(s + 0.2) = 0.702832 is lost, in L = g",
    ),
    Fresh(
        "N-1",
        standard,
        "y",
        "-g/3/(s+0.2)-g*d/(s+0.2)**2*2*(y-m)/2",
        "2 stands where the number 3 of the mean s = v₁₁/3",
    ),
)
