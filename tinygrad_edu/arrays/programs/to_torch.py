"""An array program as a ``torch.nn.Module``, with its parameters by their names and shapes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from ..instructions.ir import Array
from .engines import Function, NoDeviceError
from .expressions import ATOM, Text
from .source import Source

if TYPE_CHECKING:
    from .program import Program


class _TorchSource(Source):
    """The text that NumPy has, but for what it imports, and for zeros, which are as wide as θ."""

    library = "PyTorch"
    numpy = helpers = "tinygrad_edu.arrays.torch_numpy"
    zeros = "theta.new_zeros"
    # PyTorch's maximum has half a slope where both are equal, its relu none, as here.
    called = ("relu", "gelu", "normal_cdf", "erf")

    def _tested(self, node: Array, text: Text) -> Text:
        """A comparison as numbers: a number times a bool would be a float32 in PyTorch."""
        return Text(f"{text.within(ATOM)}.to(theta)")


class ProgramModule(torch.nn.Module):
    """What an array program computes, by PyTorch.

    Called with samples it gives what the model does, for as many as there are; called with all
    inputs of the program (samples and targets, as many as in the program), the loss, which
    PyTorch differentiates. The parameters are float64, until `.float()`.
    """

    def __init__(self, program: Program) -> None:
        super().__init__()
        for name, numbers in program.view(program.data()).items():
            self.register_parameter(name, torch.nn.Parameter(torch.from_numpy(numbers.copy())))
        written = partial(program.written, _TorchSource)
        whole = written("loss_and_gradient", program.results[:2])
        self.source: str = whole.text
        self._loss_and_gradient = whole.function(torch.as_tensor)
        self._loss = written("loss", [program.loss]).function(torch.as_tensor)
        self._inputs = len(program.inputs)
        self._taken = ", ".join(program.inputs) or "nothing"
        self._predict = None
        if program.output is not None:
            alone = written("predict", [program.output], inputs=1)
            self._predict = alone.function(torch.as_tensor)
            self._taken = f"X, or {self._taken}"

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> ProgramModule:
        """Constants go where the parameters go, and become as wide."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for function in (self._loss_and_gradient, self._loss, self._predict):
            if function is not None:
                _map_constants(function, fn)
        return self

    def theta(self) -> torch.Tensor:
        """All parameters as the program has them, one after the other."""
        return torch.hstack([p.reshape(-1) for p in self.parameters()])

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """What the model gives for samples; with all inputs of the program, the loss."""
        if len(inputs) == self._inputs:
            found: torch.Tensor = self._loss(self.theta(), *inputs)
        elif self._predict is not None and len(inputs) == 1:
            found = self._predict(self.theta(), *inputs)
        else:
            raise TypeError(f"this module takes {self._taken}, not {len(inputs)} tensors")
        return found

    @torch.no_grad()
    def loss_and_gradient(
        self, theta: torch.Tensor, *inputs: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The loss and its gradient by θ, by the program's own reverse sweep."""
        found: tuple[torch.Tensor, torch.Tensor] = self._loss_and_gradient(theta, *inputs)
        return found


def on_device(program: Program, device: str, dtype: str) -> Function:
    """What computes the results of a program by PyTorch, on arrays of NumPy.

    A `NoDeviceError` for a device that is not there.
    """
    place, wide = torch.device("cpu"), getattr(torch, dtype)
    try:
        place = torch.device(device or "cpu")
        torch.zeros(1, device=place)
    except (AssertionError, RuntimeError) as error:
        raise NoDeviceError(f"PyTorch finds no device {device!r} here: {error}") from error

    def placed(x: torch.Tensor) -> torch.Tensor:
        return x.to(place, wide if x.is_floating_point() else x.dtype)

    function = program.written(_TorchSource, "results", program.results).function(torch.as_tensor)
    _map_constants(function, placed)

    @torch.no_grad()
    def results(*arguments: Any) -> tuple[Any, ...]:
        found = function(*[placed(torch.as_tensor(x)) for x in arguments])
        return tuple(x.numpy(force=True) for x in found)

    return results


def _map_constants(function: Callable[..., Any], change: Callable[[Any], Any]) -> None:
    names: dict[str, Any] = function.__globals__
    names.update({k: change(x) for k, x in names.items() if isinstance(x, torch.Tensor)})
