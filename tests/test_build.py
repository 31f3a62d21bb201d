"""What must be the same whether the engine is compiled or runs as plain Python."""

import gc
import importlib
import inspect
import itertools
import random
import shutil
import struct
import sys
import threading
import traceback
import tracemalloc
import weakref
from fractions import Fraction
from pathlib import Path

import pytest

import tinygrad_edu
from tinygrad_edu import (
    OPS,
    Value,
    activations,
    engine,
    functions,
    reductions,
    topological_order,
    updates,
)
from tinygrad_edu.cli.info import info
from tinygrad_edu.nn import Module

# From 3.13 on CPython frees plain objects, of whatever class, with up to a megabyte of stack.
SMALL_STACK = 1 << 18 if engine.COMPILED or sys.version_info < (3, 13) else 1 << 20


def chain(length, start=None):
    """y = (… (x · c + x) · c + x …): `length` rounds of two nodes."""
    x = Value(1.0) if start is None else start
    y = x
    for _ in range(length):
        y = y * 0.9999999 + x
    return y


def in_thread(function):
    """Run a function in a thread with a small stack and raise what it raised."""
    errors = []

    def run():
        try:
            function()
        except BaseException as error:
            errors.append(error)

    before = threading.stack_size(SMALL_STACK)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if errors:
        raise errors[0]


def test_info_tells_which_build_runs():
    assert ("compiled" in info()) == engine.COMPILED
    assert engine.__file__.endswith(".py") != engine.COMPILED


@pytest.mark.skipif(not engine.COMPILED, reason="the engine is not compiled")
def test_compiled_equals_plain_to_the_last_bit(tmp_path, monkeypatch):
    source = Path(tinygrad_edu.__file__).parent
    ignore = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    shutil.copytree(source, tmp_path / "plain_tinygrad_edu", ignore=ignore)
    monkeypatch.syspath_prepend(tmp_path)
    plain = importlib.import_module("plain_tinygrad_edu")
    assert not plain.engine.COMPILED

    def bits(package):
        """Of a nan only that it is one: its sign is the machine's affair."""
        rng = random.Random(1)
        leaves = [package.Value(rng.gauss(0.0, 10.0 ** rng.randrange(-3, 4))) for _ in range(8)]
        leaves += [package.Value(x) for x in (0.0, -0.0, 1e300, 5e-324, float("inf"))]
        numbers = []
        for _ in range(400):
            a, b = rng.choice(leaves), rng.choice(leaves)
            name = rng.choice(list(package.OPS))
            op = package.OPS[name]
            arguments = [a, b] if len(op.rules) == 2 else [a, 0.5]
            y = op.function(*arguments[: op.arity]) * rng.choice([1, 0.1, a]) + b
            y.backward()
            numbers += [y.data, *y.local_grads, *y.contributions]
        xs = leaves[:8]
        outputs = [*package.softmax(xs), package.dot(xs, [2, 0.5, *xs[2:]], 1), package.mean(xs)]
        for y in outputs:
            y.backward()
        numbers += [v.grad for v in leaves + outputs]
        return [struct.pack("d", x) if x == x else b"nan" for x in numbers]

    assert bits(tinygrad_edu) == bits(plain)


