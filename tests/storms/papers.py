"""Right papers, rounded as people and programs round: how many are accused?

    python tests/storms/papers.py          2,000 of each style
    python tests/storms/papers.py 100      fewer

The graphs are networks of a textbook, random ones, and those of `fresh_wrong_papers` and
`training_wrong_papers`. A paper is worked out here, forward and backward, each result rounded as
it is written down; what PyTorch has in float32 is a paper too. Prints, for each style, how many
papers are taken for wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import fresh_wrong_papers as fresh
import training_wrong_papers as training
from graphs import random_graph
from test_rounding import digits, network, paper, places, unrounded

from tinygrad_edu import Value, topological_order
from tinygrad_edu.teach import check_gradients
from tinygrad_edu.teach.checking.report import GradientReport

GRAPHS: tuple[Callable[[], Value], ...] = tuple(
    dict.fromkeys(p.graph for p in (*fresh.PAPERS, *training.PAPERS))
)

Papers = Iterator[tuple[str, Value, GradientReport]]


def graph(seed: int) -> Value:
    """A network, a random graph or one of the fresh ones."""
    kind, number = seed % 3, seed // 3
    if kind == 0:
        return network(number)
    return random_graph(number, 4 + number % 6) if kind == 1 else GRAPHS[number % len(GRAPHS)]()


def of_leaves(root: Value, forward, chain) -> GradientReport:
    """The gradients of the leaves, rounded on the way as the forward pass is."""
    _, gradients = paper(root, forward, chain)
    return check_gradients(root, {v: forward(g) for v, g in gradients.items() if not v.op})


def of_all(root: Value, forward, chain) -> GradientReport:
    """The same, and every gradient on the way."""
    _, gradients = paper(root, forward, chain)
    return check_gradients(root, {v: forward(g) for v, g in gradients.items() if v is not root})


def with_own_values(root: Value, forward, chain) -> GradientReport:
    """The gradients of the leaves, and the values of the forward pass that have a name."""
    values, gradients = paper(root, forward, chain)
    named = {v: x for v, x in values.items() if v.op and v.label}
    leaves = {v: forward(g) for v, g in gradients.items() if not v.op}
    return check_gradients(root, leaves, forward=named)


def in_float32(root: Value) -> GradientReport:
    """The gradients that PyTorch has in float32."""
    import torch

    binary = {"+": torch.add, "-": torch.sub, "*": torch.mul, "/": torch.div, "**": torch.pow}
    theirs: dict[Value, torch.Tensor] = {}
    for v in topological_order(root):
        if not v.op:
            theirs[v] = torch.tensor(v.data, dtype=torch.float32, requires_grad=True)
            continue
        arguments = [theirs[x] if isinstance(x, Value) else x for x in v.arguments]
        if v.op in ("**", "maximum", "minimum") and not isinstance(arguments[0], torch.Tensor):
            arguments[0] = torch.tensor(arguments[0], dtype=torch.float32)
        of = binary.get(str(v.op)) or getattr(torch.nn.functional, str(v.op), None)
        theirs[v] = (of or getattr(torch, str(v.op)))(*arguments)
    theirs[root].backward()
    return check_gradients(root, {v: t.grad.item() for v, t in theirs.items() if not v.op})


STYLES: dict[str, Callable[[Value], GradientReport]] = {
    "leaves alone, 3 digits": lambda root: of_leaves(root, digits(3), unrounded),
    "forward rounded to 4 digits": lambda root: of_leaves(root, digits(4), unrounded),
    "chains rounded to 3 digits": lambda root: of_leaves(root, digits(3), digits(3)),
    "chains rounded to 4 digits": lambda root: of_leaves(root, digits(4), digits(4)),
    "chains rounded to 5 digits": lambda root: of_leaves(root, digits(5), digits(5)),
    "every gradient, 3 digits": lambda root: of_all(root, digits(3), digits(3)),
    "every gradient, 5 digits": lambda root: of_all(root, digits(5), digits(5)),
    "3 decimals": lambda root: of_leaves(root, places(3), places(3)),
    "4 decimals": lambda root: of_all(root, places(4), places(4)),
    "own values, 3 digits": lambda root: with_own_values(root, digits(3), digits(3)),
    "own values, 4 digits": lambda root: with_own_values(root, digits(4), unrounded),
    "own values, 3 decimals": lambda root: with_own_values(root, places(3), places(3)),
    "PyTorch in float32": in_float32,
}


def accused(style: str, count: int, shift: int = 0) -> list[str]:
    """What is said of right papers of a style, worked out for so many graphs."""
    reports = [(i, STYLES[style](graph(i))) for i in range(shift, shift + count)]
    return [f"graph {i}: {report}" for i, report in reports if not report]


def main(count: int) -> int:
    """Check so many papers of each style; how many more are accused than one in a hundred."""
    over = 0
    for style in STYLES:
        found = accused(style, count)
        over += len(found) > count // 100
        print(f"{style:30}{len(found):5} of {count}")
        for line in found[:3]:
            print("   ", line.replace("\n", " ")[:300])
    return over


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 2000) > 0)
