"""`Replay`: a recorded graph run again gives the engine's numbers, to the last bit."""

import gc
import itertools
import math
import random
import tracemalloc
from array import array
from contextlib import suppress
from pathlib import Path
from tracemalloc import Filter

import pytest
from playing import players

import tinygrad_edu.arrays.tapes.replay as replay_module
from tinygrad_edu import OPS, Value, no_grad
from tinygrad_edu.arrays import Replay, Tape
from tinygrad_edu.engine import record
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.ops import Op, define
from tinygrad_edu.recording import observing

POINTS = [0.0, -0.0, 5e-324, -5e-324, 1e-310, -1e-310, 1e-8, -1e-8, 0.3, -0.3, 0.5, 1.0, -1.0]
POINTS += [
    1.5,
    2.0,
    -2.0,
    3.0,
    -3.0,
    20.0,
    -20.0,
    700.0,
    -720.0,
    -746.0,
    801.0,
    -801.0,
    1e10,
    -1e10,
]
POINTS += [1e200, -1e200, 1.7e308, math.inf, -math.inf, math.nan, -1.2784645427610738, -0.75]


@pytest.fixture(params=["plain", "native"])
def play(request, monkeypatch):
    """What makes a player; `Replay` takes it too."""
    make = players()[request.param]
    monkeypatch.setattr(replay_module, "player", make)
    return make


def bits(numbers):
    return [x.hex() if x == x else "nan" for x in numbers]


def by_the_engine(function, numbers):
    leaves = [Value(x) for x in numbers]
    y = function(*leaves)
    y.backward()
    return bits([y.data, *(v.grad for v in leaves)])


def again(function, numbers, start=1.25):
    """The same by a graph that was recorded at another point."""
    leaves = [Value(start) for _ in numbers]
    value, grads = Replay(function(*leaves), leaves).run(numbers)
    return bits([value, *grads])


class TestEveryOperation:
    @pytest.mark.parametrize("name", OPS)
    def test_of_values(self, play, name):
        op = OPS[name]
        for numbers in itertools.product(POINTS, repeat=len(op.rules)):
            for k in (0.01, 1.0, -2.0)[: 1 + 2 * (op.arity - len(op.rules))]:

                def function(*xs, k=k):
                    return op.function(*[*xs, k][: op.arity])

                assert again(function, numbers) == by_the_engine(function, numbers), numbers

    @pytest.mark.parametrize("name", [name for name in OPS if len(OPS[name].rules) == 2])
    def test_with_a_plain_number_on_either_side(self, play, name):
        function = OPS[name].function
        for x, n in itertools.product(POINTS, repeat=2):
            for one in (lambda v, n=n: function(v, n), lambda v, n=n: function(n, v)):
                assert again(one, [x]) == by_the_engine(one, [x]), (x, n)

    @pytest.mark.parametrize("name", [name for name in OPS if len(OPS[name].rules) == 2])
    def test_of_one_value_twice(self, play, name):
        def twice(v):
            return OPS[name].function(v, v) + v

        for x in POINTS:
            assert again(twice, [x]) == by_the_engine(twice, [x]), x

    def test_what_c_knows_is_in_the_table(self):
        known = set(players()["native"].__globals__["_NAMES"])
        assert "tanh" in known
        assert known <= {"", *OPS}

    @pytest.mark.parametrize(
        "nan",
        [
            lambda x: x / x,
            lambda x: -(x / x),
            lambda x: x * math.inf,
            lambda x: (x - 2.0) ** 0.5,
            lambda x: (x - 2.0) ** (x + 0.5),
            lambda x: OPS["sin"].function(x + math.inf),
            lambda x: OPS["cos"].function(x - math.inf),
            lambda x: OPS["tan"].function(x + math.inf),
            lambda x: OPS["log"].function(x - 1.0),
            lambda x: OPS["log1p"].function(x - 3.0),
            lambda x: OPS["sqrt"].function(x - 1.0),
            lambda x: (x + math.inf) - (x + math.inf),
        ],
    )
    def test_a_nan_has_the_engines_sign(self, play, nan):
        # which numbers do not show, but the derivative of |x| does
        def f(x, w):
            return abs(nan(x) + w)

        assert again(f, [0.0, 1.0]) == by_the_engine(f, [0.0, 1.0])


