"""Where random numbers come from."""

from __future__ import annotations

import random
from typing import Any


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


def shuffle(items: list[Any], rng: random.Random) -> None:
    """Shuffle a list as `rng.shuffle` does, by the same draws, in less than half of the time."""
    if type(rng) is not random.Random:
        rng.shuffle(items)  # which may be somebody's own
        return
    draw, last = rng.getrandbits, len(items) - 1
    while last > 0:
        bits = (last + 1).bit_length()
        first = (1 << bits - 1) - 1  # from here on there are as many bits
        for i in range(last, first - 1, -1):
            j = draw(bits)
            while j > i:
                j = draw(bits)
            items[i], items[j] = items[j], items[i]
        last = first - 1
