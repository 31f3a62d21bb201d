"""PyTorch under the names that NumPy has: what the texts of programs call, on tensors.

What is not here is called alike in both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

import torch

Function: TypeAlias = Callable[..., torch.Tensor]

concatenate: Final = torch.cat
transpose: Final = torch.permute
vecdot: Final[Function] = torch.linalg.vecdot

# What programs call beside NumPy, as `numeric.py` has it.
erf: Final[Function] = torch.special.erf
gelu: Final = torch.nn.functional.gelu
normal_cdf: Final[Function] = torch.special.ndtr
relu: Final = torch.relu
softmax: Final = partial(torch.softmax, dim=-1)
xlogy: Final[Function] = torch.special.xlogy


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def logsumexp(x: Any) -> Any:
    """ln Σ eˣ over the last axis."""
    return torch.logsumexp(x, -1)


def maximum(a: Any, b: Any) -> Any:
    """The larger of two tensors, or of a tensor and a number."""
    return torch.maximum(*_tensors(a, b))


def minimum(a: Any, b: Any) -> Any:
    """The smaller of two tensors, or of a tensor and a number."""
    return torch.minimum(*_tensors(a, b))


def logaddexp(a: Any, b: Any) -> Any:
    """ln(eᵃ + eᵇ) of two tensors, or of a tensor and a number."""
    return torch.logaddexp(*_tensors(a, b))


def heaviside(x: Any, at_zero: float) -> Any:
    """1 above 0, 0 below, and `at_zero` at 0."""
    return torch.heaviside(*_tensors(x, at_zero))


class add:
    """As NumPy's ``np.add.at``."""

    @staticmethod
    def at(x: Any, index: Any, value: Any) -> None:
        """Add to `x` in its place, as often as a place is named."""
        places = index if isinstance(index, tuple) else (index,)
        whole = torch.arange(len(x), device=x.device)[:, None]
        at = tuple(whole if isinstance(k, slice) else k.reshape(-1) for k in places)
        shape = x[at].shape
        x.index_put_(at, torch.broadcast_to(value.reshape(shape), shape), accumulate=True)


def _tensors(a: Any, b: Any) -> tuple[Any, Any]:
    like = a if isinstance(a, torch.Tensor) else b
    return tuple(torch.as_tensor(x, dtype=like.dtype, device=like.device) for x in (a, b))  # type: ignore[return-value]
