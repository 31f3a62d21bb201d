"""The plots return their Axes, draw what they were given and change nothing else."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from tinygrad_edu import Value
from tinygrad_edu.language import say, using_language
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach import grade
from tinygrad_edu.training import History
from tinygrad_edu.view import dressing, plots

matplotlib = pytest.importorskip("matplotlib", reason="the plots are drawn with matplotlib")


@pytest.fixture
def ax() -> Iterator[Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    before = dict(matplotlib.rcParams)
    yield figure.subplots()
    assert dict(matplotlib.rcParams) == before
    FigureCanvasAgg(figure).draw()


def test_loss_curve(ax: Any) -> None:
    assert plots.loss_curve(History(losses=[3.0, 1.0, 0.5]), ax=ax) is ax
    assert list(ax.lines[0].get_ydata()) == [3.0, 1.0, 0.5]
    assert ax.get_yscale() == "log"
    plots.loss_curve([2.0, 0.0], ax=ax)
    with pytest.raises(ValueError, match="no loss"):
        plots.loss_curve([], ax=ax)


def test_decision_boundary_builds_no_graph(ax: Any) -> None:
    made = []

    def model(x: list[float]) -> Value:
        y = Value(1.0) * x[0] - 0.5
        made.append(y)
        return y

    assert plots.decision_boundary(model, [[0, 0], [1, 1]], [-1, 1], resolution=5, ax=ax) is ax
    assert len(made) == 25
    assert not any(y.op for y in made)
    assert len(ax.images) == 1
    assert len(ax.collections) == 3  # the line and two classes of points


def test_a_pixel_of_the_boundary_lies_about_its_point(ax: Any) -> None:
    points: list[list[float]] = []

    def model(x: list[float]) -> float:
        points.append(x)
        return x[0]

    plots.decision_boundary(model, [[0, 0], [1, 1]], [-1, 1], resolution=5, ax=ax)
    columns, rows = ([*{x[i]: None for x in points}] for i in (0, 1))
    half, high = (columns[1] - columns[0]) / 2, (rows[1] - rows[0]) / 2
    sides = (columns[0] - half, columns[-1] + half, rows[0] - high, rows[-1] + high)
    assert tuple(ax.images[0].get_extent()) == pytest.approx(sides)


def test_decision_boundary_of_three_classes(ax: Any) -> None:
    X, y = [[0, 0], [1, 1], [0, 1]], ["2", "0", "1"]
    plots.decision_boundary(lambda x: [x[0], x[1], 0.5], X, y, resolution=4, ax=ax)
    assert len(ax.collections) == 6  # lines round three areas, and three classes of points
    with pytest.raises(ValueError, match="two numbers each"):
        plots.decision_boundary(lambda x: 1.0, [[1, 2, 3]], [1], ax=ax)
    with pytest.raises(ValueError, match="3 samples and 1 classes"):
        plots.decision_boundary(lambda x: 1.0, X, [1], ax=ax)


def test_a_boundary_shows_confidence(ax: Any) -> None:
    plots.decision_boundary(lambda x: x[0], [[-1, 0], [1, 0]], [0, 1], resolution=11, ax=ax)
    pixels = ax.images[0].get_array()
    strengths = [float(a) for a in pixels[0, :, 3]]
    # x from -1.2 to 1.2: the clearest at both ends, the least where the class changes
    assert strengths == pytest.approx([0.1 + 0.45 * abs(i - 5) / 5 for i in range(11)])
    assert list(pixels[0, 0, :3]) != pytest.approx(list(pixels[0, -1, :3]))

    def nan_on_the_left(x: list[float]) -> float:
        return float("nan") if x[0] < 0.0 else 1.0

    plots.decision_boundary(nan_on_the_left, [[-1, 0], [1, 0]], [0, 1], resolution=10, ax=ax)
    assert list(ax.images[1].get_array()[0, :, 3]) == pytest.approx([0.0] * 5 + [0.55] * 5)


def test_losses_that_are_not_finite_leave_a_gap_and_lose_no_neighbour(ax: Any) -> None:
    nan, inf = float("nan"), float("inf")
    history = History(
        losses=[3.0, nan, 2.0, inf, nan, 1.0, 0.5], validation_losses=[2.0, 1.5, nan, 1.0]
    )
    plots.loss_curve(history, ax=ax)
    training, alone, validation, alone_too = ax.lines
    shown = {x: y for x, y in zip(*training.get_data()) if y == y}
    assert shown == {0: 3.0, 2: 2.0, 5: 1.0, 6: 0.5}
    assert list(zip(*alone.get_data())) == [(0, 3.0), (2, 2.0)]  # a line has two ends
    assert list(zip(*alone_too.get_data())) == [(4, 1.0)]
    assert list(validation.get_xdata()) == [1, 2, 3, 4]
    gaps = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches]
    assert gaps == [(0.5, 1.5), (2.5, 4.5)]
    assert "nan or inf" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert ax.get_yscale() == "log"


def test_loss_surface_puts_the_parameters_back(ax: Any) -> None:
    a, b = Value(3.0, label="w$₁"), Value(-1.0, label="b")
    path = [(0.0, 0.0), (1.5, -0.5)]
    got = plots.loss_surface(lambda: a * a + b * b, a, b, path=path, resolution=5, ax=ax)
    assert got is ax
    assert (a.data, b.data) == (3.0, -1.0)
    assert [list(map(float, p)) for p in zip(*ax.lines[0].get_data())] == [[0.0, 0.0], [1.5, -0.5]]

    def fail() -> Value:
        raise KeyError("planted")

    with pytest.raises(KeyError, match="planted"):
        plots.loss_surface(fail, a, b, ax=ax)
    assert (a.data, b.data) == (3.0, -1.0)
    with pytest.raises(ValueError, match="two different leaves"):
        plots.loss_surface(lambda: a, a, a, ax=ax)


def test_activation(ax: Any) -> None:
    assert plots.activation("relu", low=-1.0, high=1.0, ax=ax) is ax
    _, values, slopes = ax.lines
    assert (values.get_ydata()[0], values.get_ydata()[-1]) == (0.0, 1.0)
    assert (slopes.get_ydata()[0], slopes.get_ydata()[-1]) == (0.0, 1.0)
    ax.clear()
    plots.activation("elu", low=0.5, high=2.5, ax=ax)
    _, values, slopes = ax.lines
    assert list(values.get_ydata()) == list(values.get_xdata())
    assert set(slopes.get_ydata()) == {1.0}
    plots.activation("log", ax=ax)
    with pytest.raises(ValueError, match="activation is one of"):
        plots.activation("softmax", ax=ax)
    with pytest.raises(ValueError, match="low is below high"):
        plots.activation("tanh", low=1.0, high=1.0, ax=ax)


def test_gradient_histogram(ax: Any) -> None:
    model = MLP(2, [3, 1], seed=0)
    model([1.0, 2.0]).backward()
    assert plots.gradient_histogram(model, ax=ax) is ax
    shown = [text.get_text() for text in ax.get_legend().get_texts()]
    assert shown == ["layer 1 (9, 6 of them 0)", "layer 2 (4, 2 of them 0)"]
    assert ax.get_xscale() == "log"
    plots.gradient_histogram(model.layers[0], ax=ax)
    model.parameters()[0].grad = float("nan")
    with pytest.raises(ValueError, match="nan or inf"):
        plots.gradient_histogram(model, ax=ax)


def test_layers_of_very_different_gradients_can_all_be_read(ax: Any) -> None:
    model = MLP(2, [8, 8, 1], seed=0)
    for layer, scale in zip(model.layers, (1e-9, 1e-4, 1.0)):
        for i, p in enumerate(layer.parameters()):
            p.grad = scale * (-1) ** i * (1 + i / 100)
    model.layers[2].parameters()[0].grad = 0.0
    plots.gradient_histogram(model, ax=ax)
    heights = [max(patch.get_path().vertices[:, 1]) for patch in ax.patches]
    assert all(height > 0.5 for height in heights)  # shares of the layer, each in a bin or two
    assert ax.get_xlim()[0] < 1e-9 < 1.0 < ax.get_xlim()[1]
    assert ax.get_legend().get_texts()[2].get_text() == "layer 3 (9, 1 of them 0)"
    model.zero_grad()
    plots.gradient_histogram(model, ax=ax)


def test_without_axes_it_makes_its_own() -> None:
    from matplotlib import pyplot

    pyplot.switch_backend("Agg")
    ax = plots.loss_curve([1.0])
    assert ax.figure is pyplot.gcf()
    pyplot.close(ax.figure)


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        plots.loss_curve([1.0])


def test_slips_of_a_class(ax: Any) -> None:
    w, x = Value(3.0, "w$"), Value(5.0, "x")
    root = (w * x) ** 2
    papers = {"Ada": {"w$": 30}, "Ben": {"w$": 30}, "Cleo": {"w$": -150}}
    assert plots.slips(grade(root, papers), ax=ax) is ax
    assert [bar.get_width() for bar in ax.patches] == [1.0, 2.0]
    labels = [text.get_text().replace("\n", " ") for text in ax.get_yticklabels()]
    assert "is left out" in labels[1]
    assert "the sign is wrong" in labels[0]
    with pytest.raises(ValueError, match="nobody made a slip"):
        plots.slips(grade(root, {"Ada": {"w$": 150}}))


def test_what_is_in_chinese_is_drawn_in_a_font_that_has_it(ax: Any) -> None:
    from matplotlib import font_manager

    if not set(dressing._CHINESE) & set(font_manager.get_font_names()):
        pytest.skip("no font with Chinese is installed")
    w, x = Value(3.0, "w"), Value(5.0, "x")
    with using_language("zh"):
        plots.slips(grade((w * x) ** 2, {"Ada": {"w": 30}, "Ben": {"w": -150}}), ax=ax)
    assert (ax.get_title(), ax.get_xlabel()) == ("错误", "学生")
    assert "符号错了" in ax.get_yticklabels()[0].get_text()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of a sign that its font has not
        ax.figure.canvas.draw()


def test_a_font_with_chinese_is_for_chinese_alone(ax: Any) -> None:
    own = ax.title.get_fontfamily()
    plots.loss_curve([2.0, 1.0], ax=ax)
    assert ax.title.get_fontfamily() == own


def draw_everything(figure: Any) -> None:
    model = MLP(2, [3, 1], seed=0)
    X = [[0.0, 1.0], [1.0, 0.0]]
    (model(X[0]) ** 2).backward()
    a, b = Value(1.0, "a"), Value(2.0, "b")
    axes = figure.subplots(1, 5)
    history = History(losses=[3.0, float("nan"), 0.5], validation_losses=[2.0, 1.0, 0.6])
    plots.loss_curve(history, ax=axes[0])
    plots.decision_boundary(model, X, [0, 1], ax=axes[1], resolution=4)
    path = [(1.0, 2.0), (0.5, 1.0)]
    plots.loss_surface(lambda: a * a + b, a, b, path=path, ax=axes[2], resolution=4)
    plots.activation("tanh", ax=axes[3])
    plots.gradient_histogram(model, ax=axes[4])


def test_plots_are_in_the_chosen_language(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    monkeypatch.setattr(dressing, "_fonts", lambda: ["DejaVu Sans"])
    figure = Figure()
    with using_language("zh"):
        draw_everything(figure)
    said = " ".join(text.get_text() for text in figure.findobj(Text))
    assert set(re.findall("[A-Za-z]{2,}", said)) <= {"nan", "inf", "tanh", "mathdefault"}
    assert "损失曲面" in said
    labelled = [t for t in figure.findobj(Text) if "损失" in t.get_text()]
    assert labelled
    assert all("DejaVu Sans" in text.get_fontfamily() for text in labelled)  # a colour bar's too


def test_without_a_font_with_chinese_plots_are_in_english_and_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from matplotlib.figure import Figure

    monkeypatch.setattr(dressing, "_fonts", list)
    figure = Figure()
    with using_language("zh"), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for axes in figure.subplots(1, 3):
            plots.activation("tanh", ax=axes)
        assert say("derivative") == "导数"
    assert [axes.get_legend_handles_labels()[1] for axes in figure.axes] == [
        ["tanh", "derivative"]
    ] * 3
    (warning,) = caught
    assert "no font with Chinese characters" in str(warning.message)
    assert warning.filename == __file__
