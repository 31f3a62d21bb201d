"""Interrupts, forks and walks inside walks leave nothing half-done, and nothing waits for ever."""

import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tinygrad_edu import OPS, Value, no_grad, topological_order
from tinygrad_edu.blocks import BLOCKS
from tinygrad_edu.engine import COMPILED
from tinygrad_edu.optim import SGD
from tinygrad_edu.recording import observing
from tinygrad_edu.training import fit

STORMS = Path(__file__).parent / "storms"
POSIX = hasattr(signal, "setitimer") and hasattr(os, "fork")
needs_posix = pytest.mark.skipif(not POSIX, reason="timers and forks are POSIX's")


def chain(n):
    x = Value(1.0)
    y = x
    for _ in range(n):
        y = y + x
    return x, y


@needs_posix
def test_no_interrupt_leaves_anything_half_done():
    command = [sys.executable, str(STORMS / "interrupts.py"), "300"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
    assert run.stdout.count("wrong 0") == 7


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of memory are Linux's")
def test_nothing_is_lost_by_threads_forks_and_the_end_of_memory():
    command = [sys.executable, "-W", "ignore", str(STORMS / "limits.py"), "0.02"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
    assert run.stdout.count("wrong 0") == 3


def test_every_operation_at_special_numbers_through_all_that_reads_a_graph(monkeypatch):
    pytest.importorskip("sympy")
    pytest.importorskip("numpy")
    monkeypatch.syspath_prepend(str(STORMS))
    import special

    done, refused, wrong = special.storm(len(OPS), 0)
    assert (done, wrong) == (len(OPS) * len(special.WORKS), [])
    assert refused < done / 10


def test_the_storm_of_special_numbers_notices_what_python_raises(monkeypatch):
    pytest.importorskip("sympy")
    pytest.importorskip("numpy")
    monkeypatch.syspath_prepend(str(STORMS))
    import special

    def unsafe(recipe, leaves):
        1.0 / (leaves[0].data * 0.0)

    monkeypatch.setattr(special, "WORKS", (unsafe,))
    *_, wrong = special.storm(3, 0)
    assert len(wrong) == 3
    assert "ZeroDivisionError" in wrong[0]


@needs_posix
def test_the_storm_notices_a_step_that_is_left_half_done(monkeypatch):
    monkeypatch.syspath_prepend(str(STORMS))
    import interrupts

    def unsafe():
        pair = [0, 0]

        def work():
            for _ in range(100):
                pair[0] += 1
                str(pair)
                pair[1] += 1

        def right():
            whole = pair[0] == pair[1]
            pair[:] = [0, 0]
            return whole

        return work, right

    monkeypatch.setitem(interrupts.WORKS, "unsafe", unsafe)
    hits, wrong = interrupts.storm("unsafe", 300)
    assert hits >= 300
    assert wrong > 0


@pytest.fixture
def no_collector():
    """In the collector's callbacks, which other tests' libraries may have set, interrupts end."""
    gc.disable()
    yield
    gc.enable()


@needs_posix
def test_no_interrupt_leaves_the_turn_taken(no_collector):
    # Handlers run after calls and at jumps backwards, some of which CPython 3.13 leaves out of a
    # `try`, and 3.14 does after the call of `__enter__`: other threads would wait for ever.
    x, y = chain(3)

    def interrupt(number, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    hits = 0
    try:
        while hits < 500:
            try:
                signal.setitimer(signal.ITIMER_REAL, 1e-5)
                for _ in range(10**5):  # not for ever, should Python ignore one
                    y.backward()
            except KeyboardInterrupt:
                hits += 1
    finally:
        signal.signal(signal.SIGALRM, before)
    x.grad = 0.0
    thread = threading.Thread(target=y.backward)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert x.grad == 4.0


@needs_posix
def test_a_run_of_training_returns_its_history_wherever_it_is_interrupted(no_collector):
    p = Value(1.0)

    def interrupt(number, frame):
        raise KeyboardInterrupt

    def run(delay):
        waiting = [delay]

        def loss(outputs, targets):
            if waiting:
                signal.setitimer(signal.ITIMER_REAL, waiting.pop())
            return p

        optimizer = SGD([p], lr=1e-9)
        return fit(abs, [1.0], [1.0], loss=loss, optimizer=optimizer, epochs=10**5, progress=False)

    before = signal.signal(signal.SIGALRM, interrupt)
    interrupted = 0
    try:
        for k in range(500):
            interrupted += run(1e-5 * (k % 50 + 1)).stop_reason == "interrupted"
    except KeyboardInterrupt:
        pytest.fail("the interrupt was passed on")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 450


def test_a_block_that_is_dropped_before_its_end_is_closed():
    x = Value(2.0)
    block = no_grad()
    block.__enter__()
    assert (x * x).operands == ()
    del block
    assert (x * x).operands == (x, x)
    assert not BLOCKS


def test_blocks_that_overlap_close_in_any_order():
    x = Value(2.0)
    outer, inner = no_grad(), no_grad()
    with outer:
        inner.__enter__()
    assert (x * x).operands == ()
    inner.__exit__(None, None, None)
    assert (x * x).operands == (x, x)
    del inner, outer
    assert not BLOCKS


def test_the_inner_observer_is_told_and_then_the_outer_again():
    x, first, second = Value(2.0), [], []
    with observing(first.append):
        with observing(second.append):
            x * x
        x + x
    x - x
    assert [str(v.op) for v in first] == ["+"]
    assert [str(v.op) for v in second] == ["*"]


def test_a_block_is_not_opened_twice_at_once():
    block = no_grad()
    with block, pytest.raises(RuntimeError, match="make a new one for each `with`"), block:
        pass
    with block:  # but again, once it is closed
        assert (Value(1.0) * 2.0).operands == ()


@needs_posix
def test_a_signal_handler_may_walk_a_graph_while_it_is_walked():
    x, y = chain(20_000)
    y.backward()
    expected, seen = x.grad, []

    def look(number, frame):
        seen.append(len(topological_order(y)))

    before = signal.signal(signal.SIGALRM, look)
    try:
        for _ in range(20):
            x.grad = 0.0
            signal.setitimer(signal.ITIMER_REAL, 0.004)
            y.backward()
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            assert x.grad == expected
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert set(seen) <= {20_001}


@pytest.mark.skipif(COMPILED, reason="no Python code runs inside the compiled walk")
def test_a_signal_handler_may_not_differentiate_what_is_being_differentiated():
    _, y = chain(20_000)
    said = []

    def differentiate(number, frame):
        try:
            y.backward()
        except RuntimeError as error:
            said.append(str(error))

    before = signal.signal(signal.SIGALRM, differentiate)
    try:
        for k in range(400):
            if said:
                break
            signal.setitimer(signal.ITIMER_REAL, 0.0005 * (k % 20 + 1))
            y.backward()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert said
    assert "backward() inside a backward()" in said[0]


@needs_posix
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_while_another_thread_walks_is_born_outside_the_walk():
    _, large = chain(50_000)
    x, small = chain(3)
    stop = threading.Event()

    def walk():
        while not stop.is_set():
            large.backward()

    thread = threading.Thread(target=walk)
    thread.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                signal.alarm(10)  # a child that waited for the lock would end here
                small.backward()
                os._exit(0 if x.grad == 4.0 else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        thread.join()


@needs_posix
@pytest.mark.filterwarnings("ignore:.*fork")
def test_in_a_forked_child_every_thread_has_its_turn():
    """Not only the one that forked, which held the lock while the child was born."""
    _, y = chain(10)
    child = os.fork()
    if not child:
        thread = threading.Thread(target=y.backward, daemon=True)
        thread.start()
        thread.join(20.0)
        os._exit(int(thread.is_alive()))
    _, status = os.waitpid(child, 0)
    assert status == 0


def test_each_bug_that_is_planted_has_its_place_in_the_source(monkeypatch):
    monkeypatch.syspath_prepend(STORMS)
    import planted

    for bug in planted.BUGS:
        text = (planted.ROOT / "tinygrad_edu" / bug.file).read_text(encoding="utf-8")
        assert text.count(bug.right) == 1, bug
