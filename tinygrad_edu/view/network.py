"""`draw_network`: a multilayer perceptron as textbooks draw it, in columns of neurons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import graphviz  # type: ignore[import-untyped]

from ..checks import count
from ..engine import Value, as_value
from ..language import say
from ..nn import MLP, Inputs, Layer, activation_name
from ..recording import no_grad
from ..teach.notation.labels import indexed
from .placing import Point, places
from .render import Drawing
from .style import edge_attributes, graph_attributes, literal, node_attributes, shown, text_width
from .theme import Theme, theme_of

_WIDEST: Final = 16  # the most neurons of a column that are all drawn
_KEPT: Final = 4  # of a wider column, at its top and at its bottom
_FEW_EDGES: Final = 80
_WRITTEN: Final = 40  # the most edges at which a number can be read
_SHORT: Final = 7
_ROW: Final = 58.0  # points from neuron to neuron
_COLUMN: Final = 190.0


def draw_network(
    mlp: MLP | Layer,
    x: Inputs | None = None,
    *,
    color: str = "weight",
    precision: int = 3,
    values: bool | None = None,
    theme: Theme | str = "auto",
) -> Drawing:
    """Draw a network: a column for the inputs and for each layer, an edge for each weight.

    An edge is the thicker the larger the weight; a positive one is solid (and blue), a negative one
    dashed (and orange). Of a wide layer, the first and last neurons are drawn, and how many more
    there are is said.

    mlp        an `MLP` or a `Layer`
    x          inputs to run it on, without a graph: the activations are written in the neurons
    color      "weight", or "grad" for edges by the weights' gradients
    precision  the significant digits of numbers
    values     whether the weights, or their gradients, are written at the edges, and the biases b
               in the neurons; None for where the picture has room for them
    theme      a `Theme` or its name: "auto", "light", "dark" or "print"

    A TypeError for anything else; a ValueError for a wrong number of inputs or another `color`.
    """
    if color not in ("weight", "grad"):
        raise ValueError(f"color is 'weight' or 'grad', not {color!r}")
    if not isinstance(mlp, MLP | Layer):
        raise TypeError(f"a network is an MLP or a Layer, not {type(mlp).__name__}: {mlp!r}")
    precision = count(precision, "precision")
    theme = theme_of(theme)
    layers = [mlp] if isinstance(mlp, Layer) else mlp.layers
    sizes = [len(layers[0].neurons[0].w), *(len(layer.neurons) for layer in layers)]
    texts = [[""] * size for size in sizes] if x is None else _activations(layers, x, precision)
    if x is None:
        texts[0] = [indexed("x", i).text for i in range(1, sizes[0] + 1)]
    rows = [_rows(size) for size in sizes]
    digraph = graphviz.Digraph(
        graph_attr={
            "splines": "line",
            "outputorder": "edgesfirst",
            "inputscale": "72",
            "pad": "0.15",
            **graph_attributes(theme),
        },
        node_attr={"fontname": theme.font},
        edge_attr={
            "arrowhead": "none",
        },
    )
    heights = [(len(column) - 1) * _ROW for column in rows]
    bottom = -max(heights) / 2 - _ROW
    edges = _edges(layers, rows, color)
    if values is None:
        values = len(edges) <= _WRITTEN
    at: dict[str, Point] = {}
    for c, column in enumerate(rows):
        for r, i in enumerate(column):
            x_at, y_at = c * _COLUMN, heights[c] / 2 - r * _ROW
            if i is None:
                lines = [say("… {number} more", number=f"{sizes[c] - len(column) + 1:,}")]
                name, kind = f"m{c}", "constant"
            else:
                lines = [texts[c][i]] if texts[c][i] else []
                name, kind = f"n{c}_{i}", "neuron" if c else "source"
                bias = layers[c - 1].neurons[i].b if c and values else None
                if bias is not None:
                    lines.append(f"b {shown(_number(bias, color), precision)}")
            at[name] = x_at, y_at
            fits = not values and len("".join(lines)) <= _SHORT  # into a circle
            digraph.node(
                name,
                literal("\n".join(lines)),
                pos=f"{x_at:g},{y_at:g}!",
                fontsize=f"{theme.text_size if fits else theme.text_size - 2.0:g}",
                **node_attributes(kind, theme),
            )
        digraph.node(
            f"t{c}",
            literal(_caption(layers, c, sizes[c])),
            pos=f"{c * _COLUMN:g},{bottom:g}!",
            fontsize=f"{theme.text_size:g}",
            **node_attributes("constant", theme),
        )
    _draw_edges(digraph, edges, theme)
    if values:
        _write(digraph, edges, at, theme, precision)
    digraph.graph_attr.update(label=literal(_legend(edges, color)), labelloc="b")
    number = f"{len(mlp.parameters()):,}"
    summary = say(
        "Network {sizes}, {number} parameters", sizes="-".join(map(str, sizes)), number=number
    )
    return Drawing(digraph.source, summary, theme, engine="neato")


def _activations(layers: Sequence[Layer], x: Inputs, precision: int) -> list[list[str]]:
    """The inputs and each layer's outputs as texts."""
    texts = []
    with no_grad():
        outputs = x
        for layer in layers:
            inputs, outputs = outputs, layer(outputs)
            texts.append(_numbers(inputs, precision))
    return [*texts, _numbers(outputs, precision)]


