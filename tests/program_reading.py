r"""A reader of a program's LaTeX: works each line out by what it says, from those before it.

It knows the notation by the docstring of `arrays.programs.latex` only. A symbol has to be given or
to have a line before it is used, no sign may bind in two ways, and nothing is reshaped that is not
said to be: a matrix is no vector, and a product of arrays that do not fit is an error.
"""

import math
import re
from functools import reduce

import numpy as np

from tinygrad_edu.arrays.numeric import each, logsumexp, softmax, xlogy

CALLED = {
    **{name: getattr(np, name) for name in ("tanh", "sin", "cos", "tan", "sinh", "cosh")},
    **{"ln": np.log, "max": np.maximum, "min": np.minimum, "Phi": each("normal_cdf")},
    **{f"arc{name}": getattr(np, f"arc{name}") for name in ("sin", "cos", "tan")},
    "sigma": lambda x: 1.0 / (1.0 + np.exp(-x)),
}
NAMED = {
    **{"logsumexp": logsumexp, "softmax": softmax, "xlogy": xlogy, "sign": np.sign},
    **{"GELU": each("gelu"), "erf": each("erf"), "arsinh": np.arcsinh, "hypot": np.hypot},
}
SHAPED = {"reshape": np.reshape, "broadcast": np.broadcast_to, "transpose": np.transpose}


class Row:
    """The transpose of a vector."""

    def __init__(self, of):
        self.of = of


class Ones:
    """The vector of ones that is as long as it has to be."""


