"""One symbol has one value: ∂y/∂x is the total derivative; numbers are those of one moment."""

import json
import math
import re
from dataclasses import fields, is_dataclass

import pytest
from graphs import random_graph

from tinygrad_edu import Value, sin, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import SGD
from tinygrad_edu.teach import check_gradients, derive, worksheet
from tinygrad_edu.teach.derivation.lines import Omission
from tinygrad_edu.teach.exercise import try_gradients
from tinygrad_edu.teach.ledgers import ledger
from tinygrad_edu.teach.notation.expression import Symbol
from tinygrad_edu.teach.notation.formula import names
from tinygrad_edu.teach.record.ledger import Ledger
from tinygrad_edu.teach.record.moment import moved_leaves
from tinygrad_edu.view import draw_dot, explore

GRAPHS = 1000


def symbols(thing):
    """Every symbol of an expression, a line or a document, at any depth."""
    if isinstance(thing, Symbol):
        yield thing
    elif isinstance(thing, Omission):
        yield from symbols(list(thing.ends))
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from symbols(getattr(thing, field.name))
    elif isinstance(thing, list | tuple):
        for part in thing:
            yield from symbols(part)


def wrong_symbols(root, document):
    """What is said of a symbol that is not so: two values, or a ∂y/∂x that is not the total one."""
    by_name = {name.text: v for v, name in names(root).items()}
    seen, wrong = {}, []
    for symbol in symbols(document.sections):
        text, value = symbol.name.text, symbol.value
        if not text:
            continue  # a result, which has a number and no name
        if not math.isclose(seen.setdefault(text, value), value, rel_tol=1e-12):
            wrong.append(f"{text} is {seen[text]} and {value}")
        total = re.fullmatch(r"∂(\w+)/∂(\w+)", text)
        if total:
            of, by = by_name[total[1]], by_name[total[2]]
            expected = Ledger(of).gradients[by]
            if not math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-12):
                wrong.append(f"{text} is {expected}, not {value}")
    return wrong


@pytest.mark.parametrize("seed", range(GRAPHS))
def test_derivations_of_random_graphs(seed):
    root = random_graph(seed, size=4 + seed % 9)
    assert wrong_symbols(root, derive(root, detail="full")) == []


def test_the_reader_of_symbols_notices_a_local_derivative_that_is_written_as_a_total_one(
    monkeypatch,
):
    from tinygrad_edu.teach.derivation import gradients as module

    monkeypatch.setattr(module.Gradients, "is_direct", lambda *_: False)
    found = [
        seed
        for seed in range(40)
        if wrong_symbols(root := random_graph(seed, 8), derive(root, detail="full"))
    ]
    assert found


def inner_product():
    """b = a·x with a = x²: ∂⁺b/∂x = a = 4, and ∂b/∂x = 3x² = 12."""
    x = Value(2.0, label="x")
    a = x * x
    a.label = "a"
    b = a * x
    b.label = "b"
    return x, 3 * sin(b)


def test_a_local_derivative_below_the_root_is_direct_too():
    _, root = inner_product()
    text = str(derive(root))
    assert "∂⁺b/∂x" in text
    assert "∂b/∂x" not in text
    assert "direct derivative" in text


def steps_of(root):
    """The steps of a page: node, operand, whether it is written ∂⁺, the local derivative."""
    page = explore(root).html()
    model = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page)[1])
    for number, node in enumerate(model["nodes"]):
        operands = [a for a in node.get("arguments", ()) if isinstance(a, int)]
        for step in zip(operands, node.get("direct", ()), node.get("slopes", ()), strict=True):
            yield number, *step


def test_the_explorer_tells_the_local_derivative_of_a_cube_from_its_total_one():
    x = Value(3.0, label="x")
    w = x * x * x
    w.label = "w"
    values = topological_order(w)
    said = {(values[of].label, values[by].label): rest for of, by, *rest in steps_of(w)}
    assert said["w", "x"] == [True, 9.0]
    assert said["w", ""] == [False, 3.0]


@pytest.mark.parametrize("seed", range(100))
def test_a_page_writes_a_local_derivative_as_total_only_where_it_is(seed):
    root = random_graph(seed, size=8)
    values = topological_order(root)
    for of, by, direct, local in steps_of(root):
        if not direct:
            total = Ledger(values[of]).gradients[values[by]]
            assert math.isclose(local, total, rel_tol=1e-9, abs_tol=1e-12)


