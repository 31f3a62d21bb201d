"""A program that takes the number out of a Value unawares is told so, once, with the line."""

import math
import re
import statistics
import timeit
import warnings
from math import exp as e_to_the

import numpy as np
import pytest

from tinygrad_edu import Value, cuts, no_grad
from tinygrad_edu.cuts import GraphCutWarning


@pytest.fixture
def x():
    return Value(0.5)


def said(action):
    """The warnings of an action that is taken twice, as if nobody had been told anything yet."""
    cuts._SEEN.clear()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
        action()
    assert all(w.category is GraphCutWarning and w.filename == __file__ for w in caught)
    return caught


@pytest.mark.parametrize(
    ("cut", "says"),
    [
        (lambda x: math.tanh(x), r"math\.tanh takes the number .* has tanh\(…\) for Values"),
        (lambda x: e_to_the(x * 2), r"math\.exp takes the number .* has exp\(…\)"),
        (lambda x: math.pow(x, 2), r"has x \*\* n for Values"),
        (lambda x: math.gamma(x), r"back through it\. Where only"),
        (lambda x: math.fsum([x, x]), r"has sum\(…\)"),
        (lambda x: statistics.fmean([x, x]), r"statistics\.fmean .* has mean\(…\)"),
        (lambda x: np.float64(x), r"numpy\.float64 takes"),
        (lambda x: np.float32(x), r"numpy\.float32 takes"),
        (lambda x: list(map(math.tanh, [x])), r"math\.tanh"),
        (lambda x: sum(map(math.sin, [x])), r"math\.sin"),
        (lambda x: [math.log(v) for v in [x]], r"math\.log"),
    ],
)
def test_a_cut_is_told_once_with_its_line(x, cut, says):
    (warning,) = said(lambda: cut(x))
    assert warning.lineno == cut.__code__.co_firstlineno
    assert re.search(says, str(warning.message))


def test_a_call_over_several_lines(x):
    (warning,) = said(
        lambda: math.tanh(
            x * 3.0,
        )
    )
    assert "math.tanh" in str(warning.message)


@pytest.mark.parametrize(
    "use",
    [
        lambda x: float(x),
        lambda x: list(map(float, [x])),
        lambda x: math.tanh(float(x)),
        lambda x: math.tanh(x.data),
        lambda x: math.isfinite(x),
        lambda x: math.isclose(x, 0.5),
        lambda x: f"{x:.3f}" + "%.3f" % x,  # noqa: UP031
        lambda x: np.array([x], dtype=float),
        lambda x: np.array([x], dtype=np.float64),
        lambda x: np.array([x]).astype(float),
        lambda x: x.tanh(),
        lambda x: np.tanh([x]),
    ],
)
def test_a_number_that_is_asked_for_is_given_in_silence(x, use):
    assert said(lambda: use(x)) == []


def test_nothing_is_cut_where_nothing_is_recorded(x):
    def cut():
        with no_grad():
            math.tanh(x)

    assert said(cut) == []


def test_where_there_is_no_source_nothing_is_said(x):
    def cut():
        exec("import math; math.tanh(x)", {"x": x})

    assert said(cut) == []


def test_a_training_loop_pays_little(x):
    seconds = min(timeit.repeat(lambda: float(x), number=1000, repeat=5)) / 1000
    assert seconds < 2e-5
