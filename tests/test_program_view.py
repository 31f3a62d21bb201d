"""`draw_program` and `Program.latex`: a program as a picture and as formulas."""

import pytest

from tinygrad_edu import OPS, Value, sigmoid
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP

np = pytest.importorskip("numpy", reason="array programs need NumPy")
from tinygrad_edu.arrays import vectorize  # noqa: E402
from tinygrad_edu.view import draw_program  # noqa: E402

X, Y = [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]


def program(**options):
    return vectorize(MLP(2, [3, 2], seed=0, **options), mse_loss, X, Y)


def test_each_array_says_what_it_does_in_scalars():
    source = draw_program(program()).source
    # 3 samples · 3 neurons · 2 weights; the sum of 2 products, and the bias
    assert "Z1  3 × 3\n= X @ W1.T + b1\nin scalars: 18 +, 18 ×" in source
    assert "A1  3 × 3\n= np.maximum(Z1, 0)\nin scalars: 9 ReLU" in source
    assert "class=parameter" in source
    assert "class=root" in source


def test_all_scalar_operations_are_in_the_picture():
    made = program(activation="tanh")
    picture = draw_program(made, rankdir="TB")
    assert f"{made.nodes:,} on scalars" in picture.svg()
    with pytest.raises(ValueError, match="rankdir is"):
        draw_program(made, rankdir="up")


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


@pytest.mark.parametrize("name", OPS)
def test_every_operation_can_be_written(name):
    op = OPS[name]
    p = [Value(0.5), Value(0.25)]
    y = op.function(*[sigmoid(v) for v in p][: len(op.rules)], *[0.1] * (op.arity - len(op.rules)))
    text = vectorize(y + 1.0, p).latex()
    assert text.count("{") == text.count("}")
    assert "texttt" not in text
