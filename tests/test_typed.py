"""Formulas that somebody types: read in any spelling, never evaluated as Python, and judged."""

import math
import sys
import time

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_edu import Value, exp, log, maximum, relu, sigmoid, sin, tanh, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach import check_gradients, derive, try_gradients
from tinygrad_edu.teach.notation.formula import names
from tinygrad_edu.teach.typed.folding import folded
from tinygrad_edu.teach.typed.formula import Formula, Point, Reader


def label(name, v):
    v.label = name
    return v


def neuron():
    """L = (ŷ - y)², ŷ = σ(w₁x₁ + b), whose ∂L/∂w₁ is 2(ŷ - y)ŷ(1 - ŷ)x₁."""
    w, x, b, y = Value(0.8, "w1"), Value(1.7, "x₁"), Value(-0.6, "b"), Value(0.3, "y")
    z = label("z_1", w * x + b)
    return label("L", (label("ŷ", sigmoid(z)) - y) ** 2)


def read(typed, root=None) -> tuple[Formula, float]:
    root = root or neuron()
    formula = Reader(root, names(root)).read(typed)
    return formula, formula(Point(root, {v: v for v in topological_order(root)}).numbers(formula))


Z = 0.8 * 1.7 - 0.6
A = 1.0 / (1.0 + math.exp(-Z))


@pytest.mark.parametrize(
    ("typed", "is_"),
    [
        ("2*(ŷ - y)*ŷ*(1-ŷ)*x1", 2 * (A - 0.3) * A * (1 - A) * 1.7),
        (r"2\left(\hat{y}-y\right)\sigma'(z_1)\,x_1", 2 * (A - 0.3) * A * (1 - A) * 1.7),
        ("2·(yhat − y)·σ′(z₁)·x₁", 2 * (A - 0.3) * A * (1 - A) * 1.7),
        ("2 (y_hat - y) sigmoid'(z1) x_{1}", 2 * (A - 0.3) * A * (1 - A) * 1.7),
        (r"$\frac{\partial L}{\partial z_1} \cdot x_1$", 2 * (A - 0.3) * A * (1 - A) * 1.7),
        ("∂L/∂z1 · x1", 2 * (A - 0.3) * A * (1 - A) * 1.7),
        ("dL/dz_1 * x_1", 2 * (A - 0.3) * A * (1 - A) * 1.7),
        ("δ₁x₁", 2 * (A - 0.3) * A * (1 - A) * 1.7),
        (r"\frac{\mathrm{d} L}{\mathrm{d} \hat{y}}", 2 * (A - 0.3)),
        ("∂ŷ/∂w₁", A * (1 - A) * 1.7),
        ("-z1^2", -(Z**2)),
        ("(-z1)²", Z**2),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("−0.299", -0.299),
        ("1/2", 0.5),
        ("½ z1", Z / 2),
        (r"\frac12 z_1", Z / 2),
        (r"\frac{z_1}{2} x_1", Z / 2 * 1.7),
        ("1/2z1", Z / 2),  # from the left, as a computer reads it
        ("1/(2z1)", 1 / (2 * Z)),
        ("1e-3 x1", 0.0017),
        ("2·10^-3", 0.002),
        (".5", 0.5),
        ("w1x1 + b", Z),
        ("1/(1+e^-z1)", A),
        (r"\frac{1}{1 + e^{-z_1}}", A),
        ("exp(-z1)", math.exp(-Z)),
        ("sin² z1 + cos^2(z1)", 1.0),
        ("|−z1|", Z),
        (r"\left|b\right|", 0.6),
        ("ln z1", math.log(Z)),
        ("log(z1)", math.log(Z)),
        ("√z1", math.sqrt(Z)),
        (r"\sqrt{z_1}", math.sqrt(Z)),
        ("max(b, 0) + relu(z1)", Z),
        ("tanh'(z1)", 1 - math.tanh(Z) ** 2),
        ("π", math.pi),
        ("log10(x1) + log₁₀(x1) + log_{10} x1", 3 * math.log10(1.7)),
        ("２×（ŷ－ｙ）ŷ（1－ŷ）𝑥₁", 2 * (A - 0.3) * A * (1 - A) * 1.7),
        ("w_1x_1 + w_1x1", 2 * 0.8 * 1.7),
        (r"\frac z_1 2 + \frac1{2} + \frac\pi2", Z / 2 + 0.5 + math.pi / 2),
        (r"\sqrt z_1 \sqrt 4", 2 * math.sqrt(Z)),
        (r"\(\sigma^\prime(z_1)\,\{2\}\)", 2 * A * (1 - A)),
        (r"\sigma^{\prime}(z_1)", A * (1 - A)),
        ("∣−z1∣ · lg 100 + ⅛", 2 * Z + 0.125),
        ("\ufeffx1\u200b\u2062z1", 1.7 * Z),
        ("2**3", 8.0),
        ("1.2×10⁻³", 0.0012),
        ("z1z1", Z * Z),
        (r"\operatorname{ReLU}(z_1)", Z),
        ("[2{z1}(b)]", 2 * Z * -0.6),
    ],
)
def test_what_is_typed_is_understood(typed, is_):
    assert read(typed)[1] == pytest.approx(is_, rel=1e-12)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("2q", "q is no name of this graph; there are w1, x₁, b, y"),
        ("x_2", r"x_\{2\} is no name"),
        ("2*(z1", r"“\)” is missing at the end"),
        ("(z1]", r"“\)” is missing before “\]”"),
        ("", "something is missing at the end"),
        ("2 +", "something is missing at the end"),
        ("2 + * 3", "is not expected there"),
        ("sin", "sin has no argument"),
        ("max(1)", "max takes 2 arguments, not 1"),
        ("sin(1, 2)", "sin takes 1 argument, not 2"),
        ("max'(1)", "is not one function"),
        ("0,3", "a decimal is written with a point"),
        (r"\frac{1}{2", "the brace is not closed"),
        ("__import__('os')", "is not expected there"),
        ("z1.data", "is not expected there"),
        ("lambda: 1", "is no name"),
        ("a" * 3000, "at most 2000 characters"),
        ("(" * 500, "more than 60 deep"),
        (r"\frac" * 300, "is missing at the end"),
        ("z1 = 2", "“=” is not expected there: write what is on its right"),
        ("1.2.3", "the number ends before “.3”: write \\* for a product"),
        ("1 000", "the number ends before “000”"),
        ("2··3", r"“\*” is not expected there"),
        ("sin⁻¹(z1)", "may be the inverse function: write 1/sin"),
        ("d/dz σ(z1)", r"d/dz alone is no number: write σ'\(z\)"),
        (r"\|z1\|", "cannot be read: a backslash begins a command"),
        ("(" * 10_000, "at most 2000 characters"),
        ("2^" * 900 + "2", "more than 60 deep"),
        ("2/" * 900 + "1", "more than 60 deep"),
        ("sin " * 450 + "1", "more than 60 deep"),
        ("10**10**10**z1", None),  # a large number is inf, and no long computation
        ("9" * 1000 + "^" + "9" * 900, None),
    ],
)
def test_what_cannot_be_read_is_said(typed, says):
    began = time.perf_counter()
    if says is None:
        assert read(typed)[1] == math.inf
    else:
        with pytest.raises(ValueError, match=says) as raised:
            read(typed)
        assert len(str(raised.value)) < 300
    assert time.perf_counter() - began < 1.0


