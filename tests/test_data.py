"""The data sets, splitting, standardisation, and reading tables."""

import contextlib
import math
import statistics
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_edu.data import Dataset, Standardizer, digits, iris, moons, xor
from tinygrad_edu.tables import TableError, read_table

# The data sets


def test_xor_is_1_where_the_inputs_differ():
    X, y = xor()
    assert len(X) == 4
    assert all(target == (x[0] != x[1]) for x, target in zip(X, y))


@pytest.mark.parametrize("n", [2, 3, 10, 101])
def test_moons_without_noise_are_scikit_learns(n):
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    X, y = moons(n, noise=0.0)
    theirs_X, theirs_y = datasets.make_moons(n, shuffle=False, noise=None)
    assert y == theirs_y.tolist()
    for ours, theirs in zip(X, theirs_X):
        assert ours == pytest.approx(theirs.tolist(), abs=1e-15)


def test_the_noise_of_moons_has_the_deviation_it_is_given():
    exact, _ = moons(2000, noise=0.0)
    noisy, _ = moons(2000, noise=0.3, seed=1)
    errors = [a - b for p, q in zip(noisy, exact) for a, b in zip(p, q)]
    assert statistics.fmean(errors) == pytest.approx(0.0, abs=0.02)
    assert statistics.stdev(errors) == pytest.approx(0.3, rel=0.05)


def test_moons_depend_on_the_seed_alone():
    assert moons(20, seed=3) == moons(20, seed=3)
    assert moons(20, seed=3) != moons(20, seed=4)


@pytest.mark.parametrize(("n", "noise"), [(1, 0.1), (10, -1.0), (10, math.nan), (10, math.inf)])
def test_moons_refuse_what_makes_no_sense(n, noise):
    with pytest.raises(ValueError, match="moons"):
        moons(n, noise)


def test_real_data_has_its_published_sizes():
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    flowers, images = iris(), digits()
    assert (len(flowers.X), len(flowers.features), len(flowers.classes)) == (150, 4, 3)
    assert flowers.classes[0] == "setosa"
    assert (len(images.X), len(images.features), len(images.classes)) == (1797, 64, 10)
    assert all(type(v) is float for v in images.X[0])


def test_real_data_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        iris()


# Splitting


def table_of(targets, classes=()):
    return Dataset([[float(i)] for i in range(len(targets))], targets, ("row",), classes)


@given(
    st.lists(st.integers(0, 2), min_size=2, max_size=40),
    st.floats(0.01, 0.99),
    st.integers(0, 5),
    st.booleans(),
)
def test_a_split_is_a_partition(targets, fraction, seed, classes):
    data = table_of(targets, ("a", "b", "c") if classes else ())
    train, test = data.split(fraction, seed)
    assert len(train.y) > 0
    assert len(test.y) > 0
    rows = [(x[0], t) for part in (train, test) for x, t in zip(part.X, part.y)]
    assert sorted(rows) == [(float(i), t) for i, t in enumerate(targets)]


def test_a_split_keeps_the_proportion_of_the_classes():
    train, test = table_of([0] * 80 + [1] * 20, ("a", "b")).split(0.25, seed=0)
    assert (list(test.y).count(0), list(test.y).count(1)) == (20, 5)
    assert (list(train.y).count(0), list(train.y).count(1)) == (60, 15)


def test_a_split_depends_on_the_seed_alone():
    data = table_of([1.0, 2.0] * 20)
    assert data.split(seed=1) == data.split(seed=1)
    assert data.split(seed=1) != data.split(seed=2)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.5, math.nan])
def test_a_split_refuses_a_fraction_outside_of_0_to_1(fraction):
    with pytest.raises(ValueError, match="between 0 and 1"):
        table_of([1.0, 2.0]).split(fraction)


def test_a_split_refuses_one_row():
    with pytest.raises(ValueError, match="at least two rows, not 1"):
        table_of([1.0]).split()


# Standardisation