class TestSumsOfProducts:
    """The player in C plays a run of products that are added one by one as one row."""

    @pytest.mark.parametrize(
        "function",
        [
            lambda a, b, c, d: a * b + c * d + a * d,
            lambda a, b, c, d: d + a * b + c * d + a * d,
            lambda a, b, c, d: a + a * b + b * a + a * a,
            lambda a, b, c, d: (a + b * c + c * d) * a + c * b + d * a,
            lambda a, b, c, d: a + b * 2.0 + c * 3.0 + d * 4.0,
            lambda a, b, c, d: a + 2.0 * b + 3.0 * c + d * b + c * d,
            lambda a, b, c, d: a * b + (c * d + a * a),
            lambda a, b, c, d: (s := a + b * c + c * d) * (s + a * a + b * b),
            lambda a, b, c, d: (p := b * c) + a * d + p + b * d + c * a,
            lambda a, b, c, d: -0.0 * a + b * 0.0 + c * -0.0,
        ],
    )
    def test_are_the_engines(self, play, function):
        for numbers in itertools.product((0.1, -3.0, -0.0, math.inf, 1e200, math.nan), repeat=4):
            assert again(function, numbers) == by_the_engine(function, numbers), numbers

    def test_at_random(self, play):
        for seed in range(300):

            def function(*leaves, seed=seed):
                rng, pool = random.Random(seed), list(leaves)
                for _ in range(rng.randrange(1, 12)):
                    s = rng.choice(pool)
                    for _ in range(rng.randrange(6)):
                        factors = rng.choice(pool), rng.choice([*pool, 0.3, -2.0])
                        s = s + factors[0] * factors[1]
                        if rng.random() < 0.1:
                            pool.append(s)
                    pool.append(s)
                return pool[-1] + rng.choice(pool) if rng.random() < 0.3 else pool[-1]

            numbers = [random.Random(seed).uniform(-1.0, 1.0) for _ in range(4)]
            assert again(function, numbers) == by_the_engine(function, numbers), seed

    def test_whose_parts_are_asked_for_have_them(self, play):
        a, b, c = leaves = [Value(x) for x in (2.0, 3.0, 5.0)]
        first = a + a * b
        second = first + b * c
        third = second + c * a
        player = play(Tape.of([third, second, first], leaves))
        assert player.forward(array("d", [2.0, 3.0, 5.0]), []) == [33.0, 23.0, 8.0]
        totals = array("d", [0.0] * 3)
        player.backward([0.0, 1.0], totals)  # d(a + ab + bc)
        assert totals.tolist() == [4.0, 7.0, 3.0]


class TestOperationsOfOnesOwn:
    @pytest.fixture
    def cube(self):
        def function(x):
            return record(x.data**3, op, x, 3.0 * x.data**2)

        op = define("cube", function, lambda x, y: 3.0 * x * x)
        yield function
        del OPS["cube"]

    def test_they_are_called(self, play, cube):
        for x in (2.0, -1.5, math.inf):
            assert again(cube, [x]) == by_the_engine(cube, [x])

    def test_one_with_the_name_of_another_is_itself(self, play):
        op = Op("tanh", lambda x: record(2.0 * x.data, op, x, 2.0), lambda x, y: 2.0)
        assert again(op.function, [3.0]) == bits([6.0, 2.0])

    def test_what_they_raise_is_raised(self, play):
        def function(x):
            if x.data < 0.0:
                raise ValueError("below zero")
            return record(x.data, op, x, 1.0)

        op = define("picky", function, lambda x, y: 1.0)
        try:
            x = Value(1.0)
            replay = Replay(function(x * 1.0), [x])
            with pytest.raises(ValueError, match="below zero"):
                replay.run([-1.0])
            assert replay.run([2.0]) == (2.0, [1.0])
        finally:
            del OPS["picky"]


