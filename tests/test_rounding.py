"""Right papers with a rounded forward pass are not accused, and wrong ones are still caught.

The oracle is a person: a forward and a backward pass worked out by hand (`paper`), rounding every
result that is written down, with at most one slip planted in it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from random import Random

import pytest
from training_wrong_papers import classes

from tinygrad_edu import Value, log, relu, sigmoid, tanh, topological_order
from tinygrad_edu.teach.checking.check import check_gradients
from tinygrad_edu.teach.exercise import try_gradients

Round = Callable[[float], float]


def digits(n: int) -> Round:
    return lambda x: float(f"{x:.{n}g}")


def places(n: int) -> Round:
    return lambda x: round(x, n)


def unrounded(x: float) -> float:
    return x


def network(seed: int) -> Value:
    """A 2-2-1 network as in a textbook, its loss with numbers of two digits."""
    random = Random(seed)

    def number(label: str) -> Value:
        return Value(round(random.uniform(0.2, 1.9) * random.choice((-1, 1)), 2), label)

    x = [number("x1"), number("x2")]
    squash = random.choice((tanh, sigmoid))
    hidden = []
    for i in (1, 2):
        z = number(f"w{i}1") * x[0] + number(f"w{i}2") * x[1] + number(f"b{i}")
        z.label = f"z{i}"
        hidden.append(squash(z))
        hidden[-1].label = f"h{i}"
    z = number("v1") * hidden[0] + number("v2") * hidden[1] + number("c")
    z.label = "z"
    if random.random() < 0.5:
        a = sigmoid(z)
        a.label = "a"
        return -log(a)
    return (z - round(random.uniform(-1.0, 1.0), 1)) ** 2


def paper(
    root: Value, forward: Round, chain: Round, slip: tuple[Value, int] | None = None
) -> tuple[dict[Value, float], dict[Value, float]]:
    """Values and gradients of somebody who rounds both passes; a slip loses or adds a minus."""
    order = topological_order(root)
    values: dict[Value, float] = {}
    slopes: dict[Value, tuple[float, ...]] = {}
    for v in order:
        if v.op:
            made = v.op.function(
                *[Value(values[a]) if isinstance(a, Value) else a for a in v.arguments]
            )
            values[v], slopes[v] = forward(made.data), made.local_grads
        else:
            values[v] = v.data
    gradients = dict.fromkeys(order, 0.0) | {root: 1.0}
    for v in reversed(order):
        for i, operand in enumerate(v.operands):
            slope = -slopes[v][i] if slip == (v, i) else slopes[v][i]
            gradients[operand] = chain(gradients[operand] + chain(gradients[v] * chain(slope)))
    return values, gradients


STYLES = {
    "chains rounded to 3 digits": (digits(3), digits(3)),
    "chains rounded to 4 digits": (digits(4), digits(4)),
    "chains rounded to 5 digits": (digits(5), digits(5)),
    "3 digits, only the forward pass": (digits(3), unrounded),
    "4 digits, only the forward pass": (digits(4), unrounded),
    "3 decimals": (places(3), places(3)),
    "4 decimals": (places(4), places(4)),
}


def is_accused(root: Value, style: str, only_leaves: bool) -> bool:
    forward, chain = STYLES[style]
    _, gradients = paper(root, forward, chain)
    written = {
        v: forward(g) for v, g in gradients.items() if v is not root and not (only_leaves and v.op)
    }
    return not check_gradients(root, written)


@pytest.mark.parametrize("style", STYLES)
def test_right_papers_that_are_rounded_are_not_accused(style: str) -> None:
    accused = 0
    for seed in range(36):
        accused += is_accused(network(seed), style, only_leaves=True)
        accused += is_accused(network(seed + 1000), style, only_leaves=seed % 2 == 0)
    assert accused == 0


@pytest.mark.parametrize("seed", [103, 404])
def test_a_gradient_that_is_0_to_four_places_is_no_lost_path(seed: int) -> None:
    """∂L/∂z1 is −1.3e-6 and −4.7e-5 there, beside many numbers that need no rounding on the way."""
    root = network(seed)
    _, gradients = paper(root, places(4), places(4))
    written = {v: round(g, 4) for v, g in gradients.items() if v is not root}
    assert 0.0 in written.values()
    assert check_gradients(root, written)


def test_a_sign_is_still_caught_in_papers_that_are_rounded() -> None:
    caught = planted = named = 0
    for seed in range(60):
        root = network(seed)
        random = Random(seed)
        forward, chain = STYLES[random.choice(list(STYLES))]
        places = [(v, i) for v in topological_order(root) for i in range(len(v.operands))]
        slip = random.choice(places)
        _, right = paper(root, forward, chain)
        _, wrong = paper(root, forward, chain, slip)
        leaves = [v for v in right if not v.op]
        if all(abs(right[v] - wrong[v]) <= 0.1 * abs(right[v]) for v in leaves):
            continue
        planted += 1
        report = check_gradients(root, {v: forward(wrong[v]) for v in leaves})
        caught += not report
        named += report.first is not None and bool(report.first.slips)
    assert planted >= 40
    assert caught >= 0.97 * planted
    assert named >= 0.9 * caught


@pytest.mark.parametrize("seed", range(20))
def test_float32_gradients_pass(seed: int) -> None:
    """A program in float32 rounds every number to 24 bits."""

    def single(x: float) -> float:
        return float(struct.unpack("f", struct.pack("f", x))[0])

    root = network(seed)
    _, gradients = paper(root, single, single)
    leaves = {v: g for v, g in gradients.items() if not v.op}
    report = check_gradients(root, leaves)
    assert report
    assert "within your rounding" in str(report)
    assert not check_gradients(root, {v: g * 1.001 for v, g in leaves.items()})


def test_the_learners_own_forward_pass() -> None:
    """z = 0.7 · 1.9 = 1.33, kept as 1.3: a = σ(1.3) = 0.786, and ∂a/∂w = 0.786 · 0.214 · 1.9."""
    w = Value(0.7, "w")
    z = w * 1.9
    z.label = "z"
    a = sigmoid(z)
    a.label = "a"
    assert not check_gradients(a, {"w": 0.3198})
    report = check_gradients(a, {"w": 0.3196}, forward={"z": 1.3, "a": 0.786})
    assert str(report) == "∂a/∂w is right within your rounding."
    assert report.rounded == (w,)
    # σ(2.6) = 0.930862 follows from the wrong z, and so does 0.930862 · 0.069138 · 1.9 = 0.12228
    report = check_gradients(a, {"w": 0.1223}, forward={"z": 2.6})
    assert not report
    assert report.astray == (z,)
    assert str(report) == (
        "The forward pass goes wrong first: z = 1.9 · w should be 1.33 and you have 2.6.\n"
        "Your backward pass follows from it without a mistake of its own in ∂a/∂w."
    )
    with pytest.raises(TypeError, match="the value of “z” is a number, not list"):
        check_gradients(a, {"w": 0.3}, forward={"z": [1.3]})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="a forward pass is in numbers"):
        check_gradients(a, {"w": 0.3}, forward={"z": "1.9 w"})
    assert check_gradients(a, {"w": "0.3196"}, forward={"z": "1.3", "a": "0.786"})


def test_slips_in_the_learners_own_forward_pass_are_named() -> None:
    """z = 1.3 and a = 0.786: the minus of ∂L/∂a = −1/0.786 lost, or σ′ left out."""
    w = Value(0.7, "w")
    z = w * 1.9
    z.label = "z"
    a = sigmoid(z)
    a.label = "a"
    loss = -log(a)
    own = {"z": 1.3, "a": 0.786}
    right = -(1.0 - 0.786) * 1.9
    assert check_gradients(loss, {"w": right}, forward=own)
    for wrong, says in (
        (-right, "the minus of ∂L/∂ln(a) = −1 is lost, in L = −ln(a)"),
        (-1.9 / 0.786, "the inner derivative ∂a/∂z"),
        (-1.0 / 0.786 * 1.3 * (1.0 - 1.3) * 1.9, "has z = 1.3 in it where a = 0.786 belongs"),
    ):
        report = check_gradients(loss, {w: wrong}, forward=own)
        assert report.first is not None
        assert report.first.node is w
        assert says in str(report)
        assert {node for slip in report.first.slips for node in slip.nodes} <= {
            *topological_order(loss)
        }


def test_a_forward_pass_is_not_checked_against_moved_leaves() -> None:
    """2 · 5 = 10 was recorded and is right, whatever w has become since."""
    w = Value(2.0, "w")
    z = w * 5.0
    z.label = "z"
    loss = z**2
    w.data = 3.0
    with pytest.raises(ValueError, match=r"the data of w has changed .* check a forward pass"):
        check_gradients(loss, {"w": 100.0}, forward={"z": 10.0})
    assert check_gradients(loss, {"w": 100.0})


def test_a_leaf_in_the_forward_pass() -> None:
    w = Value(2.0, "w")
    report = check_gradients(w * 3.0, {"w": 3.0}, forward={"w": 2.5})
    assert report.astray == (w,)
    assert str(report).startswith("The forward pass goes wrong first: w should be 2 and you have")


def test_a_rounded_input_at_a_kink_takes_both_slopes() -> None:
    """z = 3 · 0.335 − 1 = 0.005; kept as 0.0 to two places it may be on either side of the kink."""
    w = Value(0.335, "w")
    for squash, below in ((relu, 0.0), (abs, -6.0)):
        z = w * 3.0 - 1.0
        z.label = "z"
        y = squash(z)
        y.label = "y"
        loss = y * 2.0
        for right in (below, 6.0):
            assert check_gradients(loss, {"w": right}, forward={"z": 0.0, "y": 0.01})
            assert bool(check_gradients(loss, {"w": right}, forward={"z": 0.01})) is (right == 6.0)
        assert not check_gradients(loss, {"w": 12.0}, forward={"z": 0.0, "y": 0.01})
        assert not check_gradients(loss, {"w": below}, forward={"z": 0.005})


def test_an_exercise_says_where_a_forward_pass_goes_wrong_and_not_what_is_right() -> None:
    w = Value(2.0, "w")
    z = w * 5.0
    z.label = "z"
    feedback = try_gradients(z**2, {"w": 110.0}, forward={"z": 11.0})
    assert not feedback
    assert str(feedback) == "Your forward pass goes wrong first, at z."
    assert try_gradients(z**2, {"w": 100.0}, forward={"z": 10.0})


def test_a_number_with_one_place_excuses_nothing():
    """To have worked with one place only, from the forward pass on, would make anything right."""
    w, x, b = Value(0.5, "w"), Value(1.5, "x"), Value(0.1, "b")
    L = ((w * x + b).sigmoid() - 1.0) ** 2
    for wrong in (-0.5, 0.1, -0.1, 0.3, -0.3):  # ∂L/∂w is -0.188
        assert not check_gradients(L, {"w": wrong})
    assert check_gradients(L, {"w": -0.188})


def test_one_short_number_alone_does_not_show_that_two_places_were_kept():
    """To two places 0.41 might come of 0.728; one number says too little to grant that."""
    root = classes()
    assert not check_gradients(root, {"w3": 0.41})
    assert check_gradients(root, {"w3": 0.728})
