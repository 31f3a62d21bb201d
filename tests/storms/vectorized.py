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
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from arrays import Program, by_the_engine, irregular, layered, numbers

from tinygrad_edu import Value, topological_order
from tinygrad_edu.arrays import vectorize

LARGEST = 1e4


def moderate(program: Program, ps: list[float], xs: list[float]) -> bool:
    """Whether all values and derivatives of a graph are finite, and none is large."""
    leaves = [Value(x) for x in (*ps, *xs)]
    root = program(leaves[: len(ps)], leaves[len(ps) :])
    root.backward()
    order = [v for v in topological_order(root) if v.op]
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


def vectorized(
    program: Program, runs: Sequence[tuple[list[float], list[float]]]
) -> list[list[float]]:
    """The value and the gradients of each run, by one program."""
    parameters, inputs = ([Value(x) for x in part] for part in runs[0])
    made = vectorize(program(parameters, inputs), parameters, inputs)
    place = {v: i for i, v in enumerate(parameters)}
    order = [place[v] for v in made.parameters]
    answers = []
    for ps, xs in runs:
        loss, gradient = made(np.array(ps)[order], *([np.array(xs)] if xs else []))
        back = np.zeros(len(ps))
        back[order] = gradient
        answers.append([loss, *back.tolist()])
    return answers


def agree(got: list[float], expected: list[float]) -> bool:
    """Whether numbers are one but for rounding."""
    scale = max(1e-3, *map(abs, expected[1:]), 0.0)
    value = abs(got[0] - expected[0]) <= 1e-10 * max(1.0, abs(expected[0]))
    return value and all(abs(x - y) <= 1e-8 * scale for x, y in zip(got[1:], expected[1:]))


def storm(graphs: int, seed: int = 0) -> tuple[int, list[str]]:
    """How many numbers were compared, and what was wrong."""
    compared, wrong = 0, []
    for k in range(graphs):
        number = seed * 1_000_003 + k
        made, inputs, program = (irregular, layered)[k % 2](number)
        rng = Random(number)
        runs = [(numbers(rng, made, 0.0), numbers(rng, inputs, 0.0)) for _ in range(3)]
        for run, got in zip(runs, vectorized(program, runs)):
            if moderate(program, *run):
                expected = by_the_engine(program, *run)
                compared += len(expected)
                if len(got) != len(expected) or not agree(got, expected):
                    wrong.append(f"graph {number}, {run}: {got}, not {expected}")
    return compared, wrong


def main() -> int:
    """Run the storm; the exit status is 1 where something was wrong."""
    graphs, seed = ([int(a) for a in sys.argv[1:]] + [10_000, 0][len(sys.argv) - 1 :])[:2]
    compared, wrong = storm(graphs, seed)
    print(f"{graphs} graphs, {compared} numbers compared, wrong {len(wrong)}")
    for line in wrong[:5]:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
