"""Neurons, layers and multilayer perceptrons, made of Values.

Signatures, default weights and attribute names are those of micrograd, so that code written for
it runs here; what is new are the keywords `activation`, `output_activation`, `bias`, `init` and
`seed`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import Any, Final, TypeAlias

from .checks import count
from .engine import Value
from .ieee import is_real
from .modules import Module as Module
from .modules import listed
from .modules import live_modules as live_modules
from .ops import OPS
from .reductions import dot, in_order
from .seeding import generator

Activation: TypeAlias = str | Callable[[Value], Value] | None
Init: TypeAlias = str | Callable[[int, int, Random], float]
Inputs: TypeAlias = Value | float | Iterable[Value | float]


class Neuron(Module):
    """f(w·x + b), the weighted sum of `nin` inputs, plus a bias, through an activation function.

    nonlin      False for no activation function, whatever `activation` says
    activation  f: the name of any function of one Value ("relu", "tanh", "sigmoid" …), a callable
                that takes a Value and returns one, or None or "linear" for none
    bias        False for a neuron without b
    init        what draws a weight (the bias begins at 0):
                "uniform"  from -1 to 1
                "normal"   mean 0, standard deviation 1
                "xavier"   uniform from -√(6/(nin + nout)) to √(6/(nin + nout))
                "kaiming"  normal, mean 0, standard deviation √(2/nin)
                "zeros"    always 0
                or a callable (nin, nout, random generator) -> float
    nout        how many neurons the layer has, for `init`
    seed        an int, a `random.Random`, or None for Python's shared generator

    A wrong count, name or type is a ValueError or TypeError, as is, on calling, a wrong number of
    inputs. Sources: "xavier", X. Glorot, Y. Bengio, "Understanding the difficulty of training deep
    feedforward neural networks" (AISTATS 2010), eq. 16; "kaiming", K. He et al., "Delving deep
    into rectifiers", arXiv:1502.01852, eq. 10.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Activation = "relu",
        bias: bool = True,
        init: Init = "uniform",
        nout: int = 1,
        seed: int | Random | None = None,
    ) -> None:
        nin, nout = count(nin, "nin"), count(nout, "nout")
        draw, rng = _initializer(init), generator(seed)
        self.w: list[Value] = [Value(draw(nin, nout, rng)) for _ in range(nin)]
        self.b: Value | None = Value(0.0) if bias else None
        self.activation: Activation = activation if nonlin else None
        self._function = _function(self.activation)

    @property
    def nonlin(self) -> bool:
        """Whether there is an activation function."""
        return self._function is not None

    def __call__(self, x: Inputs) -> Value:
        """The output for the inputs `x`: `nin` Values or numbers (one may come without a list)."""
        if type(x) is not list:
            x = _as_list(x)
        if len(x) != len(self.w):
            raise ValueError(f"a {self!r} takes {len(self.w)} inputs, not {len(x)}")
        z = dot(self.w, x, self.b)
        if self._function is None:
            return z
        y = self._function(z)
        if type(y) is not Value:  # as `math.tanh` returns: a number, with no gradient
            raise TypeError(f"the activation {self.activation!r} returned {y!r}, not a Value")
        return y

    def tensor_parts(self) -> Iterable[tuple[str, object]]:
        """``weight`` of shape (1, nin) and ``bias`` of shape (1,): a layer of one neuron."""
        return _linear([self])

    def __repr__(self) -> str:
        return f"{_title(self.activation)}Neuron({len(self.w)})"


class Layer(Module):
    """`nout` neurons that see the same `nin` inputs; keyword arguments are those of `Neuron`."""

    def __init__(
        self, nin: int, nout: int, *, seed: int | Random | None = None, **kwargs: Any
    ) -> None:
        nout, rng = count(nout, "nout"), generator(seed)
        self.neurons: list[Neuron] = [
            Neuron(nin, nout=nout, seed=rng, **kwargs) for _ in range(nout)
        ]

    def __call__(self, x: Inputs) -> Value | list[Value]:
        """The list of the neurons' outputs; the output itself where there is one neuron."""
        y = self.outputs(x)
        return y[0] if len(y) == 1 else y

    def outputs(self, x: Inputs) -> list[Value]:
        """The list of the neurons' outputs, of one neuron too."""
        if type(x) is not list:
            x = _as_list(x)
        return [neuron(x) for neuron in self.neurons]

    def tensor_parts(self) -> Iterable[tuple[str, object]]:
        """``weight`` of shape (nout, nin) and ``bias`` of shape (nout,)."""
        return _linear(self.neurons)

    def __repr__(self) -> str:
        return f"Layer of [{listed(self.neurons)}]"


