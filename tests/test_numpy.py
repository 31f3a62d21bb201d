"""What programs do with NumPy arrays of Values: the numbers of NumPy itself, and their gradients.

Each idiom is evaluated twice, with Values and with the floats that they hold, and the sum of what
it gives is differentiated by `backward` and by differences.
"""

import numpy as np
import pytest

from tinygrad_edu import Value

IDIOMS = """
a * v
v * a
a + v
v + a
a - v
v - a
a / v
v / a
a ** v
v ** a
a ** 2
2.0 ** a
-a
abs(a)
a * c
c * a
c + v
v - c
c / v
v ** c
n * v
v * n
n - v
v / n
n ** v
v ** n
np.float32(0.5) * a
np.int64(3) + v
np.array(2.0) * v
v - np.array(2.0)
a * b + c
a @ b
a @ c
c @ a
M @ a
M @ M.T
np.dot(a, b)
np.dot(M, c)
np.matmul(M, a)
np.inner(a, b)
np.outer(a, b)
np.vdot(a, b)
np.tensordot(M, a, axes=1)
np.einsum("ij,j->i", M, a)
np.kron(a, b)
np.cross(a, b)
np.trace(M @ M.T)
a.sum()
M.sum(axis=0)
M.sum(axis=1, keepdims=True)
np.sum(a)
np.prod(a)
np.cumsum(a)
np.cumprod(a)
np.diff(a)
a.mean()
np.mean(M, axis=0)
np.var(a)
np.var(M, axis=1, ddof=1)
np.std(a)
a.std()
np.average(a, weights=[1.0, 2.0, 3.0])
np.linalg.norm(a)
np.linalg.norm(M)
a.max()
a.min()
np.max(M, axis=1)
a - a.max()
np.sort(a)
np.maximum(a, 0.7)
np.minimum(a, b)
np.clip(a, 0.6, 1.1)
np.where(a > v, a, b)
np.where(c > 0.0, a, 0.0)
np.median(a)
np.exp(a)
np.exp(a) / np.exp(a).sum()
np.exp(a - a.max()) / np.sum(np.exp(a - a.max()))
np.log(a)
np.log(np.sum(np.exp(a)))
np.log1p(a)
np.expm1(a)
np.sqrt(a)
np.square(a)
np.log2(a)
np.log10(a)
np.hypot(a, b)
np.arctan2(a, b)
np.arcsin(a / 2.0)
np.arccos(a / 2.0)
np.arctan(a)
np.sinh(a)
np.cosh(a)
np.arcsinh(a)
np.arccosh(a + 1.0)
np.arctanh(a / 2.0)
+a
a % v
np.reciprocal(a)
np.sin(a) + np.cos(b) * np.tan(a)
np.tanh(M @ a + v)
np.absolute(a)
np.fabs(-a)
np.power(a, 3)
np.add(a, v)
np.multiply(v, a)
np.add.reduce(a)
np.multiply.outer(a, b)
np.exp(v)
np.sqrt(v * v + 1.0)
np.array([v, v * v, 1.0])
np.array([[v, 0.0], [0.0, v]]) @ np.array([1.0, 2.0])
np.stack([a, b])
np.concatenate([a, b]) * c.sum()
np.vstack([a, c])
np.hstack([a, v])
np.append(a, v)
np.full(3, v) * c
np.zeros(3) + v
np.ones((2, 3)) * a
np.repeat(a, 2)
np.tile(a, 2)
np.flip(a) * c
np.roll(a, 1) * c
np.tril(np.outer(a, b))
np.diag(a)
np.reshape(M, (3, 2))
M.T
M[:, 1]
a[::-1] * c
a[c > 0.0]
a[:, None] * b
a[np.argsort(a)]
a[np.argmax(a)]
sum(a)
np.vectorize(lambda x: x * x)(a)
np.apply_along_axis(np.sum, 1, M)
np.convolve(a, b)
np.polyval([1.0, 2.0, 3.0], v)
np.interp(0.0, [0.0, 1.0], [1.0, 2.0]) * v
np.nan_to_num(c) * a
""".strip().splitlines()

NUMBERS = {
    "a": np.array([0.5, 1.25, 0.75]),
    "b": np.array([1.5, 0.25, 0.875]),
    "M": np.array([[0.3, -0.6, 1.7], [2.1, 0.4, -1.3]]),
    "v": 1.0625,
}
PLAIN = {"c": np.array([0.5, -1.5, 2.0]), "n": np.float64(1.75), "np": np, "Value": Value}


