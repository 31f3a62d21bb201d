"""A scalar autograd engine for people who learn and teach backpropagation."""

from . import subinterpreters as _first  # noqa: F401  (it refuses where Python would crash)

# isort: split
from . import methods, micrograd, teardown
from .activations import elu, gelu, leaky_relu, normal_cdf, silu
from .custom import make_node
from .elementary import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    clip,
    cos,
    cosh,
    erf,
    expm1,
    hypot,
    log1p,
    log2,
    log10,
    remainder,
    sin,
    sinh,
    tan,
    xlogy,
)
from .engine import Value, as_value, topological_order
from .functions import abs as abs  # (so spelled, it is re-exported though not in __all__)
from .functions import (
    exp,
    log,
    logaddexp,
    maximum,
    minimum,
    relu,
    sigmoid,
    sign,
    softplus,
    sqrt,
    step,
    tanh,
)
from .ops import OPS, Op, define
from .recording import no_grad
from .reductions import dot, log_softmax, logsumexp, mean, prod, softmax
from .reductions import max as max
from .reductions import min as min
from .reductions import sum as sum

__version__ = "0.1.0"

for _module in (methods, micrograd, teardown):
    _module.attach()

# All but `abs`, `max`, `min` and `sum`, which `import *` must not put in place of Python's.
__all__ = [
    "OPS",
    "Op",
    "Value",
    "acos",
    "acosh",
    "as_value",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "clip",
    "cos",
    "cosh",
    "define",
    "dot",
    "elu",
    "erf",
    "exp",
    "expm1",
    "gelu",
    "hypot",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "make_node",
    "maximum",
    "mean",
    "minimum",
    "no_grad",
    "normal_cdf",
    "prod",
    "relu",
    "remainder",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "sqrt",
    "step",
    "tan",
    "tanh",
    "topological_order",
    "xlogy",
]
