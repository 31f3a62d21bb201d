"""`fit(backend=…)`: the engine's numbers to the last bit, or a word about why not."""

import math
import random
import tracemalloc
import warnings

import pytest
from playing import players

import tinygrad_edu.arrays.tapes.guarded as guarded_module
from tinygrad_edu import OPS, Value, no_grad, relu, tanh
from tinygrad_edu import losses as L
from tinygrad_edu.nn import MLP, Module
from tinygrad_edu.optim import SGD, Adagrad, Adam, AdamW, RMSprop
from tinygrad_edu.training import NonFiniteLossError, fit

RNG = random.Random(5)
X = [[RNG.gauss(0, 1) for _ in range(3)] for _ in range(13)]
CLASSES = [RNG.randrange(3) for _ in X]
REAL = [x[0] * x[1] for x in X]
BITS = [float(x[0] > 0.0) for x in X]
SIGNS = [2.0 * b - 1.0 for b in BITS]
ONE_HOT = [[float(c == k) for k in range(3)] for c in CLASSES]


WAYS = "replay of {} ways through the model's decisions"


@pytest.fixture(params=["plain", "native"], autouse=True)
def player(request, monkeypatch):
    monkeypatch.setattr(guarded_module, "player", players()[request.param])


def run(make, targets, loss=L.mse_loss, *, backend, samples=X, **options):
    """The losses, the parameters afterwards, and what ran the batches."""
    model = make()
    parameters = model.parameters()
    optimizer = options.pop("optimizer", lambda ps: Adam(ps, 0.05))(parameters)
    options = {"epochs": 5, "progress": False, "seed": 3} | options
    history = fit(
        model, samples, targets, loss=loss, optimizer=optimizer, backend=backend, **options
    )
    return history.losses, [p.data for p in parameters], history.backend


