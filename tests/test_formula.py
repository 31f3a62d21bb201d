"""Formulas: precedence, names, and LaTeX that matplotlib's mathtext reads."""

import pytest

import tinygrad_edu as tg
from tinygrad_edu import OPS, Value
from tinygrad_edu.nn import MLP, Module
from tinygrad_edu.teach import latex, names, text
from tinygrad_edu.teach.notation.expression import Symbol
from tinygrad_edu.teach.notation.formula import expression
from tinygrad_edu.teach.notation.labels import name_of
from tinygrad_edu.teach.notation.mathml import MathML, math_element

A, B, C, X = (Value(x, label=label) for x, label in zip((0.5, -1.5, 2.0, 0.7), "abcx"))

FORMULAS = [
    ((X.sin() * X).tanh(), "tanh(sin(x) · x)", r"\tanh(\sin x \cdot x)"),
    (-(X**2), "−x²", "-x^{2}"),
    ((-X) ** 2, "(−x)²", "(-x)^{2}"),
    (A - (B - C), "a − (b − c)", "a - (b - c)"),
    (A - B - C, "a − b − c", "a - b - c"),
    (A - (B + C), "a − (b + c)", "a - (b + c)"),
    (A + (B - C), "a + b − c", "a + b - c"),
    (A / (B * C), "a / (b · c)", r"\frac{a}{b \cdot c}"),
    (A / B / C, "a/b/c", r"\frac{\frac{a}{b}}{c}"),
    (A / (B / C), "a/(b/c)", r"\frac{a}{\frac{b}{c}}"),
    (A * (B / C), "a · b/c", r"a \cdot \frac{b}{c}"),
    (2**-X, "2^(−x)", "2^{-x}"),
    ((A**B) ** C, "(a^b)^c", "(a^{b})^{c}"),
    (A ** (B**C), "a^(b^c)", "a^{b^{c}}"),
    (A ** (B + 1), "a^(b + 1)", "a^{b + 1}"),
    ((A + B) * C, "(a + b) · c", r"(a + b) \cdot c"),
    (A * -B, "a · (−b)", r"a \cdot (-b)"),
    (-(A * B), "−a · b", r"-a \cdot b"),
    (-(A + B), "−(a + b)", "-(a + b)"),
    (A - (-B), "a − (−b)", "a - (-b)"),
    (X * -3.0, "−3 · x", r"-3 \cdot x"),
    (-3.0 * X + A, "−3 · x + a", r"-3 \cdot x + a"),
    (A + -3.0 * X, "a − 3 · x", r"a - 3 \cdot x"),
    (3**0.5 * A - B / 7**0.5, "√(3) · a − b/√(7)", r"\sqrt{3} \cdot a - \frac{b}{\sqrt{7}}"),
    (3**-0.5 * A - B, "1/√(3) · a − b", r"\frac{1}{\sqrt{3}} \cdot a - b"),
    ((-0.5 * A**2).exp(), "exp(−½ · a²)", r"e^{-1/2 \cdot a^{2}}"),
    ((-A * A / 2.0).exp(), "exp(−a · a / 2)", r"e^{-a \cdot a/2}"),
    (A ** (1 / 3), "a^(1/3)", r"a^{1/3}"),
    (0.5 * (A - B) ** 2, "½ · (a − b)²", r"\frac{1}{2} \cdot (a - b)^{2}"),
    (X * X * X, "x³", "x^{3}"),
    (X**-1, "x⁻¹", "x^{-1}"),
    (X.sin() ** 2, "sin(x)²", r"(\sin x)^{2}"),
    ((A / B).sin(), "sin(a/b)", r"\sin\left(\frac{a}{b}\right)"),
    (X.exp() ** 2, "exp(x)²", "(e^{x})^{2}"),
    (X.exp().exp(), "exp(exp(x))", "e^{e^{x}}"),
    (abs(A - B) ** 2, "|a − b|²", r"\left|a - b\right|^{2}"),
    (X.log1p() * A, "ln(1 + x) · a", r"\ln(1 + x) \cdot a"),
    (X.expm1() * 2.0, "2 · (exp(x) − 1)", r"2 \cdot (e^{x} - 1)"),
    (tg.maximum(A, B), "max(a, b)", r"\max(a, b)"),
    (X.sigmoid(), "σ(x)", r"\sigma(x)"),
    (X.leaky_relu(0.1), "LeakyReLU(x, 0.1)", r"\operatorname{LeakyReLU}(x, 0.1)"),
    (1e-5 * X, "1e-5 · x", r"10^{-5} \cdot x"),
    (tg.logsumexp([A, B, C]), "ln(exp(a) + exp(b) + exp(c))", r"\ln(e^{a} + e^{b} + e^{c})"),
    (tg.logaddexp(A, B) - C, "ln(exp(a) + exp(b)) − c", r"\ln(e^{a} + e^{b}) - c"),
]


