"""How far each function and its derivatives are from exact: the table of docs/site/accuracy.md.

    PYTHONPATH=. python tests/storms/accuracy.py [POINTS]

A unit is one in the last place (ulp) of the exact result, by mpmath at 400 bits and more, at points
over the whole line: tails, the middle, every magnitude, and about the turns.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import exact
from mpmath import mp, mpf
from test_functions import points

from tinygrad_edu import OPS, Value

PARAMETERS = {"leaky_relu": (0.01,), "elu": (1.0,)}


def measured(name: str, count: int) -> tuple[float, float]:
    """The largest error of the value and of a derivative, in ulp."""
    op, parameters = OPS[name], PARAMETERS.get(name, ())
    rng = random.Random(name)
    if len(op.rules) == 1:
        places = [(x,) for x in points(name, count)]
    else:
        places = [(rng.gauss(0, 200), rng.gauss(0, 200)) for _ in range(count // 4)]
    value = slope = 0.0
    with mp.workprec(400 if len(op.rules) == 1 else 3000):
        for place in places:
            at = (*map(mpf, place), *map(mpf, parameters))
            right = exact.exact(name)(*at)
            if not exact.is_real(right):
                continue
            y = op.function(*map(Value, place), *parameters)
            value = max(value, exact.ulps(y.data, right))
            for i, found in enumerate(y.local_grads):
                error = exact.ulps(found, exact.slope(name, at, i), exact.terms(name, at))
                slope = max(slope, error)
    return value, slope


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print("| function | value | derivatives |\n|---|---|---|")
    for name, op in OPS.items():
        if op.is_function:
            value, slope = measured(name, count)
            print(f"| `{name}` | {value:.2f} | {slope:.2f} |", flush=True)


if __name__ == "__main__":
    main()