def agree(make, targets, *arguments, used="replay", **options):
    """Run both ways, compare every bit, and see what ran the second."""
    eager = run(make, targets, *arguments, backend="eager", **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = run(make, targets, *arguments, backend="replay", **options)
    assert other[:2] == eager[:2]
    assert eager[2] == "eager"
    assert other[2] == used
    return other


def net(*sizes, **options):
    return lambda: MLP(3, list(sizes), **{"seed": 0, "activation": "tanh"} | options)


class Own(Module):
    """A model of one function of its weights and a sample."""

    def __init__(self, function, weights=3):
        self.w = [Value(0.3 * k - 0.4) for k in range(weights)]
        self.function = function

    def __call__(self, x):
        return self.function(self.w, x)


class TestTheSameNumbers:
    @pytest.mark.parametrize("batch_size", [None, 1, 5, 13])
    @pytest.mark.parametrize(
        ("loss", "targets", "outputs", "options"),
        [
            (L.mse_loss, REAL, 1, {}),
            (L.l1_loss, ONE_HOT, 3, {"activation": "gelu"}),
            (L.quadratic_cost, ONE_HOT, 3, {"activation": "relu"}),
            (L.huber_loss, REAL, 1, {}),
            (L.smooth_l1_loss, REAL, 1, {}),
            (L.hinge_loss, SIGNS, 1, {"activation": "relu"}),
            (L.binary_cross_entropy, BITS, 1, {"output_activation": "sigmoid"}),
            (L.binary_cross_entropy_with_logits, BITS, 1, {}),
            (L.cross_entropy, CLASSES, 3, {}),
            (L.cross_entropy, ONE_HOT, 3, {}),
            (L.nll_loss, CLASSES, 3, {}),
            (L.kl_div, ONE_HOT, 3, {}),
        ],
        ids=lambda x: getattr(x, "__name__", ""),
    )
    def test_of_every_loss(self, loss, targets, outputs, options, batch_size):
        agree(net(4, outputs, **options), targets, loss, batch_size=batch_size)

    @pytest.mark.parametrize("batch_size", [None, 5])
    def test_with_a_penalty(self, batch_size):
        def both(backend):
            model = net(4, 3)()

            def loss(a, y):
                return L.cross_entropy(a, y) + 1e-2 * sum(p * p for p in model.parameters())

            return run(
                lambda: model, CLASSES, loss, batch_size=batch_size, epochs=20, backend=backend
            )

        eager, replay = both("eager"), both("replay")
        assert replay[:2] == eager[:2]
        assert replay[2] == "replay"

    @pytest.mark.parametrize(
        "optimizer",
        [
            lambda ps: SGD(ps, 0.1),
            lambda ps: SGD(ps, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
            lambda ps: AdamW(ps, 0.05),
            lambda ps: RMSprop(ps, 0.01),
            lambda ps: Adagrad(ps, 0.1),
            lambda ps: Adam(ps[:4], 0.05),  # the others are not trained
        ],
    )
    def test_with_every_optimiser(self, optimizer):
        agree(net(4, 1), REAL, optimizer=optimizer, batch_size=4)
        agree(net(4, 1), REAL, optimizer=optimizer)

    def test_of_300_epochs(self):
        agree(net(3, 1), REAL[:6], samples=X[:6], epochs=300)

    def test_with_tol(self):
        losses, _, _ = agree(net(3, 1), REAL, tol=1e-3, epochs=300)
        assert 2 < len(losses) < 300

    def test_of_shared_weights_as_a_recurrent_net_has_them(self):
        def scan(w, x):
            h = 0.0
            for item in x:
                h = tanh(w[0] * item + w[1] * h + w[2])
            return h

        agree(lambda: Own(scan), REAL, batch_size=4)
        agree(lambda: Own(scan), REAL)

    def test_of_sequences_of_several_lengths(self):
        samples = [x[: 1 + i % 3] for i, x in enumerate(X)]

        def total(w, x):
            return tanh(sum(w[0] * item for item in x) + w[1])

        agree(lambda: Own(total), REAL, samples=samples, batch_size=4)

    def test_of_samples_that_are_numbers_or_nested(self):
        agree(lambda: Own(lambda w, x: w[0] * x + w[1]), REAL, samples=[x[0] for x in X])
        agree(
            lambda: Own(lambda w, x: w[0] * x[0] + w[1] * x[1][0] + w[2] * x[1][1]),
            REAL,
            samples=[(x[0], x[1:]) for x in X],
            batch_size=4,
        )

    def test_of_one_value_for_two_outputs(self):
        def twice(w, x):
            y = w[0] * x[0] + w[1]
            return [y, [y, w[2] * x[1]]]

        def loss(a, t):
            return L.mse_loss([[p, q, r] for p, (q, r) in a], [[y, y, y] for y in t])

        agree(lambda: Own(twice), REAL, loss, batch_size=4)

    def test_of_an_output_that_the_loss_does_not_use(self):
        # its derivative is infinite, and must not come in
        def two(w, x):
            return [w[0] * x[0], OPS["sqrt"].function((w[1] - w[1]) * x[0])]

        def loss(a, t):
            return L.mse_loss([p for p, _ in a], t)

        agree(lambda: Own(two), REAL, loss, batch_size=4)
        agree(lambda: Own(two), REAL, loss)

    def test_random_numbers_drawn_elsewhere_are_the_same(self):
        def drawn(backend):
            random.seed(7)
            run(net(2, 1), REAL, batch_size=4, seed=None, backend=backend)
            return random.random()

        assert drawn("eager") == drawn("replay")


class TestDecisions:
    """What a model decides by numbers is decided again."""

    def test_an_if_on_a_computed_value(self):
        def own_relu(w, x):
            z = w[0] * x[0] + w[1]
            return z if z > 0.0 else z * 0.01

        agree(lambda: Own(own_relu), REAL, batch_size=4, epochs=30, used=WAYS.format(2))
        few = {"samples": X[:3], "epochs": 100, "optimizer": lambda ps: SGD(ps, 1.0)}
        agree(lambda: Own(own_relu), [3.0, -3.0, 3.0], used=WAYS.format(2), **few)

    def test_an_if_on_an_input(self):
        def by_sign(w, x):
            return w[0] * x[0] if x[0] > 0.0 else w[1] * x[1]

        agree(lambda: Own(by_sign), REAL, batch_size=4, used=WAYS.format(2))

    def test_the_larger_of_two_and_a_truth(self):
        def pool(w, x):
            largest = max([w[0] * x[0], w[1] * x[1], w[2] * x[2]])
            return largest if largest else w[0] * 1.0

        agree(lambda: Own(pool), REAL, batch_size=4, epochs=20, used=WAYS.format(4))

    def test_a_while(self):
        def halve(w, x):
            z = w[0] * x[0] + 2.0
            while abs(z) > 1.0:
                z = z * 0.5
            return z

        agree(lambda: Own(halve), REAL, batch_size=4, epochs=20, used=WAYS.format(4))

    def test_too_many_ways(self):
        def bits(w, x):
            z = w[0] * 1.0
            for item in x:
                z = z + w[1] if z * item > 0.0 else z * w[2]
            return z

        rng = random.Random(0)
        samples = [[rng.gauss(0, 1) for _ in range(8)] for _ in range(60)]
        targets = [0.0] * 60
        options = {"samples": samples, "batch_size": 20, "epochs": 2}
        why = "eager, since more than 16 ways through the model were taken"
        agree(lambda: Own(bits), targets, used=why, **options)
        with pytest.warns(UserWarning, match="fit does without replay, since more than 16 ways"):
            run(lambda: Own(bits), targets, backend="replay", **options)


class TestWhatEachSampleNeedsForItself:
    def test_indices(self):
        def embed(w, tokens):
            return tanh(w[tokens[0]] * w[tokens[1]])

        samples = [[i % 3, (i * i) % 3] for i in range(13)]
        agree(lambda: Own(embed), REAL, samples=samples, batch_size=4)

    def test_numbers_that_are_taken_out_of_inputs(self):
        agree(lambda: Own(lambda w, x: w[0] * math.sin(x[0])), REAL, batch_size=4)

    def test_numbers_that_are_compared_for_equality(self):
        # a Value is equal to itself only: its record would not be the model of plain numbers
        def f(w, x):
            return w[0] * 2.0 if x == 1 else w[1] * 3.0

        agree(lambda: Own(f), REAL, samples=[i % 2 for i in range(13)], batch_size=4)

    def test_text(self):
        weights = {"a": 0, "b": 1, "c": 2}
        agree(
            lambda: Own(lambda w, s: w[weights[s[0]]] * w[weights[s[1]]]),
            REAL[:6],
            samples=["ab", "ba", "cc", "ac", "bb", "ca"],
            batch_size=4,
        )


class TestWhatCannotBeReplayed:
    """Then the engine runs the batches, and says why."""

    @pytest.mark.parametrize("batch_size", [None, 4])
    def test_a_number_that_was_read_out_of_the_graph(self, batch_size):
        def leak(w, x):
            z = w[0] * x[0]
            return z * w[1] + float(z)

        _, _, used = run(lambda: Own(leak), REAL, batch_size=batch_size, backend="auto")
        line = leak.__code__.co_firstlineno + 2
        assert (
            used == f"eager, since a number was read out of the graph, by line {line} of {__file__}"
        )
        agree(lambda: Own(leak), REAL, batch_size=batch_size, used=used)
        with pytest.warns(
            UserWarning, match="fit does without replay, since a number was read out"
        ):
            run(lambda: Own(leak), REAL, batch_size=batch_size, backend="replay")

    def test_a_parameters_number(self):
        def leak(w, x):
            return w[0] * (x[0] + w[1].data)

        _, _, used = run(lambda: Own(leak), REAL, backend="auto")
        assert "a number was read out of the graph" in used

    def test_no_grad(self):
        def detached(w, x):
            with no_grad():
                scale = w[0] * 2.0
            return w[1] * x[0] * scale

        _, _, used = run(lambda: Own(detached), REAL, backend="auto")
        assert "no_grad() hides operations from the recording" in used
        agree(lambda: Own(detached), REAL, used=used)

    @pytest.mark.parametrize("batch_size", [None, 4])
    def test_chance(self, batch_size):
        def noisy():
            rng = random.Random(0)
            return Own(lambda w, x: w[0] * x[0] + rng.random())

        _, _, used = run(noisy, REAL, batch_size=batch_size, backend="auto")
        assert used == "eager, since the model gives other numbers when it is called again"

    @pytest.mark.parametrize("batch_size", [None, 4])
    def test_a_state_that_changes_later(self, batch_size):
        def worn():
            calls = []

            def function(w, x):
                calls.append(1)
                return w[0] * x[0] + (0.0 if len(calls) <= 30 else 1.0)

            return Own(function)

        with pytest.raises(RuntimeError, match=r"for X\[\d+\] the model now gives .* its record"):
            run(worn, REAL, batch_size=batch_size, backend="replay", epochs=30)

    def test_a_penalty_before_the_predictions(self):
        def both(backend):
            model = net(2, 1)()

            def loss(a, y):
                return 1e-2 * sum(p * p for p in model.parameters()) + L.mse_loss(a, y)

            return run(lambda: model, REAL, loss, batch_size=4, backend=backend)

        eager = both("eager")
        with pytest.warns(UserWarning, match="fit does without replay"):
            other = both("replay")
        assert other[:2] == eager[:2]
        assert other[2].startswith("eager, since the loss uses parameters before predictions")

    def test_a_loss_that_goes_to_and_fro(self):
        def loss(a, y):
            return sum(p * p for p, _ in a) + sum(q * q for _, q in a)

        used = "eager, since the loss goes back to a sample that it has left"
        agree(net(2, 2), REAL, loss, batch_size=4, used=used)
        agree(net(2, 2), REAL, loss)  # of all samples at once the loss is in the record

    def test_an_output_that_is_used_again(self):
        def states(w, x):
            first = tanh(w[0] * x[0])
            return [first, tanh(w[1] * first)]

        def loss(a, y):
            return L.mse_loss(a, [[t, t] for t in y])

        used = "eager, since the model uses an output of its own again"
        agree(lambda: Own(states), REAL, loss, batch_size=4, used=used)
        agree(lambda: Own(states), REAL, loss)

    @pytest.mark.parametrize(
        "answer", [lambda w, x: w[0], lambda w, x: x[0], lambda w, x: Value(1)]
    )
    def test_a_leaf_for_an_output(self, answer):
        def loss(a, y):
            return L.mse_loss(a, y) + 0.0 * model.w[0]

        model = Own(answer)
        _, _, used = run(lambda: model, REAL, loss, batch_size=4, backend="auto")
        assert used.startswith("eager, since the model returns")

    def test_a_loss_that_reads_numbers_is_the_engines_anyway(self):
        def loss(a, y):
            spread = max(p.data for p in a) - min(p.data for p in a)
            return L.mse_loss(a, y) * (1.0 + spread)

        agree(net(2, 1), REAL, loss, batch_size=4)
        agree(net(2, 1), REAL, loss)

    def test_within_no_grad_the_engine_says_what_it_says(self):
        said = []
        for backend in ("eager", "replay"):
            with no_grad():
                said.append(run(net(2, 1), REAL, backend=backend)[:2])
        assert said[0] == said[1]


class TestStopping:
    @pytest.mark.parametrize("batch_size", [None, 2])
    def test_non_finite_in_the_same_words(self, batch_size):
        class Log(Module):
            def __init__(self):
                self.p = Value(1.0)

            def __call__(self, x):
                return OPS["log"].function(self.p) * x

        said = []
        for backend in ("eager", "replay"):
            model = Log()
            with pytest.raises(NonFiniteLossError) as caught:
                fit(
                    model,
                    [1.0, 1.0, 1.0],
                    [0.0, 0.0, 0.0],
                    loss=lambda a, y: sum(a) / len(a),
                    optimizer=SGD([model.p], 1.0),
                    epochs=10,
                    batch_size=batch_size,
                    seed=0,
                    progress=False,
                    backend=backend,
                )
            said.append((str(caught.value), caught.value.history.losses, model.p.data))
        assert said[0] == said[1]
        assert "(p) = -inf" in said[0][0]

    @pytest.mark.parametrize("batch_size", [None, 2])
    def test_a_gradient_that_is_not_finite_in_the_same_words(self, batch_size):
        said = []
        for backend in ("eager", "replay"):
            model = Own(lambda w, x: OPS["sqrt"].function(w[0] * x), 1)
            model.w[0].data = 0.0
            with pytest.raises(NonFiniteLossError, match="the gradient of the loss") as caught:
                fit(
                    model,
                    [1.0, 2.0],
                    [1.0, 1.0],
                    loss=L.mse_loss,
                    optimizer=SGD(model.w, 0.1),
                    epochs=2,
                    batch_size=batch_size,
                    seed=0,
                    progress=False,
                    backend=backend,
                )
            said.append(str(caught.value))
        assert said[0] == said[1]

    def test_what_the_model_and_the_loss_raise_is_raised(self):
        def picky(w, x):
            if x[0] > 1.0:
                raise ValueError("too large")
            return w[0] * x[0]

        for batch_size in (None, 4):
            with pytest.raises(ValueError, match="too large"):
                run(lambda: Own(picky), REAL, batch_size=batch_size, backend="replay")
            with pytest.raises(ValueError, match="cross_entropy: of 2 classes"):
                run(net(2, 2), [5] * 13, L.cross_entropy, batch_size=batch_size, backend="replay")
            with pytest.raises(TypeError, match="a loss returns one Value"):
                run(net(2, 1), REAL, lambda a, y: 1.0, batch_size=batch_size, backend="auto")

    @pytest.mark.parametrize("batch_size", [None, 5])
    def test_ctrl_c(self, batch_size):
        def interrupted(backend):
            calls = []

            class Stopping(SGD):
                def step(self):
                    calls.append(1)
                    if len(calls) == 8:
                        raise KeyboardInterrupt
                    super().step()

            return run(
                net(2, 1),
                REAL,
                backend=backend,
                epochs=20,
                batch_size=batch_size,
                optimizer=lambda ps: Stopping(ps, 0.1),
            )

        assert interrupted("eager")[:2] == interrupted("replay")[:2]

    def test_an_unknown_backend(self):
        with pytest.raises(
            ValueError, match=r"backend is one of eager, replay, numpy, jax, torch, auto.*not 'gpu'"
        ):
            run(net(2, 1), REAL, backend="gpu")


@pytest.mark.parametrize("batch_size", [None, 4])
def test_batches_use_the_same_memory_again(batch_size):
    held = []

    def measured(history):
        held.append(tracemalloc.get_traced_memory()[0])

    tracemalloc.start()
    options = {"batch_size": batch_size, "epochs": 20, "callback": measured}
    _, _, used = run(net(8, 8, 1), REAL, backend="replay", **options)
    tracemalloc.stop()
    assert used == "replay"
    assert max(held[10:]) - held[9] < 5000


@pytest.mark.parametrize(
    ("batch_size", "checks"),
    [(None, 50 + 3), (4, 4 + 49 + 12), (1, 13 + 49 + 37)],  # of 13 samples, in 200 epochs
)
def test_after_50_epochs_there_is_a_check_in_about_50_batches(batch_size, checks):
    plain = bytearray(1)  # (what a model holds in a list makes it one to be looked at closely)

    def counted(w, x):
        plain[0] += not isinstance(x[0], Value)
        return relu(w[0] * x[0])

    run(lambda: Own(counted), REAL, batch_size=batch_size, epochs=200, backend="numpy")
    assert plain[0] == 2 + checks  # two when the model is recorded


def test_a_record_of_networks_is_made_once():
    calls = bytearray(1)

    def counted(w, x):
        calls[0] += 1
        return relu(w[0] * x[0])

    run(lambda: Own(counted), REAL, batch_size=4, epochs=10, backend="replay")
    assert calls[0] == 3 + 4 + 9
    # on plain numbers, leaves and numbers that tell of a look-up; a sample a batch, then one an
    # epoch
