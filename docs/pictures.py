"""Makes the pictures of the README, in the folder `pictures` beside this file.

    python docs/pictures.py

The plots need the extra ``plots``; the graphs and networks need nothing.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from tinygrad_edu import Value, mean
from tinygrad_edu.language import using_language
from tinygrad_edu.nn import MLP
from tinygrad_edu.view import draw_dot, draw_network, plots

FOLDER = Path(__file__).parent / "pictures"


def graph() -> None:
    """The neuron of the README's first lines, by those very lines, and the same in Chinese."""
    text = (FOLDER.parent.parent / "README.md").read_text(encoding="utf-8")
    snippet = text.split("```python\n", 1)[1].split("```", 1)[0]
    before, drawing = snippet.rsplit("draw_dot(", 1)
    variables: dict[str, object] = {}
    exec(f"{before}picture = draw_dot({drawing}", variables)
    variables["picture"].save(FOLDER / "neuron.svg")  # type: ignore[attr-defined]
    with using_language("zh"):
        exec(f"picture = draw_dot({drawing}", variables)
        variables["picture"].save(FOLDER / "neuron.zh_CN.svg")  # type: ignore[attr-defined]


def highlight() -> None:
    """Two paths from one value to the root."""
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + a
    y.label = "y"
    y.backward()
    draw_dot(y, highlight=a).save(FOLDER / "paths.svg")


def network() -> None:
    """A 2-16-16-1 network on one point folded, and a smaller one as textbooks draw it."""
    model = MLP(2, [16, 16, 1], activation="tanh", init="xavier", seed=1)
    loss = (1.0 - model([Value(1.0, label="x₁"), Value(-2.0, label="x₂")])) ** 2
    loss.label = "L"
    loss.backward()
    draw_dot(loss, fold="layer").save(FOLDER / "folded.svg")
    small = MLP(2, [4, 3, 1], activation="tanh", seed=1)
    draw_network(small, [1.0, -2.0]).save(FOLDER / "network.svg")


def training() -> None:
    """A decision boundary, the loss on the way to it, and an activation function."""
    rng = Random(1)
    X = [[rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)] for _ in range(60)]
    y = [1.0 if a * b > 0.0 else -1.0 for a, b in X]
    model, losses = MLP(2, [8, 1], activation="tanh", seed=1), []
    for _ in range(150):
        loss = mean((model(point) - target) ** 2 for point, target in zip(X, y))
        losses.append(loss.data)
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.2 * p.grad
    figure = Figure(figsize=(12, 3.6), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    left, middle, right = figure.subplots(1, 3)
    plots.decision_boundary(model, X, y, ax=left)
    plots.loss_curve(losses, ax=middle)
    plots.activation("tanh", ax=right)
    figure.savefig(FOLDER / "training.png", metadata={"Software": None})


if __name__ == "__main__":
    for picture in (graph, highlight, network, training):
        picture()