@given(st.text(alphabet="z1xwb+-*/^(){}|,.²₁∂L δσ'\\fracsn=_[]\u0302é𝑥", max_size=40))
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_gives_a_number_or_a_value_error(typed):
    try:
        _, x = read(typed)
    except ValueError:
        return
    assert isinstance(x, float)


@given(
    st.recursive(
        st.sampled_from(["x", "y", "2", "0.5", "3"]),
        lambda e: st.one_of(
            st.tuples(e, st.sampled_from(["+", "-", "*", "/"]), e).map(
                lambda t: f"({t[0]} {t[1]} {t[2]})"
            ),
            e.map(lambda t: f"-{t}"),
            e.map(lambda t: f"({t})^2"),
            e.map(lambda t: f"sin({t})"),
            st.tuples(e, e).map(lambda t: f"({t[0]})({t[1]})"),
        ),
        max_leaves=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_random_formulas_are_worth_what_sympy_says(typed):
    x, y = Value(0.7, "x"), Value(-1.3, "y")
    _, found = read(typed, x * y)
    plain = typed.replace("^", "**").replace(")(", ")*(")
    expected = sympy.sympify(plain, locals={"x": sympy.Float(0.7, 30), "y": sympy.Float(-1.3, 30)})
    if not expected.is_finite or abs(expected) > 1e100:
        return
    assert found == pytest.approx(float(expected), rel=1e-6, abs=1e-9)


def test_a_formula_is_shown_as_it_was_understood():
    formula, _ = read(r"1/2z_1 \cdot \hat{y}(1-\hat{y})")
    assert str(formula) == "½ · z_1 · ŷ · (1 − ŷ)" or str(formula).startswith("1/2 · z_1")
    assert r"\hat{y}" in formula.latex


def test_one_spelling():
    for typed in ("w₁₁", "w_11", "w_{11}", "w11", r"w_{1 1}".replace(" ", "")):
        assert folded(typed) == "w_{11}"
    assert folded("w⁽²⁾₃₁") == folded("w^{(2)}_{31}") == "w^{(2)}_{31}"
    assert folded("w″₁₁") == folded("w''_{11}")


# In the check


def test_right_formulas_are_right_whatever_their_form():
    root = neuron()
    for typed in ("2(ŷ-y)ŷ(1-ŷ)x1", "2 x1 (ŷ-y)(ŷ-ŷ²)", "∂L/∂z1 x1", "2(ŷ-y)σ'(w1 x1 + b) x1"):
        report = check_gradients(root, {"w1": typed})
        assert report, typed
        assert str(report) == "∂L/∂w1 is right."
    report = check_gradients(
        root, {"w_1": "2(ŷ-y)ŷ(1-ŷ)x1", "∂L/∂b": r"2(\hat{y}-y)\hat{y}(1-\hat{y})"}
    )
    assert str(report) == "All 2 gradients are right."


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("(ŷ-y)ŷ(1-ŷ)x1", "the exponent of L = (ŷ − y)² is not brought down as a factor"),
        ("2(ŷ-y)x1", "the inner derivative ∂ŷ/∂z_1 = 0.217111 of ŷ = σ(z_1) is left out"),
        ("2(ŷ-y)ŷ(1-ŷ)", "the factor ∂(w1 · x₁)/∂w1 = 1.7 of w1 · x₁ is left out"),
        ("2(y-ŷ)ŷ(1-ŷ)x1", "the sign is wrong"),
        ("2(ŷ-y)ŷ x1", "itself stands"),
        ("2(ŷ-y)(1-ŷ²)x1", "1 − ŷ² stands where"),
        ("2(ŷ-y)z1(1-z1)x1", "has z_1 = 0.76 in it"),
        ("2(ŷ-y)ŷ(1-ŷ)w1", "swapped"),
        ("2ŷ ŷ(1-ŷ)x1", "ŷ = 0.681354 stands where"),
        ("17", "None of the usual slips gives this number"),
        ("w1 + x1", "None of the usual slips gives this formula"),
    ],
)
def test_the_slip_of_a_formula_is_named(typed, says):
    report = check_gradients(neuron(), {"w1": typed})
    assert not report
    assert says in str(report)
    assert "Several" not in str(report)


