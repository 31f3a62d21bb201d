"""Array programs by JAX, PyTorch and ONNX: the same numbers, and gradients as theirs."""

import os
import random
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="array programs need NumPy")
from operations import OFFERED  # noqa: E402
from test_vectorize import BITS, CLASSES, ONE_HOT, REAL, SIGNS, Attention, Recurrent, X  # noqa: E402

import tinygrad_edu  # noqa: E402
from tinygrad_edu import OPS, Value, no_grad  # noqa: E402
from tinygrad_edu import losses as L  # noqa: E402
from tinygrad_edu.arrays import vectorize  # noqa: E402
from tinygrad_edu.nn import MLP, Module  # noqa: E402
from tinygrad_edu.optim import Adam  # noqa: E402
from tinygrad_edu.training import NonFiniteLossError, fit  # noqa: E402

DRAW = random.Random(2)
SEQUENCES = [[[DRAW.gauss(0, 1) for _ in range(3)] for _ in range(4)] for _ in range(5)]


class Mixed(Module):
    """A model that multiplies the numbers of a sample with each other, in another order."""

    def __init__(self):
        self.w = [Value(0.3 * k - 0.4) for k in range(3)]

    def __call__(self, x):
        return sum(w * a * b for w, a, b in zip(self.w, x, [x[2], x[0], x[1]]))


CASES = {
    "relu": (MLP(3, [4, 3, 1], seed=0), L.mse_loss, X, REAL),
    "tanh": (MLP(3, [4, 1], activation="tanh", seed=1), L.hinge_loss, X, SIGNS),
    "sigmoid": (MLP(3, [4, 1], activation="sigmoid", seed=2), L.huber_loss, X, REAL),
    "gelu": (MLP(3, [4, 1], activation="gelu", seed=3), L.smooth_l1_loss, X, REAL),
    "silu": (
        MLP(3, [4, 1], activation="silu", seed=4),
        L.binary_cross_entropy_with_logits,
        X,
        BITS,
    ),
    "elu": (MLP(3, [4, 1], activation="elu", seed=5), L.l1_loss, X, REAL),
    "leaky": (MLP(3, [4, 1], activation="leaky_relu", seed=6), L.quadratic_cost, X, REAL),
    "classes": (MLP(3, [4, 3], activation="softplus", seed=7), L.cross_entropy, X, CLASSES),
    "one hot": (MLP(3, [4, 3], seed=8), L.cross_entropy, X, ONE_HOT),
    "recurrent": (Recurrent(3, 4), L.mse_loss, SEQUENCES, REAL[:5]),
    "attention": (Attention(3), L.mse_loss, SEQUENCES, REAL[:5]),
    "mixed": (Mixed(), L.mse_loss, X, REAL),
}


def case(name):
    """A program, and its inputs as arrays."""
    model, loss, xs, ys = CASES[name]
    return vectorize(model, loss, xs, ys), np.array(xs), np.array(ys)


def predictions(name, xs):
    model = CASES[name][0]
    with no_grad():
        found = [model(x) for x in xs.tolist()]
    return [v.data for y in found for v in (y if isinstance(y, list) else [y])]


def same(found, expected):
    expected = np.asarray(expected)
    assert np.abs(np.asarray(found) - expected).max() <= 1e-13 * (1.0 + np.abs(expected).max())


@pytest.fixture(scope="module")
def jax():
    found = pytest.importorskip("jax", reason="JAX is not installed")
    found.config.update("jax_enable_x64", True)
    found.config.update("jax_disable_most_optimizations", True)  # which take most of the time
    return found


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.mark.parametrize("name", ["relu", "elu", "classes", "attention"])
def test_by_jax_compiled_and_differentiated_by_itself(jax, name):
    program, xs, ys = case(name)
    functions = program.to_jax()
    theta = program.data()
    loss, gradient = program(theta, xs, ys)
    got = jax.jit(functions.loss_and_gradient)(theta, xs, ys)
    same(got[0], loss)
    same(got[1], gradient)
    same(jax.jit(jax.grad(functions.loss))(theta, xs, ys), gradient)
    some = xs[[2, 0, 1]]  # another number of samples than in the program
    same(np.ravel(jax.jit(functions.predict)(theta, some)), predictions(name, some))


@pytest.mark.parametrize("name", CASES)
def test_by_pytorch_and_its_autograd(torch, name):
    program, xs, ys = case(name)
    module = program.to_torch()
    assert {k: tuple(p.shape) for k, p in module.named_parameters()} == {
        k: shape for k, (_, shape) in program.views.items()
    }
    inputs = torch.tensor(xs), torch.tensor(ys)
    loss, gradient = program(program.data(), xs, ys)
    got = module.loss_and_gradient(module.theta(), *inputs)
    same(got[0], loss)
    same(got[1], gradient)
    found = module(*inputs)
    same(found.detach(), loss)
    found.backward()
    same(np.concatenate([p.grad.numpy().ravel() for p in module.parameters()]), gradient)
    some = xs[[2, 0, 1]]
    same(module(torch.tensor(some)).detach().numpy().ravel(), predictions(name, some))


