"""0.0 and -0.0 in array programs: told apart where an operation of the graph tells them apart."""

import itertools

import pytest

from tinygrad_edu import Value, atan2, dot, exp, mean, tanh

np = pytest.importorskip("numpy", reason="array programs need NumPy")

from tinygrad_edu.arrays import vectorize  # noqa: E402

ASKED = {
    "atan2": lambda z: atan2(z, -1.0),
    "a division": lambda z: tanh(1.0 / z),
    "a negative power": lambda z: tanh(z**-1),
}
WITH_A_ZERO = {
    "Python's sum": lambda p: sum(p),
    "x + 0": lambda p: p[0] + 0.0,
    "0 + x": lambda p: 0.0 + p[0],
    "x + -0": lambda p: p[0] + -0.0,
    "-0 + x": lambda p: -0.0 + p[0],
    "x - 0": lambda p: p[0] - 0.0,
    "0 - x": lambda p: 0.0 - p[0],
    "x - -0": lambda p: p[0] - (-0.0),
    "-0 - x": lambda p: -0.0 - p[0],
    "0 + xyz": lambda p: 0.0 + p[0] * p[1] * p[2],
    "a difference": lambda p: p[0] - p[1],
    "a product": lambda p: p[0] * p[1] * -1.0,
    "negations": lambda p: -p[0] - p[1],
    "a cube": lambda p: p[0] ** 3,
}
SUMS = {
    "of two": lambda p: p[0] + p[1],
    "of three": lambda p: p[0] + p[1] + p[2],
    "of one twice": lambda p: p[0] + p[0],
    "of products": lambda p: dot(p, p[::-1]),
    "of some of each": lambda p: dot(p[:2], [p[1], -1.0]) + p[2],
    "a mean": mean,
}


def check(form, ask):
    w, p = Value(0.3), [Value(1.0) for _ in range(3)]
    program = vectorize(w * ask(form(p)), [w], p)
    for numbers in itertools.product((0.0, -0.0, 1.0), repeat=3):
        expected = (w * ask(form([Value(x) for x in numbers]))).data
        loss, _ = program.run(program.data(), np.array(numbers))
        assert loss == pytest.approx(expected, rel=1e-12, nan_ok=True)


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
@pytest.mark.parametrize("form", WITH_A_ZERO.values(), ids=WITH_A_ZERO)
def test_zeros_are_told_apart(form, ask):
    check(form, ask)


@pytest.mark.parametrize("form", SUMS.values(), ids=SUMS)
def test_sums_of_negative_zeros_are_negative_where_atan2_asks(form):
    check(form, ASKED["atan2"])


def test_a_zero_is_left_out_where_nobody_asks():
    p = [Value(0.1 * k + 0.1) for k in range(5)]
    for root in (sum(p) * 2.0, sum(p) / sum(exp(x) for x in p), tanh(0.0 - p[0]), sum(p) ** 2):
        assert "0.0 +" not in vectorize(root, p).source
        assert "0.0 -" not in vectorize(root, p).source
    assert "0.0 + " in vectorize(1.0 / (0.0 + p[0]), p).source
