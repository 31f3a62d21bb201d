"""The explorer: one HTML page that steps through a graph, forward and backward.

The page holds everything it needs: no network, no framework. Its parts are in the folder
`page`, each a file to read on its own.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from ...engine import Value
from ...files import write_atomically
from ...language import current_language, say
from ...nn import Module
from ...ops import OPS, is_ours
from ...teach.record.moment import require_one_moment
from ..film import Film
from ..notebook import still
from ..sources import SourceLine
from ..style import style_sheet
from ..theme import Theme, theme_of
from .derivation import derivation
from .film import By, film_of
from .graph import drawing, folded_drawing, packed
from .javascript import script as functions_script
from .model import Model
from .recording import Recording
from .words import translated, translations

LARGEST: Final = 20_000
"""The most values that a page holds."""

UNFOLDED: Final = 500
"""The most values that are drawn side by side, with nothing folded: more is not readable."""

_SCRIPTS: Final = (
    "functions.js",
    "expressions.js",
    "schedule.js",
    "graph.js",
    "paths.js",
    "elements.js",
    "pan.js",
    "minimap.js",
    "picture.js",
    "scenes.js",
    "saving.js",
    "curve.js",
    "card.js",
    "panel.js",
    "table.js",
    "inputs.js",
    "training.js",
    "program.js",
    "derivation.js",
    "folding.js",
    "reading.js",
    "formulas.js",
    "quiz.js",
    "address.js",
    "explorer.js",
)


class Explorer:
    """The page for one graph: it shows itself in a notebook, and `save` writes it to a file.

    `html()` is the whole page as text. The same graph gives the same text, byte for byte.
    """

    def __init__(
        self,
        root: Value,
        sources: Mapping[Value, SourceLine] | None,
        model: Module | None,
        theme: Theme | str,
        recording: Recording | None,
    ) -> None:
        self.root = root
        self._theme = theme_of(theme)
        if not isinstance(recording, Recording | None):
            raise TypeError(f"recording is a Recording, not {recording!r}")
        if not isinstance(sources, Mapping | None) or not all(
            isinstance(line, SourceLine) for line in (sources or {}).values()
        ):
            raise TypeError(f"sources are what record_sources() gives, not {sources!r}")
        self._model = Model(root, sources, model, recording)
        size = len(self._model.order)
        if size > LARGEST:
            raise ValueError(
                f"this graph has {size:,} values, and the explorer shows at most {LARGEST:,}: "
                "explore a part of it (one of its inner values, or the loss on fewer samples), or "
                "draw all of it with draw_dot(root, fold=True)"
            )
        require_one_moment(root, "explore")
        self._script = _script(self._model)
        self._page = self._assembled(self._theme)

    def html(self) -> str:
        """The page, whole: it needs no other file and no network."""
        return self._page

    def element(self) -> str:
        """The page's one element, ``<tinygrad-explorer>``, for an HTML document of your own.

        Several can stand in one document. Their steps are not kept in its address.
        """
        return self._element("", self._theme)

    def film(self, by: By = "edge", *, seconds: float = 1.2) -> Film:
        """All steps as a film, a frame for each: it shows itself in a notebook, and saves as a GIF.

        by       what a step is: an "edge", a "node" or a "layer", as in the page
        seconds  how long a frame stands

        A ValueError for more than 150 steps; an ImportError without the extra ``pictures``.
        """
        return film_of(self._model, by, seconds, self._theme)

    def save(self, path: str | Path) -> None:
        """Write it to a file, whole or not at all: the page as .html, or its `film` as .gif."""
        suffix = Path(path).suffix.lower()
        if suffix not in (".html", ".htm", ".gif"):
            raise ValueError(
                f"a page is saved as .html, its steps as .gif, so {str(path)!r} cannot be its name"
            )
        if suffix == ".gif":
            self.film().save(path)
        else:
            write_atomically(path, self._page)

    def _repr_html_(self) -> str:
        unseen = say(
            "{summary}. Run this cell or trust the notebook to see it; {save} keeps it.",
            summary=self._title,
            save=".save('step.html')",
        )
        # In a frame, the page cannot ask whether the notebook round it is dark.
        theme = still(self._theme)
        page = self._page if theme is self._theme else self._assembled(theme)
        # Sandboxed: the page runs its own script, and can reach nothing of the notebook's.
        return (
            f'<iframe srcdoc="{html.escape(page)}" sandbox="allow-scripts allow-downloads" '
            f'title="{_escaped(self._title)}" width="100%" height="760" '
            # The text in it is what is left of it in a notebook that is not trusted.
            f'style="border: 0">{_escaped(unseen)}</iframe>'
        )

    def __repr__(self) -> str:
        order = self._model.order
        return say(
            "Explorer of {root}: {values} values, {contributions} contributions; "
            '.save("step.html") keeps the page',
            root=self._name,
            values=len(order),
            contributions=sum(len(v.operands) for v in order),
        )

    @property
    def _name(self) -> str:
        return self._model.name(self.root)

    @property
    def _title(self) -> str:
        return say("{name}, step by step", name=self._name)

    def _assembled(self, theme: Theme) -> str:
        # Even if a label became markup, nothing but this one script could run.
        digest = base64.b64encode(hashlib.sha256(self._script.encode()).digest()).decode()
        policy = (
            f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        )
        return Template(_part("page.html")).substitute(
            title=_escaped(self._title),
            language=current_language(),
            policy=policy,
            scheme=_scheme(theme),
            element=self._element(" address", theme),
        )

    def _element(self, attributes: str, theme: Theme) -> str:
        model = self._model
        unfolded = len(model.order) <= UNFOLDED
        scenes: list[str] = []
        if model.can_fold:
            scenes = [packed(folded_drawing(model, g, theme)) for g in model.groups]
        return Template(translated(_part("explorer.html"))).substitute(
            language=current_language(),
            attributes=attributes,
            title=_escaped(self._title),
            root=_escaped(self._name),
            colours=f"{_colours(theme)}\n{style_sheet(theme)}",
            style=_part("explorer.css"),
            script=self._script,
            graph=drawing(model, theme)
            if unfolded
            else folded_drawing(model, model.groups[0], theme),
            model=model.json(
                {
                    "scenes": scenes,
                    "unfolded": unfolded,
                    "sentences": translations(self._script),
                    "derivation": packed(derivation(model)),
                }
            ),
        )


def explore(
    root: Value,
    *,
    sources: Mapping[Value, SourceLine] | None = None,
    model: Module | None = None,
    theme: Theme | str = "auto",
    recording: Recording | None = None,
) -> Explorer:
    """Step through the computation of `root` and through its backward pass, as a web page.

    Forward, each operation computes its value; backward, each edge passes on upstream gradient ×
    local derivative = contribution, which is added to the running total of ∂root/∂operand. A
    predict mode asks for the gradients instead of showing them.

    sources    the program lines that made the nodes, from `record_sources`, to be shown with them
    model      the `Module` whose parameters are in the graph, for their names (w⁽¹⁾₂₁)
    theme      "auto" follows the reader's screen or notebook; "light", "dark", "print" or a `Theme`
    recording  a `Recording` of a run of `fit`, to go back and forth in its epochs

    Every number that the graph starts from can be changed in the page, and all others follow. A
    graph with parameters can be trained there, by gradient descent on all that the graph holds.
    What is shown is in the page's address (``step.html#step=8&a=1.2``), for a link to one moment.

    Neurons, layers and runs of values are folded and opened there; a graph of more than 500 values
    comes folded.

    A ValueError for a graph of more than 20,000 values, and for one of which a leaf's data has
    changed since it was recorded. Nothing of the graph is changed: gradients are worked out beside
    it, whether or not `backward()` has run.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> explore((a * b + a).tanh())
    Explorer of L: 5 values, 5 contributions; .save("step.html") keeps the page
    """
    return Explorer(root, sources, model, theme, recording)


def _script(model: Model) -> str:
    """The page's program, with the functions of the package and those of the graph.

    In a block of its own, it leaves no global names.
    """
    known = {name: op for name, op in OPS.items() if is_ours(op.function)}
    known |= {str(v.op): v.op for v in model.order}
    first, *others = map(_part, _SCRIPTS)
    return "\n".join(['"use strict";\n{', first, functions_script(known.values()), *others, "}"])


_COLOURS: Final = (
    *("paper", "panel", "ink", "soft", "rule", "forward", "backward", "path", "right", "wrong"),
    *("current", "positive", "negative"),
)


def _colours(theme: Theme) -> str:
    """The theme's colours as the style sheet calls them: ``var(--paper)``."""

    def rule(theme: Theme, scheme: str) -> str:
        named = {name: getattr(theme, name) for name in _COLOURS}
        named |= {f"series-{i}": colour for i, colour in enumerate(theme.series)}
        pairs = "; ".join(f"--{name}: {colour}" for name, colour in named.items())
        return f":host {{ color-scheme: {scheme}; {pairs}; }}"

    if theme.on_dark is None:
        return rule(theme, _scheme(theme))
    dark = rule(theme.on_dark, "dark")
    return f"{rule(theme, 'light')}\n@media (prefers-color-scheme: dark) {{ {dark} }}"


def _scheme(theme: Theme) -> str:
    if theme.on_dark is not None:
        return "light dark"
    return "dark" if int(theme.paper[1:3], 16) < 128 else "light"


def _part(name: str) -> str:
    return (files(__package__) / "page" / name).read_text(encoding="utf-8")


def _escaped(text: str) -> str:
    """Text for HTML, without the half characters (lone surrogates) that UTF-8 cannot hold."""
    return html.escape(text.encode(errors="replace").decode())
