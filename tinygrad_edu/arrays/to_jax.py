"""An array program as pure functions of JAX, to be compiled, differentiated and shared out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from .ir import Array, Operand
from .source import Source
from .views import Index


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


class _JaxSource(Source):
    """The text that NumPy has, but for what it imports, and for assignments: JAX has none."""

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


def jax_functions(
    arguments: Sequence[Array],
    steps: Sequence[Array],
    forward: int,
    loss: Operand,
    gradient: Operand,
    output: Array | None,
) -> JaxFunctions:
    """The functions of these instructions, of which so many are the forward pass.

    The first of the arguments is θ, the second, of a model, the samples.
    """
    whole = _JaxSource("loss_and_gradient", list(arguments), steps, [loss, gradient], forward)
    alone = _JaxSource("loss", list(arguments), steps, [loss], forward)
    predict = None
    if output is not None:
        predict = _made(_JaxSource("predict", list(arguments[:2]), steps, [output], forward))
    return JaxFunctions(_made(alone), _made(whole), predict, whole.text)


def _made(source: Source) -> Callable[..., Any]:
    try:
        import jax.numpy as jnp
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            "to_jax needs JAX: pip install 'tinygrad_edu[jax]'", name=missing.name
        ) from missing
    for name, constant in source.constants.items():
        if callable(constant):
            raise ValueError(f"JAX has no {name}, and this program calls it")
    names: dict[str, Any] = {name: jnp.asarray(x) for name, x in source.constants.items()}
    exec(compile(source.text, f"<{source.title} by JAX>", "exec"), names)
    function: Callable[..., Any] = names[source.title]
    return function
