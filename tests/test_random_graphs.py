"""Random graphs, forward and backward, against PyTorch in float64."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_edu import Value, topological_order

torch = pytest.importorskip("torch", reason="PyTorch is the oracle here")

NUMBERS = st.floats(-4, 4).map(lambda x: round(x, 3))
BINARY = ["+", "-", "*", "/"]


@st.composite
def programs(draw):
    """Leaves, and steps ``(op, i, j)`` over what came before; the last is the root."""
    leaves = draw(st.lists(NUMBERS, min_size=1, max_size=4))
    steps = []
    for n in range(len(leaves), len(leaves) + draw(st.integers(1, 25))):
        indices = st.integers(max(0, n - 6), n - 1)
        op = draw(st.sampled_from([*BINARY, *BINARY, "relu", "neg", "number"]))
        steps.append((op, draw(indices), draw(NUMBERS if op == "number" else indices)))
    return leaves, steps


def run(program, leaf):
    leaves, steps = program
    values = [leaf(x) for x in leaves]
    for op, i, j in steps:
        a = values[i]
        if op == "relu":
            values.append(a.relu())
        elif op == "neg":
            values.append(-a)
        elif op == "number":
            values.append(a * j + j)
        else:
            b = values[j]
            values.append({"+": a + b, "-": a - b, "*": a * b}[op] if op != "/" else a / b)
    return values


def close(x, y, tolerance):
    return x == y or (math.isnan(x) and math.isnan(y)) or abs(x - y) <= tolerance


@settings(max_examples=300, deadline=None)
@given(programs())
def test_values_and_gradients_equal_pytorchs(program):
    ours = run(program, Value)
    theirs = run(program, lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True))
    for node in theirs:
        node.retain_grad()
    assert [v.data for v in ours] == pytest.approx(
        [t.item() for t in theirs], rel=0, abs=0, nan_ok=True
    )

    root = ours[-1]
    root.backward()
    theirs[-1].backward()
    order = topological_order(root)
    uses = {id(v): 0 for v in order}
    for node in order:
        for operand in node.operands:
            uses[id(operand)] += 1
    # A sum of two contributions does not depend on their order; one of more, on its rounding.
    # What such a sum is rounded off by travels on to the values it came from.
    exact = {id(v): uses[id(v)] <= 2 for v in order}
    size = {id(v): 0.0 for v in order}  # the sum of all contributions' sizes: bounds the rounding
    size[id(root)] = 1.0
    for node in reversed(order):
        for operand, slope in zip(node.operands, node.local_grads):
            exact[id(operand)] = exact[id(operand)] and exact[id(node)]
            size[id(operand)] += size[id(node)] * abs(slope)
    if not all(map(math.isfinite, size.values())):
        return  # PyTorch's relu masks an infinite or nan gradient; by the chain rule, ∞ · 0 is nan
    for v, t in zip(ours, theirs):
        if id(v) not in uses:
            continue
        grad = 0.0 if t.grad is None else t.grad.item()
        if exact[id(v)]:
            assert close(v.grad, grad, 0.0)
        else:
            assert close(v.grad, grad, 1e-14 * len(order) * size[id(v)])
