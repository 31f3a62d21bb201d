"""Thousands of random graphs as array programs, run on other numbers: are they the engine's?

    python tests/storms/vectorized.py              10,000 graphs
    python tests/storms/vectorized.py 300 7        fewer, from another seed

The graphs are those of `arrays.py` in this folder: layers, and no order at all. Each is made a
program once and run with other parameters and inputs. Numbers are compared where the engine's are
finite and of moderate size, since sums in another order round in another way. Prints how many were
compared, and how many were wrong.
"""

from __future__ import annotations

import math
import sys
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

import arrays
from arrays import Program, Runs

from tinygrad_edu import Value, topological_order
from tinygrad_edu.arrays import vectorize

LARGEST = 1e4


def tied_zeros(v: Value) -> bool:
    """Whether a node takes the larger or the smaller of 0.0 and -0.0, where NumPy may differ.

    They are equal, so either is right; atan2 and a division tell them apart nevertheless.
    """
    numbers = [float(x) for x in v.arguments] + [0.0] * (str(v.op) == "relu")
    signs = {math.copysign(1.0, x) for x in numbers}
    return str(v.op) in ("maximum", "minimum", "relu") and not any(numbers) and len(signs) > 1


def moderate(program: Program, ps: list[float], xs: list[float]) -> bool:
    """Whether all values and derivatives of a graph are finite and moderate, and no zeros tie."""
    leaves = [Value(x) for x in (*ps, *xs)]
    root = program(leaves[: len(ps)], leaves[len(ps) :])
    root.backward()
    order = [v for v in topological_order(root) if v.op]
    if any(map(tied_zeros, order)):
        return False
    seen = [x for v in order for x in (v.data, v.grad, *v.local_grads)]
    try:  # as the rules have them, too: they are no numbers where a textbook has 0/0
        seen += [
            float(rule(*v.arguments, v))
            for v in order
            for argument, rule in zip(v.arguments, v.op.rules)
            if isinstance(argument, Value)
        ]
    except ZeroDivisionError:  # x / 0.0
        return False
    return all(math.isfinite(x) and abs(x) < LARGEST for x in seen)


def vectorized(program: Program, runs: Runs) -> list[list[float]]:
    """The value and the gradients of each run, by one program."""
    parameters, inputs = ([Value(x) for x in part] for part in runs[0])
    made = vectorize(program(parameters, inputs), parameters, inputs)
    place = {v: i for i, v in enumerate(parameters)}
    order = [place[v] for v in made.parameters]
    answers = []
    for ps, xs in runs:
        found = made.run(np.array(ps)[order], *([np.array(xs)] if xs else []))  # (not by replay)
        assert found is not None
        loss, gradient = found
        back = np.zeros(len(ps))
        back[order] = gradient
        answers.append([float(loss), *back.tolist()])
    return answers


def agree(got: list[float], expected: list[float]) -> bool:
    """Whether numbers are one but for rounding."""
    scale = max(1e-3, *map(abs, expected[1:]), 0.0)
    value = abs(got[0] - expected[0]) <= 1e-10 * max(1.0, abs(expected[0]))
    return value and all(abs(x - y) <= 1e-8 * scale for x, y in zip(got[1:], expected[1:]))


storm = partial(arrays.storm, answers=vectorized, agree=agree, counts=moderate, special=(0.0,) * 3)


if __name__ == "__main__":
    sys.exit(arrays.main(storm))
