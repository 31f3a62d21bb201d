"""An array program as the NumPy that a person would have written, which is the text that runs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any, Final

import numpy as np

from ...ops import OPS
from ..instructions.ir import COMPARISONS, Array, Operand, needed_for, places_of
from ..instructions.views import Index, Shape, view
from ..numeric import each
from .expressions import (
    ATOM,
    HELPERS,
    PRODUCT,
    TWICE,
    Text,
    contracted,
    dot,
    elementwise,
    is_called,
    number,
    summed,
    viewed,
)
from .pieces import pieces_of, softmaxes, wholes

WIDEST: Final = 60
"""A longer expression that is part of another gets a name of its own."""
ALIGNED: Final = 50
"""The shapes stand in one column behind the lines that are no longer."""


OPTIONAL: Final = re.compile(r"dA\d+|")
"""Names that are not given where what they name is used once, as no name is."""
MANY: Final = 16
"""Rows are added up faster by a product with ones where they are so many."""
WRITTEN_IN_PLACE: Final = ("view", "samples", "lanes")
"""Operations that cost nothing, and so are written again where they are used again."""


class LacksOperation(ValueError):
    """Which operation of a program a library does not have."""


class Source:
    """The text of a function, the constants that it uses, and each line's instruction.

    steps      the instructions, in order
    results    what it returns
    forward    how many of the steps are the forward pass

    A text for another engine than NumPy imports what is called like NumPy there, as `numpy`, takes
    the functions that NumPy lacks from `helpers`, and calls the operations in `called` as they are
    called there. `library` is its name, where it cannot call Python for what it lacks.
    """

    library: str = ""
    numpy: str = "numpy"
    helpers: str = "tinygrad_edu.arrays.numeric"
    zeros: str = "np.zeros"
    called: tuple[str, ...] = ()

    def __init__(
        self,
        title: str,
        arguments: list[Array],
        steps: Iterable[Array],
        results: list[Operand],
        forward: int,
    ) -> None:
        self.title = title
        self.constants: dict[str, Any] = {}
        self.lines: list[tuple[Array, str]] = []
        self._text: dict[Array, Text] = {}
        self._lines: list[tuple[str, str]] = []
        self._helpers: set[str] = set()
        self._definitions: dict[str, str] = {}
        self._unnamed = 0
        needed = needed_for(results)
        self._users: dict[Array, list[Array | None]] = {node: [] for node in needed}
        for node in needed:
            for a in node.arrays:
                self._users[a].append(node)
        for result in results:
            if isinstance(result, Array):
                self._users[result].append(None)
        self._forward = forward
        self._wholes = {} if self.library else wholes(self._users)
        self._softmaxes, self._inside = softmaxes(self._users)
        self._there: set[Operand] = set()  # of the parts of an array, those that are in it
        backward = False
        self._comment("forward")
        for node in steps:
            if node in needed:
                if node.number >= forward and not backward:
                    backward = True
                    self._comment("backward")
                self._write(node)
        returned = ", ".join(self._operand(result).text for result in results)
        signature = f"def {title}({', '.join(a.name for a in arguments)}):"
        self.text: str = self._whole(signature, f"    return {returned}")

    def function(self, constant: Callable[[Any], Any]) -> Callable[..., Any]:
        """The function that the text is, with its constants as `constant` makes them.

        A `LacksOperation` where it calls Python for an operation, and its library cannot.
        """
        for name, kept in self.constants.items():
            if self.library and callable(kept):
                raise LacksOperation(f"{self.library} has no {name}, and this program calls it")
        names: dict[str, Any] = {name: constant(x) for name, x in self.constants.items()}
        exec(compile(self.text, f"<{self.title}>", "exec"), names)
        made: Callable[..., Any] = names[self.title]
        return made

    def _whole(self, signature: str, last: str) -> str:
        noted = [len(line) for line, note in self._lines if note]
        column = max([length for length in noted if length <= ALIGNED], default=0)
        body = []
        for line, note in self._lines:
            if line and note:
                body.append(f"    {line:{column}}  # {note}")
            else:
                body.append(f"    {line}" if line else f"    # {note}")
        head = [f"import {self.numpy} as np"]
        if self._helpers:
            names = ", ".join(sorted(self._helpers))
            head += ["", f"from {self.helpers} import {names}"]
        if self._definitions:
            head += ["", *[f"{name} = {value}" for name, value in self._definitions.items()]]
        return "\n".join([*head, "", "", signature, *body, last, ""])

    def _comment(self, text: str) -> None:
        self._lines.append(("", text))

    def _operand(self, x: Operand) -> Text:
        return self._text[x] if isinstance(x, Array) else number(x)

    def _line(self, node: Array, text: Text) -> None:
        if not node.name:
            self._unnamed += 1
            node.name = f"T{self._unnamed}"
        name = node.name
        self.lines.append((node, text.text))
        shape = f"({_listed(node.shape)})" if node.shape else ""
        self._lines.append((f"{name} = {text.text}", shape))
        self._text[node] = Text(name)

    def _let(self, node: Array, text: Text) -> None:
        """Give an instruction a line, where it has a name, is used again or is long."""
        short = self._uses(node) == 1 and len(text.text) <= WIDEST
        if short and OPTIONAL.fullmatch(node.name):
            self._text[node] = text
        else:
            self._line(node, text)

    def _uses(self, node: Array) -> int:
        """How often an instruction would be written, were it written where it is used."""
        return sum(
            1
            if user is None
            else self._uses(user)
            if user.op in WRITTEN_IN_PLACE
            else 1 + (user.op in TWICE)
            for user in self._users[node]
        )

    def _defined(self, name: str, value: str) -> Text:
        """A constant that the text defines, above its function."""
        known = [k for k, definition in self._definitions.items() if definition == value]
        count = sum(k.startswith(name) for k in self._definitions)
        found = known[0] if known else f"{name}{count + 1 if count else ''}"
        self._definitions[found] = value
        return Text(found)

    def _constant(self, data: Any, letter: str) -> Text:
        for name, known in self.constants.items():
            if not callable(known) and _same(known, data):
                return Text(name)
        count = sum(name.startswith(letter) for name in self.constants)
        name = f"{letter}{count + 1}"
        self.constants[name] = data
        return Text(name)

    def _write(self, node: Array) -> None:
        if node in self._inside:
            return
        writers: dict[str, Callable[[Array], None]] = {
            "theta": self._name,
            "input": self._name,
            "constant": self._write_constant,
            "view": self._write_view,
            "take": self._write_take,
            "place": self._write_place,
            "broadcast": self._write_broadcast,
            "samples": self._write_alias,
            "lanes": self._write_alias,
            "total": self._write_total,
            "along": self._write_along,
            "pick": self._write_pick,
            "rows": self._write_rows,
        }
        writer = writers.get(node.op, self._write_operation)
        writer(node)

    def _name(self, node: Array) -> None:
        self._text[node] = Text(node.name)

    def _write_alias(self, node: Array) -> None:
        self._text[node] = self._operand(node.args[0])

    def _write_constant(self, node: Array) -> None:
        if node.name:
            self.constants[node.name] = node.info
            self._text[node] = Text(node.name)
        elif {user and user.op for user in self._users[node]} == {"=="}:  # 0, 1, 2 …
            self._text[node] = Text(f"np.arange({len(node.info)})")
        else:
            hides = bool(((node.info == 0.0) | (node.info == -math.inf)).all())
            self._text[node] = self._constant(node.info, "mask" if hides else "C")

    def _write_view(self, node: Array) -> None:
        source = node.arrays[0]
        text = viewed(self._operand(source), node.info, source.own, source.lanes)
        if node.name:
            self._line(node, text)
        else:
            self._text[node] = text

    def _write_take(self, node: Array) -> None:
        source = node.arrays[0]
        x, places = self._operand(source).within(ATOM), node.info
        rows = _whole_rows(source, places)
        before = ":, " if source.lanes else ""
        if rows is not None:
            text = f"{x}[{before}{self._constant(rows, 'I').text}]"
        else:
            if len(source.own) != 1:
                x += f".reshape(-1, {math.prod(source.own)})" if before else ".reshape(-1)"
            text = f"{x}[{before}{self._constant(places, 'I').text}]"
        self._let(node, Text(text))

    def _write_broadcast(self, node: Array) -> None:
        x = self._operand(node.args[0])
        shape = _listed(node.shape)
        self._let(node, Text(f"np.broadcast_to({x.text}, ({shape}))"))

    def _write_total(self, node: Array) -> None:
        x = node.arrays[0]
        text = self._operand(x)
        if not self.library and len(x.shape) == 2 and node.info == (0,) and x.shape[0] >= MANY:
            ones = self._defined("ones", f"np.ones({x.shape[0]})")
            self._let(node, dot(ones, text, 1))
        elif x.op == "*" and text.text != x.name and self._is_dot(x, node.info):
            a, b = map(self._operand, x.args)
            self._let(node, dot(a, b, len(x.shape)))
        else:
            self._let(node, summed(text, x.shape, node.info))

    @staticmethod
    def _is_dot(product: Array, axes: Shape) -> bool:
        """Whether the sum over these axes is that of a product of two arrays, over the last one."""
        factors = [a for a in product.arrays if a.shape == product.shape]
        return len(factors) == 2 and axes == (len(product.shape) - 1,)

    def _write_along(self, node: Array) -> None:
        x, classes = map(self._operand, node.args)
        table = self._constant(node.info, "I")
        lines = f"np.arange({node.shape[0]})[:, None]"
        self._let(node, Text(f"{x.within(ATOM)}[{lines}, {table.text}[{classes.text}]]"))

    def _write_pick(self, node: Array) -> None:
        x, own = map(self._operand, node.args)
        self._let(node, Text(f"{x.within(ATOM)}[np.arange({node.shape[0]}), {own.text}]"))

    def _write_rows(self, node: Array) -> None:
        table, numbers = map(self._operand, node.args)
        self._let(node, Text(f"{table.within(ATOM)}[{numbers.text}]"))

    def _write_operation(self, node: Array) -> None:
        if node in self._softmaxes:
            self._helpers.add("softmax")
            self._let(node, Text(f"softmax({self._operand(self._softmaxes[node]).text})"))
            return
        args = [self._operand(a) for a in node.args]
        if node.op in HELPERS or node.op in self.called:
            self._helpers.add(node.op)
        elif node.op in OPS and is_called(node.op):
            self.constants[node.op] = each(node.op)
        if node.op == "contraction":
            text = contracted(node, *args)
            if text.factors and node in self._wholes:
                self._write_there(node, *text.factors)
                return
        elif node.op in self.called:
            text = Text(f"{node.op}({', '.join(x.text for x in args)})")
        elif node.op == "==" and not self.library:  # [j = y[i]], the ones in the rows of places
            one_hot = self._defined("one_hot", f"np.eye({node.shape[-1]})").text
            text = Text(f"{one_hot}[{self._without_column(node.arrays[1])}]")
        else:
            text = elementwise(node.op, args)
            if _is_test(node):
                text = self._tested(node, text)
        self._let(node, text)

    def _without_column(self, x: Array) -> str:
        """An array whose last axis has length 1, without that axis."""
        source = x.arrays[0] if x.op == "view" else x
        places = places_of(x) if x.op == "view" else np.arange(math.prod(x.own)).reshape(x.own)
        seen = view(source.own, places[..., 0])
        if seen is None:
            return f"{self._operand(x).within(ATOM)}[..., 0]"
        return viewed(self._operand(source), seen, source.own, source.lanes).text

    def _tested(self, node: Array, text: Text) -> Text:
        """A comparison: NumPy's True counts as 1 in products, elsewhere it is made a number."""
        users = self._users[node]
        returned = node.op in COMPARISONS and None in users
        if returned or all(user is not None and _takes_a_test(user, node) for user in users):
            return text
        if node.op == "step":
            return Text(f"np.heaviside({self._operand(node.args[0]).text}, 0.0)")
        return Text(f"{text.within(ATOM)} * 1.0", PRODUCT)

    def _write_there(self, node: Array, a: str, b: str) -> None:
        """Write a matrix product into the array that it is a part of."""
        whole, places = self._wholes[node]
        if whole not in self._text:
            self._line(whole, Text(f"np.empty({math.prod(whole.shape)})"))
        seen = view(whole.own, places)
        assert seen is not None
        there = viewed(self._text[whole], seen, whole.own, False).text
        self._line(node, Text(f"np.matmul({a}, {b}, out={there})"))
        self._there.add(node)

    def _write_place(self, node: Array) -> None:
        pieces = pieces_of(node)
        if pieces is not None:
            self._write_pieces(node, pieces)
            return
        terms = list(zip(node.args, node.info))
        twice = [] if self.library else [k for k, term in enumerate(terms) if _adds_up(node, *term)]
        written = np.zeros(math.prod(node.own), bool)
        if twice:
            self._write_bincount(node, [terms[k] for k in twice])
            written[np.concatenate([terms[k][1].ravel() for k in twice])] = True
        else:
            self._line(node, Text(f"{self.zeros}(({_listed(node.shape)}))"))
        for k, (part, places) in enumerate(terms):
            if k not in twice:
                at = places.ravel()
                self._put(node, places, self._operand(part).text, fresh=not written[at].any())
                written[at] = True

    def _write_bincount(self, node: Array, terms: list[tuple[Operand, Index]]) -> None:
        """Zeros, to which terms are added that have places twice: np.add.at takes longer."""
        added = self._joined([a for a, _ in terms if isinstance(a, Array)])
        at = self._constant(np.concatenate([places.ravel() for _, places in terms]), "I").text
        text = f"np.bincount({at}, {added}, {math.prod(node.shape)})"
        if len(node.shape) != 1:
            text += f".reshape({_listed(node.shape)})" if node.shape else "[0]"
        self._line(node, Text(text))

    def _write_pieces(self, node: Array, pieces: list[Array]) -> None:
        if node not in self._text:
            self._let(node, Text(self._joined(pieces)))
            return
        end = 0
        for there, run in groupby(pieces, self._there.__contains__):
            part = list(run)
            start, end = end, end + sum(math.prod(piece.shape) for piece in part)
            if not there:
                self._put(node, np.arange(start, end), self._joined(part), fresh=True)

    def _joined(self, pieces: list[Array]) -> str:
        parts = [_flat(self._operand(piece), len(piece.shape)) for piece in pieces]
        return parts[0] if len(parts) == 1 else f"np.concatenate([{_in_lines(parts)}])"

    def _put(self, node: Array, places: Index, value: str, fresh: bool) -> None:
        """A line that adds a value to zeros at these places, which are `fresh` if still zero."""
        target, again = self._target(self._text[node].text, node, places)
        if again:
            self._lines.append((f"np.add.at({target}, {value})", ""))
        else:
            self._lines.append((f"{target} {'=' if fresh else '+='} {value}", ""))

    def _target(self, name: str, node: Array, places: Index) -> tuple[str, bool]:
        """What to assign to, and whether it has the same place twice."""
        if places.size == 1:
            at = ", ".join(
                [":"] * node.lanes + [str(k) for k in np.unravel_index(places.item(), node.own)]
            )
            return f"{name}[{at}]", False
        seen = view(node.own, places) if places.size else None
        if seen is not None and seen.is_no_copy(node.own):
            text = viewed(Text(name), seen, node.own, node.lanes).text
            return (text if text.endswith("]") else f"{text}[...]"), False
        again = np.unique(places).size < places.size
        flat = (
            name
            if len(node.own) == 1
            else (f"{name}.reshape({node.shape[0]}, -1)" if node.lanes else f"{name}.reshape(-1)")
        )
        index = self._constant(places, "I").text
        if again:
            return f"{flat}, {f'(slice(None), {index})' if node.lanes else index}", True
        return f"{flat}[{':, ' if node.lanes else ''}{index}]", False