def test_standardised_columns_have_mean_0_and_deviation_1():
    # 1, 2, 3 have the mean 2 and the deviation √((1 + 0 + 1)/3) = √(2/3)
    rows = Standardizer.of([[1.0], [2.0], [3.0]]).apply([[1.0], [2.0], [3.0], [4.0]])
    step = 1.0 / math.sqrt(2.0 / 3.0)
    assert [r[0] for r in rows] == pytest.approx([-step, 0.0, step, 2.0 * step], rel=1e-15)


def test_a_constant_column_becomes_0():
    assert Standardizer.of([[0.1], [0.1], [0.1]]).apply([[0.1], [7.0]]) == [[0.0], [0.0]]


@pytest.mark.parametrize("size", [1e-300, 1.0, 1e300])
def test_standardisation_neither_overflows_nor_underflows(size):
    rows = [[-size], [size]]
    (low,), (high,) = Standardizer.of(rows).apply(rows)
    assert (low, high) == pytest.approx((-1.0, 1.0), rel=1e-15)


# Tables


def write(folder, content):
    path = folder / "people.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_target_of_numbers_makes_a_regression(tmp_path):
    data = read_table(write(tmp_path, "age,height,income\n30,1.8,2e3\n40,1.7,-5\n"), "income")
    assert data == Dataset([[30.0, 1.8], [40.0, 1.7]], [2000.0, -5.0], ("age", "height"))


def test_a_target_of_text_makes_a_classification(tmp_path):
    text = "kind,size\nb,1\na,2\na,3\nb,4\n"
    data = read_table(write(tmp_path, text), "kind")
    assert data == Dataset([[1.0], [2.0], [3.0], [4.0]], [1, 0, 0, 1], ("size",), ("a", "b"))


def test_a_target_of_zeros_and_ones_makes_a_classification(tmp_path):
    path = write(tmp_path, "size,ill\n1,0\n2,1.0\n3,1\n4,0\n")
    X, names = [[1.0], [2.0], [3.0], [4.0]], ("size",)
    assert read_table(path, "ill") == Dataset(X, [0, 1, 1, 0], names, ("0", "1"))
    assert read_table(path, "ill", "numbers") == Dataset(X, [0.0, 1.0, 1.0, 0.0], names)


def test_other_numbers_are_classes_where_that_is_said(tmp_path):
    path = write(tmp_path, "size,grade\n1,10\n2,9\n3,9\n4,10\n5,-1\n6,-1\n")
    assert read_table(path, "grade").classes == ()
    asked = read_table(path, "grade", "classes")
    assert asked.classes == ("-1", "9", "10")
    assert asked.y == [2, 1, 1, 2, 0, 0]


def test_text_is_no_number_where_numbers_are_asked_for(tmp_path):
    path = write(tmp_path, "size,kind\n1,a\n2,b\n3,a\n4,b\n")
    with pytest.raises(TableError, match=r"line 2, column 'kind': 'a' is not a number"):
        read_table(path, "kind", "numbers")


@pytest.mark.parametrize(
    "content",
    [
        "x,y\n1,2\n3,4\n",
        "\ufeffx,y\n1,2\n3,4\n",  # as a spreadsheet saves "CSV UTF-8"
        "x;y\r\n1;2\r\n3;4\r\n",  # as it does where the comma is the decimal sign
        "x\ty\n1\t2\n3\t4\n",
        '"x" , y \n\n "1",2\n3, 4\n\n'.replace(' "1"', '"1"').replace('"x" ', '"x"'),
        "x,y\r1,2\r3,4",
    ],
    ids=["plain", "byte order mark", "semicolons", "tabs", "quotes and spaces", "old line ends"],
)
def test_tables_as_learners_have_them(tmp_path, content):
    data = read_table(write(tmp_path, content), "y")
    assert data == Dataset([[1.0], [3.0]], [2.0, 4.0], ("x",))


