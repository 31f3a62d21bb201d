"""Which library computes an array program, where, and how wide: "jax", "torch:cuda:float32"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .program import Program

LIBRARIES: Final = {"numpy": "NumPy", "jax": "JAX", "torch": "PyTorch"}
WIDTHS: Final = ("float64", "float32")

Function = Callable[..., tuple[Any, ...]]
"""Takes θ and the inputs of a program as arrays; gives its results as arrays."""


class NoDeviceError(ValueError):
    """A library finds no such device here."""


@dataclass(frozen=True)
class Engine:
    """A library, a device of it ("" for its usual one), and the width of all numbers."""

    name: str
    library: str
    device: str = ""
    dtype: str = "float64"

    @classmethod
    def named(cls, name: str) -> Engine:
        """The engine that is called so: a library, and behind colons a device and a width.

        A ValueError for what is none.
        """
        library, *details = name.split(":")
        widths = [part for part in details if part in WIDTHS]
        devices = [part for part in details if part not in WIDTHS]
        if library not in LIBRARIES or len(widths) > 1 or len(devices) > 1 or not all(details):
            raise ValueError(
                f"an engine is one of {', '.join(LIBRARIES)}, with a device and a width behind "
                f'it where they matter ("torch:cuda:float32"), not {name!r}'
            )
        if library == "numpy" and details:
            raise ValueError(f"NumPy computes on the processor, in float64; not as {name!r} says")
        return cls(name, library, *(devices or [""]), *widths)

    def __str__(self) -> str:
        where = f" on {self.device}" if self.device else ""
        return f"{self.library}{where}{' in float32' if self.dtype == 'float32' else ''}"

    @property
    def tolerance(self) -> float:
        """How far numbers of the size of 1 may be from the scalar engine's."""
        return 1e-9 if self.dtype == "float64" else 1e-3

    def load(self) -> None:
        """Import the library; a ModuleNotFoundError that says what to install."""
        try:
            import_module(self.library)
        except ModuleNotFoundError as missing:
            extra = "arrays" if self.library == "numpy" else self.library
            raise ModuleNotFoundError(
                f"the backend {self.library} needs {LIBRARIES[self.library]}: "
                f"pip install 'tinygrad_edu[{extra}]'",
                name=missing.name,
            ) from missing

    def function(self, program: Program) -> Function:
        """What computes the results of a program.

        A `NoDeviceError` where the library has no such device; a `LacksOperation` where it lacks an
        operation of the program.
        """
        if self.library == "jax":
            from .to_jax import compiled

            return compiled(program, self.device, self.dtype)
        if self.library == "torch":
            from .to_torch import on_device

            return on_device(program, self.device, self.dtype)
        return program.results_by_numpy
