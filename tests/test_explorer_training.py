"""Training in the explorer's page: the same weights as `fit`, and every epoch to go back to."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from explorer_page import gradients, press, tanh_graph

from tinygrad_edu import Value
from tinygrad_edu.engine import leaves_of
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import SGD
from tinygrad_edu.training import fit
from tinygrad_edu.view import Recording
from tinygrad_edu.view.explorer.explore import Explorer, explore
from tinygrad_edu.view.explorer.recording import MOST

X, Y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
WEIGHTS = """() => { const { training, graph } = document.querySelector("tinygrad-explorer");
  return training.parameters.map((input) => graph.read(input)); }"""


def network() -> MLP:
    random.seed(3)
    return MLP(2, [3, 1], activation="tanh")


def loss_of(model: MLP) -> Value:
    return mse_loss([model(x) for x in X], Y)


def in_order_of(model: MLP, root: Value) -> list[float]:
    """The model's parameters in the order in which the page has them."""
    own = set(model.parameters())
    return [v.data for v in leaves_of(root) if v in own]


def test_after_k_epochs_the_weights_are_fits(visit: Callable[..., Any]) -> None:
    model = network()
    root = loss_of(model)
    page = visit(explore(root, model=model))
    page.locator("#rate").fill("0.3")
    for _ in range(3):
        page.click("#update")
    assert page.locator("#epochs").text_content().startswith("epoch 3 of 3, loss ")
    page.evaluate(
        """() => { const { training } = document.querySelector("tinygrad-explorer");
             for (let k = 0; k < 57; k++) training.step(); }"""
    )
    optimizer = SGD(model.parameters(), lr=0.3)
    history = fit(model, X, Y, loss=mse_loss, optimizer=optimizer, epochs=60, progress=False)
    found = page.evaluate(WEIGHTS)
    assert found == pytest.approx(in_order_of(model, root), rel=1e-9, abs=1e-12)
    losses = page.evaluate("document.querySelector('tinygrad-explorer').training.values")
    assert losses[:-1] == pytest.approx(history.losses, rel=1e-9)


def test_the_epochs_are_scrubbed_back_and_forth_exactly(visit: Callable[..., Any]) -> None:
    model = network()
    page = visit(explore(loss_of(model), model=model))
    page.click("#last")

    def seen() -> tuple[str, str, list[float]]:
        parts = [page.locator(part).text_content() for part in ("#picture svg", "#now")]
        return parts[0], parts[1], page.evaluate(WEIGHTS)

    states = [seen()]
    for _ in range(4):
        page.click("#update")
        states.append(seen())
    assert len({state[0] for state in states}) == 5
    for k in (2, 0, 4, 1, 3):
        page.locator("#epoch").fill(str(k))
        assert seen() == states[k]
    page.click("#update")  # from the middle another run begins
    assert page.locator("#epochs").text_content().startswith("epoch 4 of 4")
    assert seen() == states[4]
    assert page.locator("#reset").is_enabled()
    page.click("#reset")
    assert seen() == states[0]
    assert page.locator("#epochs").text_content().startswith("epoch 0 of 0")


def test_run_and_stop(visit: Callable[..., Any]) -> None:
    model = network()
    page = visit(explore(loss_of(model), model=model))
    page.click("#run")
    assert page.locator("#run").text_content() == "Stop"
    page.wait_for_timeout(300)
    page.click("#run")
    at = page.locator("#epochs").text_content()
    assert not at.startswith("epoch 0 of")
    page.wait_for_timeout(100)
    assert page.locator("#epochs").text_content() == at
    assert page.locator("#losses svg path").count() == 1


def test_a_rate_that_is_too_large_ends_in_a_gap_and_is_explained(visit: Callable[..., Any]) -> None:
    page = visit(explore(tanh_graph()[2]))
    assert page.locator("#training").is_hidden()  # no parameter is in it
    random.seed(1)
    model = MLP(1, [1])
    page = visit(explore((model([3.0]) - 1.0) ** 2.0, model=model))
    page.locator("#rate").fill("1e200")
    for _ in range(3):
        page.click("#update")
    assert page.locator("#losses .gap").count() >= 1
    assert "the first" in page.locator("#fault").text_content()
    page.locator("#epoch").fill("0")
    assert page.locator("#fault").is_hidden()
    page.locator("#rate").fill("fast")
    page.click("#update")
    assert page.locator("#rate").get_attribute("aria-invalid") == "true"
    assert page.locator("#epochs").text_content().startswith("epoch 0")


def recorded(epochs: int) -> tuple[Explorer, Recording]:
    model = network()
    recording = Recording(model)
    optimizer = SGD(model.parameters(), lr=0.2, momentum=0.9)  # what the page cannot do
    fit(
        model, X, Y, loss=mse_loss, optimizer=optimizer, epochs=epochs, progress=False,
        callback=recording,
    )  # fmt: skip
    return explore(loss_of(model), model=model, recording=recording), recording


def test_a_recorded_run_is_gone_through(visit: Callable[..., Any]) -> None:
    shown, recording = recorded(12)
    page = visit(shown)
    assert page.locator("#update").is_hidden()
    assert page.locator("#epochs").text_content().startswith("epoch 12 of 12")
    for k in (0, 7, 12):
        page.locator("#epoch").fill(str(k))
        found = page.evaluate(WEIGHTS)
        assert found == recording.weights[k]
        root = page.evaluate("document.querySelector('tinygrad-explorer').graph.root.data")
        if k < 12:
            assert root == pytest.approx(recording.losses[k], rel=1e-9)


def test_a_long_recording_is_thinned(visit: Callable[..., Any]) -> None:
    _, recording = recorded(3)
    recording.weights = [recording.weights[0]] * 1001
    epochs = recording.epochs()
    assert (len(epochs), epochs[0], epochs[-1]) == (MOST, 0, 1000)


def test_a_recording_of_something_else_is_refused() -> None:
    recording = Recording(network())
    with pytest.raises(ValueError, match="no parameter of this recording is in this graph"):
        explore(tanh_graph()[2], recording=recording)
    with pytest.raises(TypeError, match="a parameter is a Value, not float"):
        Recording([1.0])  # type: ignore[list-item]


def test_gradients_of_an_epoch_are_shown(visit: Callable[..., Any]) -> None:
    model = network()
    root = loss_of(model)
    page = visit(explore(root, model=model))
    page.locator("h1").click()
    press(page, "End")
    page.click("#update")
    optimizer = SGD(model.parameters(), lr=0.1)
    fit(model, X, Y, loss=mse_loss, optimizer=optimizer, epochs=1, progress=False)
    optimizer.zero_grad()
    after = loss_of(model)
    after.backward()
    shown = gradients(page)
    assert shown["b⁽²⁾₁"] == pytest.approx(model.layers[1].neurons[0].b.grad, rel=1e-5)
