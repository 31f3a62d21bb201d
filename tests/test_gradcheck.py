"""gradcheck finds planted mistakes, accepts what is right, and knows a kink when it sees one."""

import math
from functools import partial

import pytest

import tinygrad_edu as tg
from tinygrad_edu import OPS, Value, topological_order
from tinygrad_edu.engine import record
from tinygrad_edu.gradcheck import gradcheck
from tinygrad_edu.ops import Op

POINTS = [-1.9, -0.35, 0.6, 2.3]


def verdicts(report):
    return [check.verdict for check in report.checks]


@pytest.mark.parametrize("name", OPS)
def test_every_function_of_the_table_passes(name):
    op = OPS[name]
    parameters = [0.3] * (op.arity - len(op.rules))
    points = [(1.3, 0.8), (2.2, -0.7), (0.4, 1.9)] if len(op.rules) == 2 else [(x,) for x in POINTS]
    points = [x for x in points if math.isfinite(op.function(*map(Value, x), *parameters).data)]
    report = gradcheck(lambda *xs: op.function(*xs, *parameters), *points)
    assert set(verdicts(report)) == {"ok"}, str(report)


@pytest.mark.parametrize(
    ("f", "points"),
    [
        (tg.log, [1e-8, 1e8]),
        (tg.tanh, [1e-9, 6.0, -17.0]),
        (tg.sigmoid, [-30.0, 30.0]),
        (lambda x: x + 1e6, [1e-3]),
        (lambda x: x**3, [0.0, 1e6, -1e-6]),
        (tg.relu, [1e-9, -1e-9, 1e9]),
        (tg.sqrt, [1e-12, 1e12]),
        (lambda x: Value(3.0), [1.0]),
        (lambda a, b: a / b + b**a, [(2.0, 0.01), (-0.5, 40.0)]),
    ],
)
def test_the_step_suits_the_values(f, points):
    report = gradcheck(f, *points)
    assert set(verdicts(report)) == {"ok"}, str(report)


# Planted mistakes: in an operation's number, in its rule, and in a gradient made by hand


def operation(name, *rules):
    """An operation that is not entered in the table."""
    return Op(name, float, *rules)


def planted(slope, rule):
    """x³, with a wrong local derivative or a wrong rule."""
    op = operation("cube", lambda x, y: rule(x))
    return lambda x: record(x.data**3, op, x, slope(x.data))


RIGHT_SLOPE, RIGHT_RULE = lambda x: 3 * x * x, lambda x: 3.0 * x * x


def test_the_planted_function_is_right_without_its_mistake():
    assert gradcheck(planted(RIGHT_SLOPE, RIGHT_RULE), *POINTS)


@pytest.mark.parametrize("wrong", [1.001, 0.999, -1.0, 0.5, 2.0, 0.0])
def test_a_wrong_factor_is_found(wrong):
    in_backward = gradcheck(planted(lambda x: wrong * RIGHT_SLOPE(x), RIGHT_RULE), *POINTS)
    assert verdicts(in_backward).count("wrong") >= len(POINTS)
    in_rule = gradcheck(planted(RIGHT_SLOPE, lambda x: wrong * RIGHT_RULE(x)), *POINTS)
    assert verdicts(in_rule).count("wrong") >= len(POINTS)
    assert not gradcheck(planted(lambda x: wrong * RIGHT_SLOPE(x), RIGHT_RULE), 0.6, order=1)


def f(a, b):
    h = a * b
    return h.tanh() + h * a


def by_hand(a, b, drop=False, sign=1.0, factor=1.0):
    slope = 1 - math.tanh(a * b) ** 2
    return [factor * (slope * b + sign * 2 * a * b), slope * a + (0 if drop else a * a)]


def test_mistakes_in_a_gradient_made_by_hand_are_found():
    points = [(0.4, 1.2), (-0.9, 0.3)]
    assert gradcheck(f, *points, gradient=by_hand)
    for mistake in ({"drop": True}, {"sign": -1.0}, {"factor": 1.001}):
        report = gradcheck(f, *points, gradient=partial(by_hand, **mistake))
        assert verdicts(report).count("wrong") >= 2, str(report)


def backward_that_assigns(*point):
    """Reverse mode with = where += belongs."""
    xs = [Value(x) for x in point]
    root = f(*xs)
    found = {root: 1.0}
    for node in reversed(topological_order(root)):
        for operand, local in zip(node.operands, node.local_grads):
            found[operand] = found.get(node, 0.0) * local
    return [found[x] for x in xs]


def test_assigning_where_contributions_add_is_found():
    report = gradcheck(f, (0.4, 1.2), gradient=backward_that_assigns)
    assert "wrong" in verdicts(report)


def test_a_mutant_of_addition_is_found():
    op = operation("sum", lambda a, b, y: 1.0, lambda a, b, y: 0.0)  # drops the second term

    def add(a, b):
        return record(a.data + b.data, op, a, 1.0, b, 0.0)

    report = gradcheck(add, (0.3, 0.8))
    assert [c.verdict for c in report.checks][:4] == ["ok", "wrong", "ok", "wrong"]


