"""Checking gradients against differences of function values, by Ridders' method."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

from .calculus import Function, gradients, returned
from .checks import function, number_in
from .engine import Value, number
from .ieee import divide
from .language import say
from .reductions import in_order
from .text import table

Verdict: TypeAlias = Literal["ok", "kink", "wrong", "unclear"]

Gradient: TypeAlias = Callable[..., float | Sequence[float]]
"""The partial derivatives of a function of n numbers, as n numbers."""


class Check(NamedTuple):
    """One derivative at one point.

    derivative  which one: ∂f/∂x1, or ∂²f/∂x1∂x2; "by rules" where `gradients` computed it
    point       the arguments of f
    analytic    the engine's number, or that of the gradient that was given
    numeric     the same from differences
    error       |analytic - numeric|
    verdict     "ok"; "wrong" beyond the tolerance; "kink" where f has a corner or a jump, so that
                no derivative exists, and the number is one of the slopes beside it or between
                them; "unclear" where differences give no reliable number
    """

    derivative: str
    point: tuple[float, ...]
    analytic: float
    numeric: float
    error: float
    verdict: Verdict


@dataclass(frozen=True, repr=False)
class Report:
    """What `gradcheck` found. It prints as a table; it is true if all is well."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every derivative agrees, those at kinks left aside."""
        return all(check.verdict in ("ok", "kink") for check in self.checks)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        rows = [
            (
                c.derivative,
                ", ".join(f"{x:.6g}" for x in c.point),
                f"{c.analytic:.9g}",
                f"{c.numeric:.9g}",
                f"{c.error:.1e}",
                _said(c.verdict),
            )
            for c in self.checks
        ]
        header = ("", say("input"), say("analytic"), say("numeric"), say("error"), "")
        return f"gradcheck: {self._summary()}\n{table(header, rows)}"

    __repr__ = __str__

    def _summary(self) -> str:
        counts = {v: sum(c.verdict == v for c in self.checks) for v in _VERDICTS}
        return ", ".join(f"{n} {_said(v)}" for v, n in counts.items() if n)


_VERDICTS: Final[tuple[Verdict, ...]] = ("wrong", "unclear", "kink", "ok")


def _said(verdict: Verdict) -> str:
    match verdict:
        case "ok":
            return say("ok")
        case "kink":
            return say("kink")
        case "wrong":
            return say("wrong")
        case "unclear":
            return say("unclear")


def gradcheck(
    f: Function,
    *points: float | Sequence[float],
    order: int = 2,
    gradient: Gradient | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    raises: bool = False,
) -> Report:
    """Compare the derivatives of f at each point with central differences.

    f         a function of n Values that returns a Value
    points    where: a number for a function of one argument, else n numbers each
    order     1: what `backward()` gives against differences of f. 2: besides, the same first
              derivatives by the rules of `gradients`, and all second derivatives, by `gradients`
              twice, against differences of what `backward()` gives
    gradient  a gradient to check in place of the engine's (a learner's own, say): a function of n
              floats that returns n floats, or one where n is 1; it is checked at order 1
    rtol      the tolerance is atol + rtol · the larger of the two numbers
    raises    whether to raise an AssertionError with the table unless all is well

    The step is chosen from the values: from a tenth of |x|, of 1 and of 1e-4 downwards, as long
    as the extrapolation to step 0 improves. ValueError for a wrong order, a tolerance below 0 or no
    points.

    Source: C. J. F. Ridders, "Accurate computation of F'(x) and F'(x)F''(x)", Advances in
    Engineering Software 4(2), 1982.

    >>> report = gradcheck(lambda x: x.tanh() * x, 0.5, -2.0)
    >>> report.ok
    True
    >>> [check.verdict for check in gradcheck(lambda x: x.relu(), 0.0).checks]
    ['kink', 'kink', 'kink']
    """
    if order not in (1, 2):
        raise ValueError(f"gradcheck goes to order 1 or 2, not {order!r}")
    function(f, "what gradcheck checks")
    if gradient is not None:
        function(gradient, "a gradient to check")
    rtol, atol = number_in(rtol, "rtol"), number_in(atol, "atol")
    if not points:
        raise ValueError("gradcheck takes at least one point: gradcheck(f, 0.5, -2.0)")
    checks = [
        Check(name, x, analytic, *_judged(analytic, along, x[j], rtol, atol))
        for x in map(_floats, points)
        for name, analytic, along, j in _derivatives(f, x, order, gradient)
    ]
    report = Report(tuple(checks))
    if raises and not report:
        raise AssertionError(str(report))
    return report


Curve: TypeAlias = Callable[[float], float]
"""A function of one number."""


def _derivatives(
    f: Function, x: tuple[float, ...], order: int, gradient: Gradient | None
) -> Iterator[tuple[str, float, Curve, int]]:
    """Each derivative to be checked: its name, the number, and of what by which argument it is."""

    def value(*xs: float) -> tuple[float, ...]:
        return (returned(f(*map(Value, xs))).data,)

    def slopes(*xs: float) -> tuple[float, ...]:
        leaves = [Value(v) for v in xs]
        returned(f(*leaves)).backward()
        return tuple([leaf.grad for leaf in leaves])

    names = ["x"] if len(x) == 1 else [f"x{i}" for i in range(1, len(x) + 1)]
    first = _floats((slopes if gradient is None else gradient)(*x))
    if len(first) != len(x):
        raise ValueError(f"the gradient gave {len(first)} numbers for {len(x)} arguments")
    for j, name in enumerate(names):
        yield f"∂f/∂{name}", first[j], _along(value, 0, x, j), j
    if order == 1 or gradient is not None:
        return
    leaves = [Value(v) for v in x]
    by_rules = gradients(f(*leaves), leaves)
    for j, name in enumerate(names):
        yield say("∂f/∂{name} by rules", name=name), by_rules[j].data, _along(value, 0, x, j), j
    for i, g in enumerate(by_rules):
        for j, second in enumerate(gradients(g, leaves)):
            by = f"∂{names[i]}²" if i == j else f"∂{names[i]}∂{names[j]}"
            yield f"∂²f/{by}", second.data, _along(slopes, i, x, j), j


