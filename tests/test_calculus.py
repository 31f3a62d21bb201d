"""Derivatives as Values: against mpmath to order three, against backward(), and by hand."""

import math
import sys

import pytest
from exact import exact, is_real
from mpmath import mp

import tinygrad_edu as tg
from tinygrad_edu import OPS, Value
from tinygrad_edu.calculus import grad, gradients, hessian, hvp, jacobian, value_and_grad

PARAMETER = {"elu": 0.7, "leaky_relu": 0.1}


def third_derivatives(f, xs):
    """∂³f/∂xᵢ∂xⱼ∂xₖ for i ≤ j ≤ k, with f."""
    y = f(*xs)
    found = {}
    for i, first in enumerate(gradients(y, xs)):
        for j, second in enumerate(gradients(first, xs)):
            for k, third in enumerate(gradients(second, xs)):
                if i <= j <= k:
                    found[i, j, k] = third.data
    return found


@pytest.mark.parametrize("name", OPS)
def test_third_derivatives_agree_with_mpmath(name):
    op = OPS[name]
    parameters = [PARAMETER[name]] if name in PARAMETER else []
    arity = op.arity - len(parameters)
    points = [(-2.2,), (-0.4,), (0.7,), (2.6,)]
    if arity == 2:
        points = [(0.8, 1.9), (2.5, -1.3), (1.2, 0.4)]
    with mp.workdps(60):
        for point in points:
            if not is_real(exact(name)(*map(mp.mpf, point), *parameters)):
                continue
            xs = [Value(x) for x in point]
            found = third_derivatives(lambda *v: op.function(*v, *parameters), xs)
            for indices, third in found.items():
                order = tuple(indices.count(i) for i in range(arity))
                right = mp.diff(lambda *v: exact(name)(*v, *parameters), point, order)
                assert third == pytest.approx(float(right), rel=1e-11, abs=1e-11), (point, order)


def test_gradients_of_a_composition_to_third_order():
    def f(x, y):
        return tg.exp(tg.sin(x * y)) / (1.0 + x * x) + y**x

    def exact(x, y):
        return mp.exp(mp.sin(x * y)) / (1 + x * x) + y**x

    point = (0.6, 1.4)
    for indices, third in third_derivatives(f, [Value(x) for x in point]).items():
        order = (indices.count(0), indices.count(1))
        assert third == pytest.approx(float(mp.diff(exact, point, order)), rel=1e-12)


def test_first_order_is_what_backward_gives():
    a, b, c = Value(0.7), Value(-1.3), Value(2.1)
    h = (a * b + c).tanh()
    y = h * h / c + (h - a).exp() * tg.maximum(b, a) - a**3 + a * a
    y.backward()
    for g, v in zip(gradients(y, [a, b, c, h]), (a, b, c, h)):
        assert abs(g.data - v.grad) <= 4 * math.ulp(v.grad)


def test_rules_at_kinks_and_at_powers_of_zero():
    # 0 · ∞ would be nan: the slope of x¹ is x⁰, and that of 0ⁿ by n is 0ⁿ ln 0
    x, n = Value(0.0), Value(2.0)
    [first] = gradients(x**1.0, [x])
    assert (first.data, gradients(first, [x])[0].data) == (1.0, 0.0)
    assert [g.data for g in gradients(x**n, [x, n])] == [0.0, 0.0]
    assert [g.data for g in gradients(tg.maximum(n, 2.0), [n])] == [0.5]
    for f, slope in ((tg.relu, 0.0), (abs, 0.0), (tg.leaky_relu, 0.01), (tg.elu, 1.0)):
        assert gradients(f(x), [x])[0].data == slope


def test_what_is_not_reached_is_zero_and_the_root_is_one():
    x, other = Value(3.0), Value(4.0)
    y = x * x
    found = gradients(y, [other, y, x])
    assert [v.data for v in found] == [0.0, 1.0, 6.0]
    assert all(isinstance(v, Value) for v in found)


def test_an_inner_value_is_differentiated_by_as_if_it_were_free():
    x = Value(2.0)
    h = x * x
    y = h * x
    assert [g.data for g in gradients(y, [h, x])] == [2.0, 12.0]


def test_a_power_does_not_ask_for_the_logarithm_of_a_negative_base():
    x = Value(-2.0)
    n = Value(3.0)
    [first] = gradients(x**n, [x])
    assert first.data == 12.0
    [second] = gradients(first, [x])
    assert second.data == -12.0


def test_a_chain_of_100_000_nodes():
    x = Value(1.0)
    y = x
    for _ in range(50_000):
        y = y * 0.99999 + 1e-6
    assert sys.getrecursionlimit() < 50_000
    [g] = gradients(y, [x])
    y.backward()
    assert g.data == pytest.approx(x.grad, rel=1e-12)


def test_gradients_leave_grad_alone():
    x = Value(2.0)
    x.grad = 5.0
    gradients(x * x, [x])
    assert x.grad == 5.0


def test_grad_of_one_and_of_several_arguments():
    assert grad(lambda x: x**3)(2.0).data == 12.0
    assert [g.data for g in grad(lambda x, y: x * y)(2.0, 3.0)] == [3.0, 2.0]
    assert grad(grad(grad(tg.sin)))(0.4).data == pytest.approx(-math.cos(0.4), rel=1e-15)


