"""Plots with matplotlib (the extra ``plots``): of losses, decisions, activations and gradients.

Each function draws on `ax`, or on axes of a new figure, and returns the Axes. None of them shows a
figure, chooses a backend or changes matplotlib's settings: ``ax.figure.savefig("loss.png")``.

`theme` is a `Theme` or its name. "auto" draws in colours that suit matplotlib's own style, light
or dark, and is "dark" in a dark JupyterLab; "light", "dark" and "print" also colour the axes and
what is round them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count as count_from
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any, Final

from ..checks import count, elements, function, number_in, one_of
from ..engine import Value, number
from ..history import History
from ..ieee import float64
from ..language import say
from ..nn import MLP, Module
from ..ops import OPS
from ..recording import no_grad
from ..teach.classroom.grading import Gradebook
from ..text import wrapped
from .boundary import draw_areas, scores_of
from .dressing import dressed
from .samples import samples_of
from .style import visible
from .theme import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKERS: Final = ("o", "s", "^", "D", "v", "P")


def loss_curve(
    history: History | Sequence[float],
    *,
    log: bool = True,
    ax: Axes | None = None,
    theme: Theme | str = "auto",
) -> Axes:
    """The loss of each epoch, of a `History` or a list of losses; of a History the validation too.

    Where a loss is nan or inf, the curve has a gap, which is shaded.

    log  a logarithmic axis, where all losses are positive
    """
    given = history.losses if isinstance(history, History) else history
    right = "a loss curve is drawn of a History or a list of losses"
    training = [float64(x, "a loss") for x in elements(given, right)]
    if not training:
        raise ValueError("there is no loss to plot")
    validation = history.validation_losses if isinstance(history, History) else []
    with dressed(ax, theme) as (ax, theme):
        _curve(ax, training, 0, theme, say("training"))
        if validation:  # after an epoch, where the loss is before its update
            _curve(ax, validation, 1, theme, say("validation"))
        gaps = _gaps(training, validation)
        for k, (first, last) in enumerate(gaps):
            label = "" if k else say("nan or inf")
            ax.axvspan(first - 0.5, last + 0.5, color=theme.rule, alpha=0.4, zorder=0, label=label)
        if validation or gaps:
            ax.legend()
        finite = [x for x in (*training, *validation) if math.isfinite(x)]
        if log and finite and min(finite) > 0.0:
            ax.set_yscale("log")
        ax.set(xlabel=say("epoch"), ylabel=say("loss"), title=say("Loss"))
    return ax


def _curve(ax: Axes, losses: Sequence[float], start: int, theme: Theme, label: str) -> None:
    """A line through the finite losses, with a dot for one that has no finite neighbour."""
    ys = [_finite(x) for x in losses]
    xs = [start + i for i in range(len(ys))]
    color, style = theme.series[start], ("-", "--")[start]
    ax.plot(xs, ys, color=color, linestyle=style, linewidth=theme.line, label=label)
    around = [math.nan, *ys, math.nan]
    alone = [
        i
        for i, y in enumerate(ys)
        if y == y and around[i] != around[i] and around[i + 2] != around[i + 2]
    ]
    if alone:
        ax.plot([xs[i] for i in alone], [ys[i] for i in alone], "o", color=color)


def _gaps(training: Sequence[float], validation: Sequence[float]) -> list[tuple[int, int]]:
    """The first and the last of each run of epochs at which a loss is nan or inf."""
    epochs = {
        start + i
        for start, losses in enumerate((training, validation))
        for i, loss in enumerate(losses)
        if not math.isfinite(loss)
    }
    return [
        (i, next(j for j in count_from(i) if j + 1 not in epochs))
        for i in sorted(epochs)
        if i - 1 not in epochs
    ]


def decision_boundary(
    model: Callable[[list[float]], Any],
    X: Sequence[Sequence[float]],
    y: Sequence[Any],
    *,
    threshold: float = 0.0,
    resolution: int = 60,
    ax: Axes | None = None,
    theme: Theme | str = "auto",
) -> Axes:
    """Where a classifier of two inputs decides for which class, how clearly, and the samples.

    The stronger a colour, the further the output is from the threshold, or the largest output from
    the next one, in shares of the furthest on the plot; the line is where the class changes.

    model       called with two numbers; one output means the second class above `threshold`,
                several mean the class of the largest
    X, y        samples of two numbers and their classes
    threshold   0 for a margin or a logit, 0.5 for a probability
    resolution  points along each axis; no graph is built for them

    A ValueError for samples that are not two numbers each, or not as many as classes.
    """
    resolution = count(resolution, "resolution")
    threshold = float64(threshold, "threshold")
    function(model, "a model")
    points, labels = samples_of(X, y)
    horizontal = _grid([p[0] for p in points], resolution)
    vertical = _grid([p[1] for p in points], resolution)
    with no_grad():
        scores = [[scores_of(model([a, b]), threshold) for a in horizontal] for b in vertical]
    classes = sorted(set(labels))
    most = max(len(classes), *(len(score) for row in scores for score in row))
    with dressed(ax, theme) as (ax, theme):
        colors = list(islice(cycle(theme.series), most))
        draw_areas(ax, horizontal, vertical, scores, colors, theme)
        for label, color, marker in zip(classes, colors, cycle(_MARKERS)):
            these = [p for p, v in zip(points, labels) if v == label]
            ax.scatter(
                [p[0] for p in these],
                [p[1] for p in these],
                color=color,
                marker=marker,
                edgecolor=theme.ink,
                linewidth=theme.thin,
                label=say("class {label}", label=f"{label:g}"),
            )
        ax.legend()
        ax.set(xlabel="x₁", ylabel="x₂", title=say("Decision boundary"))
    return ax


def loss_surface(
    loss: Callable[[], Value | float],
    a: Value,
    b: Value,
    *,
    path: Sequence[tuple[float, float]] = (),
    span: float = 2.0,
    resolution: int = 40,
    ax: Axes | None = None,
    theme: Theme | str = "auto",
) -> Axes:
    """Contours of a loss over two parameters, with the path of a descent.

    loss        called without arguments; it computes the loss from the parameters as they are
    a, b        the two leaves to vary; they are put back, whatever happens
    path        the (a, b) after each step
    span        how far the plot goes to each side of where a and b are now, if not further for
                the path
    resolution  points along each axis; no graph is built for them
    """
    if count(resolution, "resolution") < 2:
        raise ValueError(f"resolution is a whole number of at least 2, not {resolution!r}")
    span = number_in(span, "span")
    if not span:
        raise ValueError("span is above 0, not 0")
    function(loss, "a loss")
    for v in (a, b):
        if not isinstance(v, Value) or v.op or a is b:
            raise ValueError(f"a loss surface is drawn over two different leaves, not over {v!r}")
    here = (a.data, b.data)
    try:
        steps = [(float(p), float(q)) for p, q in path]
    except (TypeError, ValueError, OverflowError):
        raise TypeError(f"path is a list of pairs (a, b), not {path!r:.80}") from None
    horizontal = _grid([here[0] - span, here[0] + span, *(p for p, _ in steps)], resolution)
    vertical = _grid([here[1] - span, here[1] + span, *(q for _, q in steps)], resolution)
    surface = []
    with _restored(a, b), no_grad():
        for b.data in vertical:
            row = []
            for a.data in horizontal:
                row.append(number(loss()))
            surface.append(row)
    with dressed(ax, theme) as (ax, theme):
        contours = ax.contourf(horizontal, vertical, surface, levels=24, cmap=theme.heights)
        ax.figure.colorbar(contours, ax=ax, label=say("loss"))
        edge: dict[str, Any] = {"markeredgecolor": theme.ink, "markeredgewidth": theme.thin}
        if steps:
            ax.plot(
                [p for p, _ in steps],
                [q for _, q in steps],
                color=theme.paper,
                linewidth=theme.line,
                marker="o",
                markersize=3,
                label=say("descent"),
                **edge,
            )
        ax.plot(*here, "*", color=theme.series[1], markersize=13, label=say("now"), **edge)
        ax.legend()
        x, y = _text(a.label) or "a", _text(b.label) or "b"
        ax.set(xlabel=x, ylabel=y, title=say("Loss surface"))
    return ax


def activation(
    name: str,
    *,
    low: float = -4.0,
    high: float = 4.0,
    ax: Axes | None = None,
    theme: Theme | str = "auto",
) -> Axes:
    """A function of the engine by its name, such as "tanh", and its derivative."""
    names = [op for op, known in OPS.items() if known.arity == 1 or op in ("leaky_relu", "elu")]
    one_of(name, names, "activation")
    low, high = float64(low, "low"), float64(high, "high")
    if not low < high:
        raise ValueError(f"low is below high, not {low!r} and {high!r}")
    xs = [low + (high - low) * i / 400 for i in range(401)]
    nodes = [OPS[name].function(Value(x)) for x in xs]
    values = [_finite(y.data) for y in nodes]
    slopes = [_finite(y.local_grads[0]) for y in nodes]
    with dressed(ax, theme) as (ax, theme):
        ax.axhline(0.0, color=theme.soft, linewidth=theme.thin)
        for ys, color, style, label in zip(
            (values, slopes), theme.series, ("-", "--"), (name, say("derivative"))
        ):
            ax.plot(xs, ys, color=color, linestyle=style, linewidth=theme.line, label=label)
        ax.legend()
        ax.set(xlabel="x", title=name)
    return ax


def gradient_histogram(
    model: Module, *, bins: int = 30, ax: Axes | None = None, theme: Theme | str = "auto"
) -> Axes:
    """How large the gradients of each layer's parameters are, after ``backward()``.

    The axis is logarithmic and the heights are shares of the layer, so that layers of any size
    can be read beside each other: further to the left from layer to layer towards the input, the
    gradient vanishes. How many gradients are 0, which have no place on it, is said.
    """
    bins = count(bins, "bins")
    if not isinstance(model, Module):
        raise TypeError(f"model is a Module, such as an MLP, not {model!r}")
    parts = model.layers if isinstance(model, MLP) else [model]
    layers = [[p.grad for p in part.parameters()] for part in parts]
    every = [g for gradients in layers for g in gradients]
    if not every:
        raise ValueError(f"{model!r} has no parameters")
    if not all(map(math.isfinite, every)):
        raise ValueError("a gradient is nan or inf, which no histogram can hold")
    sizes = [abs(g) for g in every if g]
    low, high = (min(sizes), max(sizes)) if sizes else (1.0, 1.0)
    if low == high:
        low, high = low / 2.0, high * 2.0
    edges = [low * (high / low) ** (i / bins) for i in range(bins)] + [high]
    with dressed(ax, theme) as (ax, theme):
        styles = zip(cycle(theme.series), cycle(("-", "--", ":", "-.")))
        for i, (gradients, (color, style)) in enumerate(zip(layers, styles), 1):
            seen = [abs(g) for g in gradients if g]
            zeros, number = len(gradients) - len(seen), len(gradients)
            name = type(model).__name__
            if isinstance(model, MLP):
                name = say("layer {number}", number=i)
            label = f"{name} ({number})"
            if zeros:
                label = say(
                    "{name} ({number}, {zeros} of them 0)", name=name, number=number, zeros=zeros
                )
            ax.hist(
                seen,
                bins=edges,
                weights=[1.0 / len(gradients)] * len(seen),
                histtype="step",
                color=color,
                linestyle=style,
                linewidth=theme.line,
                label=label,
            )
        ax.set_xscale("log")
        ax.legend()
        ax.set(
            xlabel=say("|gradient|"),
            ylabel=say("share of the layer"),
            title=say("Gradients by layer"),
        )
    return ax


def slips(book: Gradebook, *, ax: Axes | None = None, theme: Theme | str = "auto") -> Axes:
    """How many in a class made each slip, of what `grade` found.

    A ValueError where nobody made one.
    """
    if not isinstance(book, Gradebook):
        raise TypeError(f"a Gradebook is what grade() returns, not {book!r}")
    rows = book.misconceptions.rows[::-1]
    if not rows:
        raise ValueError("nobody made a slip: there is nothing to plot")
    texts = [f"{gradient}: {slip}".replace("$", r"\$") for _, gradient, slip, _ in rows]
    says = [wrapped(text, 48) for text in texts]
    counts = [int(row[0]) for row in rows]
    own = ax is None
    with dressed(ax, theme) as (ax, theme):
        if own and hasattr(ax.figure, "set_size_inches"):  # a subfigure has no size of its own
            lines = sum(text.count("\n") + 2 for text in says)
            ax.figure.set_size_inches(8.0, 1.2 + 0.18 * lines)
        ax.barh(range(len(rows)), counts, color=theme.wrong, height=0.6)
        ax.set_yticks(range(len(rows)), says)
        ax.set_xticks(range(max(counts) + 1))
        ax.set(xlabel=say("students"), title=say("Slips"))
    return ax


def _text(label: str) -> str:
    """A label as matplotlib writes it letter by letter: between two $ it would be a formula."""
    return visible(label).replace("$", r"\$")


def _grid(xs: Sequence[float], resolution: int) -> list[float]:
    """Points over the range of the numbers and a tenth more on each side."""
    low, high = min(xs), max(xs)
    margin = (high - low) / 10.0 or 1.0
    step = (high - low + 2.0 * margin) / max(resolution - 1, 1)
    return [low - margin + i * step for i in range(resolution)]


def _finite(x: float) -> float:
    """What a line can go through: matplotlib leaves a gap at nan."""
    return x if math.isfinite(x) else math.nan


@contextmanager
def _restored(*leaves: Value) -> Iterator[None]:
    """Puts the data of the leaves back at the end."""
    before = [leaf.data for leaf in leaves]
    try:
        yield
    finally:
        for leaf, data in zip(leaves, before):
            leaf.data = data
