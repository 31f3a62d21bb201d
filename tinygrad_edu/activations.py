"""The activations that came after relu: its kin with a slope below 0, and its smooth kin.

One block each, as in `functions.py`.
"""

from __future__ import annotations

import math
from typing import Final, SupportsFloat

from . import accurate
from .engine import Scalar, Value, as_value, record
from .functions import exp, sigmoid, step
from .ieee import float64
from .ops import define


def leaky_relu(x: Scalar, negative_slope: SupportsFloat = 0.01) -> Value:
    """x above 0, negative_slope · x below; derivative 1, and negative_slope at 0 and below."""
    x = as_value(x)
    v, k = x._data, float64(negative_slope)
    if v <= 0.0:
        return record(k * v, LEAKY_RELU, x, k, None, k)
    return record(v, LEAKY_RELU, x, 1.0 if v > 0.0 else v, None, k)


LEAKY_RELU: Final = define(
    "leaky_relu",
    leaky_relu,
    lambda x, k, y: step(x) + k * (1.0 - step(x)),
    parameters=1,
    text="LeakyReLU",
    is_activation=True,
)


def elu(x: Scalar, alpha: SupportsFloat = 1.0) -> Value:
    """x above 0, α(eˣ - 1) below; derivative 1, and α eˣ at 0 and below."""
    x = as_value(x)
    v, k = x._data, float64(alpha)
    if v <= 0.0:
        return record(k * math.expm1(v), ELU, x, k * math.exp(v), None, k)
    return record(v, ELU, x, 1.0 if v > 0.0 else v, None, k)


ELU: Final = define(
    "elu",
    elu,
    lambda x, k, y: step(x) + (y + k) * (1.0 - step(x)),
    parameters=1,
    text="ELU",
    is_activation=True,
)


def gelu(x: Scalar) -> Value:
    """x Φ(x), Φ the standard normal distribution; derivative Φ(x) + x φ(x).

    Source: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units", arXiv:1606.08415 (the exact
    form, not the approximation by tanh).
    """
    x = as_value(x)
    y, dx = accurate.gelu(x._data)
    return record(y, GELU, x, dx)


GELU: Final = define(
    "gelu",
    gelu,
    lambda x, y: normal_cdf(x) + x * exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi),
    text="GELU",
    is_activation=True,
)


def normal_cdf(x: Scalar) -> Value:
    """Φ(x) = ∫₋∞ˣ φ, the standard normal distribution; derivative φ(x) = e^(-x²/2)/√(2π)."""
    x = as_value(x)
    return record(accurate.normal_cdf(x._data), NORMAL_CDF, x, accurate.normal_pdf(x._data))


NORMAL_CDF: Final = define(
    "normal_cdf",
    normal_cdf,
    lambda x, y: exp(-x * x / 2.0) / math.sqrt(2.0 * math.pi),
    text="Φ",
    latex=r"\Phi",
)


def silu(x: Scalar) -> Value:
    """x σ(x), also called swish; derivative σ(x)(1 + x(1 - σ(x)))."""
    x = as_value(x)
    y, dx = accurate.silu(x._data)
    return record(y, SILU, x, dx)


SILU: Final = define(
    "silu",
    silu,
    lambda x, y: sigmoid(x) * (1.0 + x * (1.0 - sigmoid(x))),
    text="SiLU",
    is_activation=True,
)
