"""One measurement in a process of its own, given as JSON on the command line; JSON comes out.

{"kind": "check", "workload": W, "engine": E}                one step: its loss and gradients
{"kind": "steps", "workload": W, "engine": E, "seconds": S}  times of steps, the first not counted
{"kind": "evaluation", "engine": E, "seconds": S}            times of evaluating the moons net
{"kind": "digits", "engine": E, "epochs": N}                 a whole run of training on digits
{"kind": "chain", "engine": E, "nodes": N}                   building, differentiating, dropping
{"kind": "record", "points": N, "engine": E}                 making records of the moons net
{"kind": "compile", "workload": W, "engine": E, "seconds": S}  a batch's step, and its program
{"kind": "memory", "workload": W, "engine": E}               bytes a node, traced and resident
"""

import gc
import json
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from random import Random
from statistics import median
from time import perf_counter as now
from typing import Any

from engines import ENGINES, SCALAR_ENGINES, allow_recursion
from training import TRAININGS


def graph_size(root: Any) -> int:
    """How many operations `root` was computed by (tinygrad_edu only)."""
    from tinygrad_edu import topological_order

    return sum(v.op != "" for v in topological_order(root))


def repeat(run: Callable[[], Any], seconds: float, least: int = 3) -> list[Any]:
    run()  # the first is not counted
    results, end = [], now() + seconds
    while len(results) < least or now() < end:
        results.append(run())
    return results


def check(workload: str, engine: str) -> dict[str, Any]:
    trainer = ENGINES[engine](workload)
    trainer.step()
    return {"loss": float(trainer.loss), "gradients": trainer.gradients()}


def steps(workload: str, engine: str, seconds: float) -> dict[str, Any]:
    trainer = ENGINES[engine](workload)
    collecting = [0.0, 0.0]  # the start of a collection, and the time of all of them

    def on_collection(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            collecting[0] = now()
        else:
            collecting[1] += now() - collecting[0]

    trainer.step()
    gc.callbacks.append(on_collection)
    start = now()
    times = repeat(trainer.step, seconds)
    whole = now() - start
    gc.callbacks.remove(on_collection)
    result: dict[str, Any] = {
        "step": [t[-1] - t[0] for t in times],
        "collector_share": collecting[1] / whole,
    }
    if len(times[0]) == 4:
        result["forward"] = [t[1] - t[0] for t in times]
        result["backward"] = [t[2] - t[1] for t in times]
    if engine.startswith("tinygrad_edu") and engine != "tinygrad_edu replay":
        result["nodes"] = graph_size(trainer.forward())
    return result


def evaluation(engine: str, seconds: float) -> dict[str, Any]:
    evaluate = ENGINES[engine]("moons").evaluate

    def run() -> float:
        start = now()
        evaluate()
        return now() - start

    return {"step": repeat(run, seconds)}


def digits(engine: str, epochs: int) -> dict[str, Any]:
    """Train a 64-16-10 net on 1,347 pictures in batches of 32 by Adam, recording included."""
    from tinygrad_edu.data import Standardizer
    from tinygrad_edu.data import digits as pictures

    train, _ = pictures().split(0.25, Random(0))
    X = Standardizer.of(train.X).apply(train.X)
    TRAININGS[engine](X[:32], train.y[:32], 1)  # imports are not counted
    start = now()
    losses = TRAININGS[engine](X, train.y, epochs)
    return {"step": now() - start, "last": losses[-1]}


def record(points: int, engine: str) -> dict[str, float]:
    """The moons net on so many points: a step, its record for replay, and it as arrays."""
    trainer = ENGINES[engine]("moons")
    given = trainer.problem
    often = -(-points // len(given.inputs))
    rng = Random(8)
    rows = [[x + rng.gauss(0.0, 0.01) for x in row] for _ in range(often) for row in given.inputs]
    trainer.problem = replace(given, inputs=rows[:points], targets=(given.targets * often)[:points])
    trainer.step()
    steps = []
    for _ in range(3):
        times = trainer.step()
        steps.append(times[-1] - times[0])
    root, own = trainer.forward(), trainer.parameters
    start = now()
    trainer.engine.Replay(root, own)
    recorded = now()
    trainer.engine.vectorize(root, own)
    compiled = now()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    again = trainer.engine.Replay(root, own)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {
        "nodes": graph_size(root),
        "step": median(steps),
        "record": recorded - start,
        "arrays": compiled - recorded,
        "bytes": (held - before) / again.rows,
    }


def compile(workload: str, engine: str, seconds: float) -> dict[str, Any]:
    """A batch's eager step, and the making of its program, in turn."""
    from compiling import COMPILINGS

    batch = COMPILINGS[workload]()

    def run() -> tuple[float, float]:
        start = now()
        for p in batch.parameters:
            p.grad = 0.0
        batch.loss().backward()
        stepped = now()
        batch.program()
        return stepped - start, now() - stepped

    steps, programs = zip(*repeat(run, seconds))
    return {"nodes": batch.program().nodes, "step": list(steps), "arrays": list(programs)}


def resident() -> int:
    """Bytes of memory that this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def chain(engine: str, nodes: int) -> dict[str, Any]:
    """y = x · x · … · x, till there were a million nodes or more; the first is not counted."""
    value = SCALAR_ENGINES[engine]().Value
    sizes = []

    def run() -> tuple[float, ...]:
        x = y = value(1.0 + 1e-8)
        before, start = resident(), now()
        for _ in range(nodes):
            y = y * x
        built = now()
        sizes.append(resident() - before)
        before_backward = now()
        y.backward()
        differentiated = now()
        del y
        gc.collect() if engine == "micrograd" else None  # its nodes are in cycles
        return built - start, differentiated - before_backward, now() - differentiated

    build, backward, delete = zip(*repeat(run, 0.0, least=max(1, 1_000_000 // nodes)))
    return {
        "build": list(build),
        "backward": list(backward),
        "delete": list(delete),
        "resident": sizes[0] / nodes,
    }


def memory(workload: str, engine: str) -> dict[str, float]:
    trainer = ENGINES[engine](workload)
    roots = [trainer.forward()]  # kept, so that no freed memory is used again
    nodes = graph_size(roots[0])
    graphs = 10  # several, since the compiled build takes memory by megabytes
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    roots += [trainer.forward() for _ in range(graphs)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return {"nodes": nodes, "bytes": (after - before) / graphs / nodes}


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    kind = arguments.pop("kind")
    kinds: dict[str, Callable[..., dict[str, Any]]] = {
        f.__name__: f for f in (check, steps, evaluation, digits, chain, record, compile, memory)
    }
    if kind != "chain":
        allow_recursion()
    print(json.dumps(kinds[kind](**arguments)))
