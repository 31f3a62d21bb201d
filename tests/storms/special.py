"""Every operation, alone and after another, at special numbers, through all that reads a graph.

    python tests/storms/special.py              2,000 graphs
    python tests/storms/special.py 100 7        fewer, from another seed

The numbers are zeros, infinities, nans, subnormals, the largest floats and ones, as Values and as
plain numbers on either side. Nothing may end in an error of Python's arithmetic (a division by 0,
an overflow, a domain), nor in any other that is not a sentence of the package which is listed
here; no number may be complex; and a replay gives every bit of the engine's. Prints how many works
were done, how many of them were refused by such a sentence, and what was wrong.
"""

from __future__ import annotations

import math
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any, Final, TypeAlias

import numpy as np

from tinygrad_edu import OPS, Value
from tinygrad_edu.arrays import Replay, vectorize
from tinygrad_edu.calculus import gradients, hessian
from tinygrad_edu.gradcheck import gradcheck
from tinygrad_edu.interop import to_python, to_sympy
from tinygrad_edu.ops import Op
from tinygrad_edu.teach import check_gradients, derive, diagnose, ledger
from tinygrad_edu.view import draw_dot, explore

sys.path.insert(0, str(Path(__file__).parent))
from arrays import same

LARGEST: Final = sys.float_info.max
SPECIAL: Final = (
    *(0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e-310, LARGEST, -LARGEST),
    *(1.0, -1.0, 1, 2, 0.5),
)

Argument: TypeAlias = float | str
"""A plain number, or the name of a value: "x", "y", or "1" for the first line's."""
Line: TypeAlias = tuple[str, tuple[Argument, ...]]
"""An operation and its arguments."""
Recipe: TypeAlias = tuple[Line, ...]


def computed(recipe: Recipe, leaves: list[Value]) -> Value:
    """The value of the last line."""
    values: dict[Argument, Any] = {"x": leaves[0], "y": leaves[1]}
    for number, (op, arguments) in enumerate(recipe, 1):
        values[str(number)] = OPS[op].function(*(values.get(a, a) for a in arguments))
    made: Value = values[str(len(recipe))]
    return made


def graphs(rng: Random, count: int) -> Iterator[tuple[Recipe, tuple[float, float]]]:
    """Graphs with the numbers of their leaves: each operation in turn, alone or in a pair."""
    names = list(OPS)
    for k in range(count):
        lines = [line(rng, OPS[names[k % len(names)]], ["x", "y"], "x")]
        if rng.random() < 0.5:
            lines.append(line(rng, OPS[rng.choice(names)], ["x", "y", "1"], "1"))
        yield tuple(lines), (float(rng.choice(SPECIAL)), float(rng.choice(SPECIAL)))


def line(rng: Random, op: Op, values: list[str], wanted: str) -> Line:
    """An operation of `wanted`, and of another value, or a plain number, before it or behind it."""
    if len(op.rules) == 1:
        return str(op), (wanted, *(rng.choice(SPECIAL) for _ in range(op.arity - 1)))
    other = rng.choice((rng.choice(values), rng.choice(SPECIAL)))
    return str(op), (wanted, other) if rng.random() < 0.5 else (other, wanted)


def by_backward(recipe: Recipe, leaves: list[Value]) -> None:
    """Data and gradients are floats."""
    root = computed(recipe, leaves)
    root.backward()
    numbers = [root.data, *(v.grad for v in leaves), *root.local_grads, *root.contributions]
    require(all(type(x) is float for x in numbers), f"{numbers} are not all floats")
    str(root), repr(root), float(root), root < 0.0, bool(root)


def by_rules(recipe: Recipe, leaves: list[Value]) -> None:
    """Gradients of gradients are floats, and so is the matrix of them."""
    first = gradients(computed(recipe, leaves), leaves)
    second = [g for v in first for g in gradients(v, leaves)]
    matrix = hessian(lambda *xs: computed(recipe, list(xs)))(*(v.data for v in leaves))
    numbers = [v.data for v in (*first, *second, *(v for row in matrix for v in row))]
    require(all(type(x) is float for x in numbers), f"{numbers} are not all floats")


def by_differences(recipe: Recipe, leaves: list[Value]) -> None:
    """No derivative is called wrong where its value is not a number."""
    str(gradcheck(lambda *xs: computed(recipe, list(xs)), [v.data for v in leaves]))


def by_derivation(recipe: Recipe, leaves: list[Value]) -> None:
    """Every form of the derivation is written."""
    document = derive(computed(recipe, leaves), lr=0.1)
    document.text(), document.markdown(), document.latex(), document.html()


