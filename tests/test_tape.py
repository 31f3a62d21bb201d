"""`Tape`: a graph as a table, from which the same graph can be made again."""

import math
from array import array

import pytest
from graphs import random_graph

from tinygrad_edu import Value, topological_order
from tinygrad_edu.arrays import Tape


def leaves_of(root):
    return [v for v in topological_order(root) if not v.operands]


def rebuilt(tape, leaves):
    """The values of all rows, computed by the operations' own functions."""
    values = []
    for row in range(len(tape)):
        if row in tape.constants:
            values.append(tape.constants[row])
        elif tape.op(row) == "":
            values.append(leaves[row])
        else:
            values.append(tape.op(row).function(*[values[i] for i in tape.arguments(row)]))
    return values


@pytest.mark.parametrize("seed", range(30))
def test_the_table_is_the_graph(seed):
    root = random_graph(seed, size=25)
    leaves = leaves_of(root)
    tape = Tape.of(root, parameters=leaves[:2], inputs=leaves[2:])
    fresh = [Value(v.data) for v in leaves]
    [again] = [rebuilt(tape, fresh)[row] for row in tape.roots]
    assert again.data == root.data
    root.backward()
    again.backward()
    assert [v.grad for v in fresh] == [v.grad for v in leaves]


@pytest.mark.parametrize("seed", range(30))
def test_rows_are_in_the_order_of_the_engine(seed):
    root = random_graph(seed, size=25)
    tape = Tape.of(root, parameters=leaves_of(root))
    nodes = [row for row in range(len(tape)) if tape.op(row) != ""]
    order = [v for v in topological_order(root) if v.operands]
    assert [tape.op(row) for row in nodes] == [v.op for v in order]
    assert nodes[-1:] == tape.roots
    for row in nodes:
        assert all(argument < row for argument in tape.arguments(row))


def test_by_hand():
    w, x = Value(2.0), Value(5.0)
    y = (w * x + 1.0) / (w * x)
    tape = Tape.of(y, [w], [x])
    assert [str(op) for op in tape.ops] == ["", "*", "+", "/"]
    assert tape.constants == {3: 1.0}
    assert list(tape.codes) == [0, 0, 1, 0, 2, 1, 3]
    assert list(tape.a) == [-1, -1, 0, -1, 2, 0, 4]
    assert list(tape.b) == [-1, -1, 1, -1, 3, 1, 5]
    assert tape.roots == [6]


def test_constants_are_told_apart_by_what_they_are():
    x = Value(1.0)
    numbers = [1.0, 0.0, -0.0, math.nan, float("nan"), 2.0, math.inf]
    total = x
    for n in numbers:
        total = (total + n) * n
    total = total + Value(2.0) + 1  # a leaf that nobody named is a constant as well
    tape = Tape.of(total, inputs=[x])
    assert sorted(map(repr, tape.constants.values())) == sorted(
        ["1.0", "0.0", "-0.0", "nan", "2.0", "inf"]
    )
    assert 1 not in tape.constants or tape.constants[1] == 1.0
    seen = [tape.constants[tape.b[r]] for r in range(len(tape)) if tape.op(r) == "*"]
    assert list(map(repr, seen)) == list(map(repr, numbers))


def test_numbers_on_either_side_keep_their_side():
    x = Value(3.0)
    for y in (2.0 - x, x - 2.0, 2.0 / x, x / 2.0, 2.0**x, x**2.0):
        tape = Tape.of(y, [x])
        assert [rebuilt(tape, [x])[r].data for r in tape.roots] == [y.data]


def test_leaves_have_rows_used_or_not_and_each_only_one():
    w, unused, x = Value(1.0), Value(2.0), Value(3.0)
    tape = Tape.of(w * w, parameters=[w, unused, w], inputs=[x, w, x])
    assert list(tape.parameters) == [0, 1]
    assert tape.inputs == [2, 0, 2]
    assert len(tape) == 4


def test_roots_may_be_leaves_share_nodes_and_repeat():
    x, c = Value(2.0), Value(7.0)
    y = x * x
    z = y + x
    tape = Tape.of([z, y, x, c, z], [x])
    assert tape.roots == [2, 1, 0, 3, 2]
    assert tape.constants == {3: 7.0}


def test_a_long_chain():
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y + x
    assert len(Tape.of(y, [x])) == 100_001


def test_a_row_is_small():
    x = Value(1.0)
    tape = Tape.of(x * x, [x])
    columns = (tape.codes, tape.a, tape.b)
    assert all(isinstance(column, array) for column in columns)
    assert sum(column.itemsize for column in columns) == 10


def test_what_is_no_leaf_or_no_value_is_refused():
    x = Value(1.0)
    with pytest.raises(ValueError, match="a tape's parameter is a leaf, not the result of neg"):
        Tape.of(x * x, [-x])
    with pytest.raises(TypeError, match=r"a tape's root is a Value, not float: 2\.0"):
        Tape.of([2.0])
    with pytest.raises(TypeError, match="a tape's input is a Value, not str"):
        Tape.of(x, inputs=["x"])