def test_grad_takes_its_arguments_apart():
    x = Value(3.0)
    assert [g.data for g in grad(lambda a, b: a * b)(x, x)] == [3.0, 3.0]
    assert grad(lambda a: a * x)(x).data == 3.0  # by a alone, not by the x that f knows
    # d/dx (x · d/dy (x + y)) = 1: the inner derivative does not see the outer variable
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0).data == 1.0


def test_a_gradient_stays_connected_to_the_graph():
    w = Value(0.5)
    penalty = grad(lambda v: v**3)(w) ** 2  # (3w²)² = 9w⁴
    penalty.backward()
    assert w.grad == pytest.approx(36 * 0.5**3)


def test_jacobian_hessian_and_hvp_by_hand():
    # f = (x·y, x + y, x²), f′ = [[y, x], [1, 1], [2x, 0]]
    rows = jacobian(lambda x, y: (x * y, x + y, x * x))(2.0, 3.0)
    assert [[v.data for v in row] for row in rows] == [[3.0, 2.0], [1.0, 1.0], [4.0, 0.0]]
    assert [[v.data for v in row] for row in jacobian(lambda x: x * x)(5.0)] == [[10.0]]

    # f = x²y + y³: H = [[2y, 2x], [2x, 6y]]
    def f(x, y):
        return x * x * y + y**3

    matrix = [[v.data for v in row] for row in hessian(f)(2.0, 3.0)]
    assert matrix == [[6.0, 4.0], [4.0, 18.0]]
    assert [v.data for v in hvp(f)([2.0, 3.0], [1.0, -2.0])] == [-2.0, -32.0]
    assert [[v.data for v in row] for row in hessian(lambda x: x**4)(1.0)] == [[12.0]]


def test_hvp_costs_no_matrix_and_agrees_with_it():
    def f(*xs):
        return tg.logsumexp([x * x * (i + 1.0) for i, x in enumerate(xs)])

    point, v = [0.1 * i - 0.4 for i in range(8)], [1.0 - 0.3 * i for i in range(8)]
    product = [x.data for x in hvp(f)(point, v)]
    rows = [[x.data for x in row] for row in hessian(f)(*point)]
    expected = [math.fsum(h * p for h, p in zip(row, v)) for row in rows]
    assert product == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_errors_say_what_is_wrong():
    x = Value(1.0)
    with pytest.raises(TypeError, match="a list of Values"):
        gradients(x * x, x)
    with pytest.raises(TypeError, match="not float: 2"):
        gradients(x * x, [2.0])
    with pytest.raises(TypeError, match="not float"):
        gradients(3.0, [x])
    with pytest.raises(TypeError, match="must return a Value, not float"):
        grad(lambda v: 2.0)(1.0)
    with pytest.raises(ValueError, match="one length"):
        hvp(lambda a, b: a * b)([1.0, 2.0], [1.0])


def black_scholes(spot, strike, volatility, time):
    """The price of a European call at no interest."""
    deviation = volatility * time**0.5
    d = tg.log(spot / strike) / deviation + deviation / 2
    return spot * tg.normal_cdf(d) - strike * tg.normal_cdf(d - deviation)


def test_the_gamma_of_an_option_is_two_gradients():
    gamma = grad(grad(black_scholes, 0), 0)(100.0, 110.0, 0.2, 1.0)
    d = math.log(100 / 110) / 0.2 + 0.1
    by_hand = math.exp(-d * d / 2) / math.sqrt(2 * math.pi) / (100 * 0.2)
    assert gamma.data == pytest.approx(by_hand, rel=1e-13)


def test_an_implied_volatility_is_a_few_newton_steps():
    price = black_scholes(Value(100.0), 110.0, 0.3, 1.0).data
    volatility = 0.2
    for _ in range(6):
        value, vega = value_and_grad(black_scholes, argnums=2)(100.0, 110.0, volatility, 1.0)
        volatility -= (value.data - price) / vega.data
    assert volatility == pytest.approx(0.3, rel=1e-13)


def test_value_and_grad_gives_the_value_and_what_grad_gives():
    value, found = value_and_grad(lambda x, y: x * x * y)(3.0, 5.0)
    assert value.data == 45.0
    assert [g.data for g in found] == [30.0, 9.0]
    value, derivative = value_and_grad(lambda x: x**3)(2.0)
    assert (value.data, derivative.data) == (8.0, 12.0)


def test_argnums_chooses_arguments_in_its_own_order():
    def f(x, name, y):
        assert name == "untouched"
        return x * x * y

    assert grad(f, argnums=0)(3.0, "untouched", 5.0).data == 30.0
    assert [g.data for g in grad(f, argnums=[2, 0])(3.0, "untouched", 5.0)] == [9.0, 30.0]
    assert [g.data for g in grad(f, argnums=(2,))(3.0, "untouched", 5.0)] == [9.0]
    assert [g.data for g in grad(f, argnums=(0, 0))(3.0, "untouched", 5.0)] == [30.0, 30.0]


@pytest.mark.parametrize("argnums", [True, 1.5, "0", [0, "x"], [None]])
def test_argnums_that_are_no_positions_are_refused(argnums):
    with pytest.raises(TypeError, match="argnums is a position"):
        grad(lambda x: x, argnums)


@pytest.mark.parametrize("argnums", [2, -1, [0, 7]])
def test_argnums_that_are_out_of_range_are_refused(argnums):
    with pytest.raises(IndexError, match="there are 2 arguments: 0 to 1"):
        grad(lambda x, y: x * y, argnums)(1.0, 2.0)
