"""What programs call in JAX beside `jax.numpy`, as `numeric.py` has it for NumPy."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import jax.nn
import jax.scipy.special

erf: Final = jax.scipy.special.erf
gelu: Final = partial(jax.nn.gelu, approximate=False)
normal_cdf: Final = jax.scipy.special.ndtr
relu: Final = jax.nn.relu
softmax: Final = jax.nn.softmax
xlogy: Final = jax.scipy.special.xlogy


def logsumexp(x: Any) -> Any:
    """ln Σ eˣ over the last axis, so that nothing overflows."""
    return jax.scipy.special.logsumexp(x, axis=-1)
