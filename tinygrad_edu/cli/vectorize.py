"""``python -m tinygrad_edu vectorize``: the matrices in the scalar graph of a worked system."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from .. import data
from ..language import say
from ..losses import binary_cross_entropy, mse_loss, quadratic_cost
from ..systems import chain_111, delta_231, linear_231, logistic, relu_10_20_1, xor

if TYPE_CHECKING:
    from ..arrays import Program

SUMMARY = "print a system as array operations: its matrices, forward and backward, in NumPy"
NAMES = ("linear-231", "chain-111", "logistic", "xor", "relu-10-20-1", "delta-231")


def add_options(parser: ArgumentParser) -> None:
    """The options of ``python -m tinygrad_edu vectorize``."""
    parser.add_argument(
        "system", nargs="?", choices=NAMES, default="xor", help=say("which (default: %(default)s)")
    )


def run(options: Namespace) -> None:
    """Print the program, and how many operations of the scalar graph it does."""
    program = program_of(options.system)
    print(program.source)
    for name, x in program.constants.items():
        if not callable(x):
            print(f"# {name} = {x.tolist()}")
    done = say(
        "{scalar} operations on scalars, as {array} on arrays",
        scalar=program.nodes,
        array=program.calls,
    )
    print(f"# {done}")


def program_of(system: str) -> Program:
    """The array program of a system on its samples."""
    from ..arrays import vectorize  # it loads NumPy, which takes time

    points, targets = data.xor()
    match system:
        case "linear-231":
            network = linear_231.Network()
            return vectorize(network().loss, network.parameters())
        case "chain-111":
            chain = chain_111.Chain(0.5, 3.0)
            return vectorize(chain(2.0, 1.0), chain.parameters())
        case "logistic":
            return vectorize(logistic.network(0), binary_cross_entropy, *data.moons(40, seed=0))
        case "relu-10-20-1":
            return vectorize(relu_10_20_1.network(0), mse_loss, *relu_10_20_1.samples(0))
        case "delta-231":
            return vectorize(delta_231.network(0), quadratic_cost, points, targets)
        case _:
            return vectorize(xor.pytorch_network(0), mse_loss, points, targets)
