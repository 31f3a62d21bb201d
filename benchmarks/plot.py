"""The plot of the README: how long one training step takes with each engine."""

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.patches import Patch
from report import duration

PANELS = {
    "moons": "2-16-16-1 net, 100 points",
    "image": "784-32-10 net, one image",
    "transformer": "transformer on scalars",
    "xor": "XOR net, one epoch",
}
OURS, SCALARS, ARRAYS = "#2a78d6", "#8a8f98", "#c4c8ce"
LEGEND = {OURS: "this package", SCALARS: "a node or number a scalar", ARRAYS: "arrays"}
INK = "#7d8590"  # readable on white and on a dark page


def draw(results: dict[str, Any], folder: Path) -> None:
    """Write `steps.svg`: a panel for each workload, a bar for each engine, logarithmic."""
    panels = [workload for workload in PANELS if workload in results]
    figure, axes = plt.subplots(2, 2, figsize=(11, 8.4), layout="constrained")
    plt.rcParams["svg.fonttype"] = "path"
    for ax, workload in zip(axes.flat, panels):
        rows = {row: r["step"] for row, r in results[workload].items() if "step" in r}
        names = sorted(rows, key=lambda row: -rows[row])
        colors = [color(name) for name in names]
        bars = ax.barh(names, [rows[name] for name in names], color=colors, height=0.72)
        ax.bar_label(
            bars, [duration(rows[name]) for name in names], padding=4, color=INK, fontsize=9
        )
        ax.set_xscale("log")
        low, high = min(rows.values()), max(rows.values())
        ax.set_xlim(low / 2, high * 6)
        ax.set_title(PANELS[workload], color=INK, fontsize=12, loc="left")
        ax.tick_params(colors=INK, labelsize=9)
        ax.xaxis.set_visible(False)
        for side in ax.spines.values():
            side.set_visible(False)
    machine = results["machine"]
    figure.suptitle(
        "Time of one training step (logarithmic)\n"
        f"{results['date']}, {machine.get('processor', machine['machine'])}, "
        f"Python {machine['python']}",
        color=INK,
        fontsize=11,
    )
    patches = [Patch(color=shade, label=text) for shade, text in LEGEND.items()]
    figure.legend(
        handles=patches, loc="outside lower center", ncols=3, frameon=False, labelcolor=INK
    )
    figure.savefig(folder / "steps.svg", transparent=True, metadata={"Date": None})
    plt.close(figure)


def color(row: str) -> str:
    if row.startswith("tinygrad_edu"):
        return OURS
    arrays = ("NumPy by hand", "autograd", "JAX jit", "PyTorch")
    return ARRAYS if row in arrays else SCALARS
