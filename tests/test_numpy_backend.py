"""`fit(backend="numpy")`: the engine's losses but for rounding, or a word about why not."""

import random
import sys

import pytest

from tinygrad_edu import OPS, Value, tanh
from tinygrad_edu import losses as L
from tinygrad_edu.arrays.fitting.backends import Backend
from tinygrad_edu.arrays.tapes import player
from tinygrad_edu.nn import MLP, Module
from tinygrad_edu.optim import SGD, Adam
from tinygrad_edu.training import NonFiniteLossError, fit

pytest.importorskip("numpy", reason="the backend numpy needs NumPy")

RNG = random.Random(5)
X = [[RNG.gauss(0, 1) for _ in range(3)] for _ in range(13)]
CLASSES = [RNG.randrange(3) for _ in X]
REAL = [x[0] * x[1] for x in X]
BITS = [float(x[0] > 0.0) for x in X]
SIGNS = [2.0 * b - 1.0 for b in BITS]
ONE_HOT = [[float(c == k) for k in range(3)] for c in CLASSES]


class Own(Module):
    def __init__(self, function, weights=3):
        self.w = [Value(0.3 * k - 0.4) for k in range(weights)]
        self.function = function

    def __call__(self, x):
        return self.function(self.w, x)


def run(make, targets, loss=L.mse_loss, *, backend, samples=X, **options):
    model = make()
    parameters = model.parameters()
    optimizer = options.pop("optimizer", lambda ps: Adam(ps, 0.05))(parameters)
    options = {"epochs": 5, "progress": False, "seed": 3} | options
    history = fit(
        model, samples, targets, loss=loss, optimizer=optimizer, backend=backend, **options
    )
    return history, [p.data for p in parameters]


def agree(make, targets, *arguments, used="numpy", rel=1e-12, **options):
    (eager, at_first), (other, at_last) = (
        run(make, targets, *arguments, backend=backend, **options) for backend in ("eager", "numpy")
    )
    assert other.backend == used
    assert other.losses == pytest.approx(eager.losses, rel=rel, abs=1e-14)
    assert at_last == pytest.approx(at_first, rel=1e-9, abs=1e-12)
    return other


def net(*sizes, **options):
    return lambda: MLP(3, list(sizes), **{"seed": 0, "activation": "tanh"} | options)