def test_a_module_of_float32_is_float32_throughout(torch):
    program, xs, ys = case("attention")
    module = program.to_torch().float()
    inputs = torch.tensor(xs).float(), torch.tensor(ys).float()
    loss, gradient = module.loss_and_gradient(module.theta(), *inputs)
    assert {loss.dtype, gradient.dtype, module(*inputs).dtype} == {torch.float32}
    _, expected = program(program.data(), xs, ys)
    assert np.abs(gradient.numpy() - expected).max() < 1e-5 * np.abs(expected).max()


def test_a_module_trains_with_pytorchs_optimisers(torch):
    program, xs, ys = case("relu")
    module = program.to_torch()
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    inputs = torch.tensor(xs), torch.tensor(ys)
    losses = []
    for _ in range(40):
        optimizer.zero_grad()
        loss = module(*inputs)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


def test_a_module_says_what_it_takes(torch):
    program, xs, _ = case("relu")
    with pytest.raises(TypeError, match="this module takes X, or X, y, not 3 tensors"):
        program.to_torch()(xs, xs, xs)
    w = Value(2.0)
    module = vectorize(w * w, [w]).to_torch()
    assert module().item() == 4.0
    with pytest.raises(TypeError, match="takes nothing, not 1 tensors"):
        module(torch.zeros(1))