class TestPitfalls:
    def test_constants_that_equal_row_numbers(self, play):
        def f(a, b, c):
            return a * 0.0 + b * 1.0 + c * 2.0 + a * 3.0 + (b + 4) * 5

        assert again(f, [1.5, -2.0, 7.0]) == by_the_engine(f, [1.5, -2.0, 7.0])

    def test_negative_zero(self, play):
        def f(x):
            return 1.0 / (x * 0.0) + 1.0 / (x * -0.0 * -1.0) + -0.0 * x

        for x in (1.0, -1.0, 0.0, -0.0):
            assert again(f, [x]) == by_the_engine(f, [x])

    def test_duplicated_samples(self, play):
        def f(w, b):
            return mse_loss([w * x + b for x in (2.0, 2.0, 2.0)], [1.0, 1.0, 1.0])

        assert again(f, [0.3, 0.1]) == by_the_engine(f, [0.3, 0.1])

    def test_a_parameter_used_twice(self, play):
        def f(w):
            return w * w + w - w / w

        assert again(f, [0.7]) == by_the_engine(f, [0.7])

    def test_an_unused_parameter(self, play):
        w, unused = Value(2.0), Value(5.0)
        assert Replay(w * w, [unused, w]).run([1.0, 3.0]) == (9.0, [0.0, 6.0])

    def test_a_loss_of_no_parameter(self, play):
        x, w = Value(2.0), Value(5.0)
        assert Replay(x * x, [w], [x]).run([1.0], [3.0]) == (9.0, [0.0])
        assert Replay(Value(4.0), [w]).run([1.0]) == (4.0, [0.0])
        assert Replay(x * x).run() == (4.0, [])

    def test_a_root_that_is_a_leaf(self, play):
        w, x = Value(2.0), Value(3.0)
        assert Replay(w, [w]).run([7.0]) == (7.0, [1.0])
        assert Replay(x, [w], [x]).run([7.0], [8.0]) == (8.0, [0.0])

    def test_an_input_that_is_a_parameter_too(self, play):
        w = Value(2.0)
        assert Replay(w * w, [w], [w]).run([0.0], [3.0]) == (9.0, [6.0])

    def test_a_parameter_that_is_given_twice(self, play):
        w, v = Value(2.0), Value(1.0)
        replay = Replay(w * w * v, [w, v, w])
        assert replay.run([0.0, 2.0, 3.0]) == (18.0, [12.0, 9.0, 12.0])

    def test_a_batch_of_one(self, play):
        model = MLP(2, [3, 1], activation="tanh", seed=0)
        parameters = model.parameters()
        loss = mse_loss([model([0.5, -1.0])], [1.0])
        replay = Replay(loss, parameters)
        loss.backward()
        value, grads = replay.run([p.data for p in parameters])
        assert bits([value, *grads]) == bits([loss.data, *(p.grad for p in parameters)])

    def test_sums_of_gradients_are_added_in_the_engines_order(self, play):
        # (1e16 + 1) - 1e16 is not (1e16 - 1e16) + 1
        def f(w):
            return w * 1e16 + w * 1.0 + w * -1e16 + w * 3.0

        assert again(f, [1.0]) == by_the_engine(f, [1.0])


class TestTraining:
    def test_epochs_are_the_engines_to_the_last_bit(self, play):
        rng = random.Random(0)
        X = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(5)]
        Y = [math.sin(x[0]) for x in X]
        eager, model = MLP(2, [4, 1], seed=0), MLP(2, [4, 1], seed=0)
        replay = Replay(mse_loss([model(x) for x in X], Y), model.parameters())
        numbers = [p.data for p in model.parameters()]
        for _ in range(20):
            loss = mse_loss([eager(x) for x in X], Y)
            eager.zero_grad()
            loss.backward()
            value, grads = replay.run(numbers)
            assert value == loss.data
            assert grads == [p.grad for p in eager.parameters()]
            for p in eager.parameters():
                p.data -= 0.1 * p.grad
            numbers = [x - 0.1 * g for x, g in zip(numbers, grads)]

    def test_the_graph_itself_is_not_kept_and_not_touched(self, play):
        x = Value(2.0)
        y = x * x
        replay = Replay(y, [x])
        replay.run([5.0])
        assert (x.data, x.grad, y.data, y.grad) == (2.0, 0.0, 4.0, 0.0)
        del y
        assert replay.run([3.0]) == (9.0, [6.0])

    def test_it_records_within_no_grad_and_tells_no_observer(self, play):
        x = Value(2.0)
        replay = Replay(OPS["gelu"].function(x * x), [x])
        outside = replay.run([1.5])
        told = []
        with no_grad(), observing(told.append):
            assert replay.run([1.5]) == outside
        assert told == []

    def test_lanes_are_apart(self, play):
        w, x = Value(0.0), Value(0.0)
        tape = Tape.of([w * x, OPS["exp"].function(w)], [w], [x])
        player = play(tape)
        data, totals = array("d", [2.0]), array("d", [100.0])
        assert [player.forward(data, [float(k)], k)[0] for k in range(3)] == [0.0, 2.0, 4.0]
        player.backward([10.0, 0.0], totals, 2)
        assert list(totals) == [120.0]
        player.backward([1.0, 0.0], totals, 1)
        assert list(totals) == [121.0]

    def test_rows_after_the_last_seeded_root_take_no_part(self, play):
        # √0 has an infinite derivative, and 0 · ∞ is nan: it must not come in
        w = Value(0.0)
        player = play(Tape.of([w * 2.0, OPS["sqrt"].function(w)], [w]))
        totals = array("d", [0.0])
        assert player.forward(array("d", [0.0]), []) == [0.0, 0.0]
        player.backward([1.0], totals)
        assert list(totals) == [2.0]
        player.backward([1.0, 0.0], totals)
        assert math.isnan(totals[0])

    def test_a_row_takes_few_bytes(self):
        x = Value(1.0)
        y = x
        for _ in range(100_000):
            y = y * x
        tape = Tape.of(y, [x])
        gc.collect()
        tracemalloc.start()
        player = players()["native"](tape)
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # 2 + 4 + 4 for the row, 8 for its number; and 8 for the gradient while it is played
        assert held / len(tape) < 18.1
        totals = array("d", [0.0])
        tracemalloc.start()
        player.forward(array("d", [1.0]), [])
        player.backward([1.0], totals)
        left, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most / len(tape) < 8.1
        assert left < 1000

    def test_a_row_takes_few_bytes_in_python_too(self):
        x = y = Value(1.0)
        for _ in range(20_000):
            y = y * x
        parameters, totals = array("d", [1.0]), array("d", [0.0])
        gc.collect()
        tracemalloc.start()
        tape = Tape.of(y, [x])
        marks = tracemalloc.take_snapshot().filter_traces([Filter(True, "*tape.py")])
        player = players()["plain"](tape)
        before, _ = tracemalloc.get_traced_memory()
        player.forward(parameters, [])
        player.backward([1.0], totals)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        columns = sum(trace.size for trace in marks.traces if trace.size > 1000)
        assert columns / len(tape) < 12.0  # of the tape; and of the lane:
        assert (after - before) / len(tape) < 9.0
        assert totals[0] == 20_001.0


