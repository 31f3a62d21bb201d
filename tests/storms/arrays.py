"""Thousands of random graphs, replayed on other numbers: is every bit the engine's?

    python tests/storms/arrays.py              10,000 graphs
    python tests/storms/arrays.py 300 7        fewer, from another seed

Some are built in layers, as networks are, with weights that are shared, slices, reversals, scans,
softmax and residual connections; others have no order at all, and use every operation. Each is
recorded with one set of numbers and run with others, some of them infinite, missing or subnormal.
Prints how many values and gradients were compared, and how many of them were wrong.
"""

from __future__ import annotations

import math
import struct
import sys
from collections.abc import Callable
from random import Random
from typing import Any

from tinygrad_edu import OPS, Value, dot, softmax
from tinygrad_edu.arrays import Replay
from tinygrad_edu.reductions import logsumexp

SPECIAL = (0.0, -0.0, 1.0, -1.0, 2.0, math.inf, -math.inf, math.nan, 5e-324, -1e-310, 1e200, -750.0)
UNARY = [name for name, op in OPS.items() if op.arity == 1]
BINARY = [name for name, op in OPS.items() if op.arity == 2 and len(op.rules) == 2]
NUMBERED = [name for name, op in OPS.items() if op.arity == 2 and len(op.rules) == 1]

Program = Callable[[list[Value], list[Value]], Value]
"""A function of parameters and inputs that always builds the same graph."""

Runs = list[tuple[list[float], list[float]]]
"""The parameters and inputs of each run."""


def same(x: float, y: float) -> bool:
    """Whether two numbers are one to the last bit (and all that are not numbers are one)."""
    return (x != x and y != y) or struct.pack("d", x) == struct.pack("d", y)


def irregular(seed: int) -> tuple[int, int, Program]:
    """Any operation on any earlier values or plain numbers, some many times, some never."""
    counts = Random(seed)
    parameters, inputs, size = counts.randrange(5), counts.randrange(4), counts.randrange(1, 60)
    if not parameters + inputs:
        parameters = 1

    def program(ps: list[Value], xs: list[Value]) -> Value:
        rng = Random(seed + 1)
        made = [*ps, *xs]
        for _ in range(size):
            x: Any = rng.choice(made)
            z: Any = rng.choice(made) if rng.random() < 0.7 else rng.choice((*SPECIAL[:5], 3, 0.5))
            match rng.randrange(5):
                case 0:
                    y = OPS[rng.choice(UNARY)].function(x)
                case 1:
                    y = OPS[rng.choice(NUMBERED)].function(x, rng.choice((0.01, 1.5)))
                case _:
                    pair = (x, z) if rng.random() < 0.6 else (z, x)
                    y = OPS[rng.choice(BINARY)].function(*pair)
            made.append(y)
        return made[-1] if rng.random() < 0.5 else dot(made[-6:], made[-6:])

    return parameters, inputs, program


def layered(seed: int) -> tuple[int, int, Program]:
    """A network: vectors that go through layers of many kinds, to one loss."""
    counts = Random(seed)
    width, depth, samples = counts.randint(1, 5), counts.randint(1, 4), counts.randint(1, 3)
    parameters = width * width + width + counts.randrange(3)  # the last ones are not used

    def layer(rng: Random, ps: list[Value], v: list[Any]) -> list[Any]:
        weights, bias = ps[: width * width], ps[width * width :]
        match rng.randrange(9):
            case 0:
                f = OPS[rng.choice(("tanh", "relu", "sigmoid", "gelu", "silu", "softplus"))]
                rows = [weights[i * width : (i + 1) * width] for i in range(width)]
                return [f.function(dot(row, v) + b) for row, b in zip(rows, bias)]
            case 1:
                return v[::-1]
            case 2:
                return [*v[1:], v[0]]
            case 3:
                return softmax(v)
            case 4:  # a scan
                out = [v[0]]
                for x, w in zip(v[1:], bias):
                    out.append(OPS["tanh"].function(out[-1] * w + x))
                return out
            case 5:
                return [x + y for x, y in zip(v, layer(rng, ps, v))]
            case 6:
                mean = sum(v) / len(v)
                return [x - mean for x in v]
            case 7:
                return [x * (logsumexp(v) - x) for x in v]
            case _:
                return [weights[0] * x + bias[0] for x in v]

    def program(ps: list[Value], xs: list[Value]) -> Value:
        rows = [xs[i * width : (i + 1) * width] for i in range(samples)]
        total: Any = 0.0
        for row in rows:
            rng, v = Random(seed + 1), list(row)
            for _ in range(depth):
                v = layer(rng, ps, v)
            total = total + sum((a - 0.5) ** 2 for a in v[: rng.randint(1, width)])
        return total / samples + 1e-3 * sum(p * p for p in ps[:width])

    return parameters, samples * width, program


def numbers(rng: Random, n: int, special: float) -> list[float]:
    """Random numbers, of which some are special."""
    return [rng.choice(SPECIAL) if rng.random() < special else rng.gauss(0, 1) for _ in range(n)]


def by_the_engine(program: Program, ps: list[float], xs: list[float]) -> list[float]:
    """The value and the gradients, recorded anew."""
    parameters = [Value(x) for x in ps]
    root = program(parameters, [Value(x) for x in xs])
    root.backward()
    return [root.data, *(p.grad for p in parameters)]


def replayed(program: Program, runs: Runs) -> list[list[float]]:
    """The value and the gradients of each run, by a graph that is recorded once."""
    parameters, inputs = ([Value(x) for x in part] for part in runs[0])
    replay = Replay(program(parameters, inputs), parameters, inputs)
    answers = [replay.run(ps, xs) for ps, xs in runs]
    return [[value, *grads] for value, grads in answers]


def equal(got: list[float], expected: list[float]) -> bool:
    """Whether numbers are those of the engine to the last bit."""
    return all(map(same, got, expected))


def storm(
    graphs: int,
    seed: int = 0,
    *,
    answers: Callable[[Program, Runs], list[list[float]]] = replayed,
    agree: Callable[[list[float], list[float]], bool] = equal,
    counts: Callable[[Program, list[float], list[float]], bool] = lambda *_: True,
    special: tuple[float, ...] = (0.0, 0.0, 0.3),
) -> tuple[int, list[str]]:
    """How many numbers were compared, and what was wrong.

    answers  the numbers of each run of a program
    agree    whether they are right, if the engine's are these
    counts   whether a run is one of those that are compared
    special  of each run of a program, how many of its numbers are special
    """
    compared, wrong = 0, []
    for k in range(graphs):
        number = seed * 1_000_003 + k
        made, inputs, program = (irregular, layered)[k % 2](number)
        rng = Random(number)
        runs = [(numbers(rng, made, s), numbers(rng, inputs, s)) for s in special]
        for run, got in zip(runs, answers(program, runs)):
            if counts(program, *run):
                expected = by_the_engine(program, *run)
                compared += len(expected)
                if len(got) != len(expected) or not agree(got, expected):
                    wrong.append(f"graph {number}, {run}: {got}, not {expected}")
    return compared, wrong


def main(storm: Callable[[int, int], tuple[int, list[str]]] = storm) -> int:
    """Run a storm of as many graphs as the command says; 1 where something was wrong."""
    graphs, seed = ([int(a) for a in sys.argv[1:]] + [10_000, 0][len(sys.argv) - 1 :])[:2]
    compared, wrong = storm(graphs, seed)
    print(f"{graphs} graphs, {compared} numbers compared, wrong {len(wrong)}")
    for line in wrong[:5]:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
