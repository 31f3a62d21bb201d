"""Networks that come from PyTorch, and graphs that go to SymPy."""

import math
import random

import pytest
from graphs import random_graph
from operations import OFFERED

from tinygrad_edu import OPS, Value
from tinygrad_edu.calculus import gradients
from tinygrad_edu.custom import make_node
from tinygrad_edu.engine import topological_order
from tinygrad_edu.interop import from_torch, to_python, to_sympy
from tinygrad_edu.nn import MLP


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.fixture(scope="module")
def sympy():
    return pytest.importorskip("sympy", reason="SymPy is not installed")


ACTIVATIONS = [
    ("ReLU", {}),
    ("Tanh", {}),
    ("Sigmoid", {}),
    ("SiLU", {}),
    ("Softplus", {}),
    ("GELU", {}),
    ("LeakyReLU", {}),
    ("LeakyReLU", {"negative_slope": 0.2}),
    ("ELU", {}),
    ("ELU", {"alpha": 0.5}),
]


@pytest.mark.parametrize(("name", "options"), ACTIVATIONS)
def test_a_network_from_pytorch_computes_the_same_values_and_gradients(torch, name, options):
    torch.manual_seed(0)
    f = getattr(torch.nn, name)
    theirs = torch.nn.Sequential(
        torch.nn.Linear(3, 4),
        f(**options),
        torch.nn.Dropout(),
        torch.nn.Sequential(torch.nn.Linear(4, 3, bias=False), torch.nn.Tanh()),
        torch.nn.Linear(3, 2),
    ).double()
    theirs.eval()
    ours = from_torch(theirs)
    for _ in range(5):
        x = torch.randn(3, dtype=torch.float64)
        expected, got = theirs(x), ours(x.tolist())
        assert [v.data for v in got] == pytest.approx(expected.tolist(), abs=1e-14)
        theirs.zero_grad()
        ours.zero_grad()
        expected.square().sum().backward()
        sum(v * v for v in got).backward()
        expected = [g for p in theirs.parameters() for g in p.grad.flatten().tolist()]
        layers = [layer.tensors() for layer in ours.layers]
        tensors = [layer[key] for layer in layers for key in ("weight", "bias") if key in layer]
        flat = [p for t in tensors for row in t for p in (row if isinstance(row, list) else [row])]
        assert [p.grad for p in flat] == pytest.approx(expected, abs=1e-13)


def test_there_and_back_again_keeps_names_and_bits(torch):
    ours = MLP(2, [3, 3, 1], activation="tanh", output_activation="sigmoid", seed=1)
    nn = torch.nn
    layers = [nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 1), nn.Sigmoid()]
    theirs = nn.Sequential(*layers).double()
    tensors = {k: torch.tensor(v, dtype=torch.float64) for k, v in ours.state_dict().items()}
    theirs.load_state_dict(tensors)
    back = from_torch(theirs)
    assert back.state_dict() == ours.state_dict()
    assert repr(back) == repr(ours)


def test_float32_weights_become_the_float64_that_is_equal(torch):
    linear = torch.nn.Linear(2, 1)
    assert from_torch(linear).state_dict()["0.weight"] == linear.weight.tolist()


def test_what_an_mlp_cannot_be_says_why(torch):
    nn = torch.nn
    for network, complaint in [
        (nn.Sequential(nn.Tanh(), nn.Linear(1, 1)), r"begins with a Linear, not with Tanh\(\)"),
        (nn.Sequential(), "at least one Linear"),
        (nn.Sequential(nn.Linear(1, 1), nn.Tanh(), nn.ReLU()), r"ReLU\(\) is a second one"),
        (nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1)), "has no BatchNorm1d"),
        (nn.Sequential(nn.Linear(1, 1), nn.GELU("tanh")), "has no GELU"),
        (nn.Sequential(nn.Linear(1, 2), nn.Linear(3, 1)), "does not take what"),
        (nn.Conv1d(1, 1, 1), "begins with a Linear, not with Conv1d"),
    ]:
        with pytest.raises(ValueError, match=complaint):
            from_torch(network)
    with pytest.raises(TypeError, match=r"torch\.nn\.Sequential, not 5"):
        from_torch(5)


def test_every_operation_has_its_sympy(sympy):
    rng = random.Random(0)
    for name in OFFERED:
        op = OPS[name]
        least = 1.1 if name == "acosh" else 0.2
        leaves = [Value(least + rng.uniform(0.0, 0.7), label) for label in "ab"[: len(op.rules)]]
        parameters = [0.25] * (op.arity - len(op.rules))
        y = op.function(*leaves, *parameters)
        expression = to_sympy(y)
        assert not expression.atoms(sympy.core.function.AppliedUndef), name
        points = {sympy.Symbol(v.label, real=True): sympy.Float(v.data, 30) for v in leaves}
        assert float(expression.evalf(subs=points)) == pytest.approx(y.data, rel=1e-15), name
        if name == "remainder":
            continue  # SymPy knows no derivative of ⌊x⌋
        for v, gradient in zip(leaves, gradients(y, leaves)):
            slope = expression.diff(sympy.Symbol(v.label, real=True)).doit()
            assert float(slope.subs(points).evalf()) == pytest.approx(gradient.data, rel=1e-13), (
                name
            )