class Reader:
    """Reads one formula by recursive descent.

    known    arrays by their symbols
    classes  how many there are, for [j = yᵢ]
    """

    def __init__(self, text, known, classes=0):
        self.rest, self.known, self.classes = text.strip(), known, classes
        self.symbols = sorted(known, key=len, reverse=True)

    def whole(self):
        found = self.sum()
        if self.rest:
            raise ValueError(f"not read: {self.rest!r}")
        return found

    def take(self, *marks):
        for mark in marks:
            if self.rest.startswith(mark):
                self.rest = self.rest[len(mark) :].lstrip(" ")
                return mark
        return ""

    def need(self, mark):
        if not self.take(mark):
            raise ValueError(f"no {mark} in {self.rest!r}")

    def match(self, pattern):
        found = re.match(pattern, self.rest)
        if found:
            self.rest = self.rest[found.end() :].lstrip(" ")
        return found

    def sum(self):
        found = -self.term() if self.take("-") else self.term()
        while sign := self.take("+", "-"):
            term = self.term()
            found = plain(found) + plain(term) if sign == "+" else plain(found) - plain(term)
        return found

    def term(self):
        if self.take(r"\sum"):
            return np.sum(plain(self.term()))
        factors, signs = [self.factor()], []
        while self.rest and not re.match(
            r"[-+=&<>,}]|\\right|\\(ge|le|ne|end)(?![a-z])|\\\\", self.rest
        ):
            signs.append(self.take(r"\odot", r"\,", r"\cdot").replace("cdot", ","))
            factors.append(self.factor())
        while signs and signs[0] == r"\,":  # a number times something
            first = factors.pop(0)
            assert np.ndim(first) == 0
            factors[0] = first * plain(factors[0])
            signs.pop(0)
        if len({*signs}) > 1:
            raise ValueError(f"a product that can be read in two ways: {signs}")
        if signs and signs[0]:
            return reduce(np.multiply, map(plain, factors))
        return reduce(product, factors)

    def factor(self):
        found = self.atom()
        while not self.rest.startswith("{}_{") or self.rest.startswith("{}_{["):
            if self.take(r"^{\top}"):
                found = Row(found) if np.ndim(found) == 1 or found is ONES else turned(found)
            elif self.take("^{"):
                found = plain(found) ** self.sum()
                self.need("}")
            elif self.rest.startswith("{}_{["):
                found = plain(found)[self.index()]
            else:
                break
        return found

    def index(self):
        """An index in Python's manner, with symbols for the tables in it."""
        inside = self.match(r"\{\}_\{\[(.*?)\]\}")[1].replace(r"\text{None}", "None")
        tables = {}
        for symbol in re.findall(r"I_\{\d+\}", inside):
            tables[f"I{symbol[3:-1]}"] = self.known[symbol]
            inside = inside.replace(symbol, f"I{symbol[3:-1]}")
        return eval(f"np.s_[{inside}]", {"np": np, **tables})

    def letters(self):
        self.need("{}_{")
        return self.match(r"([a-z]+)\}")[1]

    def atom(self):
        if found := self.match(r"\d+\.?\d*(e-?\d+)?"):
            whole = float(found[0])
            return whole * float("1e" + self.braced()) if self.take(r"\cdot 10^{") else whole
        if self.take(r"\left("):
            parts = [self.sum()]
            while self.take(","):
                parts.append(self.sum())
            self.need(r"\right)")
            return np.concatenate([np.atleast_1d(x) for x in parts]) if parts[1:] else parts[0]
        if self.take(r"\left|"):
            found = self.sum()
            self.need(r"\right|")
            return np.abs(found)
        if self.take(r"\left["):
            return self.in_square_brackets()
        for symbol in self.symbols:
            if self.take(symbol):
                return self.known[symbol]
        return self.command()

    def command(self):
        if self.take(r"\frac{", r"\tfrac{"):
            over = self.sum()
            self.need("}")
            self.need("{")
            under = self.sum()
            self.need("}")
            return plain(over) / plain(under)
        if self.take(r"\sqrt{"):
            found = self.sum()
            self.need("}")
            return np.sqrt(found)
        if self.take("e^{"):
            found = self.sum()
            self.need("}")
            return np.exp(found)
        if self.take(r"\pi"):
            return math.pi
        if found := self.match(r"\\mathbf\{1\}(?:_\{(\d+)\})?"):
            return np.ones(int(found[1])) if found[1] else ONES
        if self.take(r"\mathbf{0}_{"):
            return np.zeros(self.sizes())
        if self.take(r"\begin{cases}"):
            return self.cases()
        if self.take(r"\mathrm{sum}_{"):
            axes = tuple(map(int, self.braced().split(", ")))
            return np.sum(self.arguments()[0], axes)
        if found := self.match(r"\\operatorname\{(\w+)\}"):
            return self.named(found[1])
        if found := self.match(r"\\log_\{(\d+)\}"):
            return np.log(self.arguments()[0]) / math.log(int(found[1]))
        if found := self.match(r"\\([A-Za-z]+)(?=\\left)"):
            return CALLED[found[1]](*self.arguments())
        raise ValueError(f"unknown: {self.rest!r}")

    def named(self, name):
        if name == "vec":
            return np.ravel(self.arguments()[0])
        if self.take("_{"):
            if name == "swap":
                a, b = map(int, self.braced().split(", "))
                return np.swapaxes(self.arguments()[0], a, b)
            numbers = self.sizes() if name != "transpose" else eval(self.braced())
            return SHAPED[name](plain(self.arguments()[0]), numbers)
        return NAMED[name](*self.arguments())

    def arguments(self):
        self.need(r"\left(")
        found = [plain(self.sum())]
        while self.take(","):
            found.append(plain(self.sum()))
        self.need(r"\right)")
        return found

    def braced(self):
        return self.match(r"([^{}]*)\}")[1]

    def sizes(self):
        return tuple(map(int, self.braced().split(r" \times ")))

    def cases(self):
        positive = self.sum()
        self.need("&")
        condition = self.relation()
        self.need("\\\\")
        negative = self.sum()
        self.need(r"& \text{else}")
        self.need(r"\end{cases}")
        return np.where(condition, positive, negative)

    def relation(self):
        left = plain(self.sum())
        sign = self.take(">", "<", r"\ge", r"\le", "=", r"\ne")
        right = plain(self.sum())
        compare = {">": np.greater, "<": np.less, r"\ge": np.greater_equal, "=": np.equal}
        compare |= {r"\le": np.less_equal, r"\ne": np.not_equal}
        return compare[sign](left, right) * 1.0

    def in_square_brackets(self):
        """A condition, 1 or 0; or what is given for each i, j …, as the indices behind it say."""
        if self.rest.startswith("j = "):
            self.need("j =")
            own = self.factor()
            assert self.letters() == "i"
            self.need(r"\right]_{ij}")
            return np.eye(self.classes)[own]
        if found := self.match(r"\\sum_\{i: "):
            places = self.factor()
            self.need("{}_{i} = j}")
            terms = plain(self.factor())
            assert terms.ndim == 1
            self.need("{}_{i}")
            count = int(self.match(r"\\right\]_\{j < (\d+)\}")[1])
            return np.bincount(places, terms, count)
        if found := self.match(r"\\sum_\{([a-z]*)\}"):
            sides, factors = [], []
            while not sides or self.take(r"\,"):
                factors.append(plain(self.factor()))
                sides.append(self.letters())
            result = self.match(r"\\right\]_\{([a-z]*)\}")[1]
            assert {*found[1]} == {*"".join(sides)} - {*result}
            return np.einsum(f"{','.join(sides)}->{result}", *factors)
        before = self.rest
        found = self.factor()
        if self.take("{}_{i, "):
            own = self.factor()
            lines = np.arange(len(found))
            if self.take("{}_{i}}"):
                self.need(r"\right]_{i}")
                return found[lines, own]
            self.need("{}_{")
            classes = self.factor()
            self.need(r"{}_{i}, j}}\right]_{ij}")
            return found[lines[:, None], own[classes]]
        self.rest = before
        found = self.relation()
        self.need(r"\right]")
        return found


