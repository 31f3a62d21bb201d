"""An array program as pure functions of JAX, to be compiled, differentiated and shared out."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy
import numpy as np

from ..instructions.ir import Array
from ..instructions.views import Index
from .engines import Function, NoDeviceError
from .source import Source

if TYPE_CHECKING:
    from .program import Program


class _JaxSource(Source):
    """The text that NumPy has, but for what it imports, and for assignments: JAX has none."""

    library = "JAX"
    numpy, helpers = "jax.numpy", "tinygrad_edu.arrays.jax_numeric"
    # JAX's maximum has half a slope where both are equal, its relu none, as here.
    called = ("relu", "gelu", "normal_cdf", "erf")

    def _put(self, node: Array, places: Index, value: str, fresh: bool) -> None:
        name = self._text[node].text
        target, again = self._target(name, node, places)
        slices = re.fullmatch(rf"{name}\[([^\[\]]*)\]", target)
        if slices and not again:
            line = f"{name}.at[{slices[1]}].add({value})"
        else:
            key = self._constant(places, "I").text
            flat = "ravel()"
            if node.lanes:
                key, flat = f":, {key}", f"reshape({node.shape[0]}, -1)"
            line = f"{name}.{flat}.at[{key}].add({value}).reshape({name}.shape)"
        self._lines.append((f"{name} = {line}", ""))


class JaxFunctions(NamedTuple):
    """Pure functions of θ and the inputs of a program, which JAX can trace.

    loss               the forward pass: JAX differentiates it by itself, if asked
    loss_and_gradient  with the program's own reverse sweep
    predict            of a model, what it gives for samples, as many as there are; else None
    source             the text of `loss_and_gradient`
    """

    loss: Callable[..., Any]
    loss_and_gradient: Callable[..., Any]
    predict: Callable[..., Any] | None
    source: str

    @classmethod
    def of(cls, program: Program) -> JaxFunctions:
        """The functions of a program. A ValueError where JAX lacks an operation."""
        written = partial(program.written, _JaxSource)
        whole = written("loss_and_gradient", program.results[:2])
        loss = written("loss", [program.loss])
        predict = None
        if program.output is not None:
            alone = written("predict", [program.output], inputs=1)
            predict = alone.function(jax.numpy.asarray)
        return cls(
            loss.function(jax.numpy.asarray),
            whole.function(jax.numpy.asarray),
            predict,
            whole.text,
        )


def compiled(program: Program, device: str, dtype: str) -> Function:
    """What computes the results of a program by JAX, on arrays of NumPy.

    The samples are shared out among all devices of the kind that is asked for, where their number
    can be divided by that of the devices; θ is on each. A `NoDeviceError` for a device that is
    not there.
    """
    try:
        devices = jax.devices(device or None)
    except RuntimeError as error:
        raise NoDeviceError(f"JAX finds no device {device!r} here: {error}") from error
    wide = dtype == "float64"
    with jax.enable_x64(wide):
        source = program.written(_JaxSource, "results", program.results)
        function = jax.jit(source.function(jax.numpy.asarray))
    samples = [len(a.shape) and a.shape[0] for a in program.inputs.values()]
    apart = bool(samples) and all(n > 0 and n % len(devices) == 0 for n in samples)
    mesh = jax.sharding.Mesh(np.array(devices if apart else devices[:1]), ("samples",))
    axes: Any = jax.sharding.PartitionSpec  # (JAX gives it no types)
    whole = jax.sharding.NamedSharding(mesh, axes())
    rows = jax.sharding.NamedSharding(mesh, axes("samples"))

    def results(theta: Any, *inputs: Any) -> tuple[Any, ...]:
        with jax.enable_x64(wide):
            given = [_as_wide(x, dtype) for x in (theta, *inputs)]
            placed = jax.device_put(given, [whole, *[rows if apart else whole for _ in inputs]])
            return tuple(map(np.asarray, function(*placed)))

    return results


def _as_wide(x: Any, dtype: str) -> Any:
    return x.astype(dtype) if x.dtype.kind == "f" else x
