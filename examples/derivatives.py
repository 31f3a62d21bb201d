"""Derivatives at work: a minimum by Newton's method, and the risk of an option.

    python examples/derivatives.py

JAX has the same lines, but for the imports:

    from jax import grad, hessian, value_and_grad
    from jax.numpy import exp, log, sqrt
    from jax.scipy.stats.norm import cdf as normal_cdf
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tinygrad_edu import exp, log, normal_cdf, sqrt
from tinygrad_edu.calculus import grad, hessian, value_and_grad


def valley(x: Any) -> Any:
    """Rosenbrock's valley, 0 at its lowest point (1, 1): (1 - x₀)² + 100 (x₁ - x₀²)²."""
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def minimum(f: Callable[[Any], Any], x: Any, steps: int = 6) -> Any:
    """Where f is least, by Newton's method: each step solves H d = ∇f for the way d to go back."""
    for _ in range(steps):
        x = x - np.linalg.solve(hessian(f)(x), grad(f)(x))
    return x


def call(S: Any, K: Any, T: Any, r: Any, sigma: Any) -> Any:
    """What the right to buy at the price K after T years is worth, by Black and Scholes.

    S is today's price, r the rate of interest and sigma the volatility, both a year.
    """
    d = (log(S / K) + (r + sigma**2 / 2) * T) / (sigma * sqrt(T))
    return S * normal_cdf(d) - K * exp(-r * T) * normal_cdf(d - sigma * sqrt(T))


delta = grad(call, 0)
gamma = grad(delta, 0)
vega = grad(call, 4)


def implied_volatility(price: float, S: float, K: float, T: float, r: float) -> float:
    """The sigma for which a call is worth `price`, by Newton's method."""
    sigma = 0.5
    for _ in range(8):
        value, slope = value_and_grad(call, 4)(S, K, T, r, sigma)
        sigma -= float((value - price) / slope)
    return sigma


def main() -> None:
    """Show all of them."""
    x = minimum(valley, np.array([-1.2, 1.0]))
    print(f"the valley's lowest point: {x[0]:.6f}, {x[1]:.6f}")
    option = 100.0, 105.0, 0.5, 0.03, 0.25
    price = float(call(*option))
    print(f"a call is worth {price:.6f}")
    for name, risk in (("delta", delta), ("gamma", gamma), ("vega", vega)):
        print(f"{name:5} {float(risk(*option)):.6f}")
    print(f"implied volatility: {implied_volatility(price, *option[:4]):.6f}")


if __name__ == "__main__":
    main()
