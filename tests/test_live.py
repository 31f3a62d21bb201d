"""The curve that `fit(live=True)` draws in a notebook while it goes on."""

import math
import re
import sys
import types
import xml.etree.ElementTree as ET

import pytest

from tinygrad_edu.history import History
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import SGD
from tinygrad_edu.training import fit
from tinygrad_edu.view import live
from tinygrad_edu.view.live import BOTTOM, LEFT, MOST_POINTS, RIGHT, TOP, Curve
from tinygrad_edu.view.theme import THEMES

SVG = "{http://www.w3.org/2000/svg}"


def points(svg, series):
    """The places that the curve goes through, as [(x, y), …] for each unbroken line."""
    path = ET.fromstring(svg).findall(f"{SVG}path[@class='line{series}']")[0]
    lines = path.get("d").replace("h0", "").split("M")[1:]
    return [[tuple(map(float, place.split())) for place in line.split("L")] for line in lines]


def texts(svg):
    return [text.text for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_loss_that_falls_by_tens_falls_in_even_steps():
    ((*line,),) = points(Curve(History([1.0, 0.1, 0.01]), epochs=3).svg(), 0)
    assert line == [(LEFT, TOP), ((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2), (RIGHT, BOTTOM)]


def test_the_marks_are_the_numbers_at_their_heights():
    shown = texts(Curve(History([1.0, 0.1, 0.01]), epochs=101).svg())
    assert shown == ["0.01", "0.1", "1", "0", "100", "epoch", "training 0.01"]
    linear = texts(Curve(History([1.0, -1.0]), epochs=2).svg())
    assert linear[:3] == ["-1", "0", "1"]


def test_the_curve_grows_to_the_right():
    ((*line,),) = points(Curve(History([3.0, 2.0]), epochs=11).svg(), 0)
    assert line[-1][0] == LEFT + (RIGHT - LEFT) / 10


def test_validation_stands_beside():
    svg = Curve(History([1.0, 0.5], validation_losses=[2.0, 1.5]), epochs=2).svg()
    assert texts(svg)[-2:] == ["training 0.5", "validation 1.5"]
    assert points(svg, 1)[0][0] == (LEFT, TOP)


@pytest.mark.parametrize("losses", [[], [1.0], [1.0, 1.0], [0.0], [math.nan], [1.0, math.inf, 2.0]])
def test_losses_at_the_edge_are_drawn(losses):
    svg = Curve(History(losses), epochs=5).svg()
    for line in points(svg, 0):
        assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in line)
    assert len(points(svg, 0)) == (
        2 if math.inf in losses else 1 if losses and losses[0] == losses[0] else 0
    )


def test_a_gap_is_shaded_and_loses_no_finite_neighbour():
    losses = [3.0, math.nan, 2.0, math.inf, math.nan, 1.0, 0.5]
    svg = Curve(History(losses), epochs=7).svg()
    step = (RIGHT - LEFT) / 6
    assert [[round(x) for x, _ in line] for line in points(svg, 0)] == [
        [round(LEFT + i * step) for i in run] for run in ([0], [2], [5, 6])
    ]
    gaps = re.findall(r'class="gap" x="([\d.]+)" y="\d+" width="([\d.]+)"', svg)
    assert [(float(x), float(w)) for x, w in gaps] == [
        (pytest.approx(LEFT + first * step - step / 2, abs=0.1), pytest.approx(n * step, abs=0.1))
        for first, n in ((1, 1), (3, 2))
    ]
    long = [math.nan if i == 777 else 1.0 for i in range(5000)]  # between the points that are drawn
    assert len(points(Curve(History(long), epochs=5000).svg(), 0)) == 2


def test_a_long_run_has_few_points_and_its_last():
    losses = [1.0 / (1 + epoch) for epoch in range(12_345)]
    ((*line,),) = points(Curve(History(losses), epochs=len(losses)).svg(), 0)
    assert len(line) <= MOST_POINTS + 2
    assert line[-1] == (RIGHT, BOTTOM)


@pytest.mark.parametrize("name", THEMES)
def test_the_colours_are_those_of_a_theme(name):
    svg = Curve(History([1.0, 0.5]), epochs=2, theme=name).svg()
    assert THEMES[name].series[0] in svg
    assert (THEMES["dark"].paper in svg) == (name in ("auto", "dark"))


# In a notebook


@pytest.fixture
def notebook(monkeypatch):
    """What a notebook is asked to show, in order, where IPython's kernel seems to run."""
    shown = []

    class Handle:
        def update(self, thing):
            shown.append(("update", thing._repr_mimebundle_()))

    def display(thing, display_id):
        assert display_id is True
        shown.append(("display", thing._repr_mimebundle_()))
        return Handle()

    fake = types.SimpleNamespace(
        get_ipython=lambda: types.SimpleNamespace(kernel=object()),
        display=types.SimpleNamespace(display=display),
    )
    monkeypatch.setitem(sys.modules, "IPython", fake)
    return shown


def run(epochs=20, **options):
    model = MLP(1, [1], seed=0)
    optimizer = SGD(model.parameters(), lr=0.1)
    X, y = [0.0, 1.0, 2.0], [1.0, 3.0, 5.0]
    return fit(
        model, X, y, loss=mse_loss, optimizer=optimizer, epochs=epochs, progress=False, **options
    )


def test_one_picture_is_drawn_anew_and_ends_with_all_losses(notebook, monkeypatch):
    monkeypatch.setattr(live, "SECONDS", 0.0)
    history = run(live=True)
    kinds = [kind for kind, _ in notebook]
    assert kinds == ["display"] + ["update"] * 20  # the last one when all is known
    last = notebook[-1][1]
    assert last["text/plain"] == repr(history)
    assert len(points(last["image/svg+xml"], 0)[0]) == 20


def test_a_quick_run_is_drawn_at_its_beginning_and_its_end(notebook, monkeypatch):
    monkeypatch.setattr(live, "SECONDS", 60.0)
    run(live=True)
    assert [kind for kind, _ in notebook] == ["display", "update"]


def test_a_run_that_ends_early_fills_the_picture(notebook):
    history = run(live=True, callback=lambda history: history.epochs == 5)
    assert history.stop_reason == "callback"
    assert points(notebook[-1][1]["image/svg+xml"], 0)[0][-1][0] == RIGHT


def test_elsewhere_and_unasked_nothing_is_drawn(notebook, monkeypatch):
    run()
    assert notebook == []
    monkeypatch.setitem(sys.modules, "IPython", None)
    assert run(live=True).epochs == 20
    assert notebook == []


def test_the_numbers_are_those_of_a_run_without(notebook):
    assert run(live=True).losses == run().losses
