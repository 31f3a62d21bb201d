"""Every function of the table: accuracy against mpmath, numerical differences, rules, edges."""

import inspect
import math
import operator
import random
import re
import sys
from pathlib import Path

import exact
import mpmath
import pytest
from exact import is_real, ulps
from mpmath import mp, mpf

import tinygrad_edu
from tinygrad_edu import (
    OPS,
    Value,
    clip,
    dot,
    log_softmax,
    logsumexp,
    mean,
    no_grad,
    prod,
    softmax,
)
from tinygrad_edu.calculus import gradients
from tinygrad_edu.recording import observing

inf, nan = math.inf, math.nan

FUNCTIONS = [name for name, op in OPS.items() if op.is_function]


# About ±1, where many derivatives change their sign or end, and where gelu' and silu' are zero.
TURNS = (-0.7517915246935645, -1.2784645427610738, 0.0, 1.0, -1.0)


def points(name, count):
    """Points over the whole line: tails, the middle, every magnitude, and about the turns."""
    rng = random.Random(name)
    kinds = [
        lambda: rng.uniform(-750, 750),
        lambda: rng.gauss(0, 5),
        lambda: rng.gauss(0, 1),
        lambda: rng.choice((-1, 1)) * 10 ** rng.uniform(-320, 3),
        lambda: rng.choice(TURNS) + rng.choice((-1, 1)) * 10 ** rng.uniform(-16, -1),
    ]
    return [kind() for _ in range(count // len(kinds)) for kind in kinds]


def within_4_ulp(name, numbers):
    """Whether there is an exact result, and with it the check of value and derivatives."""
    parameters = {"leaky_relu": (0.01,), "elu": (1.0,)}.get(name, ())
    y = OPS[name].function(*map(Value, numbers), *parameters)
    at = (*map(mpf, numbers), *map(mpf, parameters))
    right = exact.exact(name)(*at)
    if not is_real(right):
        return False
    assert ulps(y.data, right) <= 4, numbers
    for i, found in enumerate(y.local_grads):
        assert ulps(found, exact.slope(name, at, i), exact.terms(name, at)) <= 4, (numbers, i)
    return True


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if len(OPS[name].rules) == 1])
def test_value_and_derivative_are_within_4_ulp_of_exact(name):
    with mp.workprec(400):
        assert sum(within_4_ulp(name, (x,)) for x in points(name, 600)) > 100


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if len(OPS[name].rules) == 2])
def test_functions_of_two_values(name):
    rng = random.Random(name)
    with mp.workprec(3000):  # e^a + e^b spans a thousand bits and more
        pairs = [(rng.gauss(0, 200), rng.gauss(0, 200)) for _ in range(200)]
        assert sum(within_4_ulp(name, pair) for pair in pairs) > 100


def test_powers_keep_their_digits_where_they_underflow():
    rng = random.Random("power")
    with mp.workprec(300):
        for _ in range(500):
            x = 10 ** rng.uniform(-300, -1)
            n = rng.uniform(-330, -300) / math.log10(x)
            y = Value(x) ** Value(n)
            dx, dn = y.local_grads
            x, n = mpf(x), mpf(n)
            assert ulps(y.data, x**n) <= 4
            assert ulps(dx, n * x ** (n - 1)) <= 4
            assert ulps(dn, mpmath.log(x) * x**n) <= 4
        for n in (107, 108):  # (-1e-3) ** n, with the sign of an odd and of an even power
            (dx,) = (Value(-1e-3) ** n).local_grads
            assert ulps(dx, n * mpf(-1e-3) ** (n - 1)) <= 4


# Points of order one, away from kinks, in every function's domain.
SMOOTH_POINTS = {1: [(0.3,), (0.9,), (2.2,)], 2: [(0.3, 1.1), (2.2, 0.7)]}
PARAMETERS = {"leaky_relu": (0.1,), "elu": (0.7,)}


def cases():
    for name, op in OPS.items():
        for point in SMOOTH_POINTS[len(op.rules)]:
            if not math.isnan(apply(op, [Value(x) for x in point]).data):
                yield pytest.param(op, point, id=f"{name}{point}")
        if name in PARAMETERS:
            yield pytest.param(op, (-1.3,), id=f"{name}(-1.3)")


def apply(op, xs):
    return op.function(*xs, *PARAMETERS.get(op, ()))


CASES = list(cases())


