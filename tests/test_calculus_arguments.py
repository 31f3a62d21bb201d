"""Derivatives by lists and arrays, what NumPy takes of them, and the example beside JAX."""

import importlib
import math
import types
from pathlib import Path

import numpy as np
import pytest

from tinygrad_edu import Value
from tinygrad_edu.calculus import grad, hessian, hvp, jacobian, value_and_grad

EXAMPLES = Path(__file__).parent.parent / "examples"


def f(w):
    return w[0] ** 2 * w[1] + w[1].exp()


GRADIENT = [2.0 * 3.0 * 0.5, 9.0 + math.exp(0.5)]
HESSIAN = [[2.0 * 0.5, 2.0 * 3.0], [2.0 * 3.0, math.exp(0.5)]]


def numbers(x):
    return [numbers(part) for part in x] if isinstance(x, list | tuple) else float(x)


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_gives_a_list_of_values(kind):
    found = grad(f)(kind([3.0, 0.5]))
    assert all(type(x) is Value for x in found)
    assert numbers(found) == pytest.approx(GRADIENT, rel=1e-15)


def test_numpy_takes_it_as_numbers():
    found = grad(f)([3.0, 0.5])
    assert np.asarray(found).dtype == np.float64
    assert np.array(found, dtype=np.float32).dtype == np.float32
    assert (0.1 * np.array(found)).tolist() == pytest.approx([0.1 * x for x in GRADIENT])
    assert isinstance(np.array(found, dtype=object)[0], Value)
    matrix = hessian(f)([3.0, 0.5])
    assert np.asarray(matrix).shape == (2, 2)
    assert np.linalg.solve(matrix, found) == pytest.approx(np.linalg.solve(HESSIAN, GRADIENT))
    assert [[type(x) for x in row] for row in np.array(matrix, dtype=object)] == [[Value] * 2] * 2
    with pytest.raises(ValueError, match="always a new one"):
        np.array(found, copy=False)


def test_an_array_of_numbers_gives_an_array_of_numbers():
    x = np.array([3.0, 0.5])
    for found, right in ((grad(f)(x), GRADIENT), (hessian(f)(x), HESSIAN)):
        assert isinstance(found, np.ndarray)
        assert found.dtype == np.float64
        assert found == pytest.approx(np.array(right), rel=1e-15)
    assert x.dtype == np.float64


def test_an_array_of_values_gives_values_that_can_be_differentiated():
    x = np.array([Value(3.0), Value(0.5)])
    slopes = grad(f)(x)
    assert isinstance(slopes, np.ndarray)
    slopes[0].backward()
    assert [v.grad for v in x] == HESSIAN[0]
    second = grad(lambda x: grad(f)(x)[0])(np.array([3.0, 0.5]))
    assert second.tolist() == HESSIAN[0]


def test_a_matrix_of_weights_keeps_its_form():
    W, x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], [0.5, -1.0, 2.0]

    def g(W, x):
        return sum(sum(w * a for w, a in zip(row, x)) ** 2 for row in W)

    sums = [sum(w * a for w, a in zip(row, x)) for row in W]
    by_w = [[2.0 * s * a for a in x] for s in sums]
    by_x = [sum(2.0 * s * row[j] for s, row in zip(sums, W)) for j in range(3)]
    assert [numbers(part) for part in grad(g)(W, x)] == [by_w, by_x]
    assert numbers(grad(g, 1)(W, x)) == by_x
    assert numbers(grad(g, [1, 0, 1])(W, x)) == [by_x, by_w, by_x]
    value, (found, _) = value_and_grad(lambda W, x: ((W @ x) ** 2).sum())(np.array(W), np.array(x))
    assert value.data == sum(s * s for s in sums)
    assert found.shape == (2, 3)
    assert found.tolist() == by_w


def test_numbers_and_lists_side_by_side():
    slopes = grad(lambda w, b: w[0] * b + w[1])([2.0, 3.0], 5.0)
    assert numbers(slopes) == [[5.0, 1.0], 2.0]