def test_what_was_understood_is_told():
    report = check_gradients(neuron(), {"w1": "2(ŷ-y)x1"})
    assert "you have 1.2966, by 2 · (ŷ − y) · x₁" in str(report)
    assert list(report.read.values()) == ["2 · (ŷ − y) · x₁"]


def test_what_is_right_by_chance_is_not_right():
    # with w = 2, the derivative 3w² of w³ is 12, and so are 6w, w³ + 4 and 12
    w = Value(2.0, "w")
    root = w**3
    for typed in ("6 w", "w^3 + 4"):
        report = check_gradients(root, {"w": typed})
        assert not report
        assert "∂L/∂w is right with these numbers alone: with w = " in str(report)
    assert check_gradients(root, {"w": "12"})  # a number is a number
    assert check_gradients(root, {"w": "w^2 + 2 w w"})
    # x = 1 is left out, and nobody sees it here
    v, x = Value(3.0, "v"), Value(1.0, "x")
    report = check_gradients((v * x) ** 2, {"v": "2 v x"})
    assert "the factor ∂(v · x)/∂v" in str(report)
    assert "is left out" in str(report)
    assert report.first is not None
    assert report.first.node is v


def test_a_number_that_stands_where_a_name_belongs_is_named():
    report = str(check_gradients(neuron(), {"w1": "2(ŷ - 0.3) ŷ (1 - ŷ) 1.7"}))
    assert "right with these numbers alone" in report
    assert report.endswith(": y = 0.3 and x₁ = 1.7 stand where names belong.")


