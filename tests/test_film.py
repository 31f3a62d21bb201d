"""Films: the backward pass contribution by contribution, a training run epoch by epoch."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest

from tinygrad_edu import Value
from tinygrad_edu.history import History
from tinygrad_edu.nn import MLP
from tinygrad_edu.view import TrainingFilm, animate_backward, backward

image = pytest.importorskip("PIL.Image", reason="a GIF is written by pillow")
pytest.importorskip("resvg_py", reason="its frames are painted by resvg-py")


def graph() -> tuple[Value, Value, Value]:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = a * b + a
    y.label = "y"
    return a, b, y


def gradients(svg: str) -> list[str]:
    return sorted(re.findall(r">grad ([^<]*)<", svg))


def test_each_frame_adds_one_contribution(frames: list[str]) -> None:
    a, _, y = graph()
    film = animate_backward(y)
    assert len(film.frames) == len(frames) == 5
    # y = ab + a: into ab 1, into a 1, then into a 1 · b = -3 and into b 1 · a = 2
    assert [gradients(svg) for svg in frames] == [
        ["0", "0", "0", "1"],
        ["0", "0", "1", "1"],
        ["0", "1", "1", "1"],
        ["-2", "0", "1", "1"],
        ["-2", "1", "1", "2"],
    ]
    captions = [re.findall(r">(∂[^<]*)<", svg)[-1] for svg in frames]
    assert captions == [
        "∂y/∂y = 1",
        "∂y/∂v₁ = 1 · 1 = 1",
        "∂y/∂a so far = 1 · 1 = 1",
        "∂y/∂a = 1 + 1 · (-3) = -2",
        "∂y/∂b = 1 · 2 = 2",
    ]
    lit = [svg.count('stroke="#c44500"') for svg in frames]
    assert lit == [0, 5, 5, 5, 5]  # two edges with their heads, and a box
    assert a.grad == 0.0


def test_both_edges_of_a_square_are_lit_in_turn(frames: list[str]) -> None:
    x = Value(3.0, label="x")
    animate_backward(x * x)
    assert [gradients(svg) for svg in frames] == [["0", "1"], ["1", "3"], ["1", "6"]]
    lit = [
        re.findall(r'<path[^>]*stroke="#c44500"[^>]*d="([^"]*)"', svg)
        or re.findall(r'<path[^>]* d="([^"]*)"[^>]*stroke="#c44500"', svg)
        for svg in frames
    ]
    assert len(set(map(tuple, lit))) == 3


def test_a_wide_graph_is_lit_in_its_rows(frames: list[str]) -> None:
    x = Value(0.5, label="x")
    y = x
    for _ in range(8):
        y = y.sin() * x
    film = animate_backward(y)
    assert all(svg.count('stroke="#c44500"') >= 5 for svg in frames[1:])
    assert len(film.frames) == 25


def test_what_cannot_be_a_film(monkeypatch: pytest.MonkeyPatch) -> None:
    y = Value(1.0, label="x")
    for _ in range(backward.LONGEST):
        y = y.sin()
    with pytest.raises(ValueError, match="120 contributions, and a film shows at most 119"):
        animate_backward(y)
    a, _, y = graph()
    with pytest.raises(ValueError, match="some seconds, not 0"):
        animate_backward(y, seconds=0)
    a.data = 5.0
    with pytest.raises(ValueError, match="changed"):
        animate_backward(y)


def test_a_gif_is_saved_and_shown(tmp_path: Path) -> None:
    film = animate_backward(graph()[2], seconds=0.5)
    film.save(tmp_path / "backward.gif")
    with image.open(tmp_path / "backward.gif") as gif:
        assert (gif.n_frames, gif.info["duration"], gif.info["loop"]) == (5, 500, 0)
        gif.seek(4)
        assert gif.info["duration"] == 1500
        colors = {color for _, color in gif.convert("RGB").getcolors(100_000)}
    assert (0xC4, 0x45, 0x00) in colors
    assert set(film._repr_mimebundle_()) == {"image/gif", "text/plain"}
    assert repr(film) == "Backward pass of y: 5 frames (.save('picture.gif') keeps it)"
    with pytest.raises(ValueError, match=r"saved as \.gif"):
        film.save(tmp_path / "backward.mp4")


def test_a_training_run() -> None:
    pytest.importorskip("matplotlib", reason="its frames are drawn with matplotlib")
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    film = TrainingFilm(model, [[0, 0], [1, 1]], [-1, 1], every=2, resolution=4)
    assert film._repr_mimebundle_() == {"text/plain": repr(film)}
    with pytest.raises(ValueError, match="no frame yet"):
        film.gif()
    history = History()
    for loss in (3.0, 2.0, 1.0):
        history.losses.append(loss)
        film(history)
    sizes = [image.open(io.BytesIO(frame)).size for frame in film.frames]
    assert sizes == [(720, 320)] * 2


def test_it_is_a_callback_of_fit() -> None:
    pytest.importorskip("matplotlib", reason="its frames are drawn with matplotlib")
    from tinygrad_edu.losses import mse_loss
    from tinygrad_edu.optim import SGD
    from tinygrad_edu.training import fit

    model: Any = MLP(2, [1], seed=0)
    film = TrainingFilm(model, [[0, 0], [1, 1]], [-1, 1], resolution=3)
    optimizer = SGD(model.parameters(), lr=0.1)
    X, y = [[0.0, 0.0], [1.0, 1.0]], [-1.0, 1.0]
    fit(model, X, y, loss=mse_loss, optimizer=optimizer, epochs=2, callback=film, progress=False)
    assert len(film.frames) == 2
