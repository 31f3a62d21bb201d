"""Wrong papers on cross-entropies: a label's sign, its class, soft targets, weights of classes."""

import math

import pytest
from wrong_papers import label

from tinygrad_edu import Value, exp, log, sigmoid, tanh, topological_order
from tinygrad_edu.losses import binary_cross_entropy_with_logits, cross_entropy
from tinygrad_edu.teach import check_gradients

ADDED = "the 1 of the label is added to p: p + 1 stands where p − 1 belongs"
LEFT_OUT = "the label is left out: p stands where p − 1 belongs"
ANOTHER = "1 is subtracted from p, as for the class of the label, which is another"
SOFT = "the target 0.7 is taken as 1, and the others as 0"

LOGITS = {"z1": 0.7, "z2": -0.4, "z3": 1.2}
TOTAL = sum(map(math.exp, LOGITS.values()))
P1, P2, P3 = (math.exp(z) / TOTAL for z in LOGITS.values())
P = 1.0 / (1.0 + math.exp(-0.91))


def classes(target):
    return cross_entropy([Value(x, name) for name, x in LOGITS.items()], target)


def binary():
    return binary_cross_entropy_with_logits(Value(0.7, "w") * Value(1.3, "x"), 1.0)


def by_hand():
    return -log(sigmoid(Value(0.7, "w") * Value(1.3, "x")))


def layers():
    v = Value(-0.4, "v")
    h = label("h", tanh(Value(0.7, "w") * Value(1.3, "x")))
    return cross_entropy([label("a", h * 1.5), label("b", v * h), label("c", h - 1.0)], 1)


def of_layers():
    numbers = {u.label: u.data for u in topological_order(layers()) if u.label}
    powers = [math.exp(numbers[name]) for name in "abc"]
    return powers[1] / sum(powers), numbers["h"]


P_B, H = of_layers()


def weighted():
    w, b, x = Value(-0.55, "w"), Value(0.8, "b"), Value(1.9, "x")
    c, y = Value(3.0, "c"), Value(0.7, "y")
    p = label("p", sigmoid(w * x + b))
    return label("L", -(c * y * log(p) + (1 - y) * log(1 - p)))


def softmax_by_hand():
    a, b, t = Value(0.7, "a"), Value(-0.4, "b"), Value(0.7, "t")
    n = label("n", exp(a) + exp(b))
    p, q = label("p", exp(a) / n), label("q", exp(b) / n)
    return label("L", -(t * log(p) + (1 - t) * log(q)))


Q = 1.0 / (1.0 + math.exp(-1.1))
W = 1.0 / (1.0 + math.exp(-(-0.55 * 1.9 + 0.8)))

PAPERS = {
    "p + 1": (lambda: classes(0), "z1", P1 + 1.0, ADDED),
    "p": (lambda: classes(0), "z1", P1, LEFT_OUT),
    "p − 1 at another class": (lambda: classes(0), "z2", P2 - 1.0, ANOTHER),
    "p − 1 at the last class": (lambda: classes(0), "z3", P3 - 1.0, ANOTHER),
    "p + 1 of a sigmoid": (binary, "w", (P + 1.0) * 1.3, ADDED),
    "p of a sigmoid": (binary, "w", P * 1.3, LEFT_OUT),
    "p + 1 of ln σ": (by_hand, "w", (P + 1.0) * 1.3, ADDED),
    "p + 1 under a layer": (layers, "v", (P_B + 1.0) * H, ADDED),
    "p under a layer": (layers, "v", P_B * H, LEFT_OUT),
    "one-hot": (lambda: classes([0.7, 0.2, 0.1]), "z1", P1 - 1.0, SOFT),
    "one-hot at a small target": (lambda: classes([0.7, 0.2, 0.1]), "z2", P2, SOFT),
    "one-hot by hand": (softmax_by_hand, "a", Q - 1.0, SOFT),
    "weight on both": (weighted, "b", 3.0 * (W - 0.7), "the weight c = 3 of c · y · ln(p) is put"),
    "weight at the other": (
        weighted,
        "w",
        (0.7 * (W - 1.0) + 3.0 * 0.3 * W) * 1.9,
        "the weight c = 3 of c · y · ln(p) is put on (1 − y) · ln(1 − p) instead",
    ),
}


@pytest.mark.parametrize("digits", [4, 12])
@pytest.mark.parametrize("name", PAPERS)
def test_slips_with_labels_and_weights_have_names(name, digits):
    graph, of, number, says = PAPERS[name]
    report = check_gradients(graph(), {of: float(f"{number:.{digits}g}")})
    assert says in str(report)


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("digits", [3, 4, 12])
def test_the_right_number_is_right_however_it_is_rounded(name, digits):
    root = PAPERS[name][0]()
    root.backward()
    right = {v: v.grad for v in topological_order(root) if v.label and v is not root and v.grad}
    rounded = {v: float(f"{x:.{digits}g}") for v, x in right.items()}
    assert check_gradients(root, rounded).first is None
