"""A trained PyTorch network as scalars: to draw, derive and step through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from ..activations import elu, leaky_relu
from ..nn import MLP, Activation, Layer

_ACTIVATIONS: Final[dict[str, Callable[[Any], Activation]]] = {
    "ReLU": lambda module: "relu",
    "Tanh": lambda module: "tanh",
    "Sigmoid": lambda module: "sigmoid",
    "SiLU": lambda module: "silu",
    "Softplus": lambda module: "softplus" if module.beta == 1 else None,
    "GELU": lambda module: "gelu" if module.approximate == "none" else None,
    "LeakyReLU": lambda module: (
        "leaky_relu"
        if module.negative_slope == 0.01
        else partial(leaky_relu, negative_slope=module.negative_slope)
    ),
    "ELU": lambda module: "elu" if module.alpha == 1.0 else partial(elu, alpha=module.alpha),
}
"""What is called as PyTorch's module of that name computes; None where there is no such function.

(PyTorch's Softplus is x itself above its `threshold`, where ours differs by less than e⁻²⁰.)
"""
_NOTHING: Final = {"Identity", "Dropout", "Flatten"}
"""Modules that change no number once a network is trained, or none of a vector."""


def from_torch(network: Any) -> MLP:
    """The `MLP` that computes what a ``torch.nn.Sequential`` of Linear and activations does.

    Its weights have the same numbers (of float32 ones the float64 that is equal), and its
    `state_dict()` has them by PyTorch's names where each module of `network` has a place here.
    Dropout is left out, as it is when a network is evaluated.

    A TypeError for anything else than a Sequential or a Linear; a ValueError that names the first
    module in it that an MLP does not have.

    ``from_torch(Sequential(Linear(2, 3), Tanh(), Linear(3, 1)))`` is what
    ``MLP(2, [3, 1], activation="tanh")`` is, with the weights of the former.
    """
    pairs: list[tuple[Any, Activation]] = []
    for part in _parts(network):
        if _kind(part) == "Linear":
            if pairs and part.in_features != pairs[-1][0].out_features:
                raise ValueError(f"{part} does not take what {pairs[-1][0]} gives")
            pairs.append((part, None))
        elif not pairs:
            raise ValueError(f"an MLP begins with a Linear, not with {part}")
        elif pairs[-1][1] is not None:
            raise ValueError(f"an MLP has one activation after a Linear; {part} is a second one")
        else:
            pairs[-1] = pairs[-1][0], _activation(part)
    if not pairs:
        raise ValueError(f"an MLP has at least one Linear, and {network} has none")
    model = MLP(pairs[0][0].in_features, [linear.out_features for linear, _ in pairs])
    model.layers = [_layer(linear, activation) for linear, activation in pairs]
    return model


def _parts(network: Any) -> Iterator[Any]:
    """The modules of a Sequential, those of one inside it too, that change a number."""
    kind = _kind(network)
    if not kind:
        raise TypeError(f"from_torch takes a torch.nn.Sequential, not {network!r:.80}")
    if kind == "Sequential":
        for part in network:
            yield from _parts(part)
    elif kind not in _NOTHING:
        yield network


def _activation(module: Any) -> Activation:
    found = _ACTIVATIONS.get(_kind(module), lambda module: None)(module)
    if found is None:
        raise ValueError(
            f"an MLP here has no {module}; it has Linear, {', '.join(_ACTIVATIONS)} as PyTorch "
            "makes them"
        )
    return found


def _layer(linear: Any, activation: Activation) -> Layer:
    nout, nin = linear.weight.shape
    has_bias = linear.bias is not None
    layer = Layer(nin, nout, activation=activation, bias=has_bias, init="zeros")
    state = {"weight": linear.weight.detach()}
    if has_bias:
        state["bias"] = linear.bias.detach()
    layer.load_state_dict(state)
    return layer


def _kind(module: Any) -> str:
    """The name of a module of PyTorch's own; none of another thing."""
    kind = type(module)
    return kind.__name__ if kind.__module__.startswith("torch.nn.modules") else ""