def flat(x):
    return np.asarray(x, dtype=object).ravel().tolist()


def as_values(numbers):
    """The numbers with Values in their places, and those Values in a row."""
    values = {
        name: np.vectorize(Value, otypes=[object])(x) if isinstance(x, np.ndarray) else Value(x)
        for name, x in numbers.items()
    }
    return values, [leaf for x in values.values() for leaf in flat(x)]


def total(idiom, numbers):
    return sum(map(float, flat(eval(idiom, PLAIN | numbers))))


def moved(i, step):
    """The numbers, of which the i-th in a row is changed."""
    row = np.array([x for value in NUMBERS.values() for x in flat(value)])
    row[i] += step
    parts, start = {}, 0
    for name, value in NUMBERS.items():
        size = np.size(value)
        part = row[start : start + size]
        parts[name] = part.reshape(np.shape(value)) if np.ndim(value) else float(part[0])
        start += size
    return parts


def test_there_are_enough():
    assert len(set(IDIOMS)) == len(IDIOMS) >= 73


@pytest.mark.parametrize("idiom", IDIOMS)
def test_an_idiom_gives_numpys_numbers_and_their_gradients(idiom):
    values, leaves = as_values(NUMBERS)
    found = flat(eval(idiom, PLAIN | values))
    assert list(map(float, found)) == pytest.approx(
        list(map(float, flat(eval(idiom, PLAIN | NUMBERS)))), rel=1e-13
    )
    whole = sum(found)
    assert isinstance(whole, Value), "the graph is cut"
    whole.backward()
    h = 1e-6
    slopes = [
        (total(idiom, moved(i, h)) - total(idiom, moved(i, -h))) / (2.0 * h)
        for i in range(len(leaves))
    ]
    assert [leaf.grad for leaf in leaves] == pytest.approx(slopes, rel=1e-7, abs=1e-8)


def test_in_place():
    values, _ = as_values(NUMBERS)
    a, v = values["a"], values["v"]
    a += v
    a *= 2.0
    assert [x.data for x in a] == [3.125, 4.625, 3.625]


def test_a_numpy_scalar_stays_a_number_on_the_node():
    v = Value(2.0)
    for x in (np.float64(3.0), np.float32(3.0), np.int8(3), np.array(3.0), np.longdouble(3.0)):
        for y in (v * x, x * v, v + x, x - v, x**v, v / x):
            assert type(y) is Value
            assert y.operands == (v,)
            assert 3.0 in y.arguments
            assert type(y.data) is float


def test_comparisons_are_elementwise():
    values, _ = as_values(NUMBERS)
    a, v = values["a"], values["v"]
    assert (a > v).tolist() == [False, True, False]
    assert (v >= a).tolist() == [True, False, True]
    assert (a == a[1]).tolist() == [False, True, False]
    assert (np.float64(3.0) > v) is True or (np.float64(3.0) > v) == np.True_
    assert np.argmax(a) == 1


def test_the_numbers_come_out_where_they_are_asked_for():
    values, _ = as_values(NUMBERS)
    assert values["M"].astype(float).tolist() == NUMBERS["M"].tolist()
    assert np.array(list(values["a"]), dtype=float).tolist() == NUMBERS["a"].tolist()


# What NumPy cannot do with objects, whoever made them, and what to write.
@pytest.mark.parametrize(
    ("idiom", "instead"),
    [
        # NumPy has these questions for its own numbers alone, and asks no object for an answer.
        ("np.isfinite(a).all()", "np.isfinite(a.astype(float)).all()"),
        ("not np.isnan(a).any()", "not np.isnan(a.astype(float)).any()"),
        ("np.allclose(a, a)", "np.allclose(a.astype(float), a.astype(float))"),
        ("np.logaddexp(a, b).sum() > 0", "sum(map(Value.logaddexp, a, b)) > 0"),
        # LAPACK, in Fortran, solves for numbers.
        ("np.linalg.det(M @ M.T) > 0", "np.linalg.det((M @ M.T).astype(float)) > 0"),
        # True is no number here: it is 1.0 where it is meant as one.
        ("((c > 0) * v).sum() > 0", "((c > 0).astype(float) * v).sum() > 0"),
    ],
)
def test_what_numpy_has_for_its_own_numbers_only(idiom, instead):
    values, _ = as_values(NUMBERS)
    with pytest.raises(TypeError):
        eval(idiom, PLAIN | values)
    assert eval(instead, PLAIN | values)
