"""Modules: whatever has parameters, and their numbers as tensors that travel.

`Neuron`, `Layer` and `MLP`, the modules of this package, are in `nn.py`.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from reprlib import recursive_repr
from typing import Any, Final, NamedTuple, Self
from weakref import WeakValueDictionary

from .engine import Value
from .ieee import float64
from .ops import LEAF
from .tensors import Tensor, elements, read_tensors, shape_of, write_tensors
from .updates import clear_grads, commit

_LIVE: Final[WeakValueDictionary[int, Module]] = WeakValueDictionary()
_COUNT: Final = itertools.count()


def live_modules() -> list[Module]:
    """Every Module that exists now, oldest first.

    It is for those who look at a graph from outside, such as a drawing that groups the nodes of
    one neuron: the nodes themselves know nothing of modules. Modules are not kept alive by it.
    """
    return list(_LIVE.values())


class Module:
    """Anything with parameters: subclass it, and keep Values and Modules in attributes.

    They may be kept in lists, tuples and dicts too, at any depth, and `super().__init__()` need
    not be called. A leaf Value is a parameter; a computed one (an activation kept to be looked
    at) is not.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> Line().parameters()
    [Value(data=2.0, grad=0.0), Value(data=1.0, grad=0.0)]
    """

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        """Make the instance and enter it among the `live_modules`."""
        self = super().__new__(cls)
        _LIVE[next(_COUNT)] = self
        return self

    def parameters(self) -> list[Value]:
        """Every parameter, each once, in the order of the attributes."""
        found: dict[Value, None] = {}
        _collect(self, found, set())
        return list(found)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Every parameter with its path from here, such as ``layers.0.neurons.2.w.1``."""
        return [(path, part) for path, part in _walk(self, "", set()) if isinstance(part, Value)]

    def named_modules(self) -> list[tuple[str, Module]]:
        """This module, whose path is ``""``, and every module in it, each before its parts."""
        return [(path, part) for path, part in _walk(self, "", set()) if isinstance(part, Module)]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        clear_grads(list(self.parameters()))

    def tensors(self) -> dict[str, Tensor]:
        """The parameters as tensors, by the names that PyTorch gives them.

        A `Layer` is a ``weight`` of shape (nout, nin) and a ``bias`` of shape (nout,), as in
        torch.nn.Linear; an `MLP` counts its layers and activations as torch.nn.Sequential does:
        ``0.weight``, ``0.bias``, ``2.weight`` … In a module of your own an attribute that holds
        parameters, alone or in lists of one shape, is a tensor of its own name, and the tensors
        of what else it holds have that name before theirs.
        """
        return dict(_tensors(self, "", set()))

    def tensor_parts(self) -> Iterable[tuple[object, object]]:
        """What `tensors()` looks at, each part by its name there: the attributes."""
        return vars(self).items()

    def state_dict(self) -> dict[str, Tensor]:
        """The numbers of `tensors()`: floats, in lists of its shapes."""
        return {name: _map(lambda p: p.data, tensor) for name, tensor in self.tensors().items()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> KeyDifference:
        """Give the parameters the numbers of a `state_dict()`: all of them, or none.

        Lists do, and arrays of NumPy and PyTorch. A ValueError for missing and unexpected names
        (unless `strict` is False; they are returned), and for shapes and things that do not fit.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"a state is a dict of tensors by name, not {state!r:.60}")
        own = self.tensors()
        difference = KeyDifference(
            [name for name in own if name not in state], [n for n in state if n not in own]
        )
        if strict and any(difference):
            raise ValueError(f"the state does not fit: {difference}")
        new: dict[Value, float] = {}
        for name in own:
            if name in state:
                for p, x in zip(elements(own[name]), _numbers(state[name], own[name], name)):
                    if new.setdefault(p, x) != x and x == x:
                        raise ValueError(f"{name} gives a shared parameter {x}, not {new[p]}")
        commit(list(new), list(new.values()), {}, {})
        return difference

    def save(self, path: str | os.PathLike[str], **metadata: object) -> None:
        """Write the `state_dict()` to a safetensors file, and with it what `metadata` says.

        torch.load_state_dict takes what safetensors.torch.load_file reads there. It needs the
        extra ``export``.
        """
        write_tensors(path, self.state_dict(), metadata)

    def load(self, path: str | os.PathLike[str], strict: bool = True) -> KeyDifference:
        """Load the `state_dict()` that is in a safetensors file: all of it, or nothing.

        A ValueError that names the file, and in it the names and shapes, where they do not fit.
        """
        state, _ = read_tensors(path)
        try:
            return self.load_state_dict(state, strict)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    @recursive_repr()
    def __repr__(self) -> str:
        shown = []
        for name, part in vars(self).items():
            if isinstance(part, Module):
                shown.append(f"{name}={part!r}")
            elif isinstance(part, list | tuple) and any(isinstance(p, Module) for p in part):
                shown.append(f"{name}=[{listed(part)}]")
        number = len(self.parameters())
        shown.append(f"{number} parameter{'' if number == 1 else 's'}")
        return f"{type(self).__name__}({', '.join(shown)})"


class KeyDifference(NamedTuple):
    """By which names a state and a model differ."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __str__(self) -> str:
        return "; ".join(
            f"{what} {', '.join(names)}"
            for what, names in (
                ("it lacks", self.missing_keys),
                ("the model has no", self.unexpected_keys),
            )
            if names
        )


def _tensors(whole: object, path: str, seen: set[int]) -> Iterator[tuple[str, Tensor]]:
    """The tensors of a module or a container, each module once, by their names from `path` on."""
    if isinstance(whole, Module):
        if id(whole) in seen:
            return
        seen.add(id(whole))
    for key, part in whole.tensor_parts() if isinstance(whole, Module) else _parts(whole):
        name = f"{path}.{key}" if path else str(key)
        if _is_tensor(part):
            yield name, part
        else:
            yield from _tensors(part, name, seen)


def _is_tensor(part: object) -> bool:
    """Whether it is a parameter, or lists of parameters of one shape."""
    try:
        return 0 not in shape_of(part) and all(map(_is_parameter, elements(part)))
    except ValueError:
        return False


def _is_parameter(part: object) -> bool:
    return isinstance(part, Value) and part.op is LEAF


def _map(function: Callable[[Any], Any], tensor: Tensor) -> Tensor:
    if isinstance(tensor, list | tuple):
        return [_map(function, part) for part in tensor]
    return function(tensor)


def _numbers(tensor: Any, like: Tensor, name: str) -> list[float]:
    """The numbers of a tensor that comes from outside, if it has the shape of `like`."""
    plain = tensor.tolist() if hasattr(tensor, "tolist") else tensor
    try:
        shape = shape_of(plain)
        numbers = [float64(x, name) for x in elements(plain)]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is not a tensor of numbers: {error}") from None
    if shape != shape_of(like):
        raise ValueError(f"{name} has the shape {shape_of(like)} here, not {shape}")
    return numbers


def _parts(whole: object) -> Iterable[tuple[object, object]]:
    """What a module or a container holds, each part with its name there."""
    if isinstance(whole, Module):
        return vars(whole).items()
    if isinstance(whole, dict):
        return whole.items()
    return enumerate(whole) if isinstance(whole, list | tuple) else ()


def _walk(thing: object, path: str, seen: set[int]) -> Iterator[tuple[str, Value | Module]]:
    """The modules and parameters of `thing`, itself included, each once."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, Module) or (isinstance(thing, Value) and thing.op is LEAF):
        yield path, thing
    for name, part in _parts(thing):
        yield from _walk(part, f"{path}.{name}" if path else str(name), seen)


def _collect(whole: object, found: dict[Value, None], seen: set[int]) -> None:
    """The parameters of `_walk` without their paths, in a tenth of the time."""
    for _, part in _parts(whole):
        if type(part) is Value:
            if part.op is LEAF:
                found[part] = None
        elif id(part) not in seen:
            seen.add(id(part))
            _collect(part, found, seen)


def listed(parts: Sequence[object]) -> str:
    """The parts' texts, of equal neighbours one with their number."""
    runs = [(len(list(run)), text) for text, run in itertools.groupby(map(repr, parts))]
    return ", ".join(text if n == 1 else f"{n} × {text}" for n, text in runs)
