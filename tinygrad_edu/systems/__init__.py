"""The worked systems, one file each: small networks whose every number can be checked."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Final, Protocol

from . import chain_111, delta_231, linear_231, logistic, relu_10_20_1, xor


class System(Protocol):
    """What the module of a system offers to the command line."""

    SUMMARY: str

    def add_options(self, parser: ArgumentParser) -> None:
        """Add the system's own options."""

    def run(self, options: Namespace) -> None:
        """Print the system's numbers."""


SYSTEMS: Final[dict[str, System]] = {
    "linear-231": linear_231,
    "chain-111": chain_111,
    "logistic": logistic,
    "xor": xor,
    "relu-10-20-1": relu_10_20_1,
    "delta-231": delta_231,
}
"""The systems by name, in the order in which to read them."""