def _same(a: Any, b: Any) -> bool:
    """Whether two arrays are the same numbers, 0.0 and -0.0 told apart."""
    return bool(a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())


def _flat(x: Text, axes: int) -> str:
    """An array with so many axes as one with one axis."""
    return x.text if axes == 1 else x.within(ATOM) + (".ravel()" if axes else "[None]")


def _in_lines(items: list[str]) -> str:
    """A list of items, on several lines where it is long."""
    if sum(map(len, items)) <= WIDEST:
        return ", ".join(items)
    lines = [""]
    for item in items:
        if lines[-1] and len(lines[-1]) + len(item) > WIDEST:
            lines.append("")
        lines[-1] += f" {item}," if lines[-1] else f"{item},"
    return "".join([f"\n        {line}" for line in lines]) + "\n    "


def _listed(shape: Shape) -> str:
    return ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")


def _takes_a_test(user: Array, node: Array) -> bool:
    """Whether True and False do as they are where `user` uses them."""
    other = [a for a in user.args if a is not node]
    numeric = [a for a in other if not (isinstance(a, Array) and _is_test(a))]
    return user.op == "*" and len(numeric) == 1


def _adds_up(node: Array, part: Operand, places: Index) -> bool:
    """Whether a part of a `place` is an array that has a place twice there."""
    if node.lanes or not isinstance(part, Array) or part.shape != places.shape:
        return False
    return np.unique(places).size < places.size


def _is_test(node: Array) -> bool:
    return node.op == "step" or node.op in COMPARISONS


def _whole_rows(source: Array, places: Index) -> Index | None:
    """The rows of the source that a take is made of, if it is."""
    own = source.own
    if len(own) < 2 or places.ndim < len(own) or places.shape[1 - len(own) :] != own[1:]:
        return None
    width = math.prod(own[1:])
    rows = places.reshape(*places.shape[: places.ndim - len(own) + 1], width)
    first: Index = rows[..., 0]
    same = (rows - first[..., None] == np.arange(width)).all() and (first % width == 0).all()
    return first // width if same else None
