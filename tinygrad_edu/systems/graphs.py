"""What the systems with a graph small enough to look at share: its drawing and its table."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path

from ..cli.options import drawing
from ..engine import Value, topological_order
from ..language import say
from ..text import table


def add_options(parser: ArgumentParser) -> None:
    """The option --out."""
    name = parser.prog.split()[-1]
    parser.add_argument(
        "-o",
        "--out",
        type=drawing,
        metavar="FILE",
        default=Path(f"tinygrad_edu-{name}.svg"),
        help=say(
            "draw the graph in this .svg, .dot, .png or .pdf file, replacing what is there "
            "(default: %(default)s, in the current folder)"
        ),
    )


def draw(root: Value, path: Path) -> None:
    """Write the graph of `root` to a file, and say where."""
    from ..view import draw_dot  # it loads a renderer, which takes time

    try:
        draw_dot(root).save(path)
    except OSError as error:  # about a temporary file, of which nobody has heard
        raise OSError(error.errno, error.strerror, str(path)) from error
    except RuntimeError as error:  # no renderer for this kind of file, or for this platform
        sys.exit(f"tinygrad_edu: error: {error}")
    print("\n" + say("The graph: {file}", file=path.resolve()))
    if path.suffix == ".svg":
        print(say("(open it in a web browser)"))


def labelled(root: Value) -> dict[str, Value]:
    """The Values of a graph by their labels."""
    return {v.label: v for v in topological_order(root) if v.label}


def compare(root: Value, by_hand: Iterable[tuple[str, str, float]]) -> str:
    """A table of quantities by hand and by the engine, after ``root.backward()``.

    by_hand  (name, formula, number) of each; its name is, or ends in, a label z in the graph for
             that value, or ∂L/∂z for its gradient, where L is the root's label
    """
    values = labelled(root)
    numbers = {label: v.data for label, v in values.items()}
    numbers |= {f"∂{root.label}/∂{label}": v.grad for label, v in values.items()}
    rows = []
    for name, formula, hand in by_hand:
        engine = numbers[name.split()[-1]]
        rows.append((name, formula, hand, engine, float(f"{engine - hand:.1e}")))
    header = ("", say("formula"), say("by hand"), say("engine"), say("difference"))
    return table(header, rows)