def test_jacobian_of_a_list():
    def polar(p):
        return [p[0] * p[1].cos(), p[0] * p[1].sin()]

    right = [[math.cos(0.3), -2.0 * math.sin(0.3)], [math.sin(0.3), 2.0 * math.cos(0.3)]]
    assert numbers(jacobian(polar)([2.0, 0.3])) == pytest.approx(np.array(right))
    assert jacobian(polar)(np.array([2.0, 0.3])).tolist() == pytest.approx(np.array(right))
    assert numbers(jacobian(lambda r, t: polar([r, t]))(2.0, 0.3)) == numbers(
        jacobian(polar)([2.0, 0.3])
    )


def test_a_function_that_uses_a_list_twice_over():
    x = Value(3.0)
    assert numbers(grad(lambda a, b: a[0] * b[0])([x], [x])) == [[3.0], [3.0]]
    assert numbers(hvp(lambda a, b: a * b * b)([2.0, 3.0], [1.0, 0.0])) == [0.0, 6.0]


@pytest.mark.parametrize(
    ("attempt", "kind", "says"),
    [
        (lambda: grad(f)(["3", 0.5]), TypeError, "not str: '3'"),
        (lambda: grad(f)([3.0, None]), TypeError, "not NoneType: None"),
        (lambda: grad(f)(np.array(["a", "b"])), TypeError, "'a'"),
        (lambda: hessian(f)([[3.0], [0.5]]), TypeError, r"of one list, not by \[3.0\]"),
        (lambda: hessian(f)([3.0], 0.5), TypeError, r"of one list, not by \[3.0\]"),
        (lambda: jacobian(f)(np.ones((2, 2))), TypeError, "of one list, not by array"),
        (lambda: grad(lambda w: 3.0)([1.0]), TypeError, "must return a Value, not float: 3.0"),
    ],
)
def test_what_is_no_point_is_refused(attempt, kind, says):
    with pytest.raises(kind, match=says):
        attempt()


# The example


@pytest.fixture
def example(monkeypatch):
    monkeypatch.syspath_prepend(EXAMPLES)
    return importlib.import_module("derivatives")


OPTION = (100.0, 105.0, 0.5, 0.03, 0.25)


def by_hand():
    """Delta, gamma and vega by the formulas of the textbooks."""
    S, K, T, r, sigma = OPTION
    d = (math.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * math.sqrt(T))
    density = math.exp(-d * d / 2.0) / math.sqrt(2.0 * math.pi)
    delta = 0.5 * math.erfc(-d / math.sqrt(2.0))
    return [delta, density / (S * sigma * math.sqrt(T)), S * density * math.sqrt(T)]


def test_the_example_by_the_textbook(example, capsys):
    risks = [float(risk(*OPTION)) for risk in (example.delta, example.gamma, example.vega)]
    assert risks == pytest.approx(by_hand(), rel=1e-12)
    assert example.implied_volatility(float(example.call(*OPTION)), *OPTION[:4]) == pytest.approx(
        0.25, rel=1e-13
    )
    assert example.minimum(example.valley, np.array([-1.2, 1.0])) == pytest.approx([1.0, 1.0])
    assert example.minimum(example.valley, [-1.2, 1.0]) == pytest.approx([1.0, 1.0])
    example.main()
    assert "gamma 0.022" in capsys.readouterr().out


def test_the_same_lines_in_jax(example):
    jax = pytest.importorskip("jax", reason="JAX runs the example's lines")
    jax.config.update("jax_enable_x64", True)
    source = Path(example.__file__).read_text(encoding="utf-8")
    imports = source.partition("imports:\n\n")[2].partition('"""')[0]
    ours = [line for line in source.splitlines() if line.startswith("from tinygrad_edu")]
    assert len(ours) == 2
    for line in ours:
        source = source.replace(line, "")
    in_jax = types.ModuleType("in_jax")
    exec("\n".join(map(str.strip, imports.splitlines())), vars(in_jax))
    exec(source, vars(in_jax))
    for name in ("call", "gamma"):
        mine, theirs = getattr(example, name)(*OPTION), getattr(in_jax, name)(*OPTION)
        assert float(mine) == pytest.approx(float(theirs), rel=1e-12)
    start = np.array([-1.2, 1.0])
    assert example.minimum(example.valley, start, 2) == pytest.approx(
        np.asarray(in_jax.minimum(in_jax.valley, start, 2)), rel=1e-12
    )
