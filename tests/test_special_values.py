"""Zeros, infinities, nans, subnormals, the largest numbers, kinks: every operation beside PyTorch.

Values, first derivatives by `backward()` and by the rules, and second derivatives. Where ours are
other numbers, that is a choice, and stands below with its reason; one that nothing needs fails too.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from operations import OFFERED

from tinygrad_edu import OPS, Value
from tinygrad_edu.calculus import gradients

torch = pytest.importorskip("torch", reason="PyTorch is the oracle here")

inf, nan, largest = math.inf, math.nan, 1.7976931348623157e308
ONE = [0.0, -0.0, 5e-324, -5e-324, 1e-310, 1.0, -1.0, 0.5, -2.0, 40.0, -40.0]
ONE += [largest, -largest, inf, -inf, nan]
TWO = [0.0, -0.0, 1.0, -1.0, 2.0, -0.5, 5e-324, largest, inf, -inf, nan]

# What PyTorch has under another name, or says in another way.
OTHERS: dict[str, Callable[..., Any]] = {
    "+": torch.add,
    "-": torch.sub,
    "*": torch.mul,
    "/": torch.div,
    "**": torch.pow,
    "softplus": lambda x: torch.logaddexp(x, torch.zeros_like(x)),
    "leaky_relu": torch.nn.functional.leaky_relu,
    "elu": torch.nn.functional.elu,
    "gelu": torch.nn.functional.gelu,
    "normal_cdf": torch.special.ndtr,
    "silu": torch.nn.functional.silu,
    "step": lambda x: torch.heaviside(x, torch.zeros_like(x)),
}

Point = tuple[float, ...]


def has_nan(p: Point) -> bool:
    return any(map(math.isnan, p))


# Values and first derivatives. PyTorch's nan or inf, and what stands here instead:
CHOICES: dict[str, tuple[str, Callable[[Point], bool]]] = {
    # of a nan the derivative is nan, as the value is, where PyTorch has a number
    "relu": ("a nan has the slope nan", has_nan),
    "leaky_relu": ("a nan has the slope nan", has_nan),
    "elu": ("a nan has the slope nan", has_nan),
    "abs": ("a nan has the slope nan", has_nan),
    "sign": ("a nan has no sign", has_nan),
    "step": ("a nan is not above 0", has_nan),
    "maximum": ("a nan has the slope nan", has_nan),
    "minimum": ("a nan has the slope nan", has_nan),
    # digits that PyTorch loses
    "tanh": ("the tail keeps its digits", lambda p: abs(p[0]) == 40.0),
    "sigmoid": ("the tail keeps its digits", lambda p: p[0] == 40.0),
    "expm1": ("the tail keeps its digits", lambda p: p[0] == -40.0),
    # the limit, where 0 · ∞ or ∞ - ∞ is nan
    "**": (
        "a power that vanishes has the slope 0; right where aᵇ⁻¹ is too large",
        lambda p: any(map(math.isinf, p)) or p == (5e-324, 5e-324),
    ),
    "gelu": ("the limit", lambda p: math.isinf(p[0])),
    "silu": ("the limit", lambda p: math.isinf(p[0])),
    "logaddexp": ("a tie, also of infinities", lambda p: p[0] == p[1] and math.isinf(p[0])),
    "atan2": ("right where a² + b² is too small", lambda p: max(map(abs, p)) < 1e-150),
    # others
    "acosh": ("outside of the domain all is nan, as with asin", lambda p: p[0] < 1.0),
    "hypot": (
        "0 at 0, as abs has it; right where a² is too small or large",
        lambda p: p[0] == p[1] or p == (0.0, 0.0),
    ),
}

# Rules are the textbook's forms: where they have 0 · ∞ they give nan, and in the tails they round.
# That of aᵇ by b is aᵇ ln a, which is -∞ at 0⁰, where PyTorch says 0 as `backward()` does.
ROUGH_RULES = {
    "tanh": lambda p: abs(p[0]) == 40.0,
    "sigmoid": lambda p: p[0] == 40.0,
    "elu": lambda p: p[0] == -40.0,
    "**": lambda p: p[0] < 0.0 or p[0] == p[1] < 1.0,  # by b of a < 0; at 0⁰, and near it
    "xlogy": lambda p: p == (0.0, 0.0),
    "hypot": lambda p: p[0] == p[1],  # a/y, where y is too small or large
}

# Where they have no number though there is one: derivatives by the rules, first and second.
NO_NUMBER: dict[str, tuple[str, Callable[[Point], bool]]] = {
    "**": (
        "ln a of no positive a; 0 · ∞, and 1/a too large",
        lambda p: p[0] < 1e-300 or any(map(math.isinf, p)),
    ),
    "maximum": ("∞ - ∞ in a tie", lambda p: p[0] == p[1] and math.isinf(p[0])),
    "minimum": ("∞ - ∞ in a tie", lambda p: p[0] == p[1] and math.isinf(p[0])),
    "logaddexp": ("∞ - ∞ in a tie", lambda p: p[0] == p[1] and math.isinf(p[0])),
    "elu": ("y + α is ∞ where it counts 0 times", lambda p: p[0] == inf),
    "gelu": ("0 · ∞", lambda p: math.isinf(p[0])),
    "silu": ("0 · ∞", lambda p: math.isinf(p[0])),
    "xlogy": ("ln b of a negative b", lambda p: p[0] == 0.0 and p[1] < 0.0),
    "hypot": ("0/0", lambda p: p == (0.0, 0.0)),
    "atan2": ("a² + b² is 0", lambda p: max(map(abs, p)) < 1e-150),
    "acosh": ("outside of the domain, and 0 · ∞ at 1", lambda p: p[0] <= 1.0),
    "remainder": (
        "(y - a)/b, where b² is 0 or a/b too large",
        lambda p: abs(p[1]) < 1e-300 or max(map(abs, p)) == inf or abs(p[0]) == largest,
    ),
}

# Second derivatives, where neither is nan.
SECOND: dict[str, tuple[str, Callable[[Point], bool]]] = {
    "**": (
        "∂²(aᵇ)/∂a∂b = aᵇ⁻¹(1 + b ln a) is 1/a at b = 0, and -∞ at (0, 1)",
        lambda p: p[1] == 0.0 or p == (0.0, 1.0),
    ),
    "softplus": ("σ(1 - σ) rounds to 0", lambda p: p[0] == 40.0),
    "elu": ("at the kink the left one; y + α rounds to 0", lambda p: p[0] in (0.0, -40.0)),
    "expm1": ("the tail keeps its digits", lambda p: p[0] == -40.0),
    "xlogy": ("1/b, also where b < 0 has no logarithm", lambda p: p[0] == 0.0 and p[1] < 0.0),
}


@cache
def points(name: str) -> list[Point]:
    if len(OPS[name].rules) == 1:
        return [(x,) for x in ONE]
    return list(itertools.product(TWO, repeat=2))


def of_torch(name: str, point: Point) -> tuple[float, list[float], list[list[float]]]:
    function = OTHERS.get(name) or getattr(torch, name)
    xs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]

    def gradient(y: Any, create_graph: bool) -> list[Any]:
        if not y.requires_grad:
            return [torch.zeros(()) for _ in xs]
        found = torch.autograd.grad(
            y, xs, create_graph=create_graph, retain_graph=True, allow_unused=True
        )
        return [torch.zeros(()) if g is None else g for g in found]

    y = function(*xs)
    if name == "step":  # of which PyTorch has no derivative
        return y.item(), [0.0], [[0.0]]
    first = gradient(y, create_graph=True)
    second = [[h.item() for h in gradient(g, create_graph=False)] for g in first]
    return y.item(), [g.item() for g in first], second


def of_ours(name: str, point: Point) -> tuple[float, list[float], list[float], list[list[float]]]:
    xs = [Value(x) for x in point]
    y = OPS[name].function(*xs)
    y.backward()
    by_rules = gradients(y, xs)
    second = [[h.data for h in gradients(g, xs)] for g in by_rules]
    return y.data, [x.grad for x in xs], [g.data for g in by_rules], second


def same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b) or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-300)


@pytest.mark.parametrize("name", OFFERED)
def test_every_operation_at_special_values(name: str) -> None:
    chosen = set()
    for point in points(name):
        (value, slopes, by_rules, second), right = of_ours(name, point), of_torch(name, point)
        flat, their_flat = [value, *slopes], [right[0], *right[1]]
        if not all(map(same, flat, their_flat)):
            reason, where = CHOICES.get(name, ("", lambda p: False))
            assert where(point), (point, flat, their_flat)
            chosen.add(reason)
        for slope, by_rule in zip(slopes, by_rules):
            rough = ROUGH_RULES.get(name, lambda p: False)
            if by_rule != by_rule and slope == slope and not has_nan(point):
                chosen.add(lacking(name, point))
            else:
                right_or_none = same(slope, by_rule) or by_rule != by_rule
                assert right_or_none or rough(point), (point, by_rule)
        for ours, theirs in zip(itertools.chain(*second), itertools.chain(*right[2])):
            if not same(ours, theirs) and ours == ours and theirs == theirs:
                reason, where = SECOND.get(name, ("", lambda p: False))
                assert where(point), (point, ours, theirs)
                chosen.add(reason)
            if ours != ours and theirs == theirs and not has_nan(point):
                chosen.add(lacking(name, point))
    tables = (CHOICES, SECOND, NO_NUMBER)
    assert chosen == {table[name][0] for table in tables if name in table}


def lacking(name: str, point: Point) -> str:
    """Why its rules have no number there."""
    reason, where = NO_NUMBER.get(name, ("", lambda p: False))
    assert where(point), point
    return reason


def test_no_rule_divides_by_a_plain_zero() -> None:
    x = Value(2.0)
    for zero, slope in ((0.0, inf), (-0.0, -inf)):
        (first,) = gradients(x / zero, [x])
        assert first.data == slope
    (first,) = gradients(x * 3.0 / nan, [x])
    assert math.isnan(first.data)


def test_what_a_dead_relu_lets_through() -> None:
    # 0 · ∞ is nan, here as in IEEE arithmetic, where PyTorch and JAX mask it: a broken number is
    # not hidden by the zero that it meets, and `diagnose` says where it comes from.
    x = Value(-1.0)
    (x.relu() * inf).backward()
    assert math.isnan(x.grad)


@pytest.mark.parametrize(
    ("x", "n", "slope"),
    [
        (1.120171525187447e-283, -0.09200350212551822, -8.850678854608649e307),
        (1.0 - 2.0**-53, 1e17, 1507865717271.4958),
        (1.0 + 2.0**-52, 1.23456e18, 1.390_351_5e137),
    ],
)
def test_powers_that_strain_float64(x: float, n: float, slope: float) -> None:
    (found,) = (Value(x) ** n).local_grads
    mpmath = pytest.importorskip("mpmath", reason="mpmath is the oracle here")
    with mpmath.mp.workprec(300):
        right = float(n * mpmath.mpf(x) ** (mpmath.mpf(n) - 1))
    assert found == pytest.approx(right, rel=1e-15)
    assert right == pytest.approx(slope, rel=1e-2)
