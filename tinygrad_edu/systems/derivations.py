"""The options --derive and --matrix of the systems, and what they print."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence

from ..engine import Value
from ..language import say
from ..nn import Module


def add_options(parser: ArgumentParser) -> None:
    """The options --derive and --matrix."""
    parser.add_argument(
        "--derive",
        action="store_true",
        help=say("print the worked derivation of every gradient, and nothing else"),
    )
    parser.add_argument(
        "--matrix",
        action="store_true",
        help=say("print it in matrix form, layer by layer (with NumPy: pip install '.[arrays]')"),
    )


def is_wanted(options: Namespace) -> bool:
    """Whether a derivation is to be printed, and nothing else."""
    return bool(options.derive or options.matrix)


def print_derivation(
    root: Value,
    parameters: Sequence[Value],
    lr: Value | float,
    options: Namespace,
    model: Module | None = None,
) -> None:
    """Print how the gradient of each parameter is derived, and the update of each."""
    from ..teach.derivation.derive import Form, derive  # it loads what only it needs

    form: Form = "matrix" if options.matrix else "scalar"
    print(derive(root, wrt=parameters, lr=lr, model=model, form=form))


def print_notes(lines: Iterable[str]) -> None:
    """Print what the system's tutorial writes, for readers who compare."""
    print("\n" + say("As the tutorial writes it"))
    for line in lines:
        print(f"  {line}")