@pytest.mark.parametrize("name", CASES)
def test_an_onnx_file_predicts_by_onnxruntime(tmp_path, name):
    pytest.importorskip("onnx", reason="onnx is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    program, xs, _ = case(name)
    program.to_onnx(tmp_path / "model.onnx")
    session = runtime.InferenceSession(tmp_path / "model.onnx")
    for some in (xs[:1], xs[[2, 0, 1]], xs):
        [got] = session.run(None, {"X": some.astype("float32")})
        expected = predictions(name, some)
        assert got.dtype == np.float32
        assert np.abs(got.ravel() - expected).max() < 1e-5


def test_an_onnx_file_in_float64(tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed")
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    program, xs, _ = case("tanh")
    program.to_onnx(tmp_path / "model.onnx", dtype="float64")
    session = runtime.InferenceSession(tmp_path / "model.onnx")
    same(session.run(None, {"X": xs})[0].ravel(), predictions("tanh", xs))


def test_what_onnx_cannot_have_is_told(tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed")
    w = Value(2.0)
    with pytest.raises(ValueError, match="not of a model"):
        vectorize(w * w, [w]).to_onnx(tmp_path / "m.onnx")
    program, *_ = case("tanh")
    with pytest.raises(ValueError, match="dtype is float32 or float64, not 'int8'"):
        program.to_onnx(tmp_path / "m.onnx", dtype="int8")
    assert os.listdir(tmp_path) == []


def test_every_operation_is_computed_by_all(jax, torch, tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    by_jax, expected, lacking = {}, {}, {}
    for name, op in OPS.items():
        w, point = Value(0.5), 1.5 if name == "acosh" else 0.4
        arguments = [0.25] * (op.arity - len(op.rules))

        def model(x, op=op, w=w, arguments=arguments):
            first = x * w
            return op.function(first, *[first + 0.3] * (len(op.rules) - 1), *arguments)

        xs, ys = np.array([2.0 * point, 1.9 * point]), np.zeros(2)
        program = vectorize(model, L.mse_loss, xs.tolist(), ys.tolist(), [w])
        loss, gradient = program(program.data(), xs, ys)
        expected[name] = [loss, gradient[0]]
        try:
            by_jax[name] = partial(program.to_jax().loss_and_gradient, program.data(), xs, ys)
            module = program.to_torch()
            found = module.loss_and_gradient(module.theta(), torch.tensor(xs), torch.tensor(ys))
            got = [found[0].item(), found[1].item()]
            assert got == pytest.approx(expected[name], rel=1e-12, abs=1e-15), name
            program.to_onnx(tmp_path / "m.onnx")
        except ValueError as error:
            lacking[name] = str(error)
            continue
        session = runtime.InferenceSession(tmp_path / "m.onnx")
        [found] = session.run(None, {"X": xs.astype("float32")})
        right = [model(x).data for x in xs.tolist()]
        assert found.tolist() == pytest.approx(right, rel=1e-5, abs=1e-6), name
    found = jax.jit(lambda: {name: function() for name, function in by_jax.items()})()
    for name, (loss, gradient) in found.items():
        assert [loss, gradient[0]] == pytest.approx(expected[name], rel=1e-12, abs=1e-15), name
    assert lacking.keys() & set(OFFERED) == {"atan2"}
    assert all(f"no {name}" in text for name, text in lacking.items())


def trained(backend, sizes=(4, 3), loss=L.cross_entropy, targets=CLASSES, **options):
    model = MLP(3, list(sizes), activation="tanh", seed=0)
    history = fit(
        model,
        X,
        targets,
        loss=loss,
        optimizer=Adam(model.parameters(), lr=0.05),
        backend=backend,
        seed=3,
        progress=False,
        **{"epochs": 8, "batch_size": 3} | options,  # of 7 samples: the last batch is smaller
    )
    return history, [p.data for p in model.parameters()]


@pytest.mark.parametrize("backend", ["jax", "torch", "torch:cpu"])
def test_training_by_another_engine_has_the_engines_losses(jax, torch, backend):
    history, weights = trained(backend)
    expected, at_last = trained("eager")
    assert history.backend == backend.replace(":cpu", " on cpu")
    assert history.losses == pytest.approx(expected.losses, rel=1e-12)
    assert weights == pytest.approx(at_last, rel=1e-10)


@pytest.mark.parametrize("backend", ["jax:float32", "torch:cpu:float32"])
def test_training_in_float32_says_so(jax, torch, backend):
    history, weights = trained(backend)
    expected, at_last = trained("eager")
    assert history.backend.endswith(" in float32")
    assert history.losses != expected.losses
    assert history.losses == pytest.approx(expected.losses, rel=1e-5)
    assert weights == pytest.approx(at_last, rel=1e-2, abs=1e-3)


def test_a_loss_that_becomes_nan_is_told_by_the_scalar_engine(torch):
    with pytest.raises(NonFiniteLossError, match="the loss became"):
        trained("torch", (4, 1), L.mse_loss, [1e200] * 7)


@pytest.mark.parametrize(
    ("backend", "complaint"),
    [
        ("tensorflow", "backend is one of eager, replay, numpy, jax, torch, auto"),
        ("torch:cpu:cuda", "not 'torch:cpu:cuda'"),
        ("torch:", "not 'torch:'"),
        ("numpy:float32", "not 'numpy:float32'"),
        ("torch:moon", "PyTorch finds no device 'moon' here"),
        ("jax:moon", "JAX finds no device 'moon' here"),
    ],
)
def test_a_backend_that_there_is_not_is_told(jax, torch, backend, complaint):
    with pytest.raises(ValueError, match=complaint):
        trained(backend)


@pytest.mark.parametrize(("backend", "library"), [("jax", "JAX"), ("torch", "PyTorch")])
def test_a_library_that_is_missing_is_told(monkeypatch, backend, library):
    monkeypatch.setitem(sys.modules, backend, None)
    with pytest.raises(
        ModuleNotFoundError,
        match=rf"the backend {backend} needs {library}: pip install 'tinygrad_edu\[{backend}\]'",
    ):
        trained(backend)


SHARDED = """
import re, sys
import jax, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
jax.config.update("jax_enable_x64", True)
from tinygrad_edu.arrays import vectorize
from tinygrad_edu.arrays.programs.engines import Engine
from tinygrad_edu.data import moons
from tinygrad_edu.losses import hinge_loss
from tinygrad_edu.nn import MLP

X, y = moons(80, noise=0.1, seed=0)
y = [2.0 * label - 1.0 for label in y]
model = MLP(2, [16, 16, 1], seed=0)
loss = lambda a, y: hinge_loss(a, y) + 1e-4 * sum(p * p for p in model.parameters())
program = vectorize(model, loss, X, y)
root = loss([model(x) for x in X], y)
root.backward()
expected = np.array([p.grad for p in program.parameters])

mesh = Mesh(np.array(jax.devices()), ("samples",))
samples, whole = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in (("samples",), ()))
step = jax.jit(program.to_jax().loss_and_gradient)
inputs = jax.device_put(program.data(), whole), *jax.device_put((np.array(X), np.array(y)), samples)
value, gradient = step(*inputs)
text = step.lower(*inputs).compile().as_text()
print(len(jax.devices()), len(re.findall(r"all-reduce(?:-start)?\\(", text)))
errors = [abs(float(value) - root.data), np.abs(gradient - expected).max()]

by = Engine.named("jax").function(program)
value, gradient, *_ = by(program.data(), np.array(X), np.array(y))
print(*errors, abs(float(value) - root.data), np.abs(gradient - expected).max())
"""


def test_samples_shared_out_over_eight_devices_of_jax(jax):
    root = str(Path(tinygrad_edu.__file__).parents[1])
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    run = subprocess.run(
        [sys.executable, "-c", SHARDED],
        capture_output=True,
        text=True,
        env={**os.environ, **flags, "PYTHONPATH": root},
        check=True,
    )
    counts, errors = run.stdout.splitlines()
    assert counts == "8 1"  # devices, and all-reduces in the compiled program
    assert all(float(error) < 1e-12 for error in errors.split())