ONES = Ones()


def plain(x):
    """What may stand beside other arrays: no transposed vector, and no ones of any number."""
    if isinstance(x, Row | Ones):
        raise ValueError("a row beside arrays of another kind")
    return x


def turned(x):
    assert np.ndim(x) >= 2
    return np.swapaxes(x, -1, -2)


def product(a, b):
    """A product of numbers, matrices and vectors side by side."""
    if isinstance(a, Row) and a.of is ONES:
        assert np.ndim(b) == 2
        return b.sum(0)
    if b is ONES:
        assert np.ndim(a) == 2
        return a.sum(1)
    if isinstance(b, Row):
        assert np.ndim(a) == 1
        return a[:, None] if b.of is ONES else np.multiply.outer(a, b.of)
    if isinstance(a, Row):
        assert np.ndim(b) == 1
        return a.of @ b
    if np.ndim(a) == 0:
        return a * b
    assert np.ndim(a) >= 2
    return a @ b


def read(latex, given, classes=0):
    """The arrays that a program's LaTeX comes to, by their symbols; `given` are known before."""
    known = dict(given)
    first, *lines, last = latex.splitlines()
    assert (first, last) == (r"\begin{aligned}", r"\end{aligned}")
    for line in lines:
        target, sign, text = re.match(
            r"(.*?) &(=|\\mathrel\{\+\}=) (.*?)(?: \\\\)?$", line
        ).groups()
        try:
            value = plain(Reader(text, known, classes).whole())
            assign(target, value, sign != "=", known)
        except Exception as error:
            raise AssertionError(f"{line}: {error!r}") from error
    return known


def assign(target, value, adds, known):
    part = re.fullmatch(r"(.*)(\{\}_\{\[[^\]]*\]\})", target)
    if not part:
        assert not adds
        assert target not in known
        known[target] = np.array(value, dtype=float)
        return
    whole = Reader(part[1], known).whole()
    index = Reader(part[2], known).index()
    assert np.shape(whole[index]) == np.broadcast_shapes(np.shape(whole[index]), np.shape(value))
    if adds:
        np.add.at(whole, index, value)
    else:
        whole[index] = value
