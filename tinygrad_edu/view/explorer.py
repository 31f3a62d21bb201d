"""The explorer: one HTML page that steps through a graph, forward and backward.

The page holds everything it needs: no network, no framework. Its parts are in the folder
`explorer_page`, each a file to read on its own.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Final

from ..engine import Value, topological_order
from ..files import write_atomically
from ..nn import Module
from ..ops import MUL
from ..teach.notation.expression import Number, Product, Symbol
from ..teach.notation.formula import expression, names
from ..teach.notation.plain import Text
from ..teach.record.direct import is_direct
from ..teach.record.ledger import Ledger
from ..teach.record.moment import require_one_moment
from .explorer_graph import drawing
from .sources import SourceLine

LARGEST: Final = 500
"""The most values that the page shows: beyond, neither the drawing nor the steps are readable."""

LONGEST: Final = 28
"""The most characters on a line of the drawing; beside it, the page shows names in full."""

_NAMES: Final = Text()
_NUMBERS: Final = Text(numeric=True)
_SCRIPTS: Final = (
    "model.js",
    "paths.js",
    "picture.js",
    "ledger.js",
    "card.js",
    "quiz.js",
    "main.js",
)


class Explorer:
    """The page for one graph: it shows itself in a notebook, and `save` writes it to a file.

    `html()` is the whole page as text. The same graph gives the same text, byte for byte.
    """

    def __init__(
        self, root: Value, sources: Mapping[Value, SourceLine] | None, model: Module | None
    ) -> None:
        self.root = root
        self._order = topological_order(root)
        if len(self._order) > LARGEST:
            raise ValueError(
                f"this graph has {len(self._order):,} values, and the explorer shows at "
                f"most {LARGEST}: explore a part of it (one of its inner values, or the loss on a "
                "single sample), or draw all of it with draw_dot(root, fold=True)"
            )
        require_one_moment(root, "explore")
        self._ledger = Ledger(root)
        self._symbols = {v: Symbol(name, v.data) for v, name in names(root, model).items()}
        self._sources = sources or {}
        self._page = self._assembled()

    def html(self) -> str:
        """The page, whole: it needs no other file and no network."""
        return self._page

    def save(self, path: str | Path) -> None:
        """Write the page to a file whose name ends in .html, whole or not at all."""
        if Path(path).suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a page is saved as .html, so {str(path)!r} cannot be its name")
        write_atomically(path, self._page)

    def _repr_html_(self) -> str:
        # Sandboxed: the page runs its own script, and can reach nothing of the notebook's.
        return (
            f'<iframe srcdoc="{html.escape(self._page)}" sandbox="allow-scripts" '
            f'title="{_escaped(self._title)}" width="100%" height="760" '
            'style="border: 0"></iframe>'
        )

    def __repr__(self) -> str:
        size = f"{len(self._order)} values, {len(self._ledger)} contributions"
        return f'Explorer of {self._name(self.root)}: {size}; .save("step.html") keeps the page'

    @property
    def _title(self) -> str:
        return f"{self._name(self.root)}, step by step"

    def _assembled(self) -> str:
        style = _part("page.css")
        script = "\n".join(_part(name) for name in _SCRIPTS)
        # Even if a label became markup, nothing but this one script could run.
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        )
        return Template(_part("page.html")).substitute(
            title=_escaped(self._title),
            root=_escaped(self._name(self.root)),
            policy=policy,
            style=style,
            script=script,
            graph=self._graph(),
            model=self._model(),
        )

    def _model(self) -> str:
        """The graph and its ledger as JSON that is safe inside a <script>."""
        index = {v: i for i, v in enumerate(self._order)}
        edge = {
            (node, position): k
            for k, (node, position) in enumerate(
                (node, position) for node in self._order for position in range(len(node.operands))
            )
        }
        model: dict[str, Any] = {
            "nodes": [self._node(v) for v in self._order],
            "steps": [
                {
                    "edge": edge[e.node, e.position],
                    "from": index[e.node],
                    "to": index[e.operand],
                    "upstream": _number(e.upstream),
                    "direct": is_direct(e.node, e.operand),
                    "local": _number(e.local),
                    "contribution": _number(e.contribution),
                    "total": _number(e.total),
                }
                for e in self._ledger
            ],
        }
        text = json.dumps(model, separators=(",", ":"), allow_nan=False)
        # Escaped, no label can end the script element (json escapes U+2028 and all non-ASCII).
        return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")

    def _node(self, v: Value) -> dict[str, Any]:
        node: dict[str, Any] = {
            "name": self._name(v),
            "heading": self._heading(v),
            "op": str(v.op),
            "data": _number(v.data),
        }
        if v.op:
            node["formula"] = self._operation(v, _NAMES)
            node["numbers"] = self._operation(v, _NUMBERS)
        if v in self._sources:
            line = self._sources[v]
            node["source"] = {
                "place": line.place,
                "text": line.text,
                "start": line.start,
                "end": line.end,
            }
        return node

    def _name(self, v: Value) -> str:
        return self._symbols[v].name.text

    def _heading(self, v: Value) -> str:
        """The first line of a node in the drawing: ``z₁ = v₁ + a``, without its end if long."""
        text = f"{self._name(v)} = {self._operation(v, _NAMES)}" if v.op else self._name(v)
        return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

    def _operation(self, v: Value, notation: Text) -> str:
        """The one operation that computes a value; a square as ``a · a``, which has two edges."""
        if v.op is MUL:
            arguments = [
                self._symbols[x] if isinstance(x, Value) else Number(x) for x in v.arguments
            ]
            return notation.write(Product(tuple(arguments)))
        return notation.write(expression(v, {x: self._symbols[x] for x in v.operands}))

    def _graph(self) -> str:
        shown = {v: [v.data] for v in self._order}
        for entry in self._ledger:
            shown[entry.operand].append(entry.total)
        widths = {v: max(len(_NAMES.number(x)[0]) for x in xs) for v, xs in shown.items()}
        return drawing(self._order, {v: self._heading(v) for v in self._order}, widths)


def explore(
    root: Value,
    *,
    sources: Mapping[Value, SourceLine] | None = None,
    model: Module | None = None,
) -> Explorer:
    """Step through the computation of `root` and through its backward pass, as a web page.

    Forward, each operation computes its value; backward, each edge passes on upstream gradient ×
    local derivative = contribution, which is added to the running total of ∂root/∂operand. A
    predict mode asks for the gradients instead of showing them.

    sources  the program lines that made the nodes, from `record_sources`, to be shown with them
    model    the `Module` whose parameters are in the graph, for their names (w⁽¹⁾₂₁)

    A ValueError for a graph of more than 500 values, and for one of which a leaf's data has changed
    since it was recorded. Nothing of the graph is changed: gradients
    are worked out beside it, whether or not `backward()` has run.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> explore((a * b + a).tanh())
    Explorer of L: 5 values, 5 contributions; .save("step.html") keeps the page
    """
    return Explorer(root, sources, model)


def _part(name: str) -> str:
    return (files(__package__) / "explorer_page" / name).read_text(encoding="utf-8")


def _escaped(text: str) -> str:
    """Text for HTML, without the half characters (lone surrogates) that UTF-8 cannot hold."""
    return html.escape(text.encode(errors="replace").decode())


def _number(x: float) -> float | str:
    """A number for JSON, which has no nan and no inf."""
    return x if math.isfinite(x) else repr(x)
