"""Where random numbers come from."""

from __future__ import annotations

import random


def generator(seed: int | random.Random | None) -> random.Random:
    """The random numbers that `seed` stands for.

    An int starts a generator of its own, so that the same int always gives the same numbers;
    a `random.Random` is used as it is; None is Python's shared one, which `random.seed` starts.
    Anything else is a TypeError.
    """
    if seed is None:
        return random._inst  # whose bound methods are the functions of the module
    if isinstance(seed, random.Random):
        return seed
    if isinstance(seed, int) and not isinstance(seed, bool):
        return random.Random(seed)
    raise TypeError(f"a seed is an int, a random.Random or None, not {seed!r}")
