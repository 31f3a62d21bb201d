"""Bad input gets an error that names it and says what would be right, and nothing is half-done."""

import math
import os

import pytest

from tinygrad_edu import Value, mean, normal_cdf, softmax
from tinygrad_edu.calculus import hessian
from tinygrad_edu.data import Standardizer
from tinygrad_edu.files import write_atomically
from tinygrad_edu.gradcheck import gradcheck
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP, Module, Neuron
from tinygrad_edu.optim import SGD, Adam
from tinygrad_edu.teach import check_gradients, derive
from tinygrad_edu.training import fit
from tinygrad_edu.view import draw_dot, draw_network, explore


def root():
    v = Value(2.0, label="v")
    return v * v


def trained(X):
    v = Value(2.0)
    optimizer = SGD([v], lr=0.1)
    fit(lambda x: v * x, X, [1, 2], loss=mse_loss, optimizer=optimizer, epochs=1, progress=False)


@pytest.mark.parametrize(
    ("attempt", "kind", "says"),
    [
        (lambda: draw_network(5), TypeError, "an MLP or a Layer, not int: 5"),
        (lambda: draw_network(Value(1.0)), TypeError, "an MLP or a Layer, not Value"),
        (lambda: check_gradients(root(), [1]), TypeError, r'\{"w": 0.25\}, not list: \[1\]'),
        (lambda: derive(root(), model=5), TypeError, "model is a Module, such as an MLP, not int"),
        (lambda: explore(root(), model=5), TypeError, "model is a Module, such as an MLP, not int"),
        (lambda: derive(3.0), TypeError, "the root of a graph is a Value, not float: 3.0"),
        (lambda: Neuron(2, nout=-2, init="xavier"), ValueError, "nout is a whole number"),
        (lambda: SGD([Value(1.0)], lr=10**400), ValueError, "lr is 0 or more, and finite"),
        (lambda: SGD([Value(1.0)], lr="0.1"), TypeError, "lr holds one real number .* '0.1'"),
        (lambda: SGD([Value(1.0)], lr=0.1, dampening=-1), ValueError, "dampening is 0 or more"),
        (lambda: SGD([Value(1.0)], lr=0.1, dampening=math.nan), ValueError, "dampening .* not nan"),
        (lambda: SGD([Value(1.0)], lr=0.1, dampening="x"), TypeError, "dampening .* 'x'"),
        (lambda: Adam([Value(1.0)], betas=5), TypeError, r"\(0.9, 0.999\), not 5"),
        (lambda: mean("ab"), TypeError, "not a str: 'ab'"),
        (lambda: MLP(2, [1])("ab"), TypeError, "not a str: 'ab'"),
        (lambda: softmax({1.0}), TypeError, "not a set: {1.0}"),
        (lambda: Value(1.0) * [1, 2], TypeError, "not by a list: .* dot"),
        (lambda: [1, 2] * Value(1.0), TypeError, "not by a list: .* dot"),
        (lambda: mse_loss({1.0}, [1.0]), TypeError, "or lists of them, not {1.0}"),
        (lambda: mse_loss({1.0: 1.0}, [1.0]), TypeError, "or lists of them, not {1.0: 1.0}"),
        (lambda: trained({1, 2}), TypeError, "lists, arrays or tables, not {1, 2}"),
        (lambda: trained(b"ab"), TypeError, "lists, arrays or tables, not b'ab'"),
        (lambda: trained({1: 1, 2: 2}), TypeError, "lists, arrays or tables, not {1: 1"),
        (lambda: Standardizer.of([[1, 2], [3]]), ValueError, "row 1 has 1 numbers and row 0 has 2"),
    ],
)
def test_the_error_names_what_was_given(attempt, kind, says):
    with pytest.raises(kind, match=says):
        attempt()


def test_a_tensor_as_a_target_is_refused_with_what_to_do():
    torch = pytest.importorskip("torch", reason="PyTorch makes the tensor")
    with pytest.raises(TypeError, match=r"give it \.tolist\(\)"):
        mse_loss([Value(1.0)], torch.tensor([1.0]))


def test_a_learning_rate_that_went_bad_moves_nothing():
    p = Value(1.0)
    optimizer = Adam([p])
    p.grad = 1.0
    optimizer.step()
    before = p.data, {k: v for k, v in vars(optimizer).items() if k != "lr"}
    optimizer.lr = math.nan
    with pytest.raises(ValueError, match="lr is 0 or more"):
        optimizer.step()
    assert (p.data, {k: v for k, v in vars(optimizer).items() if k != "lr"}) == before


def test_gradcheck_at_the_smallest_number():
    assert gradcheck(lambda x: x * x, 5e-324)


def test_a_module_that_cannot_tell_its_parameters_spoils_no_picture():
    class Unfinished(Module):
        def parameters(self):
            raise ValueError("not yet")

    kept = Unfinished()
    assert "data 4" in draw_dot(root()).source
    del kept


def test_a_gradient_that_is_zero_everywhere_draws_thin_lines():
    model = MLP(2, [2, 1], seed=1)
    assert "penwidth=0.30" in draw_network(model, color="grad").source
    assert "penwidth=4.00" not in draw_network(model, color="grad").source


# Numbers at the edge


def test_the_normal_distribution_ends_at_0_and_1():
    assert normal_cdf(Value(-math.inf)).data == 0.0
    assert normal_cdf(Value(math.inf)).data == 1.0


def test_a_slope_whose_power_overflows_is_finite_where_their_product_is():
    # n xⁿ⁻¹ with xⁿ⁻¹ = 9.6e308, beyond float64; exact: -8.850678854608649e307
    (slope,) = (Value(1.120171525187447e-283) ** -0.09200350212551822).local_grads
    assert slope == pytest.approx(-8.850678854608649e307, rel=1e-14)


def test_the_slope_of_a_power_with_an_infinite_exponent():
    assert (Value(2.0) ** math.inf).local_grads == (math.inf,)


def test_the_mixed_derivative_of_a_power_at_exponent_0():
    # ∂²(aᵇ)/∂a∂b = aᵇ⁻¹ (1 + b ln a) = 1/2 at (2, 0)
    ((aa, ab), (ba, _)) = hessian(lambda a, b: a**b)(2.0, 0.0)
    assert (float(aa), float(ab), float(ba)) == (0.0, 0.5, 0.5)


# Files


def test_a_file_keeps_its_mode(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    path.chmod(0o640)
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_only_a_regular_file_is_replaced(tmp_path):
    with pytest.raises(OSError, match="not a regular file"):
        write_atomically(tmp_path, "text")
    assert os.listdir(tmp_path) == []


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    path = tmp_path / "no folder" / "page.html"
    with pytest.raises(FileNotFoundError, match=r"No such file .*page\.html'$"):
        write_atomically(path, "text")


@pytest.mark.parametrize("suffix", [".tex", ".md", ".html"])
def test_a_label_with_half_a_character_can_be_saved(tmp_path, suffix):
    path = tmp_path / f"derivation{suffix}"
    derive((Value(1.0, label="a\ud800b") * 2.0).tanh()).save(path)
    assert "tanh" in path.read_text(encoding="utf-8")
