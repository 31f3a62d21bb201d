"""Threads, forks and the end of memory, again and again: is anything lost, or waited for for ever?

    python tests/storms/limits.py          as often as below
    python tests/storms/limits.py 0.05     a twentieth of it, as the suite does

memory    the address space ends in the middle of making and differentiating graphs: a
          MemoryError, after which gradients are those of whole calls and all goes on
threads   8 threads differentiate graphs of their own that share a leaf: its gradient is the sum
forks     a process forks while another thread walks a graph: the child differentiates one itself
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from collections.abc import Callable

from tinygrad_edu import Value
from tinygrad_edu.engine import COMPILED


def chain(x: Value, n: int) -> Value:
    """y = x + x + … in n additions; ∂y/∂x is n + 1."""
    y = x
    for _ in range(n):
        y = y + x
    return y


def threads(times: int) -> int:
    """How many calls of `backward` were lost by a leaf that 8 threads share."""
    x = Value(1.0)

    def work() -> None:
        for _ in range(times):
            chain(x, 9).backward()

    started = [threading.Thread(target=work) for _ in range(8)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return 8 * times - round(x.grad / 10.0)


def forks(times: int) -> int:
    """How many children did not come to the right gradient within ten seconds."""
    large, stop, wrong = chain(Value(1.0), 20_000), threading.Event(), 0

    def walk() -> None:
        while not stop.is_set():
            large.backward()

    thread = threading.Thread(target=walk)
    thread.start()
    for _ in range(times):
        x = Value(1.0)
        small = chain(x, 3)
        child = os.fork()
        if child == 0:
            signal.alarm(10)
            small.backward()
            os._exit(0 if x.grad == 4.0 else 1)
        wrong += os.waitpid(child, 0)[1] != 0
    stop.set()
    thread.join()
    return wrong


def memory(times: int) -> int:
    """How often the end of memory left something inconsistent.

    Not of the C stack, though, on which CPython frees what holds what holds …: from 3.13 on, where
    that cannot grow, tuples in tuples end the interpreter as graphs do. So it is grown first.
    """
    chain(Value(1.0), 200_000)  # which is freed at once
    return sum(in_a_child(lambda k=k: _short_of_memory(k)) for k in range(times))


def in_a_child(work: Callable[[], bool]) -> bool:
    """Whether `work` failed, or ended the process in which it ran."""
    child = os.fork()
    if child == 0:
        os._exit(0 if work() else 1)
    return os.waitpid(child, 0)[1] != 0


def _short_of_memory(k: int) -> bool:
    """Whether all was whole after memory ended, at another moment for each k."""
    x = Value(1.0)
    kept = chain(x, 5000)
    kept.backward()
    x.grad = 0.0
    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    limits = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + 40_000 * (k + 1), limits[1]))
    nodes: list[Value] = []
    ended = calls = 0
    try:
        while True:
            nodes.append(chain(x, 5000))
            kept.backward()
            calls += 1
    except MemoryError:
        ended = 1
    resource.setrlimit(resource.RLIMIT_AS, limits)
    whole = x.grad == 5001.0 * calls
    nodes.clear()
    x.grad = 0.0
    chain(x, 99).backward()
    return bool(ended) and whole and x.grad == 100.0


def main() -> int:
    """Run all three; the exit status is 1 where something was wrong."""
    share = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    print(f"{'compiled' if COMPILED else 'plain'} build")
    failed = 0
    for storm, most in ((memory, 100), (threads, 2000), (forks, 200)):
        times = max(1, round(most * share))
        wrong = storm(times)
        print(f"{storm.__name__:8} {times:5} times, wrong {wrong}", flush=True)
        failed += wrong
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