@pytest.mark.parametrize("seed", range(20))
def test_a_random_graph_in_sympy_has_the_engines_values(sympy, seed):
    root = random_graph(seed)
    expression = to_sympy(root)
    points = {
        sympy.Symbol(v.label, real=True): sympy.Float(v.data, 30)
        for v in topological_order(root)
        if not v.op
    }
    assert float(expression.evalf(subs=points)) == pytest.approx(root.data, rel=1e-12)


def test_a_whole_number_is_an_integer_as_far_as_floats_count(sympy):
    x = Value(2.0, label="x")
    assert str(to_sympy(x * 2.0**52)) == "4503599627370496*x"
    assert str(to_sympy(x * 1e300)) == "1.0000000000000001e+300*x"
    assert str(to_sympy(x * 0.5)) == "0.5*x"


def test_parameters_are_called_by_their_layers(sympy):
    model = MLP(1, [1], seed=0)
    y = model(2.0)
    assert {str(symbol) for symbol in to_sympy(y, model).free_symbols} == {"w⁽¹⁾₁₁", "b⁽¹⁾₁"}


def test_what_is_no_value_is_refused():
    with pytest.raises(TypeError, match="takes a Value, not 3"):
        to_sympy(3)


@pytest.mark.parametrize(("name", "right"), [("elu", math.expm1(-0.5) / 4), ("leaky_relu", -0.125)])
def test_the_slope_below_zero_is_in_the_expression(sympy, name, right):
    expression = to_sympy(OPS[name].function(Value(-0.5, "x"), 0.25))
    (x,) = expression.free_symbols
    assert float(expression.subs(x, -0.5)) == pytest.approx(right, rel=1e-14)


def run(text, root):
    """What the text of `to_python` gives at the recorded point."""
    names = {}
    exec(text, names)
    return names["value_and_gradient"](*[v.data for v in topological_order(root) if not v.op])


@pytest.mark.parametrize("seed", range(20))
def test_a_random_graph_in_python_has_the_engines_values_and_gradients(seed):
    root = random_graph(seed, labels=seed % 2 == 0)
    root.backward()
    value, slopes = run(to_python(root), root)
    assert value == pytest.approx(root.data, rel=1e-14)
    leaves = [v for v in topological_order(root) if not v.op]
    assert list(slopes) == pytest.approx([v.grad for v in leaves], rel=1e-12)


def test_every_operation_has_its_python():
    rng = random.Random(0)
    for name in OFFERED:
        op = OPS[name]
        low = 1.2 if name == "acosh" else 0.2
        leaves = [Value(rng.uniform(low, low + 0.6), label) for label in "ab"[: len(op.rules)]]
        y = op.function(*leaves, *[0.25] * (op.arity - len(op.rules)))
        y.backward()
        value, slopes = run(to_python(y), y)
        assert value == pytest.approx(y.data, rel=1e-15), name
        assert list(slopes) == pytest.approx([v.grad for v in leaves], rel=1e-13), name


def test_names_are_pythons_and_no_two_are_alike():
    model = MLP(1, [2, 1], activation="tanh", seed=0)
    y = model(2.0)
    y.backward()
    text = to_python(y, model.parameters()[:2], model)
    assert "(b_2_1, w_2_11, b_1_1, w_1_11, w_2_12, b_1_2, w_1_21):" in text
    value, slopes = run(text, y)
    assert value == pytest.approx(y.data, rel=1e-15)
    assert list(slopes) == pytest.approx([p.grad for p in model.parameters()[:2]], rel=1e-13)
    odd = [Value(2.0, label) for label in ("lambda", "max", "x y", "x_y", "1", "", "math")]
    total = sum(v * v for v in odd)
    total.label = "x_y"
    value, slopes = run(to_python(total), total)
    assert (value, slopes) == (28.0, (4.0,) * 7)


def test_an_operation_of_ones_own_is_not_pythons():
    x = Value(2.0)
    with pytest.raises(ValueError, match="Python has no own"):
        to_python(make_node(4.0, (x, 4.0), op="own") * 2.0)


@pytest.mark.parametrize("name", ["maximum", "relu", "step"])
def test_sympy_is_asked_for_no_comparison_that_it_refuses(name):
    x = Value(2.0)
    arguments = [x.log() * float("nan"), x][: OPS[name].arity]
    with pytest.raises(ValueError, match=f"SymPy has no {name} of nan.*real numbers only"):
        to_sympy(OPS[name].function(*arguments))


def test_python_raises_a_negative_number_as_a_whole():
    """(-2)³ = -8 and (-2)⁴ = 16, where -2 ** 4 would be -16."""
    x = Value(4.0, label="x")
    written = {}
    exec(to_python((-2.0) ** (x * 1.0), by=[]), written)
    assert written["value_and_gradient"](4.0)[0] == 16.0