@pytest.mark.parametrize(("op", "point"), CASES)
def test_derivative_against_numerical_differences(op, point):
    h = 1e-6
    y = apply(op, [Value(x) for x in point])
    for i, slope in enumerate(y.local_grads):
        up, down = ([x + s * h * (j == i) for j, x in enumerate(point)] for s in (1, -1))
        with no_grad():
            above, below = (apply(op, [Value(x) for x in xs]).data for xs in (up, down))
        assert slope == pytest.approx((above - below) / (2 * h), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize(("op", "point"), CASES)
def test_the_rule_agrees_with_the_derivative_at_order_one_and_two(op, point):
    """`rule(*arguments, y)` is ∂y/∂argument; and differentiated, it is the second derivative."""
    xs = [Value(x) for x in point]
    y = apply(op, xs)
    for i, rule in enumerate(op.rules):
        slope = rule(*y.arguments, y)
        assert float(slope) == pytest.approx(y.local_grads[i], rel=1e-14)

        for x in xs:
            x.grad = 0.0
        if isinstance(slope, Value):
            slope.backward()
        h = 1e-6
        for j, x in enumerate(xs):
            up, down = ([v + s * h * (k == j) for k, v in enumerate(point)] for s in (1, -1))
            above, below = (apply(op, [Value(v) for v in vs]).local_grads[i] for vs in (up, down))
            assert x.grad == pytest.approx((above - below) / (2 * h), rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_method_and_function_are_one(name):
    op = OPS[name]
    xs = [Value(0.5 if name != "acosh" else 1.5), Value(0.25)][: len(op.rules)]
    by_function, by_method = op.function(*xs), getattr(xs[0], name)(*xs[1:])
    assert by_function.data == by_method.data
    assert by_function.local_grads == by_method.local_grads
    assert by_function.op == by_method.op == name
    assert getattr(sys.modules[op.function.__module__], name) is op.function
    for spelling in (op.function, getattr(Value, name)):
        assert inspect.getdoc(spelling)
        assert inspect.signature(spelling).parameters
        assert spelling.__name__ == name


@pytest.mark.parametrize("name", OPS)
def test_records_one_node(name):
    op = OPS[name]
    made = []
    with observing(made.append):
        y = op.function(*[Value(0.5), Value(0.25)][: len(op.rules)])
    assert made == [y]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_takes_numbers_and_refuses_the_rest(name):
    op = OPS[name]
    numbers = (0.5 if name != "acosh" else 1.5, 0.25)[: len(op.rules)]
    assert op.function(*numbers).data == op.function(*map(Value, numbers)).data
    for wrong in ("0.5", None, [0.5], True):
        with pytest.raises(TypeError):
            op.function(*(wrong,) * len(op.rules))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("x", [0.0, -0.0, -1.0, -2.0, 1e308, -1e308, 5e-324, inf, -inf, nan])
def test_no_number_raises(name, x):
    op = OPS[name]
    for xs in [(x, 1.0), (1.0, x), (x, x)]:
        op.function(*map(Value, xs[: len(op.rules)])).backward()
    assert math.isnan(op.function(*(Value(nan),) * len(op.rules)).data)


@pytest.mark.parametrize(
    ("name", "x", "value", "slope"),
    [
        ("sign", -0.0, 0.0, 0.0),
        ("sign", -3.0, -1.0, 0.0),
        ("step", 0.0, 0.0, 0.0),
        ("step", 5e-324, 1.0, 0.0),
        *[(name, nan, nan, nan) for name in ("relu", "leaky_relu", "elu", "abs")],
        ("exp", 1000.0, inf, inf),
        ("exp", -inf, 0.0, 0.0),
        ("log", 0.0, -inf, inf),
        ("log", -1.0, nan, -1.0),
        ("log1p", -1.0, -inf, inf),
        ("sqrt", 0.0, 0.0, inf),
        ("sqrt", -1.0, nan, nan),
        ("sin", inf, nan, nan),
        ("tanh", 1000.0, 1.0, 0.0),
        ("tanh", -inf, -1.0, 0.0),
        ("sigmoid", -1000.0, 0.0, 0.0),
        ("sigmoid", 1000.0, 1.0, 0.0),
        ("softplus", 1000.0, 1000.0, 1.0),
        ("softplus", -1000.0, 0.0, 0.0),
        ("relu", 0.0, 0.0, 0.0),
        ("leaky_relu", 0.0, 0.0, 0.01),
        ("elu", 0.0, 0.0, 1.0),
        ("abs", 0.0, 0.0, 0.0),
        ("gelu", -inf, 0.0, 0.0),
        ("gelu", inf, inf, 1.0),
        ("silu", -inf, 0.0, 0.0),
        ("silu", inf, inf, 1.0),
    ],
)
def test_edges_and_kinks(name, x, value, slope):
    leaf = Value(x)
    y = getattr(leaf, name)()
    y.backward()
    assert y.data == value or (math.isnan(y.data) and math.isnan(value))
    assert leaf.grad == slope or (math.isnan(leaf.grad) and math.isnan(slope))


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_tie_is_split_evenly(name):
    a, b = Value(2.0), Value(2.0)
    getattr(a, name)(b).backward()
    assert (a.grad, b.grad) == (0.5, 0.5)
    x = Value(2.0)
    y = getattr(x, name)(2.0)
    y.backward()
    assert x.grad == 0.5
    assert y.arguments == (x, 2.0)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
@pytest.mark.parametrize("numbers", [(0.0, nan), (nan, 0.0), (nan, nan)])
def test_where_one_is_nan_neither_has_a_share(name, numbers):
    a, b = map(Value, numbers)
    getattr(a, name)(b).backward()
    assert math.isnan(a.grad)
    assert math.isnan(b.grad)


def test_xlogy_is_zero_where_its_first_argument_is():
    assert Value(0.0).xlogy(0.0).data == 0.0
    assert Value(0.0).xlogy(inf).data == 0.0
    assert math.isnan(Value(0.0).xlogy(nan).data)
    assert Value(2.0).xlogy(0.0).data == -inf


def test_clip():
    for x, y, slope in ((0.3, 0.3, 1.0), (-2.0, -1.0, 0.0), (5.0, 1.0, 0.0), (1.0, 1.0, 0.5)):
        v = Value(x)
        clipped = v.clip(-1, 1)
        clipped.backward()
        assert (clipped.data, v.grad) == (y, slope)
    v, low = Value(-2.0), Value(-1.0)
    y = clip(v, low)
    y.backward()
    assert (y.data, v.grad, low.grad) == (-1.0, 0.0, 1.0)
    assert v.clip(high=-3.0).data == -3.0


@pytest.mark.parametrize(
    ("a", "b"), [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-6.0, 3.0), (0.3, inf)]
)
def test_the_remainder_is_pythons(a, b):
    x, y = Value(a), Value(b)
    for found in (x % y, x % b, a % y):
        assert found.data == a % b
    assert (x % y).local_grads == (1.0, -(a // b))
    assert math.isnan((x % 0).data)
    with pytest.raises(TypeError):
        x % "2"
    assert +x is x


def test_tails_keep_their_digits():
    # σ'(40) = e⁻⁴⁰/(1 + e⁻⁴⁰)², tanh'(20) = 4 e⁻⁴⁰/(1 + e⁻⁴⁰)²: 1 - y² would give 0
    x = Value(40.0)
    x.sigmoid().backward()
    assert x.grad == pytest.approx(math.exp(-40), rel=1e-15)
    x = Value(20.0)
    x.tanh().backward()
    assert x.grad == pytest.approx(4 * math.exp(-40), rel=1e-15)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_int_beyond_float64_is_infinite(name):
    op = OPS[name]
    numbers = (10**400, 1)[: len(op.rules)]
    infinite = (inf, 1.0)[: len(op.rules)]
    assert repr(op.function(*numbers)) == repr(op.function(*infinite))


class TestReductions:
    def test_sum_mean_dot(self):
        xs = [Value(1.0), Value(2.0), Value(6.0)]
        assert tinygrad_edu.sum(xs).data == 9.0
        assert tinygrad_edu.sum([]).data == 0.0
        assert mean(xs).data == 3.0
        # 10 + 1·1 + 2·10 + 6·100 = 631
        y = dot(xs, [1, 10, 100], start=Value(10.0))
        y.backward()
        assert y.data == 631.0
        assert [x.grad for x in xs] == [1.0, 10.0, 100.0]
        assert dot([1.0, 2.0], [3.0, Value(4.0)]).data == 11.0
        assert dot([], []).data == 0.0

    def test_prod_max_min(self):
        xs = [Value(2.0), Value(-3.0), Value(4.0)]
        y = prod(xs)
        y.backward()
        assert y.data == -24.0
        assert [x.grad for x in xs] == [-12.0, 8.0, -6.0]
        assert prod([]).data == 1.0
        assert (tinygrad_edu.max(xs).data, tinygrad_edu.min([*xs, -5]).data) == (4.0, -5.0)
        assert [x.data for x in gradients(tinygrad_edu.max(xs), xs)] == [0.0, 0.0, 1.0]
        assert tinygrad_edu.max([7]).data == 7.0

    def test_log_softmax(self):
        logits = (1.0, 2.5, -800.0, 2.5)
        with mp.workprec(3000):
            total = mpmath.log(mpmath.fsum([mpmath.exp(mpf(x)) for x in logits]))
            for x, y in zip(logits, log_softmax(logits)):
                assert y.data == pytest.approx(float(mpf(x) - total), rel=1e-15)
        # ln s of a sure answer is -e⁻⁴⁰, which 0 - 0 would lose
        assert log_softmax([40.0, 0.0])[0].data == pytest.approx(-math.exp(-40.0), rel=1e-15)
        assert log_softmax([3.0])[0].data == 0.0
        assert [y.data for y in log_softmax([1e308, -1e308])] == [0.0, -inf]

    def test_dot_rounds_as_the_loop_does(self):
        rng = random.Random(0)
        w, x = ([Value(rng.gauss(0, 1)) for _ in range(20)] for _ in range(2))
        b = Value(0.1)
        assert dot(w, x, start=b).data == sum((wi * xi for wi, xi in zip(w, x)), b).data
        assert dot(w, x).data == sum((wi * xi for wi, xi in zip(w[1:], x[1:])), w[0] * x[0]).data

    @pytest.mark.parametrize("wrong", [{1.0, 2.0}, {1: 2}, b"ab", "ab", frozenset((1,))])
    def test_what_has_no_order_or_no_numbers(self, wrong):
        for function in (mean, logsumexp, softmax, tinygrad_edu.max):
            with pytest.raises(TypeError, match="takes a list of Values or numbers, not a "):
                function(wrong)
        with pytest.raises(TypeError, match="dot takes a list"):
            dot(wrong, [1.0, 2.0])

    def test_dot_of_two_lengths(self):
        with pytest.raises(ValueError, match="3 and 2"):
            dot([1, 2, 3], [1, 2])

    @pytest.mark.parametrize(
        "function",
        [mean, logsumexp, softmax, log_softmax, tinygrad_edu.max, tinygrad_edu.min],
    )
    def test_nothing_is_no_value(self, function):
        with pytest.raises(ValueError, match="at least one"):
            function([])

    def test_logsumexp(self):
        assert logsumexp([1e308, 1e308]).data == 1e308
        assert logsumexp([-1e308, -1e308]).data == -1e308
        assert logsumexp([-inf, -inf]).data == -inf
        assert logsumexp([inf, 0.0]).data == inf
        assert logsumexp([3.0]).data == 3.0
        xs = [Value(x) for x in (0.1, -2.0, 1.5)]
        y = logsumexp(xs)
        y.backward()
        total = math.fsum(math.exp(x.data) for x in xs)
        assert y.data == pytest.approx(math.log(total), rel=1e-15)
        for x in xs:
            assert x.grad == pytest.approx(math.exp(x.data) / total, rel=1e-15)

    @pytest.mark.parametrize(
        "logits",
        [(1000.0, 0.0), (40.0, 0.0), (0.0, 40.0, 0.0), (1.0, 2.0, 3.0, 4.0), (-1e308, 0.0), (7.0,)],
    )
    def test_softmax_and_its_derivatives_in_the_tails(self, logits):
        with mp.workprec(3000):
            exps = [mpmath.exp(mpf(x)) if x > -1e6 else mpf(0) for x in logits]
            s = [e / mpmath.fsum(exps) for e in exps]
            for i in range(len(logits)):
                xs = [Value(x) for x in logits]
                y = softmax(xs)[i]
                y.backward()
                assert y.data == pytest.approx(float(s[i]), rel=1e-14)
                for j, x in enumerate(xs):
                    exact = s[i] * (1 - s[i]) if i == j else -s[i] * s[j]
                    assert x.grad == pytest.approx(float(exact), rel=1e-14, abs=1e-320)

    def test_softmax_sums_to_one(self):
        assert math.fsum(s.data for s in softmax([0.1, 0.2, 5.0, -3.0])) == pytest.approx(1.0)


def test_every_function_has_its_row_of_measured_accuracy():
    page = Path(__file__).parent.parent / "docs" / "site" / "accuracy.md"
    rows = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \|$", page.read_text("utf-8"), re.M)
    listed = [name for name in FUNCTIONS if name in (*tinygrad_edu.__all__, "abs")]
    assert [name for name, *_ in rows] == listed
    assert all(float(ulp) <= 4 for _, *found in rows for ulp in found)


def test_the_table_gives_each_operation_its_arity():
    for name, op in OPS.items():
        assert op == name
        assert op.arity == len(op.rules) + len(PARAMETERS.get(name, ()))
    assert OPS["+"].function is operator.add
