"""Pictures, the explorer, tables, checks and derivations call each value of a graph the same."""

import csv
import importlib
import io
import json
import re
from random import Random

import pytest
from graphs import random_graph

from tinygrad_edu import Value, topological_order
from tinygrad_edu.losses import binary_cross_entropy, cross_entropy, mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach import check_gradients, derive, ledger
from tinygrad_edu.teach.derivation.lines import Line
from tinygrad_edu.teach.derivation.worked import Derivation
from tinygrad_edu.teach.notation.expression import Symbol
from tinygrad_edu.teach.notation.formula import names
from tinygrad_edu.teach.notation.naming import live_model
from tinygrad_edu.teach.notation.textbook import textbook
from tinygrad_edu.view import draw_dot, explore


def unlabelled(seed):
    """A random graph of which some values have no label, compared with a target without one."""
    random = Random(seed)
    root = random_graph(seed, size=3 + seed % 8)
    for v in topological_order(root):
        if random.random() < 0.6:
            v.label = ""
    return root if seed % 3 else (root - Value(random.uniform(-1.0, 1.0))) ** 2 / (1.0 + seed % 2)


def network(seed):
    """The loss of a small network, its inputs and targets plain numbers or unlabelled leaves."""
    random = Random(seed)
    number = Value if seed % 2 else float
    model = MLP(2, [2, 1 + seed % 3], activation="tanh", seed=seed)
    samples = [[number(random.gauss(0.0, 1.0)) for _ in range(2)] for _ in range(1 + seed % 2)]
    outputs = [model.outputs(x) for x in samples]
    if seed % 3 == 2:
        return model, cross_entropy(outputs[0], 1)
    targets = [[number(float(random.random() < 0.5)) for _ in out] for out in outputs]
    if seed % 3 == 1:
        return model, mse_loss(outputs, targets)
    return model, binary_cross_entropy([z.sigmoid() for z in outputs[0]], targets[0])


def derived(root):
    """What the derivation calls the values that it has, whatever is asked for."""
    order = topological_order(root)
    model = live_model(order)
    written = textbook(root, model)
    there = set(topological_order(written.root))
    inner = [v for v in order if v.op and written.counterpart.get(v, v) in there and v is not root]
    for wanted in ([v for v in order if not v.op], inner[:1]):
        again = [written.counterpart.get(v, v) for v in wanted]
        found = Derivation(written, again, model, "full").names
        for v in order:
            copy = written.counterpart.get(v, v)
            # Of a mean over one sample, the root is the loss of that sample too.
            if copy in found and (copy is not written.root or v is root):
                yield v, found[copy].text


def pictured(root):
    """What the labels of the picture begin with; a value's node has its place in the order."""
    order = topological_order(root)
    for number, label in re.findall(r'\tv(\d+) \[label="([^"]*?)\ndata', draw_dot(root).source):
        yield order[int(number)], label


def on_the_page(root):
    page = re.search(r'<script type="application/json">(.*?)</script>', explore(root).html())
    nodes = json.loads(page[1])["nodes"]
    return zip(topological_order(root), [node["name"] for node in nodes], strict=True)


def in_the_ledger(root):
    table = ledger(root)
    rows = list(csv.DictReader(io.StringIO(table.csv())))
    for entry, row in zip(table.entries, rows, strict=True):
        cells = list(row.values())
        yield entry.node, cells[1].removeprefix("'")


def differing(root):
    """Where two of them call a value by different names, and names that are not its own."""
    own = names(root)
    order = topological_order(root)
    assert list(own) == order
    assert len({name.text for name in own.values()}) == len(order)
    places = {
        "derivation": derived(root),
        "picture": pictured(root),
        "explorer": on_the_page(root),
    }
    return [
        f"{own[v].text} is {text} in the {where}"
        for where, found in places.items()
        for v, text in found
        if text != own[v].text
    ]


@pytest.mark.parametrize("seed", range(80))
def test_random_graphs(seed):
    assert differing(unlabelled(seed)) == []


@pytest.mark.parametrize("seed", range(36))
def test_networks(seed):
    _, root = network(seed)
    assert differing(root) == []


@pytest.mark.parametrize("system", ["chain_111", "delta_231", "linear_231", "logistic"])
def test_systems(system):
    assert differing(importlib.import_module(f"tinygrad_edu.systems.{system}").graph()) == []


@pytest.mark.parametrize("seed", range(12))
def test_a_check_takes_the_names_of_the_derivation_and_gives_them_back(seed):
    _, root = network(seed)
    called = {name.text: v for v, name in names(root).items()}
    document = derive(root, detail="full")
    lines = [line for section in document.sections for line in section.lines]
    wanted = {
        match[1]: line.parts[-1].formula.value
        for line in lines
        if isinstance(line, Line) and isinstance(line.left, Symbol)
        if (match := re.fullmatch(r"∂L/∂(\S+)", line.left.name.text)) and match[1] in called
    }
    assert wanted
    assert set(check_gradients(root, wanted).right) == {called[name] for name in wanted}
    name = next(name for name in wanted if called[name].op == "")
    wrong = check_gradients(root, {name: wanted[name] + 0.737})
    assert f"∂L/∂{name} should be " in str(wrong)


def test_the_ledger_names_the_nodes_so_too():
    x = Value(0.5)
    root = ((x * 3.0).tanh() - Value(1.0)) ** 2
    assert dict(in_the_ledger(root)) == {v: name.text for v, name in names(root).items() if v.op}


def test_an_unlabelled_target_is_y_everywhere():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    root = (w * x - Value(3.0)) ** 2
    assert "y" in [name.text for name in names(root).values()]
    assert "y = 3" in str(derive(root))
