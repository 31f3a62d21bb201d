"""Graphs are freed node by node where that is asked for, as it always is in a browser."""

import subprocess
import sys
import threading
import weakref

import pytest

from tinygrad_edu import Value, engine
from tinygrad_edu.teardown import _WAITING, _drop_operands, free_node_by_node

pytestmark = pytest.mark.skipif(engine.COMPILED, reason="compiled, a graph is freed in C")


@pytest.fixture
def node_by_node():
    free_node_by_node()
    yield
    del Value.__del__


def chain(n):
    y = Value(1.0)
    for _ in range(n):
        y = y * 1.0 + y
    return y


def test_a_long_chain_in_a_small_stack(node_by_node):
    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=chain, args=(50_000,))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert not _WAITING


def test_the_calls_do_not_nest(node_by_node, monkeypatch):
    depths, now = [], [0]

    def counted(self):
        now[0] += 1
        depths.append(now[0])
        _drop_operands(self)
        now[0] -= 1

    monkeypatch.setattr(Value, "__del__", counted)
    chain(1000)
    assert len(depths) == 2001
    assert max(depths) == 2


def test_what_is_held_elsewhere_lives_on(node_by_node):
    x = Value(2.0)
    inner = x * x
    gone = weakref.ref(inner.exp() * x)
    assert gone() is None
    inner.backward()
    assert x.grad == 4.0
    assert inner.operands == (x, x)


def test_elsewhere_nothing_is_done():
    program = "import tinygrad_edu; print(hasattr(tinygrad_edu.Value, '__del__'))"
    for platform in ("linux", "emscripten"):
        pretended = f"import sys; sys.platform = {platform!r}; {program}"
        done = subprocess.run([sys.executable, "-c", pretended], capture_output=True, text=True)
        assert done.stdout.strip() == str(platform == "emscripten"), done.stderr
