"""`Program`: a scalar graph as array operations, forward and backward, that run and can be read."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from ...engine import Value
from ...updates import data_of
from ..instructions.builder import Builder
from ..instructions.ir import Array, Operand, needed_for
from ..instructions.views import Shape
from ..lifting.theta import Theta
from ..tapes.replay import Replay
from .adjoint import Adjoint
from .latex import latex
from .naming import name_arrays, name_data, name_gradients, name_parameters, name_views
from .quiet import quietly
from .source import Source

if TYPE_CHECKING:
    from .to_jax import JaxFunctions
    from .to_torch import ProgramModule

_THERE: Final = ("theta", "input", "constant", "view", "broadcast")
"""What the caller or the program keeps, or a part of it: who gets that gets a copy."""
_FREE: Final = ("theta", "input", "constant", "view", "samples", "lanes")


class Test(NamedTuple):
    """A decision that the program's scalar code took: all of `array` is `answer`, or it is wrong.

    line   where the decision is, in words
    """

    array: Array
    answer: bool
    line: str


class Program:
    """A loss and its gradient as array instructions.

    >>> from tinygrad_edu import Value
    >>> from tinygrad_edu.arrays import vectorize
    >>> w, b = Value(2.0, "w"), Value(1.0, "b")
    >>> program = vectorize((3.0 * w + b) ** 2, [w, b])
    >>> loss, gradient = program(program.data())  # (6 + 1)², 2 · 7 · 3, 2 · 7
    >>> loss, program.view(gradient)["w"].item(), program.view(gradient)["b"].item()
    (49.0, 42.0, 14.0)

    source      the program as a Python function of NumPy arrays, which is the text that runs
    constants   the arrays that the source mentions and does not compute
    lines       each line of the source: its instruction, and the expression that computes it
    steps       the instructions (`ir.Array`, whose table says what each one is), each after those
                that it uses
    forward     those of the forward pass, and `backward` those of the reverse sweep
    theta       the instruction that stands for all parameters in one array of one axis
    parameters  the Values that the elements of θ are, in its order
    views       the named parts of θ: where each begins in it, and its shape
    inputs      the arrays that are given when the program runs, by their names: X, the samples,
                and y, the targets
    output      of a model, the instruction that is what it computes for each sample; else None
    loss        the instruction (or number) that is the result
    gradient    the instruction that is its gradient by θ
    results     what the source returns: the loss, the gradient, of a model the output, the tests
    gradients   for each instruction of the reverse sweep that is the whole gradient of one of the
                forward pass (or broadcasts to it), that one
    adjoint     for each instruction of the forward pass that θ leads to, its gradient
    tests       the decisions that the scalar code took, on which the program stands
    classes     how many classes there are where the targets are the numbers of classes, else 0
    indices     whether the samples are the numbers of rows of tables, and X an array of integers
    finite      whether it is right for finite parameters and inputs only, since what is multiplied
                with 0.0, as with a state that begins as zeros, is left out
    nodes       how many operations of the scalar graph it does
    calls       how many operations on arrays those are
    replay      what a call of the program runs in place of the source, where that is faster: the
                record of a graph with so little regularity that a call of NumPy does few of its
                operations; else None
    """

    def __init__(
        self,
        build: Builder,
        theta: Theta,
        parameters: Sequence[Value],
        loss: Operand,
        inputs: Sequence[Array] = (),
        tensors: Mapping[tuple[int, ...], str] | None = None,
        output: Array | None = None,
        tests: Sequence[Test] = (),
        nodes: int = 0,
    ) -> None:
        theta.finish()
        self.theta: Array = theta.array
        self.parameters: list[Value] = [parameters[place] for place in theta.order]
        self.theta.name = "theta"
        self.loss: Operand = loss
        self.output: Array | None = output
        self.tests: list[Test] = list(tests)
        self.inputs: dict[str, Array] = {a.name: a for a in inputs}
        self.forward: list[Array] = list(build.steps)
        gradient: Operand = 0.0
        self.gradients: dict[Array, Array] = {}
        self.adjoint: dict[Array, Operand] = {}
        if isinstance(loss, Array):
            adjoint = Adjoint(build, loss, theta.array)
            gradient, self.gradients = adjoint.gradient, adjoint.of
            self.adjoint = adjoint.whole
        self.gradient: Array = build.broadcast(gradient, theta.array.shape)
        self.steps: list[Array] = build.steps
        self.backward: list[Array] = self.steps[len(self.forward) :]
        self.views: dict[str, tuple[int, Shape]] = name_parameters(self.steps, theta, tensors or {})
        name_views(self.steps, self.theta, self.views)
        self.results: list[Operand] = [self.loss, self.gradient]
        self.results += [output] if output is not None else []
        self.results += [test.array for test in self.tests]
        needed = needed_for(self.results)
        if isinstance(loss, Array):
            if not inputs:
                name_data(self.forward)
            name_arrays([step for step in self.forward if step in needed], loss)
            users = [a for a, g in self.adjoint.items() if self.theta in a.arrays and g != 0.0]
            name_gradients(self.gradients, len(self.forward), self.theta, users)
        source = self.written(Source, "loss_and_gradient", self.results)
        self.source: str = source.text
        self.constants: dict[str, Any] = source.constants
        self.lines: list[tuple[Array, str]] = source.lines
        self.finite: bool = build.finite
        self.nodes = nodes
        self.calls: int = sum(step.op not in _FREE for step in needed)
        by_class = [step.arrays[0] for step in self.steps if step.op in ("along", "pick")]
        self.indices: bool = any(step.op == "rows" for step in self.forward)
        self.classes: int = by_class[0].shape[1] if by_class else 0
        self.replay: Replay | None = None
        self._shapes = tuple(a.shape for a in (self.theta, *inputs))
        self._function = source.function(lambda constant: constant)

    def __repr__(self) -> str:
        return f"<Program of {len(self.parameters)} parameters, {len(self.steps)} instructions>"

    def written(
        self, kind: type[Source], title: str, results: list[Operand], inputs: int | None = None
    ) -> Source:
        """The text of a kind that computes results from θ and the first `inputs`, or all."""
        arguments = [self.theta, *list(self.inputs.values())[:inputs]]
        return kind(title, arguments, self.steps, results, len(self.forward))

    def data(self) -> Any:
        """θ with the numbers that the parameters have now."""
        return np.array(data_of(self.parameters))

    def results_by_numpy(self, theta: Any, *inputs: Any) -> tuple[Any, ...]:
        """What the source returns."""
        found: tuple[Any, ...] = quietly(self._function, theta, *inputs)
        return found

    def run(self, theta: Any, *inputs: Any) -> tuple[Any, ...] | None:
        """What the source returns, without the tests at its end; None where one does not hold."""
        return self.without_tests(self.results_by_numpy(theta, *inputs))

    def without_tests(self, found: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """Results without the tests at their end; None where one does not hold."""
        end = len(found) - len(self.tests)
        for test, held in zip(self.tests, found[end:]):
            # (np.count_nonzero takes a tenth of the time of held.all())
            if np.count_nonzero(held) != (held.size if test.answer else 0):
                return None
        return found[:end]

    def __call__(self, theta: Any, *inputs: Any) -> tuple[float, Any]:
        """The loss and its gradient at `theta`, an array of the parameters in the program's order.

        A ValueError where arrays have other shapes than the program's, and where the scalar code
        would decide otherwise with these numbers than it did when it was recorded.
        """
        given = (theta, *inputs)
        if tuple([getattr(x, "shape", None) for x in given]) != self._shapes:
            self._check(tuple(map(np.shape, given)))
        if self.replay is not None:
            loss, gradient = self.replay.run(*[np.asarray(x).tolist() for x in given])
            return loss, np.array(gradient)
        found = self.run(theta, *inputs)
        if found is None:
            lines = ", ".join(dict.fromkeys(test.line for test in self.tests))
            raise ValueError(f"the program stands on decisions that these numbers change: {lines}")
        loss, gradient, *_ = found
        return float(loss), gradient.copy() if self.gradient.op in _THERE else gradient

    def _check(self, shapes: tuple[Shape, ...]) -> None:
        """Raise for what has other shapes."""
        arrays = (self.theta, *self.inputs.values())
        if len(shapes) != len(arrays):
            names = ", ".join(array.name for array in arrays)
            raise TypeError(f"this program takes {names}, not {len(shapes)} arrays")
        for array, shape in zip(arrays, shapes):
            if shape != array.shape:
                raise ValueError(
                    f"{array.name} has the shape {array.shape} in this program, not {shape}"
                )

    def latex(self) -> str:
        """The source in the matrix notation of the textbooks, as a LaTeX environment."""
        arrays = [self.theta, *[node for node, _ in self.lines]]
        names = {node.name: np.zeros(node.shape) for node in arrays} | self.constants
        names |= {x.name: np.zeros(x.shape, int) for x in self.inputs.values()}  # (may be indices)
        return latex(self.source, names, self.views)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def view(self, theta: Any) -> dict[str, Any]:
        """The named parts of an array of the parameters, or of their gradients: views of it."""
        if np.shape(theta) != self.theta.shape:
            raise ValueError(f"theta has the shape {self.theta.shape}, not {np.shape(theta)}")
        return {
            name: theta[start : start + math.prod(shape)].reshape(shape)
            for name, (start, shape) in self.views.items()
        }

    def to_jax(self) -> JaxFunctions:
        """The program as pure functions of JAX, of θ and the inputs (the extra ``jax``).

        They compute in the width of what they are given; for float64, JAX is to be told
        ``jax.config.update("jax_enable_x64", True)`` first.
        """
        try:
            from .to_jax import JaxFunctions
        except ModuleNotFoundError as missing:
            raise ModuleNotFoundError(
                "to_jax needs JAX: pip install 'tinygrad_edu[jax]'", name=missing.name
            ) from missing
        return JaxFunctions.of(self)

    def to_torch(self) -> ProgramModule:
        """The program as a ``torch.nn.Module``, its parameters named as in `views`.

        Its numbers are those that the parameters have now, in float64 (the extra ``torch``).
        """
        try:
            from .to_torch import ProgramModule
        except ModuleNotFoundError as missing:
            raise ModuleNotFoundError(
                "to_torch needs PyTorch: pip install 'tinygrad_edu[torch]'", name=missing.name
            ) from missing
        return ProgramModule(self)

    def to_onnx(self, path: str | os.PathLike[str], dtype: str = "float32") -> None:
        """Write the model as an ONNX file: from "X", any number of samples, to "output".

        Its weights are the numbers that the parameters have now. `dtype` is float32, since
        runtimes lack several functions in float64, or float64. A ValueError for a program that is
        not of a model, and for an operation that ONNX does not have (the extra ``export``).
        """
        if self.output is None:
            raise ValueError("this program is that of a graph, not of a model: it has a loss only")
        from .to_onnx import write_onnx

        write_onnx(path, self.data(), self.output, self.inputs["X"], self.steps, dtype)
