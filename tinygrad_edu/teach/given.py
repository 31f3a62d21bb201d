"""What a learner hands in: numbers for values, by the Value itself or by its name."""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections.abc import Iterable, Mapping

from ..engine import Value
from ..ieee import is_real
from .wording import Wording


def resolve(gradients: Mapping[Value | str, float], words: Wording) -> dict[Value, float]:
    """The number for each value.

    A ValueError for a name that no value of the graph has, or more than one, for a value twice
    and for nan and inf; a TypeError for keys and numbers of another type.
    """
    if not gradients:
        raise ValueError('no gradients to check: give some, as in {"w": 0.25}')
    found: dict[Value, float] = {}
    for key, gradient in gradients.items():
        v = _value(key, words)
        if v in found:
            raise ValueError(f"the gradient of {words.name(v)!r} is given twice")
        if not is_real(gradient):
            kind = type(gradient).__name__
            raise TypeError(
                f"the gradient of {words.name(v)!r} is a number, not {kind}: {gradient!r}"
            )
        found[v] = float(gradient)
        if not math.isfinite(found[v]):
            raise ValueError(
                f"the gradient of {words.name(v)!r} is a finite number, not {gradient!r}"
            )
    return found


def _value(key: Value | str, words: Wording) -> Value:
    if isinstance(key, Value):
        if key not in words.names:
            raise ValueError(
                f"{key!r} is not in this graph: is it from another forward pass? "
                f"{words.name(words.root)!r} does not depend on it"
            )
        return key
    if not isinstance(key, str):
        raise TypeError(
            f"a gradient is given for a Value or its name, not {type(key).__name__}: {key!r}"
        )
    values = [v for v in words.names if v.label == key]
    values = values or [v for v, name in words.names.items() if name.text == key]
    if len(values) > 1:
        raise ValueError(f"{len(values)} values have the label {key!r}: give the Value itself")
    if not values:
        near = _near(key, [name.text for name in words.names.values()])
        hint = f"did you mean {near}?" if near else "give its label, or the Value itself"
        raise ValueError(f"no value of this graph is called {key!r}: {hint}")
    return values[0]


def _near(key: str, names: Iterable[str]) -> str:
    """The names that look like the key, were it not for how their indices are written."""
    plain = {_plain(name): name for name in reversed(list(names))}
    near = [plain[match] for match in difflib.get_close_matches(_plain(key), plain)]
    return " or ".join(map(repr, near))


def _plain(name: str) -> str:
    """w₁₁, w_11 and W_{11} alike."""
    kept = unicodedata.normalize("NFKD", name).lower()
    return "".join(c for c in kept if c.isalnum())
