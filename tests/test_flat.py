"""While arrays train, the parameters are arrays: whoever looks sees what the engine would show."""

import random

import pytest

from tinygrad_edu import Value
from tinygrad_edu import losses as L
from tinygrad_edu.nn import MLP, Module
from tinygrad_edu.optim import SGD, Adagrad, Adam, AdamW, ElementwiseOptimizer, Optimizer, RMSprop
from tinygrad_edu.schedules import LambdaLR
from tinygrad_edu.training import fit

np = pytest.importorskip("numpy", reason="the arrays are NumPy's")
from tinygrad_edu.arrays.fitting.flat import Flat, rules_on_arrays  # noqa: E402

RNG = random.Random(5)
X = [[RNG.gauss(0, 1) for _ in range(3)] for _ in range(13)]
Y = [x[0] * x[1] for x in X]

OPTIMIZERS = [
    lambda ps: SGD(ps, 0.1),
    lambda ps: SGD(ps, 0.1, weight_decay=0.01),
    lambda ps: SGD(ps, 0.1, momentum=0.9, dampening=0.2),
    lambda ps: SGD(ps, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    lambda ps: Adam(ps, 0.05, weight_decay=0.01),
    lambda ps: AdamW(ps, 0.05),
    lambda ps: RMSprop(ps, 0.01, momentum=0.5),
    lambda ps: Adagrad(ps, 0.1, lr_decay=0.1),
]


def bits(numbers):
    return [float(x).hex() for x in numbers]


@pytest.mark.parametrize("make", OPTIMIZERS)
def test_a_rule_computes_with_arrays_as_with_floats(make):
    rng = random.Random(1)
    parameters = [Value(rng.gauss(0, 1) * 10.0 ** rng.randint(-9, 9)) for _ in range(300)]
    optimizer = make(parameters)
    data = np.array([p.data for p in parameters])
    memory = [np.zeros(300) for _ in optimizer.memory]
    for _ in range(5):
        for p in parameters:
            p.grad = rng.choice((0.0, rng.gauss(0, 1) * 10.0 ** rng.randint(-9, 9)))
        rule, _ = optimizer.rule(rules_on_arrays())
        given = memory + [0.0] * (2 - len(memory))
        data, *new = rule.move(data, np.array([p.grad for p in parameters]), *given)
        memory = new[: len(memory)]
        optimizer.step()
        assert bits(data) == bits(p.data for p in parameters)
        for name, array in zip(optimizer.memory, memory):
            assert bits(array) == bits(getattr(optimizer, name))


class Ordered(Module):
    """A model whose program has the parameters in another order than the optimiser."""

    def __init__(self):
        self.w = [Value(0.3 * k - 0.4) for k in range(3)]

    def __call__(self, x):
        return self.w[2] * x[0] + self.w[0] * x[1] + self.w[1]

    def parameters(self):
        return self.w[::-1]


def trained(backend, make, model=None, **options):
    model = model or MLP(3, [4, 1], activation="tanh", seed=0)
    optimizer = make(model.parameters())
    seen = []

    def look(history):
        state = optimizer.state_dict()
        seen.append([p.data for p in optimizer.parameters] + [p.grad for p in optimizer.parameters])
        assert "_held" not in state
        assert not any(isinstance(x, np.ndarray) for x in state.values())
        return False

    options = {"batch_size": 4, "callback": look} | options
    history = fit(
        model,
        X,
        Y,
        loss=L.mse_loss,
        optimizer=optimizer,
        epochs=6,
        seed=3,
        progress=False,
        backend=backend,
        **options,
    )
    parameters = optimizer.parameters
    return history, optimizer, [p.data for p in parameters], [p.grad for p in parameters], seen


def agree(make, **options):
    return [trained(backend, make, **options) for backend in ("eager", "numpy")]


@pytest.mark.parametrize("make", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [None, 4])
def test_numbers_gradients_and_memory_are_the_engines(make, batch_size):
    eager, arrays = agree(make, batch_size=batch_size)
    assert arrays[0].backend == "numpy"
    assert arrays[0].losses == pytest.approx(eager[0].losses, rel=1e-12, abs=1e-14)
    for at_first, at_last in zip(eager[2:4], arrays[2:4]):
        assert at_last == pytest.approx(at_first, rel=1e-9, abs=1e-12)
    for one, other in zip(eager[4], arrays[4]):
        assert other == pytest.approx(one, rel=1e-9, abs=1e-12)
    first, last = (run[1].state_dict() for run in (eager, arrays))
    assert list(first) == list(last)
    for name, part in first.items():
        assert type(last[name]) is type(part)
        assert last[name] == (pytest.approx(part, rel=1e-9) if isinstance(part, list) else part)


def test_without_anybody_who_looks():
    (_, _, *eager, _), (_, _, *arrays, _) = agree(OPTIMIZERS[4], callback=None)
    for one, other in zip(eager, arrays):
        assert other == pytest.approx(one, rel=1e-9, abs=1e-12)


def test_programs_with_an_order_of_their_own():
    runs = [trained(b, OPTIMIZERS[4], model=Ordered()) for b in ("eager", "numpy")]
    assert runs[1][0].losses == pytest.approx(runs[0][0].losses, rel=1e-12)
    assert runs[1][3] == pytest.approx(runs[0][3], rel=1e-9)


def test_a_schedule_of_ones_own_may_look():
    seen = []

    def rate(make_of):
        optimizer = Adam(make_of.parameters(), 0.05)
        schedule = LambdaLR(optimizer, lambda t: seen.append(make_of.w[0].data) or 1.0)
        return optimizer, schedule

    for backend in ("eager", "numpy"):
        model = Ordered()
        optimizer, schedule = rate(model)
        options = {"schedule": schedule, "progress": False, "backend": backend}
        fit(model, X, Y, loss=L.mse_loss, optimizer=optimizer, epochs=4, **options)
    half = len(seen) // 2
    assert seen[half:] == pytest.approx(seen[:half], rel=1e-12)
    assert len(set(seen[:half])) > 3


class SignDescent(Optimizer):
    def step(self):
        self.commit([p.data - (self.lr if p.grad > 0 else -self.lr) for p in self.parameters])


class Half(Adam):
    """Half of Adam's step, and a commit that looks at the Values."""

    def commit(self, data, **memory):
        super().commit([(x + p.data) / 2 for x, p in zip(data, self.parameters)], **memory)


class Loud(SGD):
    def step(self):
        self.heard = [p.grad for p in self.parameters]
        super().step()


@pytest.mark.parametrize("kind", [SignDescent, Half, Loud])
def test_an_optimiser_of_ones_own_reads_and_writes_values(kind):
    eager, arrays = agree(lambda ps: kind(ps, 0.05))
    assert arrays[2] == pytest.approx(eager[2], rel=1e-9)
    assert arrays[0].backend == "numpy"


def test_a_rule_is_wanted_of_an_elementwise_optimiser():
    with pytest.raises(TypeError, match="abstract"):
        ElementwiseOptimizer([Value(1.0)], lr=0.1)


@pytest.mark.parametrize("update", [0, 1, 5, 10])
def test_ctrl_c_leaves_whole_updates(monkeypatch, update):
    from tinygrad_edu.arrays.fitting.flat import Flat

    states = {}
    for backend in ("eager", "numpy"):
        calls = []
        kind = Optimizer.commit if backend == "eager" else Flat.step

        def interrupted(self, *args, _calls=calls, _kind=kind, **kept):
            if len(_calls) == update:
                raise KeyboardInterrupt
            _calls.append(1)
            return _kind(self, *args, **kept)

        with monkeypatch.context() as patch:
            if backend == "eager":
                patch.setattr(Optimizer, "commit", interrupted)
            else:
                patch.setattr(Flat, "step", interrupted)
            history, optimizer, data, *_ = trained(backend, OPTIMIZERS[4], callback=None)
        assert history.stop_reason == "interrupted"
        states[backend] = data, optimizer.state_dict(), history.losses
    (one, state, losses), (other, same, also) = states["eager"], states["numpy"]
    assert other == pytest.approx(one, rel=1e-9)
    assert also == pytest.approx(losses, rel=1e-9)
    assert same["updates"] == state["updates"] == update
    assert same["_m"] == pytest.approx(state["_m"], rel=1e-9)


def test_a_checkpoint_goes_on(tmp_path):
    pytest.importorskip("safetensors", reason="a checkpoint is a safetensors file")
    whole = trained("numpy", OPTIMIZERS[4])
    path = tmp_path / "run.safetensors"

    class Stop(Exception):
        pass

    def stop(history):
        if history.epochs == 4:
            raise Stop

    model = MLP(3, [4, 1], activation="tanh", seed=0)
    with pytest.raises(Stop):
        trained("numpy", OPTIMIZERS[4], model=model, checkpoint=path, callback=stop)
    again = trained("numpy", OPTIMIZERS[4], checkpoint=path, resume=True, callback=None)
    assert again[0].losses == whole[0].losses
    assert again[2] == whole[2]


def test_programs_of_other_orders_take_and_give_by_the_parameter():
    class Batch:
        def __init__(self, *parameters):
            self.parameters = parameters

    a, b, c = (Value(x) for x in (1.0, 2.0, 3.0))
    flat = Flat(SGD([a, b, c], 1.0))
    first, other = Batch(c, a, b), Batch(b, c, a)
    assert flat.data(first).tolist() == [3.0, 1.0, 2.0]
    assert flat.data(other).tolist() == [2.0, 3.0, 1.0]
    flat.give(other, np.array([0.2, 0.3, 0.1]))
    flat.step()
    flat.settle()
    assert [p.grad for p in (a, b, c)] == [0.1, 0.2, 0.3]
    assert [p.data for p in (a, b, c)] == [0.9, 1.8, 2.7]