def _numbers(values: Inputs, precision: int) -> list[str]:
    if isinstance(values, Value) or not hasattr(values, "__iter__"):
        values = [values]
    return [shown(as_value(v).data, precision) for v in values]


def _rows(size: int) -> list[int | None]:
    """The neurons of a column that are drawn, with None where others are left out."""
    if size <= _WIDEST:
        return list(range(size))
    return [*range(_KEPT), None, *range(size - _KEPT, size)]


def _caption(layers: Sequence[Layer], column: int, size: int) -> str:
    number = f"{size:,}"
    if column == 0:
        return say("1 input") if size == 1 else say("{number} inputs", number=number)
    activation = activation_name(layers[column - 1].neurons[0].activation)
    layer = say("layer {number}", number=column)
    return f"{layer}\n{number} × {activation}"


def _legend(edges: Sequence[tuple[str, str, float]], color: str) -> str:
    if color == "weight":
        return say("thicker: larger weight · solid: positive · dashed: negative")
    if not any(x for _, _, x in edges):
        return say("every gradient is 0, as before backward()")
    return say("thicker: larger gradient · solid: positive · dashed: negative")


def _number(parameter: Value, color: str) -> float:
    return parameter.data if color == "weight" else parameter.grad


def _edges(
    layers: Sequence[Layer], rows: Sequence[Sequence[int | None]], color: str
) -> list[tuple[str, str, float]]:
    """Tail, head and number of each weight between neurons that are drawn."""
    return [
        (f"n{c}_{i}", f"n{c + 1}_{j}", _number(layer.neurons[j].w[i], color))
        for c, layer in enumerate(layers)
        for j in rows[c + 1]
        if j is not None
        for i in rows[c]
        if i is not None
    ]


def _draw_edges(
    digraph: graphviz.Digraph, edges: Sequence[tuple[str, str, float]], theme: Theme
) -> None:
    thickest = theme.thick if len(edges) <= _FEW_EDGES else theme.thick / 2.0
    most = max((abs(x) for _, _, x in edges if math.isfinite(x)), default=0.0)
    for tail, head, x in edges:
        share = 1.0 if not math.isfinite(x) else abs(x) / most if most else 0.0
        digraph.edge(
            tail,
            head,
            penwidth=f"{theme.hairline + (thickest - theme.hairline) * share:.2f}",
            style="dashed" if x < 0.0 else "solid",
            **edge_attributes("negative" if x < 0.0 else "positive", theme),
        )


def _write(
    digraph: graphviz.Digraph,
    edges: Sequence[tuple[str, str, float]],
    at: Mapping[str, Point],
    theme: Theme,
    precision: int,
) -> None:
    """The numbers of edges, each where it is read as that edge's."""
    size = theme.label_size - 1.0
    texts = [shown(x, precision) for _, _, x in edges]
    lines = [(*at[tail], *at[head]) for tail, head, _ in edges]
    for i, (x, y) in enumerate(places(lines, [text_width(text, size) for text in texts])):
        digraph.node(
            f"w{i}",
            literal(texts[i]),
            pos=f"{x:.2f},{y:.2f}!",
            fontsize=f"{size:g}",
            **node_attributes("number", theme),
        )
