"""Chains of + in the columns of a tape: the terms that they add, in their order."""

from random import Random

import pytest

from tinygrad_edu import Value, logaddexp
from tinygrad_edu.arrays import Tape
from tinygrad_edu.arrays.tapes.tape import NONE

np = pytest.importorskip("numpy")

from tinygrad_edu.arrays.lifting.chains import folds, sums  # noqa: E402
from tinygrad_edu.arrays.lifting.graph import Graph  # noqa: E402


def columns(tape):
    first, second = (np.asarray(column, np.int64) for column in (tape.a, tape.b))
    used = np.concatenate([first, second, tape.roots])
    return first, second, np.bincount(used[used != NONE], minlength=len(tape))


def found(root, parameters):
    """By the row of each sum, the rows that it adds."""
    tape = Tape.of(root, parameters)
    first, second, uses = columns(tape)
    plus = np.array([str(tape.op(row)) == "+" for row in range(len(tape))])
    rows, ends, parts = sums(plus, first, second, uses)
    lines = np.split(parts, ends[:-1]) if len(rows) else []
    return tape, dict(zip(rows.tolist(), [line.tolist() for line in lines]))


def by_walking(tape):
    """The same by following the links from each sum's end."""
    _, _, uses = columns(tape)
    links = {row for row in range(len(tape)) if str(tape.op(row)) == "+"}

    def terms(row):
        inner = [terms(a) if a in links and uses[a] == 1 else [a] for a in tape.arguments(row)]
        return [a for part in inner for a in part]

    within = {a for row in links for a in tape.arguments(row) if a in links and uses[a] == 1}
    return {row: terms(row) for row in links - within}


def test_chains_are_one_sum_whichever_side_they_grow_on():
    a, b, c, d = leaves = [Value(x) for x in (1.0, 2.0, 3.0, 4.0)]
    for root in (((a + b) + c) + d, a + (b + (c + d)), (a + b) + (c + d), a + ((b + c) + d)):
        tape, chains = found(root, leaves)
        assert chains == {len(tape) - 1: [0, 1, 2, 3]}


def test_a_sum_that_is_used_twice_or_is_asked_for_stays_whole():
    a, b = leaves = [Value(1.0), Value(2.0)]
    s = a + b
    assert found(s * s + a, leaves)[1] == {2: [0, 1], 4: [3, 0]}
    assert found(s + s, leaves)[1] == {2: [0, 1], 3: [2, 2]}
    assert found([s + a, s], leaves)[1] == {2: [0, 1], 3: [2, 0]}


def test_random_trees_of_sums_have_the_terms_that_walking_them_finds():
    for seed in range(300):
        rng = Random(seed)
        leaves = [Value(rng.random()) for _ in range(5)]
        pool = list(leaves)
        for _ in range(rng.randrange(1, 40)):
            x, z = rng.choice(pool[-6:]), rng.choice(pool)
            pool.append(x + z if rng.random() < 0.8 else x * z)
        root = pool[-1]
        for v in rng.sample(pool, 4):
            root = root + v if rng.random() < 0.5 else v + root
        tape, chains = found(root, leaves)
        assert chains == by_walking(tape), seed


def test_a_long_chain_is_one_sum():
    x = Value(1.0)
    root = x
    for _ in range(20_000):
        root = root + x
    _, chains = found(root, [x])
    assert list(chains.values()) == [[0] * 20_001]


def test_folds_of_logaddexp_take_short_ones_that_are_used_again_with_them():
    a, b, c, d = leaves = [Value(x) for x in (1.0, 2.0, 3.0, 4.0)]
    inner = logaddexp(logaddexp(a, b), c)
    tape = Tape.of([logaddexp(d, inner), inner], leaves)
    rows = [row for row in range(len(tape)) if str(tape.op(row)) == "logaddexp"]
    chains = {row: [*chain] for row, chain in folds(rows, *columns(tape)).items()}
    assert chains == {5: [0, 1, 2], 6: [3, 0, 1, 2]}


def test_a_graph_has_the_rows_that_its_outputs_need():
    w, x, _ = leaves = [Value(2.0), Value(3.0), Value(5.0)]
    graph = Graph(Tape.of(w * x + w * 2.0 + 1.0, leaves))
    [root] = graph.outputs
    assert graph.op == ["", "", "", "", "", "sum"]  # the products are terms, the links are gone
    assert graph.terms(root) == [(0, 1), (0, 3), (4,)]
    assert graph.values == {3: 2.0, 4: 1.0}
    assert graph.alive == [0, 1, 3, 4, 5]


def test_equal_sums_are_one_row():
    w, x = leaves = [Value(2.0), Value(3.0)]
    first, again = (w * x + x * x + w for _ in range(2))
    graph = Graph(Tape.of(first.tanh() * again.tanh(), leaves))
    assert [graph.op[row] for row in graph.alive] == ["", "", "sum", "tanh", "*"]
    assert graph.args[graph.outputs[0]] == (3, 3)
