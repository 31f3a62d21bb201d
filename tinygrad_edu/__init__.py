"""A scalar autograd engine for people who learn and teach backpropagation."""

from . import subinterpreters as _first  # noqa: F401  (it refuses where Python would crash)
from .engine import Value, topological_order
from .functions import abs as abs  # (so spelled, it is re-exported though not in __all__)
from .functions import (
    cos,
    elu,
    exp,
    expm1,
    gelu,
    leaky_relu,
    log,
    log1p,
    logaddexp,
    maximum,
    minimum,
    normal_cdf,
    relu,
    sigmoid,
    sign,
    silu,
    sin,
    softplus,
    sqrt,
    step,
    tan,
    tanh,
    xlogy,
)
from .methods import attach
from .ops import OPS, Op
from .recording import no_grad
from .reductions import dot, logsumexp, mean, softmax
from .reductions import sum as sum

__version__ = "0.1.0"

attach()

# All but `abs` and `sum`, which `from tinygrad_edu import *` must not put in place of Python's.
__all__ = [
    "OPS",
    "Op",
    "Value",
    "cos",
    "dot",
    "elu",
    "exp",
    "expm1",
    "gelu",
    "leaky_relu",
    "log",
    "log1p",
    "logaddexp",
    "logsumexp",
    "maximum",
    "mean",
    "minimum",
    "no_grad",
    "normal_cdf",
    "relu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "softmax",
    "softplus",
    "sqrt",
    "step",
    "tan",
    "tanh",
    "topological_order",
    "xlogy",
]
