"""System 2: one neuron a layer, the shortest chain rule with more than one factor.

z₁ = w₁·x        ŷ = w₂·z₁        L = ½(y − ŷ)²
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from ..cli.options import positive, real
from ..engine import Value
from ..language import say
from ..nn import Module
from ..text import factor, number
from . import derivations, graphs

SUMMARY = "one neuron a layer: the chain rule, for any x, y, w₁ and w₂"


class Chain(Module):
    """The two weights, labelled."""

    def __init__(self, w1: float, w2: float) -> None:
        self.w1: Value = Value(w1, "w₁")
        self.w2: Value = Value(w2, "w₂")

    def __call__(self, x: float, y: float) -> Value:
        """L, with the whole graph behind it, labelled."""
        z = self.w1 * Value(x, "x")
        prediction = self.w2 * z
        loss = 0.5 * (Value(y, "y") - prediction) ** 2
        z.label, prediction.label, loss.label = "z₁", "ŷ", "L"
        return loss


def graph(x: float = 2.0, y: float = 1.0, w1: float = 0.5, w2: float = 3.0) -> Value:
    """L, with the whole graph behind it, labelled."""
    return Chain(w1, w2)(x, y)


def gradients_by_hand(x: float, y: float, w1: float, w2: float) -> list[tuple[str, str, float]]:
    """Each gradient as (its name, its formula, its number), by the chain rule on paper."""
    z = w1 * x
    error = y - w2 * z
    return [
        ("∂L/∂ŷ", "−(y − ŷ)", -error),
        ("∂L/∂w₂", "−(y − ŷ)·z₁", -error * z),
        ("∂L/∂z₁", "−(y − ŷ)·w₂", -error * w2),
        ("∂L/∂w₁", "−(y − ŷ)·w₂·x", -error * w2 * x),
    ]


def add_options(parser: ArgumentParser) -> None:
    """The options of ``python -m tinygrad_edu chain-111``."""
    parser.add_argument("--x", type=real, default=2.0, help=say("the input (default: %(default)s)"))
    parser.add_argument(
        "--y", type=real, default=1.0, help=say("the target (default: %(default)s)")
    )
    parser.add_argument(
        "--w1", type=real, default=0.5, help=say("first weight (default: %(default)s)")
    )
    parser.add_argument(
        "--w2", type=real, default=3.0, help=say("second weight (default: %(default)s)")
    )
    parser.add_argument(
        "--lr", type=positive, default=0.1, help=say("learning rate (default: %(default)s)")
    )
    derivations.add_options(parser)
    graphs.add_options(parser)


def run(options: Namespace) -> None:
    """Print the formulas and the numbers, and draw the graph."""
    chain = Chain(options.w1, options.w2)
    loss = chain(options.x, options.y)
    values = graphs.labelled(loss)
    z, prediction = values["z₁"].data, values["ŷ"].data
    if derivations.is_wanted(options):
        derivations.print_derivation(loss, chain.parameters(), options.lr, options)
        error = f"−({number(options.y)} − {factor(prediction)})"
        by_hand = gradients_by_hand(options.x, options.y, options.w1, options.w2)
        w2, w1 = (gradient for name, _, gradient in by_hand if "w" in name)
        derivations.print_notes(
            [
                f"∂L/∂w₂ = −(y − ŷ)·z₁ = {error}·{factor(z)} = {number(w2)}",
                f"∂L/∂w₁ = −(y − ŷ)·w₂·x = {error}·{factor(options.w2)}·{factor(options.x)}"
                f" = {number(w1)}",
                "w ← w − η·∂L/∂w",
            ]
        )
        return
    print(say("{name}: {summary}", name="chain-111", summary=say(SUMMARY)) + "\n")
    print(f"  z₁ = w₁·x  = {factor(options.w1)}·{factor(options.x)} = {number(z)}")
    print(f"  ŷ  = w₂·z₁ = {factor(options.w2)}·{factor(z)} = {number(prediction)}")
    error = f"{number(options.y)} − {factor(prediction)}"
    print(f"  L  = ½(y − ŷ)² = ½({error})² = {number(loss.data)}\n")
    rules = "∂L/∂w₂ = ∂L/∂ŷ · ∂ŷ/∂w₂", "∂L/∂w₁ = ∂L/∂ŷ · ∂ŷ/∂z₁ · ∂z₁/∂w₁"
    print(say("The chain rule: {one} and {other}", one=rules[0], other=rules[1]))
    loss.backward()
    print(graphs.compare(loss, gradients_by_hand(options.x, options.y, options.w1, options.w2)))
    graphs.draw(loss, options.out)
