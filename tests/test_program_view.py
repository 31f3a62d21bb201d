"""`draw_program` and `Program.latex`: a program as a picture and as formulas."""

import html
import re

import pytest

from tinygrad_edu import OPS, Value, dot, mean, sigmoid
from tinygrad_edu.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss
from tinygrad_edu.nn import MLP, Module

np = pytest.importorskip("numpy", reason="array programs need NumPy")
from tinygrad_edu.arrays import vectorize  # noqa: E402
from tinygrad_edu.arrays.programs.latex import latex  # noqa: E402
from tinygrad_edu.view import draw_program  # noqa: E402

X, Y = [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]


def program(**options):
    return vectorize(MLP(2, [3, 2], seed=0, **options), mse_loss, X, Y)


def test_each_array_says_what_it_does_in_scalars():
    source = draw_program(program()).source
    # 3 samples · 3 neurons · 2 weights; the sum of 2 products, and the bias
    assert "Z1  3 × 3\n= X @ W1.T + b1\nin scalars: 18 +, 18 ×" in source
    assert "A1  3 × 3\n= np.maximum(Z1, 0.0)\nin scalars: 9 ReLU" in source
    assert "class=parameter" in source
    assert "class=root" in source


def test_all_scalar_operations_are_in_the_picture():
    made = program(activation="tanh")
    picture = draw_program(made, rankdir="TB")
    assert f"{made.nodes:,} on scalars" in picture.svg()
    with pytest.raises(ValueError, match="rankdir is"):
        draw_program(made, rankdir="up")


def test_long_lines_fit_their_boxes_in_a_wider_font_than_helvetica():
    """DejaVu Sans, which Linux often has in its place, is about 0.52 em wide in such lines."""
    svg, found = draw_program(program(activation="sigmoid")).svg(), 0
    for box in re.findall(r'<g [^>]*class="[^"]*node[^"]*".*?</g>', svg, re.DOTALL):
        lines = re.findall(r'font-size="([\d.]+)"[^>]*>([^<]+)', box)
        corners = re.search(r'<polygon[^>]* points="([^"]+)"', box)
        if corners and max(len(text) for _, text in lines) > 20:
            xs = [float(corner.split(",")[0]) for corner in corners[1].split()]
            needed = max(0.52 * float(size) * len(html.unescape(text)) for size, text in lines)
            assert max(xs) - min(xs) >= needed, lines
            found += 1
    assert found >= 3


def test_the_formulas_are_those_of_the_textbook():
    lines = program(activation="sigmoid").latex().splitlines()
    assert lines[0] == r"\begin{aligned}"
    assert r"Z_{1} &= X W_{1}^{\top} + b_{1} \\" in lines
    assert r"A_{1} &= \sigma\left(Z_{1}\right) \\" in lines
    assert (
        r"\delta_{1} &= \left(\delta_{2} W_{2}\right) \odot A_{1} \odot \left(1 - A_{1}\right) \\"
        in lines
    )
    assert r"\frac{\partial L}{\partial W_{1}} &= \delta_{1}^{\top} X" in lines
    assert program()._repr_latex_().startswith("$\\displaystyle \\begin{aligned}")


def test_a_formula_gives_its_numbers_to_the_end_and_gates_an_index():
    def lines(line):
        names = {name: np.zeros(2) for name in ("L", "b", "c", "bz")}
        names |= {"X": np.zeros((3, 2)), "Wz": np.zeros((2, 2))}
        return latex(f"import numpy as np\ndef f(theta):\n    {line}\n    return L, dtheta", names)

    assert r"L &= \tfrac{1}{7}\,b + 0.1\,c" in lines("L = 0.14285714285714285 * b + 0.1 * c")
    assert r"L &= \tfrac{1}{\sqrt{8}}\,b" in lines("L = 0.35355339059327373 * b")
    assert r"L &= 0.3535533905932738\,b" in lines("L = 0.3535533905932738 * b")
    assert r"L &= 2.5 \cdot 10^{-7}\,b" in lines("L = 2.5e-07 * b")
    assert r"L &= X W_{z}^{\top} + b_{z}" in lines("L = X @ Wz.T + bz")


@pytest.mark.parametrize("name", OPS)
def test_every_operation_can_be_written(name):
    op = OPS[name]
    p = [Value(0.5), Value(0.25)]
    y = op.function(*[sigmoid(v) for v in p][: len(op.rules)], *[0.1] * (op.arity - len(op.rules)))
    text = vectorize(y + 1.0, p).latex()
    assert text.count("{") == text.count("}")
    assert "texttt" not in text


def lines_of(model, loss, X, y):
    return vectorize(model, loss, X, y).latex().replace(r" \\", "").splitlines()


def test_each_line_of_a_formula_is_true_of_matrices_and_vectors():
    """A vector is a column: u v is no product, and a matrix has to be turned for its transpose."""
    X, reals, bits = [[0.1, 0.2], [0.3, -0.4], [1.0, 2.0]], [1.0, 2.0, 3.0], [0.0, 1.0, 1.0]
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    lines = lines_of(model, binary_cross_entropy_with_logits, X, bits)
    assert r"\frac{\partial L}{\partial W_{2}} &= A_{1}^{\top} \delta_{2}" in lines
    assert any(r"y^{\top} \ln\left(1 + e^{T_{1}}\right)" in line for line in lines)

    def penalised(a, y):
        return mse_loss(a, y) + 1e-5 * sum(p * p for p in model.parameters())

    lines = lines_of(model, penalised, X, reals)
    assert any(line.endswith(r"+ 10^{-5}\,\left(\theta^{\top} \theta\right)") for line in lines)

    def centred(x):
        hidden = model.layers[0](x)
        return sum((h - mean(hidden)) ** 2 * w for h, w in zip(hidden, model.parameters()))

    made = vectorize(centred, mse_loss, X, reals, parameters=model.parameters())
    text = made.latex()
    assert r"\mathbf{1}^{\top}" in text  # a column, repeated
    assert "None" not in text


def test_a_class_is_picked_by_its_index():
    lines = lines_of(MLP(2, [4], seed=0), cross_entropy, [[0.1, 0.2]] * 6, [0, 1, 2, 3, 0, 1])
    assert r"\left[Z_{1}{}_{i, y{}_{i}}\right]_{i}" in lines[3]
    assert lines[4].startswith(r"\delta_{1} &= \tfrac{1}{6}\,\left(e^{Z_{1}")
    assert lines[4].endswith(r" - \left[j = y{}_{i}\right]_{ij}\right)")


def test_names_of_attributes_are_escaped():
    class Two(Module):
        def __init__(self):
            self.first_layer, self.last = [Value(0.5), Value(0.2)], Value(0.1)

        def __call__(self, x):
            return dot(self.first_layer, x) + self.last

    text = vectorize(Two(), mse_loss, [[1.0, 2.0]], [1.0]).latex()
    assert r"\mathit{first\_layer}" in text
    assert "t_l" not in text
