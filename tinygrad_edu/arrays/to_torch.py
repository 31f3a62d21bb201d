"""An array program as a ``torch.nn.Module``, with its parameters by their names and shapes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from .expressions import ATOM, Text
from .ir import Array, Operand
from .source import Source
from .views import Shape


class _TorchSource(Source):
    """The text that NumPy has, but for what it imports, and for zeros, which are as wide as θ."""

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

    def __init__(
        self,
        theta: Any,
        views: Mapping[str, tuple[int, Shape]],
        arguments: Sequence[Array],
        steps: Sequence[Array],
        forward: int,
        loss: Operand,
        gradient: Operand,
        output: Array | None,
    ) -> None:
        super().__init__()
        for name, (start, shape) in views.items():
            numbers = np.array(theta[start : start + math.prod(shape)]).reshape(shape)
            self.register_parameter(name, torch.nn.Parameter(torch.from_numpy(numbers)))
        whole = _TorchSource("loss_and_gradient", list(arguments), steps, [loss, gradient], forward)
        self.source = whole.text
        self._loss_and_gradient = self._made(whole)
        self._loss = self._made(_TorchSource("loss", list(arguments), steps, [loss], forward))
        self._inputs = len(arguments) - 1
        self._taken = ", ".join([a.name for a in arguments[1:]]) or "nothing"
        self._predict = None
        if output is not None:
            predict = _TorchSource("predict", list(arguments[:2]), steps, [output], forward)
            self._predict = self._made(predict)
            self._taken = f"{arguments[1].name}, or {self._taken}"

    def _made(self, source: Source) -> Callable[..., Any]:
        for name, constant in source.constants.items():
            if callable(constant):
                raise ValueError(f"PyTorch has no {name}, and this program calls it")
        names: dict[str, Any] = {name: torch.as_tensor(x) for name, x in source.constants.items()}
        exec(compile(source.text, f"<{source.title} by PyTorch>", "exec"), names)
        function: Callable[..., Any] = names[source.title]
        return function

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> ProgramModule:
        """Constants go where the parameters go, and become as wide."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for function in (self._loss_and_gradient, self._loss, self._predict):
            if function is not None:
                space = function.__globals__
                space.update({k: fn(x) for k, x in space.items() if isinstance(x, torch.Tensor)})
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
