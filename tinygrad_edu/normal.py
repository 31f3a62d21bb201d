"""The standard normal distribution to the last digits, tails included, for `gelu`.

`math.erfc` cannot serve in the tail: rounding x / √2 alone costs x² ulp. Here the tail is
Φ(-t) = φ(t) M(t), with Mills' ratio M as a sum of positive terms, so that nothing cancels.
"""

from __future__ import annotations

import math
from typing import Final

_SQRT_HALF: Final = math.sqrt(0.5)
_PEAK: Final = 0.3989422804014327  # φ(0) = 1 / √(2π)

# Φ(-t) / e^(-t²/2) = ∫ φ(v) t / (t² + v²) dv / √(2π), over the real line, by the midpoint rule of
# step h. That rule's error is e^(-2π²/h²) < 1e-17, once the pole at v = it is added (C. Chiarella,
# A. Reichel, "On the evaluation of integrals related to the error function", Mathematics of
# Computation 22, 1968). Below, h φ(v) · 2 / √(2π) at v = h/2, 3h/2, …, rounded once each.
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

# Where gelu'(x) = Φ(x) + x φ(x) is zero, as a sum of two floats; and the Taylor coefficients of
# gelu' there, gelu⁽ⁿ⁾ = x φ⁽ⁿ⁻¹⁾ + n φ⁽ⁿ⁻²⁾ with φ⁽ⁿ⁺¹⁾ = -x φ⁽ⁿ⁾ - n φ⁽ⁿ⁻¹⁾.
_ROOT: Final = -0.7517915246935645
_ROOT_REST: Final = 1.4956759177009883e-17


def _taylor() -> list[float]:
    phi = [_PEAK * math.exp(-_ROOT * _ROOT / 2.0)]
    phi.append(-_ROOT * phi[0])
    for n in range(1, 30):
        phi.append(-_ROOT * phi[n] - n * phi[n - 1])
    return [(_ROOT * phi[k] + (k + 1) * phi[k - 1]) / math.factorial(k) for k in range(1, len(phi))]


_TAYLOR: Final = _taylor()


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


def _times_bell(factor: float, x: float) -> float:
    """factor · e^(-x²/2)."""
    if abs(x) > 40.0:
        return 0.0 * factor
    head = x * 134217729.0  # 2²⁷ + 1: Veltkamp's split, so that head² is exact
    head -= head - x
    q = head * head / 2.0
    factor += factor * math.expm1((head - x) * (head + x) / 2.0)
    if q < 512.0:
        return factor * math.exp(-q)
    return factor * math.exp(512.0 - q) * math.exp(-512.0)  # so that 1e-310 is rounded once


def cdf(x: float) -> float:
    """Φ(x), the probability that a standard normal variable is below x."""
    if x < -40.0:
        return 0.0
    if x < 0.0:
        return _times_bell(_scaled_tail(-x), x)
    return 0.5 + 0.5 * math.erf(x * _SQRT_HALF)


def pdf(x: float) -> float:
    """φ(x) = e^(-x²/2) / √(2π), its density."""
    return _times_bell(_PEAK, x)


def gelu(x: float) -> tuple[float, float]:
    """x Φ(x) and its derivative, Φ(x) + x φ(x)."""
    if abs(x) > 40.0:
        return (x, 1.0) if x > 0.0 else (-0.0, -0.0)
    if not x < 0.0:
        return x * cdf(x), cdf(x) + x * pdf(x)
    tail = _scaled_tail(-x)
    y = _times_bell(x * tail, x)
    if not -1.4 < x < -0.3:
        return y, _times_bell(tail + x * _PEAK, x)
    d = (x - _ROOT) - _ROOT_REST
    slope = 0.0
    for c in reversed(_TAYLOR):
        slope = (slope + c) * d
    return y, slope
