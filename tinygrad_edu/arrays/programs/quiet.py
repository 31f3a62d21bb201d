"""NumPy without a word on inf and nan, which programs compute as IEEE has them."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any, Final

import numpy as np

_QUIET: Final = Context()
_QUIET.run(np.seterr, all="ignore")


def quietly(function: Callable[..., Any], *args: Any) -> Any:
    """What a function returns, called with NumPy's warnings off.

    That is a part of a context, and taking a copy of one that has it so needs a fifth of the time
    of ``with np.errstate(all="ignore")``.
    """
    return _QUIET.copy().run(function, *args)
