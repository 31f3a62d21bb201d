"""`draw_network`: a multilayer perceptron as textbooks draw it, in columns of neurons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import graphviz  # type: ignore[import-untyped]

from ..checks import count
from ..engine import Value
from ..nn import MLP, Inputs, Layer, activation_name
from ..recording import no_grad
from ..teach.notation.labels import indexed
from .render import Drawing
from .style import edge_attributes, graph_attributes, literal, node_attributes, shown
from .theme import Theme, theme_of

_WIDEST: Final = 16  # the most neurons of a column that are all drawn
_KEPT: Final = 4  # of a wider column, at its top and at its bottom
_FEW_EDGES: Final = 80
_SHORT: Final = 7
_ROW: Final = 58.0  # points from neuron to neuron
_COLUMN: Final = 190.0


def draw_network(
    mlp: MLP | Layer,
    x: Inputs | None = None,
    *,
    color: str = "weight",
    precision: int = 3,
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
        edge_attr={"arrowhead": "none"},
    )
    heights = [(len(column) - 1) * _ROW for column in rows]
    bottom = -max(heights) / 2 - _ROW
    for c, column in enumerate(rows):
        for r, i in enumerate(column):
            position = f"{c * _COLUMN:g},{heights[c] / 2 - r * _ROW:g}!"
            if i is None:
                more = f"… {sizes[c] - len(column) + 1:,} more"
                name, text, kind = f"m{c}", more, "constant"
            else:
                name, text = f"n{c}_{i}", texts[c][i]
                kind = "neuron" if c else "source"
            size = theme.text_size if len(text) <= _SHORT else theme.text_size - 2.0  # in a circle
            digraph.node(
                name,
                literal(text),
                pos=position,
                fontsize=f"{size:g}",
                **node_attributes(kind, theme),
            )
        digraph.node(
            f"t{c}",
            literal(_caption(layers, c, sizes[c])),
            pos=f"{c * _COLUMN:g},{bottom:g}!",
            fontsize=f"{theme.text_size:g}",
            **node_attributes("constant", theme),
        )
    _draw_edges(digraph, layers, rows, color, theme)
    of = "weight" if color == "weight" else "gradient"
    digraph.graph_attr.update(
        label=literal(f"thicker: larger {of} · solid: positive · dashed: negative"), labelloc="b"
    )
    parameters = len(mlp.parameters())
    summary = f"Network {'-'.join(map(str, sizes))}, {parameters:,} parameters"
    return Drawing(digraph.source, summary, theme, engine="neato")


def _activations(layers: Sequence[Layer], x: Inputs, precision: int) -> list[list[str]]:
    """The inputs and each layer's outputs as texts."""
    texts = []
    with no_grad():
        outputs = x
        for layer in layers:
            texts.append(_numbers(outputs, precision))
            outputs = layer(outputs)
    return [*texts, _numbers(outputs, precision)]


def _numbers(values: Inputs, precision: int) -> list[str]:
    if isinstance(values, Value) or not hasattr(values, "__iter__"):
        values = [values]
    return [shown(float(v), precision) for v in values]


def _rows(size: int) -> list[int | None]:
    """The neurons of a column that are drawn, with None where others are left out."""
    if size <= _WIDEST:
        return list(range(size))
    return [*range(_KEPT), None, *range(size - _KEPT, size)]


def _caption(layers: Sequence[Layer], column: int, size: int) -> str:
    if column == 0:
        return f"{size:,} input{'' if size == 1 else 's'}"
    activation = layers[column - 1].neurons[0].activation
    return f"layer {column}\n{size:,} × {activation_name(activation)}"


def _draw_edges(
    digraph: graphviz.Digraph,
    layers: Sequence[Layer],
    rows: Sequence[Sequence[int | None]],
    color: str,
    theme: Theme,
) -> None:
    """An edge for each weight between neurons that are drawn."""
    edges = [
        (f"n{c}_{i}", f"n{c + 1}_{j}", w.data if color == "weight" else w.grad)
        for c, layer in enumerate(layers)
        for j in rows[c + 1]
        if j is not None
        for i in rows[c]
        if i is not None
        for w in [layer.neurons[j].w[i]]
    ]
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
