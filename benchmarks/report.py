"""The results as a table in Markdown."""

from typing import Any

TITLES = {
    "moons": "One step of a 2-16-16-1 net on 100 points (hinge loss and L2)",
    "xor": "One epoch of XOR, 2-4-1, sigmoid, mean squared error",
    "image": "One step of a 784-32-10 net on one image (softmax and cross-entropy)",
    "transformer": "One step of a small transformer, 8 tokens of width 16",
    "rosenbrock": "One step down Rosenbrock's function of 100 numbers",
    "greeks": "The greeks of a book of 20 options, by Black and Scholes",
    "irregular": "700 operations on any numbers before them, and back",
    "evaluation": "The 2-16-16-1 net on 100 points, without gradients",
}
BATCHES = {
    "moons": "2-16-16-1 on 100 points",
    "images": "784-32-10 on 32 images",
    "rnn": "a recurrent net, 8 steps, on 16 sequences",
    "gru": "gated recurrent units, 8 steps, on 16 sequences",
    "attention": "attention on 8 sequences of 8",
    "causal attention": "the same, to those before only",
    "gpt": "the GPT of examples/gpt.py on 4 names",
    "mnist": "an epoch of 60,000 images, 784-32-10, batches of 128, Adam: whole `fit`",
}
COMPILINGS = {
    "moons": BATCHES["moons"],
    "digits": "64-32-10 on 32 images",
    "images": BATCHES["images"],
    "gpt": BATCHES["gpt"],
}
EAGER, ARRAYS = "tinygrad_edu, eager", "tinygrad_edu, its arrays"
OURS = {
    "tinygrad_edu, compiled": "compiled",
    "tinygrad_edu, plain Python": "plain",
    "tinygrad_edu.nn, compiled": "nn, compiled",
    "tinygrad_edu.nn, plain Python": "nn, plain",
}


def table(results: dict[str, Any]) -> str:
    machine = results["machine"]
    where = ", ".join(f"{k} {v}" for k, v in machine.items())
    lines = ["Measured on:", "", f"    {results['date']}: {where}"]
    for workload, title in TITLES.items():
        if workload in results:
            lines += ["", f"### {title}", "", *steps(results[workload])]
    for workload, times in results.get("batches", {}).items():
        lines += batch(workload, times)
    if "digits" in results:
        lines += ["", f"### Training on digits, {results['epochs']} epochs, recording included", ""]
        lines += ["| | time | ÷ fit, compiled |", "|---|---:|---:|"]
        eager = results["digits"]["fit, compiled"]["step"]
        lines += [
            f"| {row} | {duration(r['step'])} | {ratio(r['step'] / eager)} |"
            for row, r in results["digits"].items()
            if "step" in r
        ]
    lines += ["", "### Import", "", "| | ms |", "|---|---:|"]
    lines += [f"| {row} | {r['import'] * 1e3:.0f} |" for row, r in results["import"].items()]
    lines += ["", "### Memory: the graph of the moons net, as Python counts it", ""]
    lines += ["| | operations | bytes an operation |", "|---|---:|---:|"]
    lines += [
        f"| {row} | {r['nodes']:,.0f} | {r['bytes']:.0f} |" for row, r in results["memory"].items()
    ]
    records = [key for key in results if key.startswith("record")]
    if records:
        lines += ["", "### Recording a graph once, of the 2-16-16-1 net, and compiling it", ""]
        lines += ["| | operations | engine's step | recording | bytes a node | arrays | ÷ step |"]
        lines += ["|---|---:|---:|---:|---:|---:|---:|"]
        for key in records:
            lines += [
                f"| {row} | {r['nodes']:,.0f} | {duration(r['step'])} | {duration(r['record'])} | "
                f"{r['bytes']:.1f} | {duration(r['arrays'])} | {ratio(r['arrays'] / r['step'])} |"
                for row, r in results[key].items()
            ]
    compiled = [name for name in COMPILINGS if f"compile {name}" in results]
    if compiled:
        lines += ["", "### Compiling a batch once, beside one eager step of it", ""]
        lines += [
            "| | | operations | eager step | arrays | ÷ step |",
            "|---|---|---:|---:|---:|---:|",
        ]
        for name in compiled:
            lines += [
                f"| {COMPILINGS[name]} | {row} | {r['nodes']:,.0f} | {duration(r['step'])} | "
                f"{duration(r['arrays'])} | {ratio(r['arrays'] / r['step'])} |"
                for row, r in results[f"compile {name}"].items()
            ]
    chains = [key for key in results if key.startswith("chain")]
    if chains:
        lines += ["", "### A chain of products: ns a node", ""]
        lines += ["| | nodes | build | backward | delete | together, s | resident bytes a node |"]
        lines += ["|---|---:|---:|---:|---:|---:|---:|"]
        for key in chains:
            lines += [chain(row, int(key.split()[1]), r) for row, r in results[key].items()]
    lines += ["", *(f"{row}: {reason}" for row, reason in results["missing"].items())]
    return "\n".join(lines).rstrip() + "\n"


def steps(rows: dict[str, Any]) -> list[str]:
    """A line each: time, ns a node forward and backward, and its time as a multiple of ours."""
    ours = [row for row in OURS if "step" in rows.get(row, {})]
    lines = [
        "| | time | ns a node, forward | backward | collector | "
        + " | ".join(f"÷ {OURS[row]}" for row in ours)
        + " |",
        "|---|---:|---:|---:|---:|" + "---:|" * len(ours),
    ]
    for row, r in rows.items():
        if "failed" in r:
            lines.append(f"| {row} | {r['failed']} |" + " |" * (3 + len(ours)))
            continue
        cells = [row, duration(r["step"])]
        for phase in ("forward", "backward"):
            known = phase in r and "nodes" in r
            cells.append(f"{r[phase] / r['nodes'] * 1e9:.0f}" if known else "")
        cells.append(f"{r['collector_share']:.0%}" if "collector_share" in r else "")
        cells += [ratio(r["step"] / rows[mine]["step"]) for mine in ours]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def batch(workload: str, times: dict[str, float]) -> list[str]:
    """A step of each row in the order of `batches.py`, as a multiple of our arrays'."""
    lines = ["", f"### One step on a batch: {BATCHES[workload]}", "", "| | time | ÷ arrays |"]
    lines += ["|---|---:|---:|"]
    base = times.get(ARRAYS) or next(iter(times.values()), 1.0)
    return lines + [f"| {row} | {duration(t)} | {ratio(t / base)} |" for row, t in times.items()]


def chain(row: str, nodes: int, r: dict[str, Any]) -> str:
    if "failed" in r:
        return f"| {row} | {nodes:,} | {r['failed']} | | | | |"
    parts = [r[part] for part in ("build", "backward", "delete")]
    cells = [row, f"{nodes:,}", *(f"{part / nodes * 1e9:.0f}" for part in parts)]
    cells += [f"{sum(parts):.3g}", f"{r['resident']:.0f}" if nodes >= 1_000_000 else ""]
    return "| " + " | ".join(cells) + " |"


def duration(seconds: float) -> str:
    """A time in µs, ms or s."""
    for unit, scale in (("µs", 1e-6), ("ms", 1e-3)):
        if seconds < 999.5 * scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds:.3g} s"


def ratio(r: float) -> str:
    return f"{r:.0f}" if r >= 20 else f"{r:.2g}"
