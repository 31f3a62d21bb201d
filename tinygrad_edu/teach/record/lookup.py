"""Finding a value of a graph by what the reader calls it."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping

from ...engine import Value


def value_of(key: Value | str, names: Mapping[Value, object], root: Value) -> Value:
    """The value itself, or the one of `names` with that label or, if none has it, that name.

    `names` has every value of the graph, each with what prints as its name.

    ValueError for a value that is not in the graph, and a name that none or several have;
    TypeError for anything else.
    """
    if isinstance(key, Value):
        if key not in names:
            raise ValueError(
                f"{key!r} is not in this graph: is it from another forward pass? "
                f"{str(names[root])!r} does not depend on it"
            )
        return key
    if not isinstance(key, str):
        raise TypeError(f"a Value or its name is wanted, not {type(key).__name__}: {key!r}")
    found = [v for v in names if v.label == key]
    found = found or [v for v, name in names.items() if str(name) == key]
    if len(found) > 1:
        raise ValueError(f"{len(found)} values have the label {key!r}: give the Value itself")
    if not found:
        hint = near(key, list(map(str, names.values()))) or "give the Value itself"
        raise ValueError(f"no value of this graph is called {key!r}: {hint}")
    return found[0]


def near(key: str, names: Iterable[str]) -> str:
    """The question for the names that are nearly it; empty if none is."""
    plain = {_plain(name): name for name in names}
    found = [plain[match] for match in difflib.get_close_matches(_plain(key), plain)]
    return f"did you mean {' or '.join(map(repr, found))}?" if found else ""


def _plain(name: str) -> str:
    """w₁₁, w_11 and W_{11} alike."""
    letters = unicodedata.normalize("NFKD", name).lower()
    return "".join(c for c in letters if c.isalnum())