class MLP(Module):
    """A multilayer perceptron: `nin` inputs, then layers of as many neurons as `nouts` says.

    ``MLP(2, [16, 16, 1])`` has two hidden layers of 16 and one output. Hidden layers use
    `activation`, the last one `output_activation` (none by default); these two, `bias`, `init` and
    `seed` are as for `Neuron`.

    >>> model = MLP(2, [3, 1], activation="tanh", seed=0)
    >>> model([1.0, -2.0])
    Value(data=-0.46769228988416955, grad=0.0)
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: Activation = "relu",
        *,
        output_activation: Activation = None,
        bias: bool = True,
        init: Init = "uniform",
        seed: int | Random | None = None,
    ) -> None:
        if not isinstance(nouts, Sequence) or isinstance(nouts, str | bytes) or not nouts:
            raise TypeError(f"nouts is a list of layer sizes such as [16, 16, 1], not {nouts!r}")
        rng = generator(seed)
        _function(activation)  # which a network without hidden layers does not use
        activations = [activation] * (len(nouts) - 1) + [output_activation]
        self.layers: list[Layer] = [
            Layer(n, nout, activation=f, bias=bias, init=init, seed=rng)
            for n, nout, f in zip([nin, *nouts], nouts, activations)
        ]

    def __call__(self, x: Inputs) -> Value | list[Value]:
        """The last layer's list of outputs; the output itself where it has one neuron."""
        y = self.outputs(x)
        return y[0] if len(y) == 1 else y

    def outputs(self, x: Inputs) -> list[Value]:
        """The last layer's list of outputs, where it has one neuron too.

        So ``[y] = model.outputs(x)`` is for a type checker the one Value that ``model(x)`` is.
        """
        *hidden, last = self.layers
        for layer in hidden:
            x = layer.outputs(x)
        return last.outputs(x)

    def tensor_parts(self) -> Iterable[tuple[str, object]]:
        """The layers, whose numbers count the activations between them too."""
        place = 0
        for layer in self.layers:
            yield str(place), layer
            place += 2 if layer.neurons[0].nonlin else 1

    def __repr__(self) -> str:
        return f"MLP of [{listed(self.layers)}]"


def _linear(neurons: list[Neuron]) -> Iterator[tuple[str, object]]:
    """The weights of neurons side by side as a matrix and a vector, and what else they hold."""
    yield "weight", [list(neuron.w) for neuron in neurons]
    yield "bias", [neuron.b for neuron in neurons if neuron.b is not None]
    yield "activation", [neuron.activation for neuron in neurons]


INITS: Final[dict[str, Callable[[int, int, Random], float]]] = {
    "uniform": lambda nin, nout, rng: rng.uniform(-1.0, 1.0),
    "normal": lambda nin, nout, rng: rng.gauss(0.0, 1.0),
    "xavier": lambda nin, nout, rng: rng.uniform(-1.0, 1.0) * math.sqrt(6.0 / (nin + nout)),
    "kaiming": lambda nin, nout, rng: rng.gauss(0.0, math.sqrt(2.0 / nin)),
    "zeros": lambda nin, nout, rng: 0.0,
}
"""What draws one weight, by name: (number of inputs, number of outputs, generator) -> weight."""


def _initializer(init: Init) -> Callable[[int, int, Random], float]:
    if callable(init):
        return init
    if not isinstance(init, str) or init not in INITS:
        raise ValueError(f"init is one of {', '.join(INITS)} or a callable, not {init!r}")
    return INITS[init]


def _function(activation: Activation) -> Callable[[Value], Value] | None:
    if activation is None:
        return None
    if callable(activation):
        return activation
    names = ["linear", *[name for name, op in OPS.items() if len(op.rules) == 1]]
    if not isinstance(activation, str) or activation not in names:
        raise ValueError(
            f"activation is one of {', '.join(names)}, or a callable, not {activation!r}"
        )
    return None if activation == "linear" else OPS[activation].function


def activation_name(activation: Activation) -> str:
    """What an activation is called: its function's name, "linear" of none, else "custom"."""
    if activation is None:
        return "linear"
    return activation if isinstance(activation, str) else getattr(activation, "__name__", "custom")


def _title(activation: Activation) -> str:
    """How an activation is written in a neuron's name: ReLU, LeakyReLU, Tanh, Linear."""
    words = activation_name(activation).split("_")
    return "".join(word.capitalize() for word in words).replace("Relu", "ReLU")


def _as_list(x: Any) -> list[Value | float]:
    if isinstance(x, Value) or is_real(x):
        return [x]
    values: list[Any] = x.tolist() if hasattr(x, "tolist") else in_order(x, "a neuron")
    return values