def test_primes_on_both_sides_of_an_index_add_up():
    assert name_of("w'₁'").latex == name_of("w″₁").latex == "w''_{1}"


@pytest.mark.parametrize(("root", "plain", "tex"), FORMULAS, ids=[row[1] for row in FORMULAS])
def test_precedence(root, plain, tex):
    assert text(root) == plain
    assert latex(root) == tex


def test_a_shared_subexpression_is_named_once():
    s = A * B
    root = s.sin() + s * s
    assert text(root) == "z₁ = a · b\nsin(z₁) + z₁²"
    assert latex(root) == (
        "\\begin{aligned}\nz_{1} &= a \\cdot b \\\\\n\\sin z_{1} + z_{1}^{2}\n\\end{aligned}"
    )


def test_a_label_is_a_line():
    h = A * B
    h.label = "h"
    root = h + C
    root.label = "L"
    assert text(root) == "h = a · b\nL = h + c"


def test_deep_nesting_is_broken_up():
    y = X
    for _ in range(20):
        y = 1.0 + y / 2.0
    rows = text(y).split("\n")
    assert len(rows) > 3
    assert rows[1].startswith("z₂ = 1 + (1 + ")


def test_long_graphs_need_no_recursion():
    y = X
    for _ in range(5_000):
        y = y + A
    assert text(y).count("a") == 5_000
    for _ in range(2_000):
        y = (y * 0.5).sin()
    assert len(text(y).split("\n")) > 500


def test_a_leaf_and_its_number():
    assert text(X) == "x"
    assert text(Value(3.0)) == "x₁"
    assert text(X * 0.123456789, digits=3) == "0.123 · x"
    assert text(X * 0.123456789) == "0.123456789 · x"


# Names


@pytest.mark.parametrize(
    ("label", "tex"),
    [
        ("w_11", "w_{11}"),
        ("w₁₁", "w_{11}"),
        ("w″₁₁", "w''_{11}"),
        ("w'_1", "w'_{1}"),
        ("δ²", r"\delta^{2}"),
        ("ŷ", r"\hat{y}"),
        ("y\u0302", r"\hat{y}"),
        ("x̄", r"\bar{x}"),
        ("w^{(2)}_{31}", "w^{(2)}_{31}"),
        ("w⁽²⁾₃₁", "w^{(2)}_{31}"),
        ("a²₁", "a^{2}_{1}"),
        ("zᴸ", "z^{L}"),
        ("x1", "x_{1}"),
        ("loss", r"\mathrm{loss}"),
        ("x_hidden", r"x_{\mathrm{hidden}}"),
        ("λ", r"\lambda"),
        ("隐藏", r"\text{隐}\text{藏}"),
        ("50%", r"50\%"),
        ("a b", r"a\ b"),
        (r"\input{x}", r"\backslash\mathrm{input}\{x\}"),
        ("$a$", r"\$a\$"),
        ("a_", r"a\_"),
        ("{", r"\{"),
    ],
)
def test_a_label_in_latex(label, tex):
    assert name_of(label).latex == tex


def test_a_label_that_reads_as_an_expression_is_bracketed():
    v = Value(1.0, label="a + b")
    assert text(v * C) == "(a + b) · c"
    assert text(Value(2.0, label="δ²") ** 2) == "(δ²)²"
    assert latex(Value(2.0, label="w''") ** 2) == "(w'')^{2}"


