"""Measure tinygrad_edu, plain and compiled, side by side with its peers: table, JSON and plot.

    pip install -r benchmarks/requirements.txt
    python benchmarks/run.py            all of it, about twenty minutes
    python benchmarks/run.py --quick    the small nets, about two minutes

Both builds are made from the source beside this file. First one step of every engine is compared:
loss and gradients must agree to 1e-9, those of the two builds to the last bit. Then each
measurement runs in a process of its own, the engines in turn, several times round; the numbers are
medians over the rounds.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from report import BATCHES, COMPILINGS, table

HERE = Path(__file__).resolve().parent
COMPILED, PLAIN = "tinygrad_edu, compiled", "tinygrad_edu, plain Python"
COMPILED_NN, PLAIN_NN = "tinygrad_edu.nn, compiled", "tinygrad_edu.nn, plain Python"
REPLAY = "tinygrad_edu, compiled, replay"
ARRAYS = "tinygrad_edu, compiled, arrays"
OURS = {
    COMPILED: "tinygrad_edu",
    PLAIN: "tinygrad_edu",
    COMPILED_NN: "tinygrad_edu nn",
    PLAIN_NN: "tinygrad_edu nn",
}
RECORDED = {REPLAY: "tinygrad_edu replay", ARRAYS: "tinygrad_edu arrays"}
ENGINES = {**OURS, **RECORDED}
SCALAR_PEERS = [
    "slots and tuples",
    "micrograd",
    "PyTorch, a tensor a scalar",
    "Python floats, forward",
]
ARRAY_PEERS = ["NumPy by hand", "autograd", "JAX jit", "PyTorch"]
ROWS = {
    "moons": [*OURS, *RECORDED, *SCALAR_PEERS, "micrograd nn", *ARRAY_PEERS],
    "xor": [*OURS, *RECORDED, *SCALAR_PEERS, *ARRAY_PEERS],
    "image": [*OURS, *RECORDED, *SCALAR_PEERS, "micrograd nn", *ARRAY_PEERS],
    "transformer": [COMPILED, PLAIN, *RECORDED, *SCALAR_PEERS, *ARRAY_PEERS],
    # (slots and tuples, which is kept small, has no number - Value)
    "rosenbrock": [COMPILED, PLAIN, *RECORDED, *SCALAR_PEERS[1:], *ARRAY_PEERS],
    "greeks": [COMPILED, PLAIN, *RECORDED],
    "irregular": [COMPILED, PLAIN, *RECORDED],
}
DIGITS = {
    "fit, compiled": "tinygrad_edu eager",
    "fit, compiled, replay": "tinygrad_edu replay",
    "fit, compiled, numpy": "tinygrad_edu numpy",
    "PyTorch": "PyTorch",
}
EVALUATION = [
    *OURS,
    "micrograd",
    "micrograd nn",
    "Python floats, forward",
    "NumPy by hand",
    "PyTorch",
]
CHAINS = {
    COMPILED: [10**3, 10**4, 10**5, 10**6, 10**7],
    PLAIN: [10**3, 10**4, 10**5, 10**6, 10**7],
    "slots and tuples": [10**3, 10**4, 10**5, 10**6],
    "micrograd": [10**6],
    "PyTorch, a tensor a scalar": [10**3, 10**4, 10**5, 10**6],
}
IMPORTS = {
    COMPILED: "import tinygrad_edu",
    PLAIN: "import tinygrad_edu",
    "micrograd": "import micrograd.engine",
    "autograd": "import autograd.numpy",
    "JAX jit": "import jax",
    "PyTorch": "import torch",
}


class Bench:
    """Both builds of the package in a folder, and the processes that measure with them."""

    def __init__(self, folder: Path) -> None:
        self.paths = {"compiled": folder / "compiled", "plain": folder / "plain"}
        self.missing: dict[str, str] = {}
        for build, choice in (("compiled", "1"), ("plain", "0")):
            self._install(build, choice)

    def _install(self, build: str, choice: str) -> None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        command += ["--no-build-isolation", "--target", str(self.paths[build]), str(HERE.parent)]
        environment = {**os.environ, "TINYGRAD_EDU_COMPILE": choice}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"the {build} build could not be made:\n{done.stdout}{done.stderr}")

    def python(self, row: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        build = "compiled" if "compiled" in row else "plain"
        environment = {**os.environ, "PYTHONPATH": str(self.paths[build])}
        return subprocess.run(
            [sys.executable, *arguments], env=environment, capture_output=True, text=True
        )

    def batch(self, workload: str, seconds: float) -> dict[str, float]:
        """The rows of a workload of `batches.py`; none, and a note, where it cannot be run."""
        script = str(HERE / "batches.py")
        done = self.python("compiled", script, "--json", workload, str(seconds))
        if done.returncode == 0:
            found: dict[str, float] = json.loads(done.stdout)
            return found
        print(f"  {workload}: {(done.stderr.strip().splitlines() or ['?'])[-1]}", flush=True)
        return {}

    def measure(self, row: str, **what: Any) -> dict[str, Any] | None:
        """One measurement of `measure.py`; None, and a note, where the engine cannot do it."""
        if row in self.missing:
            return None
        what["engine"] = what.get("engine") or ENGINES.get(row, row)
        done = self.python(row, str(HERE / "measure.py"), json.dumps(what))
        if done.returncode == 0:
            result: dict[str, Any] = json.loads(done.stdout)
            return result
        reason = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        if reason.startswith("ModuleNotFoundError"):
            self.missing[row] = reason
        print(f"  {row}: {reason}", flush=True)
        return {"failed": reason.split(":")[0]}


def compare(bench: Bench, workload: str) -> None:
    """Stop the run where an engine's loss or gradients differ from the plain build's."""
    reference: dict[str, Any] = {}
    for row in sorted(ROWS[workload], key=lambda row: row != PLAIN):
        result = bench.measure(row, kind="check", workload=workload)
        if result is None or "failed" in result:
            continue
        reference = reference or result
        pairs = [(reference["loss"], result["loss"])]
        pairs += zip(reference["gradients"], result["gradients"] or [])
        worst = max(abs(a - b) / max(abs(a), 1e-3) for a, b in pairs)
        if worst > (0.0 if row in (COMPILED, REPLAY) else 1e-9):
            sys.exit(f"{workload}: {row} differs from {PLAIN} by {worst:.2g}, relatively")
    print(f"{workload}: all engines agree", flush=True)


def in_turn(
    bench: Bench, rounds: int, cases: Sequence[tuple[str, str, dict[str, Any]]]
) -> dict[str, dict[str, dict[str, Any]]]:
    """By title and row, what each case (title, row, what) measured, the median over the rounds."""
    collected: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for _ in range(rounds):
        for title, row, what in cases:
            result = bench.measure(row, **what)
            if result is not None:
                collected.setdefault(title, {}).setdefault(row, []).append(result)
    return {
        title: {row: _medians(results) for row, results in rows.items()}
        for title, rows in collected.items()
    }


def _medians(results: list[dict[str, Any]]) -> dict[str, Any]:
    medians: dict[str, Any] = {}
    for key, first in results[0].items():
        if isinstance(first, str):
            medians[key] = first
        elif isinstance(first, list):
            medians[key] = median(median(r[key]) for r in results if key in r)
        else:
            medians[key] = median(r[key] for r in results if key in r)
    return medians


def import_times(bench: Bench, rounds: int) -> dict[str, dict[str, Any]]:
    """Seconds that importing takes beyond starting Python (with NumPy where a peer brings it)."""
    script = "import time; t = time.perf_counter(); {}; print(time.perf_counter() - t)"
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for row, statement in IMPORTS.items():
            done = bench.python(row, "-c", script.format(statement))
            if done.returncode == 0:
                times.setdefault(row, []).append(float(done.stdout))
    return {row: {"import": median(seconds)} for row, seconds in times.items()}


def machine() -> dict[str, str]:
    """What the numbers were measured with, without names or paths."""
    versions = {"python": platform.python_version(), "system": platform.system()}
    versions["machine"] = f"{platform.machine()}, {os.cpu_count()} cores"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        versions["processor"] = names[0].partition(":")[2].strip()
    for peer in ("micrograd", "autograd", "torch", "jax", "numpy", "mypy"):
        try:
            versions[peer] = version(peer)
        except PackageNotFoundError:
            versions[peer] = "missing"
    return versions


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="only moons and xor, one round")
    parser.add_argument("--rounds", type=int, default=5, help="how often round (5)")
    parser.add_argument("--chain-rounds", type=int, default=3, help="the same, for chains (3)")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each measurement (1)")
    parser.add_argument("--output", type=Path, default=HERE / "results", help="where files go")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    workloads = ["moons", "xor"] if options.quick else list(ROWS)
    results: dict[str, Any] = {"date": date.today().isoformat(), "machine": machine()}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for workload in workloads:
            compare(bench, workload)
        for workload in workloads:
            print(f"measuring {workload}", flush=True)
            what = {"kind": "steps", "workload": workload, "seconds": options.seconds}
            results |= in_turn(bench, rounds, [(workload, row, what) for row in ROWS[workload]])
        print("measuring evaluation, import and memory", flush=True)
        what = {"kind": "evaluation", "seconds": options.seconds}
        results |= in_turn(bench, rounds, [("evaluation", row, what) for row in EVALUATION])
        print("measuring batches", flush=True)
        names = ["moons"] if options.quick else list(BATCHES)
        results["batches"] = {name: bench.batch(name, 8 * options.seconds) for name in names}
        print("measuring digits", flush=True)
        epochs = 2 if options.quick else 20
        cases = [
            ("digits", row, {"kind": "digits", "engine": engine, "epochs": epochs})
            for row, engine in DIGITS.items()
        ]
        results |= in_turn(bench, 1 if options.quick else 3, cases)
        results["epochs"] = epochs
        results["import"] = import_times(bench, 3 if options.quick else 11)
        what = {"kind": "memory", "workload": "moons"}
        results |= in_turn(bench, 1, [("memory", row, what) for row in (COMPILED, PLAIN)])
        print("measuring records", flush=True)
        points = [15, 154] if options.quick else [154, 1537]
        compiling = [
            (f"record {n}", row, {"kind": "record", "points": n, "engine": "tinygrad_edu"})
            for n in points
            for row in (COMPILED, PLAIN)
        ]
        what = {"engine": "tinygrad_edu", "seconds": options.seconds}
        compiling += [
            (f"compile {name}", row, {"kind": "compile", "workload": name, **what})
            for name in (["moons"] if options.quick else COMPILINGS)
            for row in (COMPILED, PLAIN)
        ]
        results |= in_turn(bench, rounds, compiling)
        if not options.quick:
            print("measuring chains", flush=True)
            # Lengths in turn too, so that what grows with length is not the machine's drift.
            chains = [
                (f"chain {n}", row, {"kind": "chain", "nodes": n})
                for row, lengths in CHAINS.items()
                for n in lengths
            ]
            results |= in_turn(bench, options.chain_rounds, chains)
        results["missing"] = bench.missing
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    text = table(results)
    (options.output / "table.md").write_text(text)
    print(text)
    if not options.quick:
        from plot import draw

        draw(results, options.output)


if __name__ == "__main__":
    main()