def _along(
    function: Callable[..., tuple[float, ...]], i: int, x: tuple[float, ...], j: int
) -> Curve:
    """The i-th result as a function of the j-th argument alone."""
    return lambda v: function(*x[:j], v, *x[j + 1 :])[i]


def _judged(
    analytic: float, f: Curve, x: float, rtol: float, atol: float
) -> tuple[float, float, Verdict]:
    """f′(x) by differences, its distance from `analytic`, and what to think of that."""
    numeric, uncertainty = _derivative(f, x)
    error = abs(analytic - numeric)
    allowed = atol + rtol * max(abs(analytic), abs(numeric))
    if (slopes := _kink(f, x)) is not None:
        low, high = slopes
        near = atol + BESIDE * max(abs(low), abs(high))
        return numeric, error, "kink" if low - near <= analytic <= high + near else "wrong"
    if error <= allowed:
        return numeric, error, "ok"
    clear = uncertainty <= allowed and math.isfinite(analytic)
    return numeric, error, "wrong" if clear else "unclear"


def _floats(point: float | Iterable[float]) -> tuple[float, ...]:
    if not isinstance(point, Iterable) or isinstance(point, str):
        return (number(point),)
    return tuple([number(x) for x in in_order(point, "gradcheck")])


_SHRINK: Final = 1.4
_STEPS: Final = 14
GOOD_ENOUGH: Final = 1e-8
"""The relative error, as estimated, from which on a difference is not improved further."""


BESIDE: Final = 1e-3
"""The relative error of the slopes beside a kink."""

SMALLEST: Final = 1e-12
"""The smallest step by which a kink is looked at."""


def _derivative(f: Curve, x: float) -> tuple[float, float]:
    """f′(x) and an estimate of its error, from the least of three scales that is good enough.

    (A larger one may reach beyond a singularity of f, where differences agree on a wrong number.)
    """
    scales = sorted({abs(x), 1e-4 * max(abs(x), 1.0), max(abs(x), 1.0)} - {0.0})
    found = [_ridders(f, x, 0.1 * scale) for scale in scales]
    good = [
        (slope, error) for slope, error in found if error <= GOOD_ENOUGH * max(abs(slope), 1e-6)
    ]
    return good[0] if good else min(found, key=lambda pair: pair[1])


def _ridders(f: Curve, x: float, h: float) -> tuple[float, float]:
    """Central differences at steps h, h/1.4, h/1.4² … extrapolated to 0 by Neville's scheme."""
    best, error = math.nan, math.inf
    row: list[float] = []
    for _ in range(_STEPS):
        before = row
        above, below = f(x + h), f(x - h)
        row = [divide(above - below, (x + h) - (x - h))]  # beside 5e-324 there is no smaller step
        noise = divide(2.0 * math.ulp(max(abs(above), abs(below), abs(x) * abs(row[0]))), h)
        factor = 1.0
        for k, old in enumerate(before):
            factor *= _SHRINK * _SHRINK
            new = (factor * row[k] - old) / (factor - 1.0)
            estimate = max(abs(new - row[k]), abs(new - old), noise)
            if estimate < error:
                best, error = new, estimate
            row.append(new)
        h /= _SHRINK
    return best, error


def _kink(f: Curve, x: float) -> tuple[float, float] | None:
    """The slopes on both sides of x, if f jumps there or has a corner; None where f is smooth.

    A jump stays as high with every smaller step, and the slopes beside a corner stay as far apart,
    as far down as floats can tell; where f is smooth, both shrink in the end, however steep f is.
    """
    here = f(x)
    jumps, corners, steps = [], [], []
    h = 1e-3 * (abs(x) or 1.0)
    while h > 8.0 * math.ulp(x):
        above, below = f(x + h), f(x - h)
        noise = max(100.0 * math.ulp(max(abs(above), abs(below), abs(here))), 1e-9 * abs(here))
        jump, corner = abs(above - below), abs((above - here) - (here - below))
        if not max(jump, corner) > noise or h < SMALLEST:
            break
        jumps.append(jump if jump > noise else 0.0)
        corners.append(corner / h if corner > noise else 0.0)
        steps.append(h)
        h /= 8.0
    if len(steps) < 3 or not (_stays(jumps) or _stays(corners)):
        return None
    h = steps[len(steps) // 2]  # small, and not yet where floats are noise
    right = (f(x + 2.0 * h) - f(x + h)) / h
    left = (f(x - h) - f(x - 2.0 * h)) / h
    return min(left, right), max(left, right)


def _stays(distances: list[float]) -> bool:
    """Whether a distance that is measured at smaller and smaller steps does not go to 0."""
    return min(distances) > 0.5 * max(distances) > 0.0