@pytest.mark.parametrize("length", [100, 200_000])
def test_deep_graphs_are_freed_on_a_small_stack(length):
    def build_and_drop():
        y = chain(length)
        y.backward()
        del y
        ys = [chain(length // 4) for _ in range(4)]
        random.Random(0).shuffle(ys)
        while ys:
            ys.pop()

    build_and_drop()
    in_thread(build_and_drop)


@pytest.mark.parametrize("collecting", [True, False])
def test_dropped_graphs_leave_other_objects_alone(collecting):
    rng = random.Random(2)
    pool = [Value(rng.uniform(-1.0, 1.0)) for _ in range(50)]
    others = []
    if not collecting:
        gc.disable()
    try:
        for i in range(20_000):
            a, b = rng.choice(pool), rng.choice(pool)
            y = rng.choice([a + b, a * b, a - 0.5, a.tanh(), a / (b * b + 1.0)])
            pool[rng.randrange(len(pool))] = y
            if i % 10 == 0:
                others.append((str(i) * 3, [i], {i: [i]}, Value(i)))
    finally:
        gc.enable()
    del pool, a, b, y
    for text, numbers, table, value in others:
        i = numbers[0]
        assert text == str(i) * 3
        assert table == {i: [i]}
        assert value.data == i


def test_labels_that_run_code_when_they_are_freed():
    class Label(str):
        freed = 0

        def __del__(self):
            Label.freed += 1
            chain(60)

    def build_and_drop():
        for _ in range(5):
            y = Value(1.0)
            for i in range(500):
                y = y * 0.5
                y.label = Label(i)

    threads = [threading.Thread(target=build_and_drop) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert Label.freed == 4 * 5 * 500


def test_memory_of_a_node():
    # Compiled, nodes take memory by chunks of 2 MiB, of which 32 are kept when they are empty.
    length, kept = (500_000, 32 << 21) if engine.COMPILED else (10_000, 0)
    x = Value(1.0)
    tracemalloc.start()
    y = chain(length, start=x)
    size, _ = tracemalloc.get_traced_memory()
    del y
    left, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size / (2 * length) <= (120 if engine.COMPILED else 200)
    assert left < kept + 10_000
    assert gc.is_tracked(x) != engine.COMPILED


def test_memory_of_dropped_nodes_is_used_again():
    x = Value(1.0)
    kept = []
    tracemalloc.start()
    for _ in range(20):
        nodes = topological_order(chain(10_000, start=x))
        random.Random(0).shuffle(nodes)
        kept += [Value(v.data) for v in nodes[:20]]  # here and there among the dropped nodes
        del nodes
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 5 << 20


@pytest.mark.skipif(not engine.COMPILED, reason="where plain objects lie is Python's affair")
def test_nodes_lie_in_the_order_in_which_they_were_made():
    rng = random.Random(3)
    kept = []
    for _ in range(20):
        nodes = topological_order(chain(1_000))
        rng.shuffle(nodes)
        kept += nodes[:50]
        while nodes:
            nodes.pop()
        rng.shuffle(kept)
        del kept[:50]
    places = [id(v) for v in topological_order(chain(1_000))[1:]]
    descents = sum(b < a for a, b in itertools.pairwise(places))
    assert descents <= 1, "one, where one chunk is full and the next begins"


def test_nodes_are_freed_without_the_collector():
    class Label(str):
        freed = False

        def __del__(self):
            Label.freed = True

    x = Value(2.0)
    y = (x * x + x).tanh()
    y.label = Label("y")
    z = y * y
    gc.disable()
    try:
        del y, z
        assert Label.freed
    finally:
        gc.enable()


def test_docstrings_and_signatures():
    documented = [op.function for op in OPS.values() if op.is_function]
    documented += [Value, Value.backward, Value.data, Value.grad, Value.operands, Value.tanh]
    documented += [reductions.dot, reductions.softmax, updates.grads_of, activations.leaky_relu]
    for thing in documented:
        assert inspect.getdoc(thing), thing
    assert "eˣ - e⁻ˣ" in inspect.getdoc(functions.tanh)
    assert str(inspect.signature(activations.leaky_relu)).startswith("(x")
    assert list(inspect.signature(Value).parameters) == ["data", "label"]
    assert list(inspect.signature(reductions.dot).parameters) == ["a", "b", "start"]


def test_tracebacks_name_the_line():
    with pytest.raises(TypeError) as caught:
        Value("3")
    frames = traceback.extract_tb(caught.tb)
    assert frames[-1].name == "float64"
    assert frames[-1].filename.endswith("ieee.py")


@pytest.mark.parametrize(
    "attempt", [lambda x, r: x + r, lambda x, r: x * r, lambda x, r: x**r, lambda x, r: x / r]
)
def test_operators_leave_strangers_to_their_own_methods(attempt):
    class Stranger:
        def __radd__(self, other):
            return "mine"

        __rmul__ = __rpow__ = __rtruediv__ = __radd__

    assert attempt(Value(2.0), Stranger()) == "mine"
    with pytest.raises(
        TypeError, match=r"unsupported operand|a Value is multiplied by|cannot be interpreted"
    ):
        attempt(Value(2.0), "a")


def test_any_real_number_is_taken():
    numpy = pytest.importorskip("numpy")
    for x in (2, Fraction(2), numpy.float32(2.0), numpy.int8(2), numpy.float64(2.0)):
        assert functions.exp(x).data == functions.exp(2.0).data
        assert activations.leaky_relu(-1.0, x).data == -2.0
        assert reductions.dot([x], [Value(3.0)]).data == 6.0
        assert (x * Value(3.0)).data == (Value(3.0) * x).data == 6.0


def test_a_value_may_be_referred_to_weakly():
    told = []
    kept = Value(1.0)
    beside = weakref.WeakKeyDictionary({kept: "mine"})
    references = [weakref.ref(Value(i)) for i in range(3)]
    assert [reference() for reference in references] == [None] * 3
    y = kept * 2.0
    reference = weakref.ref(y, lambda _: told.append(Value(1.0) + 1.0))
    assert reference() is y
    del y
    assert reference() is None
    assert len(told) == 1
    assert beside[kept] == "mine"
    del kept
    assert not beside


def test_nothing_else_is_hung_on_a_value():
    with pytest.raises(AttributeError, match="'Value' object has no attribute 'momentum'"):
        Value(1.0).momentum = 0.0
    with pytest.raises(
        TypeError, match=r"a function of Values, .* a subclass of .*Module, .* \{value: …\}"
    ):
        type("Mine", (Value,), {})


def test_values_are_keys():
    a, b = Value(1.0), Value(1.0)
    assert hash(a) == object.__hash__(a)
    assert {a: "a", b: "b"}[a] == "a"
    assert a != b


def test_modules_may_be_subclassed():
    class Line(Module):
        def __init__(self):
            self.slope, self.offset = Value(2.0), Value(1.0)

        def __call__(self, x):
            return self.slope * x + self.offset

    line = Line()
    line(3.0).backward()
    assert [p.grad for p in line.parameters()] == [3.0, 1.0]