def by_checking(recipe: Recipe, leaves: list[Value]) -> None:
    """Right answers are right, and wrong ones are answered."""
    root = computed(recipe, leaves)
    entries = ledger(root)
    right = {e.operand: e.total for e in entries}
    finite = {v: x for v, x in right.items() if math.isfinite(x)}
    wrong = {v: x + 1.5 if v in finite else 1.5 for v, x in right.items()}
    formula = " + ".join(v.label for v in leaves if v in right) + " + 1"
    if len(finite) == len(right) > 0:
        require(bool(check_gradients(root, finite)), f"{finite} are called wrong")
    for answers in (wrong, {v: formula for v in leaves if v in right}):
        str(check_gradients(root, answers))


def by_ledger(recipe: Recipe, leaves: list[Value]) -> None:
    """The ledger and the diagnosis are written."""
    root = computed(recipe, leaves)
    entries = ledger(root)
    str(entries), entries.markdown(), entries.csv(), entries._repr_html_()
    str(diagnose(root))


def by_pictures(recipe: Recipe, leaves: list[Value]) -> None:
    """The picture and the explorer's page are drawn."""
    root = computed(recipe, leaves)
    root.backward()
    draw_dot(root).svg()
    explore(root).html()


def by_other_programs(recipe: Recipe, leaves: list[Value]) -> None:
    """Python reads what is written for it."""
    compile(to_python(computed(recipe, leaves)), "written", "exec")


def by_sympy(recipe: Recipe, leaves: list[Value]) -> None:
    """SymPy takes the expression."""
    to_sympy(computed(recipe, leaves))


def by_replay(recipe: Recipe, leaves: list[Value]) -> None:
    """The engine's bits, from a record at other numbers."""
    root = computed(recipe, leaves)
    root.backward()
    replay = Replay(computed(recipe, others := [Value(0.5), Value(2.0)]), others)
    value, slopes = replay.run([v.data for v in leaves])
    got, right = [value, *slopes], [root.data, *(v.grad for v in leaves)]
    require(all(map(same, got, right)), f"replay has {got}, the engine {right}")


def by_arrays(recipe: Recipe, leaves: list[Value]) -> None:
    """The array program runs, at the numbers of the record and at others, and is floats."""
    program = vectorize(computed(recipe, leaves), leaves)
    order = {v: v.data for v in leaves}
    for theta in ([order[v] for v in program.parameters], [0.5] * len(program.parameters)):
        found = program.run(np.array(theta))
        if found is not None:
            require(np.asarray(found[0]).dtype == np.float64, f"{found} is not a float")


WORKS: Final = (
    *(by_backward, by_rules, by_differences, by_derivation, by_checking, by_ledger),
    *(by_pictures, by_other_programs, by_sympy, by_replay, by_arrays),
)


class Wrong(Exception):
    """What is not as it must be."""


def require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


REFUSALS: Final[dict[Callable[..., None], tuple[str, ...]]] = {
    by_checking: (" is nan: ", " is inf: ", " is -inf: ", "inf here", "nan here"),
    by_sympy: ("SymPy has no",),
}
"""What a work may refuse, by words of its sentence."""


def storm(count: int, seed: int) -> tuple[int, int, list[str]]:
    """How many works were done, how many were refused, and what was wrong."""
    done, refused, wrong = 0, 0, []
    for recipe, point in graphs(Random(seed), count):
        for work in WORKS:
            done += 1
            try:
                work(recipe, [Value(x, label=name) for x, name in zip(point, "xy")])
            except ValueError as error:
                if any(words in str(error) for words in REFUSALS.get(work, ())):
                    refused += 1
                else:
                    wrong.append(said(work, recipe, point, error))
            except Exception as error:  # whatever it is, it should not have been
                wrong.append(said(work, recipe, point, error))
    return done, refused, wrong


def said(work: Callable[..., None], recipe: Recipe, point: Any, error: Exception) -> str:
    """A fault on one line, with the place that raised it."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return f"{work.__name__} {recipe} at {point}: {type(error).__name__}: {error} ({where})"


def main() -> int:
    """Run as many graphs as the command says; 1 where something was wrong."""
    count, seed = ([int(a) for a in sys.argv[1:]] + [2_000, 0][len(sys.argv) - 1 :])[:2]
    done, refused, wrong = storm(count, seed)
    print(f"{count} graphs, {done} works, {refused} refused, wrong {len(wrong)}")
    for fault in wrong[:20]:
        print(fault)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