# Kinks, and what has no number


@pytest.mark.parametrize(
    ("f", "point"),
    [
        (tg.relu, 0.0),
        (tg.abs, 0.0),
        (tg.leaky_relu, 0.0),
        (tg.maximum, (1.0, 1.0)),
        (tg.minimum, (-2.0, -2.0)),
        (lambda x: (x - 3.0).relu() * x, 3.0),
        (lambda x: Value(1.0) if x.data >= 0 else Value(0.0), 0.0),  # a jump
    ],
)
def test_kinks_are_kinks_and_not_failures(f, point):
    report = gradcheck(f, point)
    assert verdicts(report)[0] == "kink"
    assert report.ok
    assert report


def test_a_smooth_function_has_no_kink_where_its_slope_is_steep():
    for f, point in ((tg.tanh, 0.0), (lambda x: (1e4 * x).tanh(), 0.0), (tg.sigmoid, 0.0)):
        assert set(verdicts(gradcheck(f, point))) == {"ok"}


SMOOTH = {
    "tanh kx": lambda k: lambda x: (k * x).tanh(),
    "√(x² + 1/k²)": lambda k: lambda x: (x * x + 1.0 / k**2) ** 0.5,
    "softplus(kx)/k": lambda k: lambda x: (k * x).softplus() / k,
    "e^−(kx)²": lambda k: lambda x: (-((k * x) ** 2)).exp(),
}


@pytest.mark.parametrize("smooth", SMOOTH.values(), ids=SMOOTH)
def test_nothing_wrong_passes_at_a_bend_that_looks_like_a_kink(smooth):
    for k in (1e-2, 1.0, 1e4, 1e7, 1e9):
        for point in (0.0, 1e-9, 1e-4, 0.3, -7.0):
            x = Value(point)
            y = smooth(k)(x)
            y.backward()
            (right,) = gradcheck(smooth(k), point, order=1).checks
            assert right.verdict != "kink"
            for wrong in (1.5 * x.grad + 1e-3, x.grad + max(abs(x.grad), 1.0)):
                assert not gradcheck(smooth(k), point, order=1, gradient=lambda x, w=wrong: w)


def test_at_a_kink_a_number_counts_that_is_between_the_slopes():
    for f, point, good, bad in (
        (tg.relu, 0.0, (0.0, 0.5, 1.0), (-0.1, 1.1, 2.0)),
        (tg.abs, 0.0, (-1.0, 0.0, 1.0), (1.5, -3.0)),
        (lambda x: (x - 3.0).relu() * x, 3.0, (0.0, 3.0), (-1.0, 4.0)),
        (lambda x: Value(1.0) if x.data >= 0 else Value(0.0), 0.0, (0.0,), (1.0, -5.0)),
    ):
        for number in good:
            report = gradcheck(f, point, order=1, gradient=lambda x, n=number: n)
            assert verdicts(report) == ["kink"]
        for number in bad:
            report = gradcheck(f, point, order=1, gradient=lambda x, n=number: n)
            assert verdicts(report) == ["wrong"]


def test_where_differences_say_nothing_it_is_unclear_and_not_ok():
    report = gradcheck(tg.sqrt, 0.0)
    assert "unclear" in verdicts(report)
    assert not report


# The report


def test_it_prints_as_a_table():
    table = str(gradcheck(lambda x: x**2, 3.0, gradient=lambda x: 2.002 * x))
    assert table.splitlines()[0] == "gradcheck: 1 wrong"
    assert table.splitlines()[1].split() == ["input", "analytic", "numeric", "error"]
    assert table.splitlines()[2].split() == ["∂f/∂x", "3", "6.006", "6", "6.0e-03", "wrong"]


def test_it_names_every_derivative():
    report = gradcheck(lambda a, b: a * b, (2.0, 3.0))
    assert [c.derivative for c in report.checks] == [
        "∂f/∂x1",
        "∂f/∂x2",
        "∂f/∂x1 by rules",
        "∂f/∂x2 by rules",
        "∂²f/∂x1²",
        "∂²f/∂x1∂x2",
        "∂²f/∂x2∂x1",
        "∂²f/∂x2²",
    ]


def test_it_raises_only_when_asked():
    wrong = {"gradient": lambda x: 7.0}
    assert not gradcheck(tg.sin, 0.5, **wrong)
    with pytest.raises(AssertionError, match="1 wrong"):
        gradcheck(tg.sin, 0.5, **wrong, raises=True)
    assert gradcheck(tg.sin, 0.5, raises=True)


def test_errors():
    with pytest.raises(ValueError, match="order 1 or 2, not 3"):
        gradcheck(tg.sin, 0.5, order=3)
    with pytest.raises(ValueError, match="at least one point"):
        gradcheck(tg.sin)
    with pytest.raises(TypeError, match="must return a Value, not float"):
        gradcheck(lambda x: 2.0, 0.5)
    with pytest.raises(ValueError, match="2 numbers for 1 arguments"):
        gradcheck(tg.sin, 0.5, gradient=lambda x: [1.0, 2.0])