class TestStorm:
    def test_random_graphs(self, play, monkeypatch):
        monkeypatch.syspath_prepend(str(Path(__file__).parent / "storms"))
        import arrays

        compared, wrong = arrays.storm(150)
        assert compared > 3000
        assert wrong == []

    def test_it_sees_one_bit(self, play, monkeypatch):
        monkeypatch.syspath_prepend(str(Path(__file__).parent / "storms"))
        import arrays

        run = Replay.run

        def off(self, *numbers):
            value, grads = run(self, *numbers)
            return value, [math.nextafter(g, 9.0) if g == g else g for g in grads]

        monkeypatch.setattr(Replay, "run", off)
        assert len(arrays.storm(20)[1]) > 20


class TestBadInput:
    def test_counts_that_differ(self, play):
        w, x = Value(1.0), Value(2.0)
        replay = Replay(w * x, [w], [x])
        with pytest.raises(ValueError, match="there are 1 parameters, not 2"):
            replay.run([1.0, 2.0], [1.0])
        with pytest.raises(ValueError, match="inputs are 1 numbers, not 0"):
            replay.run([1.0])

    def test_what_is_no_number(self, play):
        w, x = Value(1.0), Value(2.0)
        replay = Replay(w * x, [w], [x])
        with pytest.raises(TypeError):
            replay.run(["1"], [1.0])
        with pytest.raises(TypeError):
            replay.run([1.0], ["1"])

    def test_numbers_that_change_while_they_are_read(self, play):
        class Shrinks(float):
            def __float__(self):
                numbers.clear()
                return 1.0

        w, v = Value(1.0), Value(2.0)
        replay = Replay(w * v, [w, v])
        numbers = [Shrinks(1.0), 5.0]
        with suppress(ValueError):  # which says how many numbers there ought to be
            replay.run(numbers)
        assert replay.run([3.0, 4.0]) == (12.0, [4.0, 3.0])

    def test_a_root_that_is_no_value(self):
        with pytest.raises(TypeError, match=r"the root of a graph is a Value, not float: 1\.0"):
            Replay(1.0)

    def test_what_is_not_the_table_of_a_tape(self):
        make = players()["native"].__globals__["native"].Player
        good = [
            b"\0\0\1\0",
            array("i", [-1, 0]),
            array("i", [-1, 0]),
            1,
            [],
            {},
            [1],
            [0, 3],
            [],
        ]
        assert make(*good).forward(array("d", [3.0]), []) == [9.0]
        for place, bad in [
            (1, array("i", [-1, 1])),
            (2, array("i", [0])),
            (3, 3),
            (5, {2: 1.0}),
            (6, [2]),
            (7, [0]),
            (7, [0, -1]),
        ]:
            with pytest.raises(ValueError, match=r"tape|constants"):
                make(*good[:place], bad, *good[place + 1 :])
        with pytest.raises(IndexError, match="there are 1 lanes, and no lane 1"):
            make(*good).backward([1.0], array("d", [3.0]), 1)
        with pytest.raises(ValueError, match=r"parameters are an array\('d'\) of 1 numbers"):
            make(*good).forward(array("f", [3.0]), [])
