"""The methods that `methods.py` gives to a Value, as type checkers and editors read of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from mypy_extensions import mypyc_attr, trait

if TYPE_CHECKING:
    from .engine import Scalar, Value

    Unary: TypeAlias = Callable[[Value], Value]
    Binary: TypeAlias = Callable[[Value, Scalar], Value]


@trait
@mypyc_attr(acyclic=True)
class Methods:
    """``x.tanh()`` is ``tanh(x)``."""

    __slots__ = ()

    exp: ClassVar[Unary]
    log: ClassVar[Unary]
    sqrt: ClassVar[Unary]
    tanh: ClassVar[Unary]
    sigmoid: ClassVar[Unary]
    softplus: ClassVar[Unary]
    relu: ClassVar[Unary]
    leaky_relu: ClassVar[Callable[..., Value]]
    elu: ClassVar[Callable[..., Value]]
    gelu: ClassVar[Unary]
    normal_cdf: ClassVar[Unary]
    silu: ClassVar[Unary]
    abs: ClassVar[Unary]
    sign: ClassVar[Unary]
    step: ClassVar[Unary]
    maximum: ClassVar[Binary]
    minimum: ClassVar[Binary]
    logaddexp: ClassVar[Binary]
    log1p: ClassVar[Unary]
    expm1: ClassVar[Unary]
    log2: ClassVar[Unary]
    log10: ClassVar[Unary]
    xlogy: ClassVar[Binary]
    sin: ClassVar[Unary]
    cos: ClassVar[Unary]
    tan: ClassVar[Unary]
    asin: ClassVar[Unary]
    acos: ClassVar[Unary]
    atan: ClassVar[Unary]
    sinh: ClassVar[Unary]
    cosh: ClassVar[Unary]
    asinh: ClassVar[Unary]
    acosh: ClassVar[Unary]
    atanh: ClassVar[Unary]
    erf: ClassVar[Unary]
    atan2: ClassVar[Binary]
    hypot: ClassVar[Binary]
    remainder: ClassVar[Binary]
    clip: ClassVar[Callable[..., Value]]
