"""A circuit to fill in: what is blank, what is given, and the key."""

from __future__ import annotations

import html
import re

import pytest

from tinygrad_edu import Value
from tinygrad_edu.view import draw_dot


def circuit() -> Value:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = (a * b + a) * 7.0
    y.label = "y"
    return y


def texts(svg: str) -> list[str]:
    found = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return [html.unescape(text).strip() for text in found]


def test_blank_data_and_gradients_with_their_key() -> None:
    y = circuit()  # backward() has not run, and the key has the gradients all the same
    drawing = draw_dot(y, blank=["data", "grad"])
    shown = texts(drawing.svg())
    given = ["data 2", "data -3", "grad 1", "7", "y", "a", "b"]
    assert all(text in shown for text in given)
    assert shown.count("data _______") == 3  # ab, ab + a and y
    assert shown.count("grad _______") == 4
    assert drawing.key is not None
    key = texts(drawing.key.svg())
    # y = 7(ab + a): ∂y/∂a = 7(b + 1) = -14, ∂y/∂b = 7a = 14
    assert all(text in key for text in ("data -6", "data -4", "data -28", "grad -14", "grad 14"))
    assert "_" not in "".join(key)
    assert y.grad == 0.0


def test_the_width_of_edges_tells_nothing_of_what_is_blank() -> None:
    y = circuit()
    y.backward()
    widths = {
        part: set(re.findall(r"penwidth=([\d.]+)", draw_dot(y, blank=part).source))
        for part in ("data", "grad", "local")
    }
    assert widths["grad"] == widths["local"] == {"1"}
    assert len(widths["data"]) > 1


def test_blank_local_derivatives() -> None:
    shown = texts(draw_dot(circuit(), blank="local").svg())
    assert shown.count("_______") == 5
    assert "data -28" in shown


def test_what_is_hidden_is_not_there() -> None:
    drawing = draw_dot(circuit(), hide=("grad", "local"))
    assert "grad" not in "".join(texts(drawing.svg()))
    assert drawing.key is None
    assert texts(draw_dot(Value(1.0, label="x"), hide=["data", "grad"]).svg()) == ["x"]


def test_wrong_parts() -> None:
    with pytest.raises(ValueError, match=r"blank has .*not .gradient."):
        draw_dot(circuit(), blank="gradient")
    with pytest.raises(ValueError, match=r"hide has .*not 'x'"):
        draw_dot(circuit(), hide=["data", "x"])
    with pytest.raises(ValueError, match="tell what blank"):
        draw_dot(circuit(), blank="grad", highlight="a")