@pytest.mark.parametrize("batch_size", [None, 1, 5])  # of 13 samples: the last batch is smaller
@pytest.mark.parametrize(
    ("loss", "targets", "outputs", "options"),
    [
        (L.mse_loss, REAL, 1, {}),
        (L.l1_loss, ONE_HOT, 3, {"activation": "gelu"}),
        (L.quadratic_cost, ONE_HOT, 3, {"activation": "relu"}),
        (L.huber_loss, REAL, 1, {}),
        (L.hinge_loss, SIGNS, 1, {"activation": "relu"}),
        (L.binary_cross_entropy, BITS, 1, {"output_activation": "sigmoid"}),
        (L.binary_cross_entropy_with_logits, BITS, 1, {}),
        (L.cross_entropy, CLASSES, 3, {}),
        (L.cross_entropy, ONE_HOT, 3, {}),
        (L.nll_loss, CLASSES, 3, {}),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_every_loss(loss, targets, outputs, options, batch_size):
    agree(net(4, outputs, **options), targets, loss, batch_size=batch_size)


@pytest.mark.parametrize("batch_size", [None, 5])
def test_300_epochs(batch_size):
    agree(net(4, 3), CLASSES, L.cross_entropy, epochs=300, batch_size=batch_size)


def test_a_penalty_and_an_optimiser_of_some_parameters():
    def penalised(backend):
        model = net(4, 3)()

        def loss(a, y):
            return L.cross_entropy(a, y) + 1e-2 * sum(p * p for p in model.parameters())

        return run(lambda: model, CLASSES, loss, backend=backend, batch_size=4, epochs=20)[0]

    assert penalised("numpy").losses == pytest.approx(penalised("eager").losses, rel=1e-12)
    assert penalised("numpy").backend == "numpy"
    agree(net(4, 1), REAL, optimizer=lambda ps: Adam(ps[:4], 0.05), batch_size=4)


def test_a_weight_that_is_in_a_tensor_twice():
    def tied():
        model = Own(lambda w, x: sum((v * x_k for v, x_k in zip(w, x)), w[0]))
        model.w[1] = model.w[0]
        return model

    agree(tied, REAL, batch_size=4)


def test_samples_that_are_nested_or_numbers():
    pairs = [(x[0], x[1:]) for x in X]
    agree(lambda: Own(lambda w, x: w[0] * x[0] + w[1] * x[1][0]), REAL, samples=pairs, batch_size=4)
    agree(lambda: Own(lambda w, x: w[0] * x + w[1]), REAL, samples=[x[0] for x in X])


def test_outputs_that_are_nested_or_one_value_twice():
    def twice(w, x):
        y = w[0] * x[0] + w[1]
        return [y, (y, w[2] * x[1])]

    def loss(a, t):
        return L.mse_loss([[p, q, r] for p, (q, r) in a], [[y, y, y] for y in t])

    agree(lambda: Own(twice), REAL, loss, batch_size=4)


def test_batches_of_another_size_have_the_same_record():
    recorded = []

    def model(w, x):
        recorded.extend([x] if isinstance(x[0], Value) else [])
        return tanh(w[0] * x[0] + w[1]) * w[2]

    agree(lambda: Own(model), REAL, batch_size=5)  # of 13 samples, the last batch has 3
    assert len(recorded) == 1


class TestWhatArraysCannotDo:
    """It is said why, and the batches run nevertheless."""

    def test_another_way_through_a_decision_is_replayed(self):
        def leaky(w, x):
            z = w[0] * x[0] + w[1]
            return z if z > 0.0 else z * 0.01

        history, _ = run(lambda: Own(leaky), REAL, backend="numpy", batch_size=4)
        assert history.backend.startswith("numpy, and replay for ")
        assert (
            history.losses == run(lambda: Own(leaky), REAL, backend="eager", batch_size=4)[0].losses
        )

    def test_a_number_that_is_read_out(self):
        def leak(w, x):
            return w[0] * x[0] + float(w[1] * x[1])

        with pytest.warns(
            UserWarning, match=r"fit does without numpy, since a number was read out"
        ):
            history, _ = run(lambda: Own(leak), REAL, backend="numpy")
        assert history.backend.startswith(
            "eager, since a number was read out of the graph, by line"
        )

    def test_samples_of_several_lengths_are_replayed(self):
        samples = [x[: 1 + i % 3] for i, x in enumerate(X)]

        def total(w, x):
            return tanh(sum(w[0] * item for item in x) + w[1])

        with pytest.warns(UserWarning, match="samples are nested in several ways"):
            agree(
                lambda: Own(total),
                REAL,
                samples=samples,
                batch_size=4,
                used="replay, since samples are nested in several ways",
            )

    def test_a_number_among_the_outputs_is_replayed(self):
        def loss(a, t):
            return L.mse_loss([y * k for y, k in a], t)

        with pytest.warns(UserWarning, match="the model returns other things than Values"):
            history, _ = run(
                lambda: Own(lambda w, x: [w[0] * x[0], 2.0]), REAL, loss, backend="numpy"
            )
        assert history.backend.startswith("replay, since the model returns")

    def test_a_model_that_changes_is_noticed(self):
        calls = []

        def worn(w, x):
            calls.append(1)
            return w[0] * x[0] + (0.0 if len(calls) <= 30 else 1.0)

        with pytest.raises(RuntimeError, match=r"for X\[\d+\] the model now gives .* its record"):
            run(lambda: Own(worn), REAL, backend="numpy", epochs=30)

    def test_a_loss_that_becomes_nan_says_where(self):
        said = []
        for backend in ("eager", "numpy"):
            with pytest.raises(NonFiniteLossError) as caught:
                run(
                    lambda: Own(lambda w, x: OPS["log"].function(w[0] * x[0] + w[1]), 2),
                    REAL,
                    backend=backend,
                    optimizer=lambda ps: SGD(ps, 0.5),
                    batch_size=4,
                    epochs=50,
                )
            said.append(str(caught.value))
        assert said[0] == said[1]

    def test_what_the_loss_raises_is_raised(self):
        for targets in ([5] * 13, [0] * 5 + [7] * 8, [0] * 12 + [-1], [0.5] * 13):
            with pytest.raises(ValueError, match="cross_entropy: of 3 classes"):
                run(net(4, 3), targets, L.cross_entropy, backend="numpy", batch_size=4)
        with pytest.raises(ValueError, match="targets -1 and 1, not 3"):
            run(net(4, 1), [1.0] * 12 + [3.0], L.hinge_loss, backend="numpy", batch_size=4)

    def test_without_numpy(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "numpy", None)
        monkeypatch.delitem(sys.modules, "tinygrad_edu.arrays.fitting.vectorized", raising=False)
        with pytest.raises(ModuleNotFoundError, match=r"pip install 'tinygrad_edu\[arrays\]'"):
            run(net(2, 1), REAL, backend="numpy")
        assert run(net(2, 1), REAL, backend="auto")[0].backend == "replay"


def test_auto_takes_arrays_where_there_are_many_nodes_in_a_call(monkeypatch):
    monkeypatch.setattr(player, "_FEWEST", 150)
    assert run(net(2, 1), REAL, backend="auto")[0].backend == "replay"
    assert run(net(30, 30, 1), REAL, backend="auto", epochs=1)[0].backend == "numpy"


@pytest.mark.parametrize("seed", [None, 3])
def test_shuffling_by_the_shared_generator_is_nothing_that_the_model_holds(monkeypatch, seed):
    looked_at = []
    due = Backend._due

    def noted(self, numbers):
        found = due(self, numbers)
        looked_at.append(len(found))
        return found

    monkeypatch.setattr(Backend, "_due", noted)
    model = MLP(2, [3, 1], seed=0)
    X, y = [[0.1 * k, 1.0 - 0.2 * k] for k in range(12)], [0.5 * k for k in range(12)]
    made = SGD(model.parameters(), 0.01)
    given = {"epochs": 2, "batch_size": 4, "backend": "numpy", "progress": False, "seed": seed}
    fit(model, X, y, loss=L.mse_loss, optimizer=made, **given)
    assert looked_at[:3] == [1, 1, 1]  # one sample of each batch, not all four
    assert sum(looked_at[3:]) == 1
