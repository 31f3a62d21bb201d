"""Plots with matplotlib (the extra ``plots``): of losses, decisions, activations and gradients.

Each function draws on `ax`, or on axes of a new figure, and returns the Axes. None of them shows a
figure, chooses a backend or changes matplotlib's settings: ``ax.figure.savefig("loss.png")``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ..checks import count
from ..engine import Value
from ..nn import MLP, Module
from ..ops import OPS
from ..recording import no_grad
from ..training import History
from .style import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE: Final = "#0072b2"
_ORANGE: Final = "#d55e00"
_COLORS: Final = (_BLUE, "#e69f00", "#009e73", _ORANGE, "#cc79a7", "#56b4e9")
_MARKERS: Final = ("o", "s", "^", "D", "v", "P")


def loss_curve(
    history: History | Sequence[float], *, log: bool = True, ax: Axes | None = None
) -> Axes:
    """The loss of each epoch, of a `History` or a list of losses.

    log  a logarithmic axis, where all losses are positive
    """
    losses = history.losses if isinstance(history, History) else [float(x) for x in history]
    if not losses:
        raise ValueError("there is no loss to plot")
    ax = _axes(ax)
    ax.plot(range(len(losses)), losses, color=_BLUE, marker="o" if len(losses) == 1 else "")
    if log and min(losses) > 0.0:
        ax.set_yscale("log")
    ax.set(xlabel="epoch", ylabel="loss", title="Loss")
    return ax


def decision_boundary(
    model: Callable[[list[float]], Any],
    X: Sequence[Sequence[float]],
    y: Sequence[Any],
    *,
    threshold: float = 0.0,
    resolution: int = 60,
    ax: Axes | None = None,
) -> Axes:
    """Where a classifier of two inputs decides for which class, and the samples.

    model       called with two numbers; one output means the second class above `threshold`,
                several mean the class of the largest
    X, y        samples of two numbers and their classes
    threshold   0 for a margin or a logit, 0.5 for a probability
    resolution  points along each axis; no graph is built for them

    A ValueError for samples that are not two numbers each, or not as many as classes.
    """
    resolution = count(resolution, "resolution")
    points = [[float(v) for v in x] for x in X]
    labels = [float(v) for v in y]
    if not points or len(points) != len(labels):
        raise ValueError(f"{len(points)} samples and {len(labels)} classes do not fit together")
    if any(len(p) != 2 for p in points):
        raise ValueError("a decision boundary is drawn for samples of two numbers each")
    horizontal = _grid([p[0] for p in points], resolution)
    vertical = _grid([p[1] for p in points], resolution)
    with no_grad():
        decided = [[_class(model([a, b]), threshold) for a in horizontal] for b in vertical]
    ax = _axes(ax)
    classes = sorted(set(labels))
    most = max(len(classes) - 1, *(max(row) for row in decided))
    ax.contourf(
        horizontal,
        vertical,
        decided,
        levels=[k - 0.5 for k in range(most + 2)],
        colors=[_COLORS[k % len(_COLORS)] for k in range(most + 1)],
        alpha=0.25,
    )
    for k, label in enumerate(classes):
        these = [p for p, v in zip(points, labels) if v == label]
        ax.scatter(
            [p[0] for p in these],
            [p[1] for p in these],
            color=_COLORS[k % len(_COLORS)],
            marker=_MARKERS[k % len(_MARKERS)],
            edgecolor="black",
            linewidth=0.5,
            label=f"class {label:g}",
        )
    ax.legend()
    ax.set(xlabel="x₁", ylabel="x₂", title="Decision boundary")
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
) -> Axes:
    """Contours of a loss over two parameters, with the path of a descent.

    loss        called without arguments; it computes the loss from the parameters as they are
    a, b        the two leaves to vary; they are put back, whatever happens
    path        the (a, b) after each step
    span        how far the plot goes to each side of where a and b are now, if not further for
                the path
    resolution  points along each axis; no graph is built for them
    """
    resolution = count(resolution, "resolution")
    if a.op or b.op or a is b:
        raise ValueError("a loss surface is drawn over two different leaves")
    here = (a.data, b.data)
    steps = [(float(p), float(q)) for p, q in path]
    horizontal = _grid([here[0] - span, here[0] + span, *(p for p, _ in steps)], resolution)
    vertical = _grid([here[1] - span, here[1] + span, *(q for _, q in steps)], resolution)
    surface = []
    with _restored(a, b), no_grad():
        for b.data in vertical:
            row = []
            for a.data in horizontal:
                row.append(float(loss()))
            surface.append(row)
    ax = _axes(ax)
    contours = ax.contourf(horizontal, vertical, surface, levels=24, cmap="cividis")
    ax.figure.colorbar(contours, ax=ax, label="loss")
    if steps:
        ax.plot(
            [p for p, _ in steps],
            [q for _, q in steps],
            color="white",
            marker="o",
            markersize=3,
            markeredgecolor="black",
            label="descent",
        )
    ax.plot(*here, color=_ORANGE, marker="*", markersize=13, markeredgecolor="white", label="now")
    ax.legend()
    ax.set(xlabel=_text(a.label) or "a", ylabel=_text(b.label) or "b", title="Loss surface")
    return ax


def activation(name: str, *, low: float = -4.0, high: float = 4.0, ax: Axes | None = None) -> Axes:
    """A function of the engine by its name, such as "tanh", and its derivative."""
    names = [op for op, known in OPS.items() if known.arity == 1 or op in ("leaky_relu", "elu")]
    if name not in names:
        raise ValueError(f"activation is one of {', '.join(names)}, not {name!r}")
    if not low < high:
        raise ValueError(f"low is below high, not {low!r} and {high!r}")
    xs = [low + (high - low) * i / 400 for i in range(401)]
    nodes = [OPS[name].function(Value(x)) for x in xs]
    ax = _axes(ax)
    ax.axhline(0.0, color="grey", linewidth=0.5)
    ax.plot(xs, [_finite(y.data) for y in nodes], color=_BLUE, label=name)
    slopes = [_finite(y.local_grads[0]) for y in nodes]
    ax.plot(xs, slopes, color=_ORANGE, linestyle="--", label="derivative")
    ax.legend()
    ax.set(xlabel="x", title=name)
    return ax


def gradient_histogram(model: Module, *, bins: int = 30, ax: Axes | None = None) -> Axes:
    """How the gradients of each layer's parameters are distributed, after ``backward()``.

    Narrower from layer to layer towards the input: the gradient vanishes.
    """
    bins = count(bins, "bins")
    parts: dict[str, Module] = {type(model).__name__: model}
    if isinstance(model, MLP):
        parts = {f"layer {i}": layer for i, layer in enumerate(model.layers, 1)}
    layers = {name: [p.grad for p in part.parameters()] for name, part in parts.items()}
    every = [g for gradients in layers.values() for g in gradients]
    if not every:
        raise ValueError(f"{model!r} has no parameters")
    if not all(map(math.isfinite, every)):
        raise ValueError("a gradient is nan or inf, which no histogram can hold")
    ax = _axes(ax)
    for i, (name, gradients) in enumerate(layers.items()):
        ax.hist(
            gradients,
            bins=bins,
            range=(min(every), max(every)),
            histtype="step",
            color=_COLORS[i % len(_COLORS)],
            linestyle=("-", "--", ":", "-.")[i % 4],
            linewidth=1.6,
            label=f"{name} ({len(gradients)})",
        )
    ax.legend()
    ax.set(xlabel="gradient", ylabel="parameters", title="Gradients by layer")
    return ax


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("plots need matplotlib: pip install matplotlib") from None
    return pyplot.subplots(layout="constrained")[1]


def _text(label: str) -> str:
    """A label as matplotlib writes it letter by letter: between two $ it would be a formula."""
    return visible(label).replace("$", r"\$")


def _grid(xs: Sequence[float], resolution: int) -> list[float]:
    """Points over the range of the numbers and a tenth more on each side."""
    low, high = min(xs), max(xs)
    margin = (high - low) / 10.0 or 1.0
    step = (high - low + 2.0 * margin) / max(resolution - 1, 1)
    return [low - margin + i * step for i in range(resolution)]


def _class(output: Any, threshold: float) -> int:
    if isinstance(output, list | tuple) and len(output) > 1:
        scores = [float(v) for v in output]
        return scores.index(max(scores))
    return int(float(output) > threshold)


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
