"""What is run by CPython and by the browser's Python, to be compared: prints one line of JSON."""

import contextlib
import io
import json
import re
import warnings

from tinygrad_edu import Value
from tinygrad_edu.cli.commands import main
from tinygrad_edu.data import moons
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import SGD
from tinygrad_edu.systems import SYSTEMS
from tinygrad_edu.teach import check_gradients, derive, worksheet
from tinygrad_edu.training import fit
from tinygrad_edu.view import draw_dot, draw_network, explore

SHORTER = {"xor": ("--epochs", "200")}


def neuron():
    """A neuron and its loss, differentiated."""
    w, x, b = Value(0.5, label="w"), Value(1.5, label="x₁"), Value(0.1, label="b<&")
    y = (w * x + b).sigmoid()
    y.label = "a"
    loss = (y - 1) ** 2
    loss.backward()
    return loss


def pictures():
    """Four kinds of picture."""
    loss, model = neuron(), MLP(2, [4, 3, 1], activation="tanh", seed=1)
    out = model([1.0, -2.0])
    out.backward()
    return {
        "graph": draw_dot(loss).svg(),
        "paths": draw_dot(loss, highlight="x₁", rankdir="TB").svg(),
        "folded": draw_dot(out, fold="layer").svg(),
        "network": draw_network(model, [1.0, -2.0]).svg(),
    }


def printed(arguments):
    """What a command prints and its exit status, less what differs from place to place.

    That is times, the folder of the picture, PyTorch where it is installed, and what is left by
    rounding: the two Pythons have each their own `exp`, which differ in the last bit.
    """
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = main(arguments)
    text = re.sub(r"\d+\.\d+ s\b", "… s", out.getvalue())
    text = re.sub(r"(?<=: )/\S+/(?=[^/\s]+\.svg)|\d\.\de-1\d", "…", text)
    return status, [line for line in text.splitlines() if "PyTorch" not in line]


def texts():
    """A derivation, a worksheet, a check and a page."""
    loss = neuron()
    return {
        "derivation": str(derive(loss, lr=0.1)),
        "worksheet": str(worksheet(loss, seed=1).sheet),
        "check": str(check_gradients(loss, {"w": 0.5})),
        "page": explore(loss).html(),
    }


def trained():
    """The losses of a training with a progress bar, in which a warning is an error."""
    X, y = moons(20, noise=0.1, seed=0)
    model = MLP(2, [4, 1], seed=0)
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("error")
        optimizer = SGD(model.parameters(), lr=0.1)
        return fit(model, X, y, loss=mse_loss, optimizer=optimizer, epochs=3).losses


print(
    json.dumps(
        {
            "training": {"losses": trained()},
            "systems": {name: printed([name, *SHORTER.get(name, ())]) for name in SYSTEMS},
            "pictures": pictures(),
            "texts": texts(),
        }
    )
)
