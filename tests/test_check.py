"""The first wrong step of a hand derivation is found, and the slip that was made there.

The main oracle is planting: gradients are worked out by hand (`hand`, in four lines) with one slip
in them, and the check must name the step and the slip.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from random import Random

import pytest
from graphs import random_graph

from tinygrad_edu import Value, dot, exp, log, no_grad, sigmoid, sin, tanh, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.recording import observing
from tinygrad_edu.teach.checking.check import assert_gradients, check_gradients
from tinygrad_edu.teach.checking.rounding import agrees

Place = tuple[Value, int]


def hand(root: Value, slips: Mapping[Place, float] | None = None) -> dict[Value, float]:
    """∂root/∂value of every value, with other local derivatives in some places."""
    order = topological_order(root)
    found = dict.fromkeys(order, 0.0) | {root: 1.0}
    for node in reversed(order):
        for i, (operand, local) in enumerate(zip(node.operands, node.local_grads)):
            found[operand] += found[node] * (slips or {}).get((node, i), local)
    return found


def places(root: Value) -> list[Place]:
    return [(v, i) for v in topological_order(root) for i in range(len(v.operands))]


def uses(root: Value) -> dict[Value, list[Place]]:
    """Where each value is used, in the order of the backward pass."""
    found: dict[Value, list[Place]] = {}
    for node, i in reversed(places(root)):
        found.setdefault(node.operands[i], []).append((node, i))
    return {v: sorted(at, key=lambda p: (-order(root)[p[0]], p[1])) for v, at in found.items()}


def order(root: Value) -> dict[Value, int]:
    return {v: i for i, v in enumerate(topological_order(root))}


def significant(x: float, digits: int = 4) -> float:
    return float(f"{x:.{digits}g}")


# Correct gradients pass


@pytest.mark.parametrize("seed", range(60))
def test_right_gradients_pass_exact_and_rounded(seed: int) -> None:
    root = random_graph(seed, size=20)
    right = hand(root)
    for given in (
        right,
        {v: significant(x, 6) for v, x in right.items()},
        {v: significant(x, 4) for v, x in right.items()},
        {v: significant(x, 3) for v, x in right.items()},
        {v: x for v, x in right.items() if not v.op},
    ):
        report = check_gradients(root, given)
        assert report
        assert report.first is None
        assert set(report.right) == set(given)
        assert "right." in str(report)


@pytest.mark.parametrize("seed", range(40))
def test_rounding_at_every_step_passes(seed: int) -> None:
    """Whoever works on from a rounded number makes no mistake."""
    root = random_graph(seed, size=20)
    given = dict.fromkeys(topological_order(root), 0.0) | {root: 1.0}
    for node in reversed(topological_order(root)):
        given[node] = significant(given[node], 3)
        for operand, local in zip(node.operands, node.local_grads):
            given[operand] += given[node] * local
    assert check_gradients(root, given)


# Planted slips


def planted(kind: str, root: Value, random: Random) -> tuple[Place, dict[Place, float]] | None:
    """A place of the graph where a slip of this kind can be made, and how."""
    use = uses(root)
    forks = [v for v, at in use.items() if len(at) > 1]
    if kind in ("missing path", "overwritten"):
        if not forks:
            return None
        at = use[random.choice(forks)]
        if kind == "overwritten":
            return at[0], dict.fromkeys(at[:-1], 0.0)
        place = random.choice(at)
        return place, {place: 0.0}
    options = list(_options(kind, root))
    if not options:
        return None
    (node, i), slope = random.choice(options)
    return (node, i), {(node, i): slope}


def _options(kind: str, root: Value) -> Iterator[tuple[Place, float]]:
    for node, i in places(root):
        local, x = node.local_grads[i], node.operands[i].data
        numbers = [a for a in node.arguments if not isinstance(a, Value)]
        function = node.op.is_function
        if kind == "sign":
            yield (node, i), -local
        elif kind == ("inner derivative" if function else "factor" if numbers else ""):
            if node.op not in ("+", "-", "**"):
                yield (node, i), 1.0
        elif kind == "exponent" and node.op == "**":
            yield (node, i), local / numbers[0]
        elif kind == "wrong point" and function:
            yield (node, i), node.op.function(Value(node.data)).local_grads[0]
        elif kind == "wrong derivative" and function:
            yield (node, i), node.data
        elif kind == "wrong operand" and node.op in ("*", "/") and len(node.operands) == 2:
            yield (node, i), node.local_grads[1 - i]
        elif kind == "power" and node.op == "**":
            yield (node, i), numbers[0] * x ** numbers[0]


KINDS = {
    "sign": "sign",
    "missing path": "missing path",
    "overwritten": "overwritten",
    "inner derivative": "inner derivative",
    "factor": "factor",
    "exponent": "factor",
    "wrong point": "wrong point",
    "wrong derivative": "wrong derivative",
    "power": "wrong derivative",
    "wrong operand": "wrong operand",
}


@pytest.mark.parametrize("planting", KINDS)
def test_a_planted_slip_is_named_with_its_step(planting: str) -> None:
    checked = 0
    for seed in range(60):
        root = random_graph(seed, size=14)
        found = planted(planting, root, Random(seed))
        if found is None:
            continue
        (node, i), slips = found
        victim = node.operands[i]
        right, given = hand(root), hand(root, slips)
        if agrees(given[victim], right[victim], 1e-9):
            continue
        checked += 1

        report = check_gradients(root, given)
        assert not report
        assert report.first is not None
        assert report.first.node is victim
        assert report.first.given == given[victim]
        assert report.first.expected == pytest.approx(right[victim])
        named = [
            slip
            for slip in report.first.slips
            if slip.kind == KINDS[planting] and (not slip.nodes or node in slip.nodes)
        ]
        assert named
        assert named[0].gives == pytest.approx(given[victim])
        assert named[0].says in str(report) or len(report.first.slips) > 3
        # what follows from it is not blamed
        assert report.others == ()
        wrong = {v for v in right if not agrees(given[v], right[v], 1e-9 * abs(right[v]))}
        assert set(report.follow) | {victim} <= wrong
    assert checked >= 15


@pytest.mark.parametrize("planting", KINDS)
def test_a_planted_slip_is_named_from_the_leaves_alone(planting: str) -> None:
    checked = 0
    for seed in range(40):
        root = random_graph(seed, size=10)
        found = planted(planting, root, Random(seed))
        if found is None:
            continue
        (node, _), slips = found
        right, given = hand(root), hand(root, slips)
        leaves = {v: given[v] for v in given if not v.op}
        wrong = [v for v in leaves if not agrees(given[v], right[v], 1e-9)]
        if not wrong:
            continue
        checked += 1
        report = check_gradients(root, leaves)
        assert report.first is not None
        assert report.first.node in wrong
        kinds = {slip.kind for slip in report.first.slips}
        assert any(node in slip.nodes for slip in report.first.slips) or KINDS[planting] in kinds
        assert set(report.first.same) | {report.first.node} == set(wrong)
        assert set(report.right) == set(leaves) - set(wrong)
    assert checked >= 10


def test_slips_are_named_in_gradients_that_are_rounded_to_four_digits() -> None:
    named = checked = 0
    for planting in KINDS:
        for seed in range(25):
            root = random_graph(seed, size=14)
            found = planted(planting, root, Random(seed))
            if found is None:
                continue
            (node, i), slips = found
            victim = node.operands[i]
            given = {v: significant(x) for v, x in hand(root, slips).items()}
            if agrees(given[victim], hand(root)[victim]):
                continue
            checked += 1
            report = check_gradients(root, given)
            assert report.first is not None
            assert report.first.node is victim
            named += KINDS[planting] in {slip.kind for slip in report.first.slips}
    assert checked >= 150
    assert named >= 0.98 * checked  # x / x has slips that only its own digits could tell apart


@pytest.mark.parametrize("n", [2.0, 3.0, 0.5, 10.0])
def test_a_planted_factor_is_named(n: float) -> None:
    for seed in range(30):
        root = random_graph(seed)
        right = hand(root)
        leaf = Random(seed).choice([v for v in right if not v.op])
        if abs(right[leaf]) < 1e-6:
            continue
        report = check_gradients(root, right | {leaf: right[leaf] * n})
        assert report.first is not None
        assert report.first.node is leaf
        assert report.follow == report.others == ()
        size, word = (n, "too much") if n > 1 else (1 / n, "missing")
        generic = f"a factor of {size:g} is {word}"
        assert generic in str(report) or any(slip.nodes for slip in report.first.slips)


def test_two_slips_are_told_one_after_the_other() -> None:
    root = random_graph(5)
    right = hand(root)
    first, second = [v for v in reversed(topological_order(root)) if not v.op][:2]
    wrong = right | {first: -right[first], second: -right[second]}
    report = check_gradients(root, wrong)
    assert report.first is not None
    assert {report.first.node, *report.others} == {first, second}
    assert "1 more is wrong" in str(report) or "same slip" in str(report)
    assert check_gradients(root, right | {report.first.node: right[report.first.node]})


# Worked examples


def linear_231() -> Value:
    x = [Value(40.0, "x₁"), Value(80.0, "x₂")]
    z = [dot([Value(0.5, f"w{i}{j}") for j in (1, 2)], x) for i in (1, 2, 3)]
    for i, v in enumerate(z, 1):
        v.label = f"z{i}"
    prediction = dot([Value(1.0, f"u{i}") for i in (1, 2, 3)], z)
    prediction.label = "ŷ"
    return 0.5 * (60.0 - prediction) ** 2


def text(root: Value, gradients: Mapping[Value | str, float]) -> str:
    return str(check_gradients(root, gradients))


def test_a_right_gradient_before_the_wrong_one_is_where_it_goes_on_from() -> None:
    assert text(linear_231(), {"z1": 120.0, "w11": 2400.0}) == (
        "∂L/∂z1 is right (120); from there ∂L/∂w11 should be 120 · 40 = 4800 and you have 2400. "
        "Several slips give this number, and it alone does not tell which: w11 · x₁ = 20 itself "
        "stands where its derivative 40 belongs; or a factor of 2 is missing.\n"
        "1 of the 2 gradients is right."
    )


def test_the_lost_minus_of_the_target_minus_the_prediction() -> None:
    report = text(linear_231(), {"ŷ": -120.0, "z1": -120.0, "w11": -4800.0, "w12": -9600.0})
    assert report == (
        "∂L/∂ŷ should be 0.5 · (−240) · (−1) = 120 and you have −120: the minus of "
        "∂(60 − ŷ)/∂ŷ = −1 is lost, in 60 − ŷ.\n"
        "None of the 4 gradients is right; 3 are wrong only because they follow from a wrong one."
    )


def test_the_half_of_the_loss_and_the_exponent() -> None:
    assert "the factor ½ in L = ½ · (60 − ŷ)² is left out" in text(linear_231(), {"ŷ": 240.0})
    assert "the exponent of (60 − ŷ)² is not brought down" in text(linear_231(), {"ŷ": 60.0})


def test_the_gradient_of_the_other_operand() -> None:
    # ∂L/∂u1 = ∂L/∂ŷ · z1 = 7200 and ∂L/∂z1 = ∂L/∂ŷ · u1 = 120
    report = text(linear_231(), {"ŷ": 120.0, "u1": 120.0})
    assert "the operands of u1 · z1 are swapped" in report
    report = text(linear_231(), {"w21": 4800.0, "w11": 9600.0, "w12": 4800.0})
    assert "∂L/∂w12 and ∂L/∂w11 are exchanged" in report
    assert "The same slip explains ∂L/∂w11." in report
    report = text(linear_231(), {"ŷ": 120.0, "u1": 7200.0, "w11": 7200.0})
    assert "that is ∂L/∂u1 and not the one asked for" in report


def batch() -> tuple[Value, Value, Value]:
    """The mean cross-entropy of one neuron over three samples."""
    w, b = Value(0.5, "w"), Value(0.1, "b")
    data = ((1.5, 1.0), (-0.7, 0.0), (0.4, 1.0))
    outputs = [(sigmoid(w * x + b), y) for x, y in data]
    loss = -sum(y * log(a) + (1.0 - y) * log(1.0 - a) for a, y in outputs) / 3.0
    assert isinstance(loss, Value)
    loss.label = "J"
    return loss, w, b


def test_the_mean_over_the_samples() -> None:
    loss, w, b = batch()
    right = hand(loss)
    report = text(loss, {"w": 3.0 * right[w], "b": 3.0 * right[b]})
    assert "the division by 3 in J" in report
    assert "The same slip explains" in report
    report = text(loss, {"w": right[w] / 3.0})
    assert "a factor of 3 is missing" in report or "averaged, not added" in report


def test_a_function_in_every_sample() -> None:
    loss, w, b = batch()
    sigmoids = [v for v in topological_order(loss) if v.op == "sigmoid"]
    for slips, kind in (
        ({(v, 0): 1.0 for v in sigmoids}, "inner derivative"),
        ({(v, 0): sigmoid(Value(v.data)).local_grads[0] for v in sigmoids}, "wrong point"),
        ({(v, 0): z * (1.0 - z) for v in sigmoids if (z := v.operands[0].data)}, "wrong point"),
    ):
        given = hand(loss, slips)
        report = check_gradients(loss, {w: given[w], b: given[b]})
        assert report.first is not None
        assert [slip.kind for slip in report.first.slips] == [kind]
        assert set(report.first.slips[0].nodes) == set(sigmoids)
        assert len(report.first.same) == 1
        assert "and so in 2 more like it" in str(report)


def test_one_function_in_every_layer() -> None:
    w, x = Value(0.7, "w"), Value(0.4, "x")
    root = tanh(tanh(tanh(x * w) * 2.0 + 0.3) * 1.5)
    given = hand(root, {(v, 0): 1.0 for v in topological_order(root) if v.op == "tanh"})
    report = check_gradients(root, {w: given[w]})
    assert report.first is not None
    assert [slip.kind for slip in report.first.slips] == ["inner derivative"]
    assert len(report.first.slips[0].nodes) == 3


def test_a_path_is_called_by_the_label_on_it() -> None:
    x = Value(0.7, "x")
    h = x * 2.0
    h.label = "h"
    p, q = sin(h) + 1.0, exp(h) * 3.0
    p.label, q.label = "p", "q"
    root = p * q
    given = hand(root, {(sin_h, 0): 0.0 for sin_h in topological_order(root) if sin_h.op == "sin"})
    report = text(root, {"p": given[p], "q": given[q], "h": given[h], "x": given[x]})
    assert "the path through p is missing (h is used 2 times)" in report
    assert report.startswith("∂L/∂p (")
    assert " are right; from there ∂L/∂h should be" in report


def test_the_square_of_a_value_has_two_paths() -> None:
    x = Value(3.0, "x")
    report = text(x * x, {"x": 3.0})
    assert "one of the 2 paths through L is missing (x is used 2 times)" in report
    assert "(+=)" in report


def test_nothing_arrived() -> None:
    assert "nothing has arrived on any path" in text(linear_231(), {"w11": 0.0})


def test_data_that_was_changed_after_the_forward_pass() -> None:
    w1, w2, x = Value(0.5, "w₁"), Value(-2.0, "w₂"), Value(1.5, "x")
    h = tanh(w1 * x)
    root = (w2 * h - 1.0) ** 2
    right = hand(root)
    w2.data -= 0.1 * right[w2]
    w1.data -= 0.1 * right[w1]
    assert check_gradients(root, {"w₁": right[w1], "w₂": right[w2]})  # those of the record
    error = 2.0 * (root.operands[0].data)
    mixed = error * w2.data * (1.0 - h.data**2) * x.data
    report = check_gradients(root, {"w₁": mixed})
    assert report.first is not None
    assert [slip.kind for slip in report.first.slips] == ["wrong point"]
    assert "changed after the forward pass" in str(report)
    new = tanh(Value(w1.data) * x.data)
    moved = 2.0 * (w2.data * new.data - 1.0) * w2.data * (1.0 - new.data**2) * x.data
    assert "of a new forward pass" in text(root, {"w₁": moved})


def test_no_slip_is_made_up() -> None:
    report = check_gradients(linear_231(), {"z1": 120.0, "w11": 3123.4567})
    assert report.first is not None
    assert report.first.slips == ()
    assert "None of the usual slips gives this number (it is 0.65072 times" in str(report)


def test_a_small_difference_is_taken_for_rounding_on_the_way() -> None:
    report = text(linear_231(), {"z1": 120.0, "w11": 4811.4})
    assert "0.24 % off: has something been rounded on the way?" in report
    assert check_gradients(linear_231(), {"z1": 120.0, "w11": 4811.4}, rtol=0.01)


def test_numbers_that_look_alike_are_shown_with_the_digits_that_differ() -> None:
    assert "4800.0001" in text(linear_231(), {"z1": 120.0, "w11": 4800.0001})


def test_the_gradient_of_the_root_is_one() -> None:
    x = Value(3.0, "x")
    assert check_gradients(x * 2.0, {"L": 1.0})
    assert "∂L/∂L should be 1, as ever, and you have 2" in text(x * 2.0, {"L": 2.0, "x": 4.0})
    assert check_gradients(x, {x: 1.0})


def test_a_gradient_that_is_zero() -> None:
    x = Value(-1.0, "x")
    root = x.relu() * 3.0
    assert check_gradients(root, {"x": 0.0})
    assert "inner derivative ∂ReLU(x)/∂x = 0 of ReLU(x) is left out" in text(root, {"x": 3.0})


# A number counts as right


@pytest.mark.parametrize(
    ("given", "right", "is_right"),
    [
        (0.412, 0.41174, True),
        (0.4117, 0.41174, True),
        (0.413, 0.41174, False),
        (0.411, 0.41174, False),
        (0.41, 0.41174, False),  # two digits say too little
        (0.41, 0.41004, True),  # unless it is 0.410
        (4800.0, 4804.0, True),  # to three digits
        (4801.0, 4804.0, False),
        (7.0, 7.004, True),
        (7.0, 7.006, False),
        (-1.0, 1.0, False),
        (0.0, 1e-9, False),
        (123500.0, 123456.7, True),
        (1e-300, 1.004e-300, True),
        (5e-324, 5e-324, True),
        (0.1 + 0.2, 0.3, True),
    ],
)
def test_what_counts_as_rounded(given: float, right: float, is_right: bool) -> None:
    assert agrees(given, right) is is_right
    assert agrees(-given, -right) is is_right


def test_terms_that_cancel_leave_noise() -> None:
    x = Value(0.1, "x")
    root = x * 3.0 - x * 2.0 - x
    assert hand(root)[x] == 0.0
    assert check_gradients(root, {"x": 2e-16})
    assert not check_gradients(root, {"x": 2e-9})


# Names, models, errors


def test_by_the_value_and_by_the_names_of_the_derivation() -> None:
    a, b = Value(2.0), Value(3.0)
    root = (a * b) ** 2
    assert check_gradients(root, {a: 36.0, "x₂": 24.0})


def test_parameters_are_called_as_in_the_model() -> None:
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    root = model([1.0, 2.0])
    w = model.layers[0].neurons[1].w[0]
    wrong = hand(root)[w] * 2.0
    assert "∂L/∂w⁽¹⁾₂₁ should be" in str(check_gradients(root, {w: wrong}, model=model))
    assert "∂L/∂w⁽¹⁾₂₁" in str(check_gradients(root, {"w⁽¹⁾₂₁": wrong}, model=model))


def test_a_name_that_nothing_has() -> None:
    with pytest.raises(ValueError, match=r"no value of this graph is called 'w_111': .*'w11'"):
        check_gradients(linear_231(), {"w_111": 1.0})


def test_a_name_that_two_values_have() -> None:
    a, b = Value(1.0, "w"), Value(2.0, "w")
    with pytest.raises(ValueError, match="2 values have the label 'w': give the Value itself"):
        check_gradients(a * b, {"w": 1.0})
    assert check_gradients(a * b, {a: 2.0, b: 1.0})


def test_a_value_of_another_graph() -> None:
    with pytest.raises(ValueError, match="not in this graph"):
        check_gradients(Value(1.0) * 2.0, {Value(1.0, "x"): 2.0})


@pytest.mark.parametrize("bad", [True, None, 1j, [1.0], Value(2.0)])
def test_what_is_not_a_number(bad: object) -> None:
    with pytest.raises(TypeError, match=f"gradient of “x” is a number, not {type(bad).__name__}"):
        check_gradients(Value(1.0, "x") * 2.0, {"x": bad})  # type: ignore[dict-item]


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_is_not_finite(bad: float) -> None:
    with pytest.raises(ValueError, match="gradient of “x” is a finite number, not"):
        check_gradients(Value(1.0, "x") * 2.0, {"x": bad})


def test_other_errors() -> None:
    x = Value(0.0, "x")
    with pytest.raises(ValueError, match="no gradients to check"):
        check_gradients(x * 2.0, {})
    with pytest.raises(ValueError, match="the gradient of “x” is given twice"):
        check_gradients(x * 2.0, {"x": 2.0, x: 2.0})
    with pytest.raises(TypeError, match="a Value or its name"):
        check_gradients(x * 2.0, {3: 2.0})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match=r"∂L/∂x is inf: .*1/\(2√x\) is inf at x = 0"):
        check_gradients(x.sqrt(), {"x": 1.0})


@pytest.mark.parametrize("bad", [-1e-3, math.nan])
def test_an_rtol_that_is_none(bad: float) -> None:
    with pytest.raises(ValueError, match="rtol is 0 or more"):
        check_gradients(Value(1.0, "x") * 2.0, {"x": 2.0}, rtol=bad)


def test_assert_gradients_fails_with_the_report() -> None:
    root = linear_231()
    assert_gradients(root, {"w11": 4800.0, "w12": 9600.0, "u1": 7200})
    with pytest.raises(AssertionError) as failure:
        assert_gradients(root, {"z1": 120.0, "w11": 2400.0})
    assert str(failure.value) == text(root, {"z1": 120.0, "w11": 2400.0})


def test_it_disturbs_nothing_and_works_anywhere() -> None:
    loss, *_ = batch()
    before = [(v.data, v.grad) for v in topological_order(loss)]
    expected = text(loss, {"w": 0.3, "b": 1.0})
    seen: list[Value] = []
    with observing(seen.append):
        assert text(loss, {"w": 0.3, "b": 1.0}) == expected
    with no_grad():
        assert text(loss, {"w": 0.3, "b": 1.0}) == expected
    assert seen == []
    assert [(v.data, v.grad) for v in topological_order(loss)] == before


@pytest.mark.parametrize("n", [5e-324, 1e-310])
def test_a_wrong_answer_beside_numbers_too_small_to_divide_by(n: float) -> None:
    x = Value(2.0, label="x")
    for root in (x * n, n**x, n * x, x / n):
        slope = dict.fromkeys([x], 1.5)
        if math.isfinite(root.local_grads[0]):
            assert not check_gradients(root, slope)
    a, b = Value(1e-200, label="a"), Value(1e-200, label="b")
    assert not check_gradients(a / (b * 1.0) * 1e-200, {"a": 0.5})
    assert not check_gradients(1e-310 ** Value(-0.5, label="x"), {"x": 1.5})
    assert not check_gradients(1e-310 ** Value(0.0, label="x"), {"x": 1.5})


def test_gradients_are_exchanged_only_if_each_is_the_others():
    w, v = Value(0.7, "w"), Value(-1.2, "v")
    root = w * 3.0 + v * v * 5.0  # ∂L/∂w = 3, ∂L/∂v = -12
    assert "exchanged" in str(check_gradients(root, {"w": -12.0, "v": 3.0}))
    assert "exchanged" not in str(check_gradients(root, {"w": 8.13, "v": 3.0}))
    assert "exchanged" not in str(check_gradients(root, {"w": -12.0, "v": 8.13}))


def test_whoever_is_in_a_penalty_is_not_told_that_they_are_in_none():
    w, v, b = Value(0.7, "w"), Value(-1.2, "v"), Value(0.3, "b")
    root = (w * 2.0 + v + b) ** 2 + 0.25 * (w**2 + v**2)
    right = 2 * (1.4 - 1.2 + 0.3)  # ∂L/∂b, and 2(…) · 2 + 0.5w for w
    says = "a term for b is added, as that of w² for w: b is in no penalty"
    assert says in str(check_gradients(root, {"b": right + 0.25 * 2 * 0.3}))
    assert "in no penalty" not in str(check_gradients(root, {"w": 2 * right + 0.5 * 0.7 * 2}))


def test_weights_that_happen_to_add_up_to_1_are_no_target():
    """They move freely, so that a formula is not right because of that sum alone."""
    w, v, x, y = Value(0.25, "w"), Value(0.75, "v"), Value(1.5, "x"), Value(1.4, "y")
    root = w * x + v * y  # ∂L/∂x = w, which is 1 - v here
    assert not check_gradients(root, {"x": "1 - v"})
    assert check_gradients(root, {"x": "w"})
