"""Numbers that need care: functions whose plain formula loses digits, to the last few of them.

Nothing here has to be read to understand the engine. Each of these is a formula of one line in
exact arithmetic, which its docstring gives; what stands below it keeps floats from spoiling it.
"""

from __future__ import annotations

import math
from typing import Final

from .ieee import log, power

# Powers


def power_dx(x: float, n: float) -> float:
    """∂(xⁿ)/∂x = n · xⁿ⁻¹."""
    if n == 0.0:
        return 0.0
    m = n - 1.0
    slope = _times_power(n, x, m, power(x, m))
    lost = n - (m + 1.0)  # what rounding took from n - 1, which a large |ln x| would magnify
    return slope * (1.0 + lost * math.log(x)) if lost * lost > 0.0 and 0.0 < x < math.inf else slope


def power_dn(x: float, n: float, y: float) -> float:
    """∂(xⁿ)/∂n = xⁿ · ln x, where y is xⁿ; 0 at x = 0 ≤ n, as PyTorch has it."""
    return 0.0 if x == 0.0 and n >= 0.0 else _times_power(log(x), x, n, y)


def _times_power(c: float, x: float, n: float, y: float) -> float:
    """c · y, where y is xⁿ, which may be too small or large for float64 to hold its digits."""
    if y == 0.0 and math.isinf(c):
        return 0.0  # since xⁿ shrinks faster than n or ln x grows
    least_normal = 2.2250738585072014e-308
    held = least_normal <= abs(y) < math.inf
    if held or x == 0.0 or math.isinf(x) or math.isinf(n) or y != y:
        return c * y
    root = power(abs(x), n / 2.0)
    return c * root * math.copysign(root, y)


# The standard normal distribution. `math.erfc` cannot serve in the tail: rounding x / √2 alone
# costs x² ulp. Here Φ(-t) = φ(t) M(t), with Mills' ratio M as a sum of positive terms:
# M(t) φ(0) = ∫ φ(v) t / (t² + v²) dv / √(2π), over the real line, by the midpoint rule of step h.
# That rule's error is e^(-2π²/h²) < 1e-17, once the pole at v = it is added (C. Chiarella,
# A. Reichel, "On the evaluation of integrals related to the error function", Mathematics of
# Computation 22, 1968). The weights are h φ(v) · 2 / √(2π) at v = h/2, 3h/2, …, rounded once each.

_PEAK: Final = 0.3989422804014327  # φ(0) = 1 / √(2π)
_H: Final = 0.6875
_WEIGHTS: Final = (
    0.20628318565997583,
    0.12858544981520958,
    0.0499629216055329,
    0.012101294283264364,
    0.001827022170862571,
    0.00017194272745034406,
    1.0086762709654263e-05,
    3.6884830811670063e-07,
    8.407595053826454e-09,
    1.1946034787801067e-10,
    1.0580440834952082e-12,
    5.841330103581187e-15,
    2.0102391887273573e-17,
)
_TERMS: Final = [(((n + 0.5) * _H) ** 2, weight) for n, weight in enumerate(_WEIGHTS)][::-1]
_POLE: Final = 2.0 * math.pi / _H


def _scaled_tail(t: float) -> float:
    """Φ(-t) / e^(-t²/2), for t ≥ 0."""
    tt = t * t
    total = 0.0
    for vv, weight in _TERMS:
        total += weight / (tt + vv)
    total *= t
    if t < _POLE:
        total += math.exp(tt / 2.0) / (1.0 + math.exp(_POLE * t))
    return total


def bell(factor: float, x: float, half: float = 0.5) -> float:
    """factor · e^(-half · x²), where half is ½ or 1."""
    if abs(x) > 40.0:
        return 0.0 * factor
    head = x * 134217729.0  # 2²⁷ + 1: Veltkamp's split, so that head² is exact
    head -= head - x
    factor += factor * math.expm1((head - x) * (head + x) * half)
    q = head * head * half
    if q < 512.0:
        return factor * math.exp(-q)
    return factor * math.exp(512.0 - q) * math.exp(-512.0)  # so that 1e-310 is rounded once


def normal_pdf(x: float) -> float:
    """φ(x) = e^(-x²/2) / √(2π), the density."""
    return bell(_PEAK, x)


def normal_cdf(x: float) -> float:
    """Φ(x), the probability that a standard normal variable is below x."""
    if x < -40.0:
        return 0.0
    if x < 0.0:
        return bell(_scaled_tail(-x), x)
    return 0.5 + 0.5 * math.erf(x * math.sqrt(0.5))


def gelu(x: float) -> tuple[float, float]:
    """x Φ(x) and its derivative, Φ(x) + x φ(x)."""
    if abs(x) > 40.0:
        return (x, 1.0) if x > 0.0 else (-0.0, -0.0)
    if x < 0.0:
        tail = _scaled_tail(-x)
        return bell(x * tail, x), bell(tail + x * _PEAK, x)
    return x * normal_cdf(x), normal_cdf(x) + x * normal_pdf(x)


# Others


def silu(x: float) -> tuple[float, float]:
    """x σ(x) and its derivative, σ(x) (1 + x σ(-x))."""
    t = 1500.0 if abs(x) > 1500.0 else abs(x)  # where all is at its limit, and no 0 · ∞
    root = math.exp(t / -2.0)  # √e⁻ᵗ, twice, so that 1e-310 is rounded once
    s = 1.0 / (1.0 + root * root)  # σ(t)
    if x < 0.0:
        return -t * root * s * root, (1.0 - t * s) * root * s * root
    return x * s, s * (1.0 + t * root * s * root)


def logaddexp(a: float, b: float) -> tuple[float, float, float]:
    """ln(eᵃ + eᵇ) and its derivatives, σ(a - b) and σ(b - a)."""
    if a == b:  # equal infinities too, whose difference is nan
        return a + math.log(2.0), 0.5, 0.5
    d, rest = _difference(a, b)
    if d > 0.0:
        e = math.exp(-d) * (1.0 - rest)
        return a + math.log1p(e), 1.0 / (1.0 + e), e / (1.0 + e)
    e = math.exp(d) * (1.0 + rest)
    return b + math.log1p(e), e / (1.0 + e), 1.0 / (1.0 + e)


def _difference(a: float, b: float) -> tuple[float, float]:
    """a - b rounded, and what rounding took from it: the two add up to a - b."""
    d = a - b
    back = d - a
    return d, (a - (d - back)) - (b + back) if abs(d) < math.inf else 0.0


def direction(x: float, y: float) -> tuple[float, float, float, float]:
    """x/r, y/r, x/r² and y/r², where r = √(x² + y²); all 0 where r is 0."""
    most = max(abs(x), abs(y))
    scale = 2.0**600 if most < 1e-150 else 2.0**-600 if most > 1e150 else 1.0
    x, y = scale * x, scale * y  # so that r neither overflows nor loses its digits
    r = math.hypot(x, y)
    if r == 0.0:
        return 0.0, 0.0, 0.0, 0.0
    x, y = x / r, y / r
    return x, y, x / r * scale, y / r * scale