def test_names_are_all_different():
    values = [Value(1.0, label="h"), Value(2.0, label="h"), Value(3.0), Value(4.0, label="x₁")]
    root = tg.sum(v * v for v in values)
    found = names(root)
    assert [found[v].text for v in values] == ["h", "h[2]", "x₂", "x₁"]
    assert len({name.text for name in found.values()}) == len(found)
    assert found[root].text == "L"


def test_numbered_names_do_not_meet_a_label():
    values = [Value(1.0, label=label) for label in ("h[2]", "h", "h", "h")]
    found = names(tg.sum(values))
    assert [found[v].text for v in values] == ["h[2]", "h", "h[3]", "h[4]"]


def test_names_from_the_structure_of_a_model():
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    out = model([0.5, -1.0])
    root = (out - 1.0) ** 2
    found = names(root, model)
    hidden, last = (layer.neurons for layer in model.layers)
    assert str(found[hidden[2].w[1]]) == "w⁽¹⁾₃₂"
    assert found[last[0].w[2]].latex == "w^{(2)}_{13}"
    assert found[hidden[1].b].latex == "b^{(1)}_{2}"
    assert str(found[out]) == "z⁽²⁾₁"
    activations = [v for v in found if v.op == "tanh"]
    assert [str(found[v]) for v in activations] == ["a⁽¹⁾₁", "a⁽¹⁾₂", "a⁽¹⁾₃"]
    assert [str(found[v.operands[0]]) for v in activations] == ["z⁽¹⁾₁", "z⁽¹⁾₂", "z⁽¹⁾₃"]


def test_wide_layers_get_a_comma_and_second_samples_a_number():
    model = MLP(12, [11], seed=0)
    outs = [model([0.1] * 12)[10], model([0.2] * 12)[10]]
    found = names(outs[0] * outs[1], model)
    assert found[model.layers[0].neurons[10].w[1]].latex == "w^{(1)}_{11,2}"
    assert [str(found[v]) for v in outs] == ["z⁽¹⁾₁₁", "z⁽¹⁾₁₁[2]"]


def test_parameters_of_another_module_have_their_path():
    class Line(Module):
        def __init__(self):
            self.slope, self.offset = Value(2.0), Value(1.0, label="b")

    line = Line()
    found = names(line.slope * X + line.offset, line)
    assert str(found[line.slope]) == "slope"
    assert str(found[line.offset]) == "b"


# LaTeX that is read


def test_matplotlib_reads_every_formula():
    mathtext = pytest.importorskip("matplotlib.mathtext", reason="matplotlib reads the LaTeX")
    parser = mathtext.MathTextParser("path")
    formulas = [tex for _, _, tex in FORMULAS[::2]]
    arguments = [Value(0.3, label="x"), Value(0.8, label="y")]
    for op in OPS.values():
        inner = [v * v + 1.0 for v in arguments[: len(op.rules)]]
        node = op.function(*inner, *[0.1] * (op.arity - len(op.rules)))
        formulas.append(latex(node**2 / 3.0))
    for label in (
        "w_11",
        "w″₁₁",
        "δ²",
        "ŷ",
        "w⁽²⁾₃₁",
        "x̄",
        "50%",
        "a b",
        r"\frac{",
        "$x$",
        "a_",
        "#",
    ):
        v = Value(1.0, label=label)
        formulas.append(latex(-v * v))
    for formula in formulas:
        width, *_ = parser.parse(f"${formula}$")
        assert width > 0


def mathml(root):
    symbols = {v: Symbol(name, v.data) for v, name in names(root).items() if not v.op}
    return math_element(MathML(0).write(expression(root, symbols)))


def test_mathml_of_every_formula_is_well_formed():
    from xml.etree import ElementTree

    for root, *_ in FORMULAS:
        tree = ElementTree.fromstring(mathml(root))
        assert tree.tag == "math"
        words = "".join(tree.itertext())
        assert "\\" not in words
        assert "{" not in words
    hostile = Value(1.0, label="<script>alert(1)</script>&")
    assert "<script" not in mathml(hostile * hostile)
    assert "&amp;" in mathml(hostile * hostile)