def test_checks_write_a_local_derivative_beside_the_total_one_differently():
    x, y = Value(2.0, label="x"), Value(0.38, label="y")
    root = x * y * y + x.tanh() * x
    right = Ledger(root).gradients[x]
    for given in (right * 2.0, -right, right + 1.0, right - 0.38**2, right - math.tanh(2.0)):
        said = str(check_gradients(root, {"x": given}))
        assert len(set(re.findall(r"∂L/∂x (?:should be|=) (.*?)(?: and|$)", said))) <= 1


# Numbers of one moment


def neuron():
    w, x, b = Value(0.5, label="w"), Value(1.5, label="x"), Value(0.1, label="b")
    return w, x, b, (w * x + b - 1.0) ** 2


def test_a_graph_whose_leaves_have_moved_is_not_derived():
    w, _, b, root = neuron()
    root.backward()
    SGD([w, b], lr=0.1).step()
    for show in (derive, worksheet, explore):
        with pytest.raises(ValueError, match="the data of w, b have changed since this graph was"):
            show(root)


def test_of_a_product_the_factor_that_moved_is_named():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    root = a * b
    a.data = 10.0
    with pytest.raises(ValueError, match=r"the data of a has changed .* compute the graph again"):
        derive(root)


def test_a_picture_says_which_leaf_has_moved_instead_of_its_new_number():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    root = a * b
    a.data = 10.0
    source = draw_dot(root).source
    assert "data 10" not in source
    assert "changed since" in source
    assert "compute the graph again" in source
    assert "changed" not in draw_dot(a * b).source


def test_a_ledger_shows_recorded_numbers_alone():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    root = a * b
    a.data = 10.0
    assert [e.local for e in ledger(root)] == [3.0, 2.0]


def test_a_leaf_that_is_given_its_old_number_again_has_not_moved():
    w, _, _, root = neuron()
    w.data = 7.0
    assert moved_leaves(root) == [w]
    w.data = 0.5
    assert moved_leaves(root) == []


@pytest.mark.parametrize("seed", range(100))
def test_no_leaf_of_a_random_graph_has_moved_and_then_one_has(seed):
    root = random_graph(seed)
    assert moved_leaves(root) == []
    leaf = max((v for v in names(root) if not v.op), key=lambda v: abs(Ledger(root).gradients[v]))
    leaf.data *= 1.25
    assert leaf in moved_leaves(root)


def test_a_network_has_not_moved_before_its_first_update():
    model = MLP(2, [4, 1], activation="gelu", seed=1)
    assert moved_leaves((model([0.5, -1.0]) - 1.0) ** 2) == []


# Exercises keep their solutions


def numbers(text):
    text = re.sub(r"\d+ (times|paths|contributions)", "", text)
    return [float(x) for x in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?!\w)", text)]


@pytest.mark.parametrize("seed", range(150))
def test_no_feedback_tells_the_number_that_is_asked_for(seed):
    root = random_graph(seed, size=3 + seed % 5)
    lines = Ledger(root)
    for v in names(root):
        if v.op or not math.isfinite(right := lines.gradients[v]) or abs(right) < 1e-6:
            continue
        terms = [e for e in lines if e.operand is v]
        attempts = [-right, 2.0 * right, 1.0, right / 2.0, *[e.upstream for e in terms]]
        attempts += [right - e.contribution for e in terms] + [e.local for e in terms]
        for given in attempts:
            feedback = try_gradients(root, {v: given})
            if not feedback:
                told = [
                    x
                    for x in numbers(str(feedback))
                    if abs(abs(x) - abs(right)) < 0.005 * abs(right)
                ]
                assert not told, f"{feedback} (the solution is {right})"


def test_the_shortest_exercise_that_told_its_solution():
    r, k = Value(2.0, label="r"), Value(3.0, label="k")
    root = k * r
    root.label = "M"
    feedback = str(try_gradients(root, {"r": 2.0}))
    assert "3" not in feedback
    assert "swapped" in feedback


# Names


@pytest.mark.parametrize(
    "labels", [("x1", "", ""), ("w_11", "w₁₁"), ("x_1", "x₁", ""), ("h", "h", "h[2]")]
)
def test_no_two_values_look_alike_in_text_or_in_a_formula(labels):
    leaves = [Value(float(i), label=label) for i, label in enumerate(labels, 1)]
    root = leaves[0] * 2.0
    for leaf in leaves[1:]:
        root = root + leaf
    found = names(root).values()
    assert len({name.text for name in found}) == len(found)
    looks = {name.latex.replace("{", "").replace("}", "").replace(" ", "") for name in found}
    assert len(looks) == len(found)
