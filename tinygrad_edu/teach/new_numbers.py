"""Other numbers for an exercise, drawn so that it stays a good one."""

from __future__ import annotations

import itertools
import math
from contextvars import Context
from random import Random
from typing import Final, Literal

from ..engine import Value
from .checking.wrong_answers import WrongAnswers
from .derivation.partials import Steps
from .notation.wording import Wording
from .record.ledger import Ledger
from .record.shares import distributions, labels

Difficulty = Literal["easy", "medium", "hard"]

DIGITS: Final[dict[Difficulty, int]] = {"easy": 1, "medium": 2, "hard": 3}
"""How many significant digits a new number has that is not whole."""

ATTEMPTS: Final = 200
"""How many draws of new numbers may fail before it is given up."""

TELLING: Final = 12
"""Of how many good draws the one is taken that tells the slips apart best."""

LARGEST: Final = 120
"""Up to how many values of a graph the slips are told apart."""


def with_new_numbers(
    steps: Steps, wanted: list[Value], kept: set[Value], rng: Random, digits: int
) -> dict[Value, Value]:
    """Each value's counterpart in the same graph with other numbers in its leaves.

    What has a name there has it here as a label, by which both are written alike. Everything is
    finite, no wanted gradient is 0 that was not, and as far as a dozen draws allow it, the usual
    slips all give other numbers than each other and the right one, to three digits: no number is 1,
    and no two are the same.

    A ValueError where no draw is finite.
    """
    before = Ledger(steps.root).gradients
    shares = [*labels(steps.order), *itertools.chain(*distributions(steps.order))]
    constant = kept.union(v for v in shares if v.data.is_integer())
    best: tuple[int, dict[Value, Value]] | None = None
    good = 0
    for _ in range(ATTEMPTS):
        new = _drawn(steps, kept, rng, digits)
        gradients = Ledger(new[steps.root]).gradients
        finite = all(math.isfinite(x) for v in new.values() for x in (v.data, gradients[v]))
        if not finite or any(not gradients[new[v]] and before[v] for v in wanted):
            continue
        drawn = [new[v] for v in steps.order if not v.op and v not in constant]
        alike = _alike(new[steps.root], [new[v] for v in wanted]) + _hiding(drawn)
        if best is None or alike < best[0]:
            best = alike, new
        good += 1
        if alike == 0 or good == TELLING:
            break
    if best is None:
        raise ValueError(
            f"{ATTEMPTS} draws of new numbers all gave an inf, a nan or a gradient of 0: keep the "
            "numbers of the values whose range is limited, as in keep=['p']"
        )
    return best[1]


def _alike(root: Value, wanted: list[Value]) -> int:
    """How many wrong answers are, to three digits, the right one or another slip's."""
    answers = WrongAnswers(Wording(root))
    if len(answers.right) > LARGEST:
        return 0
    count = 0
    for v in wanted:
        numbers = [answers.right[v], *[slip.gives for slip in answers.of(v)]]
        count += len(numbers) - len({f"{x:.3g}" for x in numbers})
    return count


def _hiding(drawn: list[Value]) -> int:
    """How many of the numbers are 1, which may be left out unnoticed, or stand for another leaf."""
    sizes = [abs(v.data) for v in drawn if v.data]
    return sizes.count(1.0) + len(sizes) - len(set(sizes))


def _drawn(steps: Steps, kept: set[Value], rng: Random, digits: int) -> dict[Value, Value]:
    names = {v: symbol.name.text for v, symbol in steps.symbols.items()}
    shares = set(labels(steps.order))
    data: dict[Value, float] = {}
    for targets in distributions(steps.order):
        if not kept.intersection(targets):
            data.update(zip(targets, _distribution([v.data for v in targets], rng, digits)))
    new: dict[Value, Value] = {}
    for v in steps.order:
        if v.op:
            arguments = [new[a] if isinstance(a, Value) else a for a in v.arguments]
            new[v] = Context().run(v.op.function, *arguments)  # recorded, in no_grad() too
            new[v].label = names.get(v, "")
        elif v in kept or v in data:
            new[v] = Value(data.get(v, v.data), names[v])
        else:
            draw = _share if v in shares else _varied
            new[v] = Value(draw(v.data, rng, digits), names[v])
    return new


def _distribution(shares: list[float], rng: Random, digits: int) -> list[float]:
    """Shares with the sum 1: another class's 1 for a single one, else others with those digits."""
    if max(shares) == 1.0:
        return rng.sample(shares, len(shares))
    whole = 10 ** max(digits, len(str(len(shares))))
    cuts = sorted(rng.sample(range(1, whole), len(shares) - 1))
    return [(b - a) / whole for a, b in itertools.pairwise([0, *cuts, whole])]


def _share(y: float, rng: Random, digits: int) -> float:
    """0 or 1 for what is one of them, else a number between."""
    if y.is_integer():
        return float(rng.randint(0, 1))
    return float(f"{rng.uniform(0.1, 0.9):.{digits}g}")


def _varied(x: float, rng: Random, digits: int) -> float:
    """Another number with the same sign, from half of it to its double."""
    size = abs(x)
    if not size or not math.isfinite(size):
        return x
    if x.is_integer():
        new = float(rng.randint(math.ceil(size / 2.0), max(int(2.0 * size), 4)))
    else:
        new = float(f"{rng.uniform(size / 2.0, 2.0 * size):.{digits}g}")
    return math.copysign(new, x)