def test_what_follows_from_ones_own_wrong_formula_is_not_blamed():
    root = neuron()
    report = check_gradients(root, {"ŷ": "(ŷ-y)", "z_1": "∂L/∂ŷ ŷ(1-ŷ)", "w1": "∂L/∂z1 x1"})
    assert report.first is not None
    assert report.first.node.label == "ŷ"
    assert {v.label for v in report.follow} == {"z_1", "w1"}
    assert "2 are wrong only because they follow from a wrong one" in str(report)


def test_a_formula_with_a_rounded_gradient_of_ones_own_is_right_beside_a_forward_pass():
    answers = {"ŷ": 0.7627, "z_1": "∂L/∂ŷ ŷ(1 - ŷ)"}
    assert len(check_gradients(neuron(), answers).right) == 2
    assert len(check_gradients(neuron(), answers, forward={"z_1": 0.76, "ŷ": 0.681}).right) == 2
    astray = check_gradients(neuron(), answers, forward={"z_1": 0.67})
    assert not astray
    assert len(astray.astray) == 1


def test_numbers_and_formulas_together():
    root = neuron()
    report = check_gradients(root, {"ŷ": 0.763, "z_1": "2(ŷ-y)ŷ(1-ŷ)", "w1": "0.2815"})
    assert report
    report = check_gradients(root, {"ŷ": 0.3814, "z_1": "∂L/∂ŷ ŷ (1-ŷ)"})
    assert report.first is not None
    assert report.first.node.label == "ŷ"
    assert [v.label for v in report.follow] == ["z_1"]


def test_the_formulas_of_our_own_derivation_are_right():
    model = MLP(2, [2, 1], activation="tanh", seed=3)
    root = (model([0.5, -1.5]) - 0.25) ** 2
    weights = model.parameters()
    document = str(derive(root, weights, model=model))
    report = check_gradients(root, {weights[0]: "∂L/∂z⁽¹⁾₁ · 0.5"}, model=model)
    assert report, document


@pytest.mark.parametrize(
    ("graph", "answers"),
    [
        (lambda x, y: relu(x * y) * 3.0, {"x": "3 y", "y": "3x"}),
        (lambda x, y: maximum(x, y) ** 2, {"x": "2x", "y": "0"}),
        (lambda x, y: log(x) / y, {"x": "1/(x y)", "y": "-ln(x)/y²"}),
        (lambda x, y: x * x * y, {"x": "2 x y", "y": "x²"}),
        (lambda x, y: sin(x * y) + exp(x), {"x": "y cos(x y) + e^x", "y": "x cos(xy)"}),
        (lambda x, y: tanh(x) ** 3 - y, {"x": r"3\tanh^2(x)(1-\tanh^2 x)", "y": "-1"}),
    ],
)
def test_other_points_stay_in_the_domain_and_on_the_same_side(graph, answers):
    assert check_gradients(graph(Value(1.5, "x"), Value(0.4, "y")), answers)


def test_errors():
    root = neuron()
    with pytest.raises(ValueError, match="the gradient of “w1”: “2q” cannot be read: q is no name"):
        check_gradients(root, {"w1": "2q"})
    with pytest.raises(ValueError, match=r"has ∂L/∂w1 in it"):
        check_gradients(root, {"w1": "∂L/∂w1"})
    with pytest.raises(ValueError, match="gives inf here"):
        check_gradients(root, {"w1": "1/(w1 - w1)"})
    root.operands[0].operands[0].label = "a"
    w = next(v for v in topological_order(root) if v.label == "w1")
    w.data = 3.0
    with pytest.raises(ValueError, match=r"the data of w1 has changed .* check formulas"):
        check_gradients(root, {"w1": "2 x1"})


def test_reading_needs_no_deep_recursion():
    limit = sys.getrecursionlimit()
    formula, x = read("+".join(["z1"] * 600))
    assert x == pytest.approx(600 * Z)
    assert sys.getrecursionlimit() == limit
    assert str(formula).count("+") == 599


def test_an_exercise_takes_formulas_and_keeps_its_solution():
    root = neuron()
    assert try_gradients(root, {"w1": "2(ŷ-y)ŷ(1-ŷ)x1"})
    feedback = str(try_gradients(root, {"w1": "2(ŷ-y)x1", "b": None}))
    assert "the inner derivative" in feedback
    assert "0.2815" not in feedback
    w = Value(2.0, "w")
    assert "with these numbers alone" in str(try_gradients(w**3, {"w": "6 w"}))
