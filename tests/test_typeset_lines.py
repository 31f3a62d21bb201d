"""What is set in LaTeX, Markdown and HTML is true, too: its arithmetic is read there by itself.

All 1,000 random graphs are in storms/derivations.py; here are some of them.
"""

import pytest
from displayed_arithmetic import equations, worked_out
from graphs import random_graph, saturated_graph
from typeset_arithmetic import Malformed, latex_tokens, untrue_html, untrue_latex
from typeset_arithmetic import worked_out as come_to

from tinygrad_edu.losses import cross_entropy, mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.systems import chain_111, delta_231, linear_231, logistic, relu_10_20_1, xor
from tinygrad_edu.teach import derive
from tinygrad_edu.teach.notation.latex import Latex
from tinygrad_edu.teach.notation.mathml import MathML
from tinygrad_edu.teach.notation.writing import Notation


def systems():
    """The loss and the parameters of each worked system."""
    network, neuron = linear_231.Network(), logistic.Logistic()
    chain, delta = chain_111.Chain(0.5, 3.0), delta_231.network(0)
    small, regression = xor.pytorch_network(0), relu_10_20_1.network(0)
    X, y = relu_10_20_1.samples(0)
    return {
        "linear-231": (network().loss, network.parameters()),
        "chain-111": (chain(2.0, 1.0), chain.parameters()),
        "logistic": (neuron(), neuron.parameters()),
        "xor": (mse_loss([small([0.0, 1.0])], [1.0]), small.parameters()),
        "relu-10-20-1": (mse_loss([regression(x) for x in X], y), regression.parameters()),
        "delta-231": (delta_231.cost(delta), delta.parameters()),
    }


def read_all(document, digits):
    """The lines that are false in LaTeX, Markdown and HTML; in each as many sides are read."""
    tex, false_in_tex = untrue_latex(document.latex(), digits)
    markdown, false_in_markdown = untrue_latex(document.markdown(), digits)
    page, false_in_page = untrue_html(document.html(), digits)
    assert tex == markdown == page
    return tex, [*false_in_tex, *false_in_markdown, *false_in_page]


@pytest.mark.parametrize("name", systems())
@pytest.mark.parametrize("form", ["scalar", "matrix"])
def test_the_worked_systems(name, form):
    if form == "matrix":
        pytest.importorskip("numpy", reason="the matrix form needs NumPy")
    root, parameters = systems()[name]
    document = derive(root, parameters, lr=0.01, form=form)
    read, false = read_all(document, 6)
    assert false == []
    assert read > (5 if name != "relu-10-20-1" else 0)  # of large matrices a part is printed
    if form == "scalar":  # no less than in plain text
        sides = [side for _, sides in equations(document.text()) for side in sides[:-1]]
        assert read >= sum(worked_out(side) is not None for side in sides)


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_random_derivations(first):
    for seed in range(first, first + 50, 4):
        digits = 3 + seed % 5
        root = random_graph(seed, size=4 + seed % 9)
        document = derive(root, detail="full", digits=digits, lr=0.1)
        read, false = read_all(document, digits)
        assert false == []
        sides = [side for _, sides in equations(document.text()) for side in sides[:-1]]
        assert read == sum(worked_out(side) is not None for side in sides) > 5


@pytest.mark.parametrize("seed", range(0, 300, 10))
def test_saturated_activations(seed):
    digits = 3 + seed // 10 % 5
    _, false = read_all(derive(saturated_graph(seed), detail="full", digits=digits), digits)
    assert false == []


def test_softmax_and_a_batch():
    model = MLP(2, [4, 3], activation="tanh", seed=3)
    X = [[0.5, -1.0], [0.25, 1.0], [1.0, 2.0]]
    loss = cross_entropy([model(x) for x in X], [0, 2, 1])
    for form, least in (("scalar", 40), ("matrix", 4)):
        read, false = read_all(derive(loss, model=model, form=form), 6)
        assert false == []
        assert read >= least


# The reader itself


def test_the_reader_reads_what_stands_there():
    for text, value in (
        (r"-\frac{1}{2} \cdot (0.5 - 2)^{2}", -1.125),
        (r"2 \cdot \left(\frac{1}{4}\right)^{2} - 10^{-1}", 0.025),
        (r"1.5 \cdot 10^{-5} / 3", None),
        (r"e^{-\left|-2\right|}", 0.1353352832366127),
        (r"\sqrt{2 \cdot 8} \cdot \sigma(0)", 2.0),
        (r"\ln(e^{3}) - \max(1, 2)", 1.0),
        (r"\left\|\begin{pmatrix} 3 \\ 4 \end{pmatrix}\right\|^{2}", 25.0),
        (r"\begin{pmatrix} 1 & 2 \end{pmatrix}\, \begin{pmatrix} 3 \\ 4 \end{pmatrix}", 11.0),
    ):
        if value is None:
            with pytest.raises(Malformed):
                come_to(latex_tokens(text))
        else:
            assert come_to(latex_tokens(text)) == pytest.approx(value)


def halved(write):
    """A notation that says half of each number that is not a whole one."""

    def number(self, value, plain=False):
        return write(self, value if float(value).is_integer() else value / 2.0, plain)

    return number


def without_brackets(operands):
    """A notation that puts no brackets around any term or factor."""
    return lambda self, e: [(sign, operand, 0) for sign, operand, _ in operands(self, e)]


FAULTS = {
    "no brackets, LaTeX": (Latex, "brackets", lambda self, text: text),
    "no brackets, MathML": (MathML, "brackets", lambda self, text: text),
    "a fraction upside down, LaTeX": (
        Latex,
        "quotient",
        lambda self, a, b: (rf"\frac{{{self.write(b)}}}{{{self.write(a)}}}", 3),
    ),
    "a fraction upside down, MathML": (
        MathML,
        "quotient",
        lambda self, a, b: (
            f"<mfrac><mrow>{self.write(b)}</mrow><mrow>{self.write(a)}</mrow></mfrac>",
            3,
        ),
    ),
    "a power without braces": (
        Latex,
        "power",
        lambda self, a, b: (f"{self.write(a)}^{self.write(b)}", 4),
    ),
    "the base of a power without brackets": (
        Notation,
        "base_of_power",
        lambda self, a: self.write(a),
    ),
    "half of a number, LaTeX": (Latex, "number", halved(Latex.number)),
    "half of a number, MathML": (MathML, "number", halved(MathML.number)),
    "minus for plus, LaTeX": (Latex, "plus", "-"),
    "minus for plus, MathML": (MathML, "plus", MathML.less),
    "plus for times": (Latex, "times", "+"),
    "an operand without brackets": (Notation, "operands", without_brackets(Notation.operands)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_reader_notices_a_fault_of_the_writer(fault, monkeypatch):
    where, name, wrong = FAULTS[fault]
    monkeypatch.setattr(where, name, wrong)
    for seed in range(40):
        document = derive(random_graph(seed, size=8), detail="full", lr=0.1)
        if untrue_latex(document.latex(), 6)[1] or untrue_html(document.html(), 6)[1]:
            return
    pytest.fail("it was not noticed")


def test_the_reader_notices_a_number_that_is_changed():
    """Any one digit of a result, in LaTeX, in HTML, and in a matrix."""
    network = linear_231.Network()
    for form in ("scalar", "matrix"):
        document = derive(network().loss, network.parameters(), form=form)
        assert untrue_latex(document.latex().replace("7200", "7201"), 6)[1]
        assert untrue_html(document.html().replace("<mn>7200</mn>", "<mn>7201</mn>"), 6)[1]