def test_cells_may_hold_commas_and_line_ends_in_quotes(tmp_path):
    text = 'x,"a, b"\n1,"one\ntwo"\n2,three\n3,"one\ntwo"\n4,three\noops,three\n'
    path = write(tmp_path, text)
    with pytest.raises(TableError, match=r"line 8, column 'x': 'oops' is not a number"):
        read_table(path, "a, b")


BAD_TABLES = {
    "empty": ("", "the file is empty"),
    "blank lines": ("\n\n", "the file is empty"),
    "header only": ("x,y\n", "line 1: no row of data"),
    "one row": ("x,y\n1,2\n", "line 2: one row of data"),
    "no such column": ("x,z\n1,2\n3,4\n", "line 1: no column 'y'; the columns are 'x', 'z'"),
    "only column": ("y\n1\n2\n", "line 1, column 'y': there is no other column"),
    "not a number": ("x,y\n1,2\nfoo,4\n", "line 3, column 'x': 'foo' is not a number"),
    "underscore": ("x,y\n1_000,2\n3,4\n", "line 2, column 'x': '1_000' is not a number"),
    "decimal comma": (
        "x;y\n1,5;2\n3;4\n",
        r"line 2, column 'x': '1,5' is not a number \(write 1\.5\)",
    ),
    "a decimal comma, or one of thousands": (
        'x,y\n"1,131",2\n3,4\n',
        r"line 2, column 'x': '1,131' is not a number \(write 1131 or 1\.131\)",
    ),
    "commas of millions": (
        'x,y\n"-1,131,000.5",2\n3,4\n',
        r"line 2, column 'x': '-1,131,000\.5' is not a number \(write -1131000\.5\)",
    ),
    "nan": ("x,y\n1,2\nnan,4\n", "line 3, column 'x': 'nan' is not a finite number"),
    "inf in target": ("x,y\n1,2\n3,-inf\n", "line 3, column 'y': '-inf' is not a finite number"),
    "too large": ("x,y\n1e999,2\n3,4\n", "line 2, column 'x': '1e999' is not a finite number"),
    "empty cell": ("x,y\n1,2\n,4\n", "line 3, column 'x': the cell is empty"),
    "empty target": ("x,y\n1,\n3,4\n", "line 2, column 'y': the cell is empty"),
    "short row": ("x,z,y\n1,2,3\n4,5\n", "line 3, column 'y': missing: the row has 2 cells"),
    "long row": ("x,y\n1,2\n3,4,5\n", "line 3, column 'y': the row has 3 cells, the header 2"),
    "same name twice": ("x,x,y\n1,2,3\n4,5,6\n", "line 1, column 'x': two columns have this name"),
    "no name": (",x,y\n0,1,2\n1,3,4\n", "line 1: column 1 of 3 has no name"),
    "not UTF-8": (b"x,y\n1,2\n\xe9,4\n", "line 3: byte 0xe9 is not UTF-8"),
    "open quote": ('x,y\n1,2\n"3,4\n', "line 3: not a CSV row"),
    "zero bytes": (b"x,y\n1,2\n\0,4\n", "line 3, column 'x': '.x00' is not a number"),
    "mixed target": (
        "x,y\n1,2\n3,high\n",
        "line 3, column 'y': 'high' is not a number, unlike '2' in line 2",
    ),
    "one class": ("x,y\n1,a\n3,a\n", "column 'y': every row is 'a'"),
    "class of one": ("x,y\n1,a\n2,b\n3,a\n", "line 3, column 'y': 'b' is the only row of its"),
    "constant target": ("x,y\n1,5\n2,5.0\n", "column 'y': every row is 5"),
}


@pytest.mark.parametrize(("content", "complaint"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_bad_table_is_told_in_one_line_with_file_line_and_column(tmp_path, content, complaint):
    path = write(tmp_path, content)
    with pytest.raises(TableError, match=complaint) as caught:
        read_table(path, "y")
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_table_error(tmp_path_factory, content):
    path = write(tmp_path_factory.getbasetemp(), content)
    with contextlib.suppress(TableError):
        read_table(path, "y")
