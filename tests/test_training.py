"""`fit`: what it computes, when it stops, what it tells and what it refuses."""

import math
import random
import subprocess
import sys
import warnings

import numpy as np
import pytest

from tinygrad_edu import Value, log, sqrt
from tinygrad_edu.losses import cross_entropy, hinge_loss, mse_loss
from tinygrad_edu.nn import MLP, Module, Neuron
from tinygrad_edu.optim import SGD, Adam
from tinygrad_edu.schedules import StepLR
from tinygrad_edu.training import History, NonFiniteLossError, fit

X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
XOR = [0.0, 1.0, 1.0, 0.0]


def xor_net():
    return MLP(2, [4, 1], activation="sigmoid", output_activation="sigmoid", seed=0)


def run(model=None, lr=1.0, **options):
    """The history of a run on XOR and the weights after it."""
    model = xor_net() if model is None else model
    options = {"loss": mse_loss, "epochs": 10, "progress": False} | options
    history = fit(model, X, XOR, optimizer=SGD(model.parameters(), lr), **options)
    return history, [p.data for p in model.parameters()]


class Line(Module):
    """w x + b, from 0."""

    def __init__(self):
        self.w, self.b = Value(0.0), Value(0.0)

    def __call__(self, x):
        return self.w * x + self.b


class TestTheLoop:
    def test_one_epoch_by_hand(self):
        # w = b = 0 on (1, 2) and (3, 4): loss (2² + 4²)/2 = 10;  ∂w = -(2·1 + 4·3) = -14, ∂b = -6
        line = Line()
        history = fit(
            line,
            [1.0, 3.0],
            [2.0, 4.0],
            loss=mse_loss,
            optimizer=SGD(line.parameters(), lr=0.1),
            epochs=1,
            progress=False,
        )
        assert history.losses == [10.0]
        assert (line.w.data, line.b.data) == (1.4000000000000001, 0.6000000000000001)

    def test_is_the_written_out_loop_to_the_last_bit(self):
        model = xor_net()
        losses = []
        for _ in range(10):
            loss = mse_loss([model(x) for x in X], XOR)
            losses.append(loss.data)
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 1.0 * p.grad
        history, weights = run()
        assert history.losses == losses
        assert weights == [p.data for p in model.parameters()]

    def test_it_learns_xor(self):
        model = xor_net()
        history, _ = run(model, lr=3.0, epochs=1500)
        assert history.losses[-1] < 0.01
        assert [round(model(x).data) for x in X] == XOR

    def test_several_outputs(self):
        model = MLP(2, [8, 2], activation="tanh", seed=0)
        fit(
            model,
            X,
            [0, 1, 1, 0],
            loss=cross_entropy,
            optimizer=Adam(model.parameters(), 0.1),
            epochs=60,
            progress=False,
        )
        assert [int(model(x)[1] > model(x)[0]) for x in X] == [0, 1, 1, 0]

    def test_arrays_and_tables_give_what_lists_give(self):
        class Table:
            """As a data frame: iterating gives the names of its columns."""

            def to_numpy(self):
                return np.array(X)

            def __iter__(self):
                return iter(["first", "second"])

        expected = run()
        for samples in (np.array(X), Table(), tuple(X), [np.array(x) for x in X]):
            model = xor_net()
            history = fit(
                model,
                samples,
                np.array(XOR),
                loss=mse_loss,
                optimizer=SGD(model.parameters(), 1.0),
                epochs=10,
                progress=False,
            )
            assert (history.losses, [p.data for p in model.parameters()]) == (
                expected[0].losses,
                expected[1],
            )

    def test_any_callable_is_a_model(self):
        w = Value(0.0)
        fit(
            lambda x: w * x,
            [1.0],
            [3.0],
            loss=mse_loss,
            optimizer=SGD([w], lr=0.5),
            epochs=1,
            progress=False,
        )
        assert w.data == 3.0

    def test_a_penalty_in_the_loss(self):
        model = xor_net()
        _, weights = run(
            model,
            loss=lambda a, y: mse_loss(a, y) + 0.1 * sum(p * p for p in model.parameters()),
            epochs=200,
        )
        assert max(map(abs, weights)) < 0.5


class TestValidation:
    """Of w x + b, from 0: trained on (1, 1), validated on (1, ¼)."""

    def train(self, **options):
        line = Line()
        history = fit(
            line,
            [1.0],
            [1.0],
            loss=mse_loss,
            optimizer=SGD(line.parameters(), lr=options.pop("lr", 0.05)),
            progress=False,
            **{"epochs": 5, "validation": ([1.0], [0.25])} | options,
        )
        return history, line

    def test_by_hand(self):
        # The prediction a starts at 0 and goes to a + 0.05 · 2 · 2(1 - a) = a + 0.2 (1 - a):
        # 0.2, 0.36, 0.488; the validation loss is (a - ¼)² after each update.
        history, _ = self.train(epochs=3)
        assert history.losses == pytest.approx([1.0, 0.64, 0.4096])
        assert history.validation_losses == pytest.approx([0.05**2, 0.11**2, 0.238**2])
        assert history.best_epoch == 0
        assert repr(history).startswith(
            "History(3 epochs, loss 1 → 0.4096, validation 0.0025 at best, after epoch 0, "
        )

    def test_patience_stops_the_run_and_keeps_the_best_weights(self):
        history, line = self.train(epochs=50, patience=3)
        assert (history.stop_reason, history.epochs) == ("patience", 4)
        assert line(1.0).data == pytest.approx(0.2)
        history, line = self.train(epochs=3, patience=9)  # the best weights here too
        assert (history.stop_reason, line(1.0).data) == ("epochs", pytest.approx(0.2))

    def test_without_patience_the_last_weights_stay(self):
        _, line = self.train(epochs=2)
        assert line(1.0).data == pytest.approx(0.36)

    def test_it_changes_nothing_of_the_training(self):
        plain, validated = Line(), Line()
        for line, validation in ((plain, None), (validated, ([0.5, 2.0], [3.0, 1.0]))):
            fit(
                line,
                [1.0, 2.0, 3.0],
                [1.0, 0.0, 2.0],
                loss=mse_loss,
                progress=False,
                seed=1,
                optimizer=SGD(line.parameters(), 0.05),
                epochs=9,
                batch_size=2,
                validation=validation,
            )
        assert [p.data for p in plain.parameters()] == [p.data for p in validated.parameters()]

    def test_nan_is_never_the_best(self):
        history = History([1.0, 1.0], validation_losses=[math.nan, 2.0])
        assert history.best_epoch == 1
        assert History([1.0], validation_losses=[math.nan]).best_epoch is None

    def test_the_callback_sees_each_epoch_and_may_stop_the_run(self):
        seen = []
        history, _ = self.train(callback=lambda h: seen.append(h.losses[-1]) or h.epochs == 2)
        assert (history.stop_reason, history.losses) == ("callback", seen)
        assert len(seen) == 2

    def test_a_schedule_steps_once_an_epoch(self):
        line = Line()
        optimizer = SGD(line.parameters(), lr=0.1)
        fit(
            line,
            [1.0, 2.0],
            [0.0, 0.0],
            loss=mse_loss,
            optimizer=optimizer,
            epochs=3,
            batch_size=1,
            progress=False,
            schedule=StepLR(optimizer, step_size=1, gamma=0.5),
        )
        assert optimizer.lr == 0.1 / 8

    def test_it_is_logged(self, capsys):
        self.train(epochs=1, log_every=1)
        assert capsys.readouterr().out == "epoch 0  loss 1  validation 0.0025\n"

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"patience": 2, "validation": None}, ValueError, "patience needs validation data"),
            ({"patience": 0}, ValueError, "patience is a whole number of at least 1, not 0"),
            ({"validation": 5}, TypeError, r"samples and targets \(X, y\), not 5"),
            ({"validation": ([1.0], [])}, ValueError, "as many samples as targets.*1 and 0"),
            ({"callback": 3}, TypeError, "called with the history, which 3 cannot be"),
            ({"resume": True}, ValueError, "resume needs a checkpoint"),
        ],
    )
    def test_what_does_not_go_together(self, options, error, message):
        with pytest.raises(error, match=message):
            self.train(**options)


class TestBatches:
    def test_by_hand(self):
        # One sample a batch, w = b = 0 on (1, 1), (1, 1): loss 1, then w = b = 0.2 and (1 - 0.4)²
        line = Line()
        history = fit(
            line,
            [1.0, 1.0],
            [1.0, 1.0],
            loss=mse_loss,
            optimizer=SGD(line.parameters(), lr=0.1),
            epochs=1,
            batch_size=1,
            progress=False,
        )
        assert history.losses == [pytest.approx((1.0 + 0.36) / 2.0, rel=1e-15)]
        assert line.w.data == pytest.approx(0.2 + 0.2 * 0.6, rel=1e-15)

    def test_the_last_batch_is_smaller_and_weighs_less(self):
        sizes = []

        def loss(a, y):
            sizes.append(len(a))
            return Value(float(len(a)))

        model = Line()
        history = fit(
            model,
            range(7),
            range(7),
            loss=loss,
            optimizer=SGD(model.parameters(), 0.1),
            epochs=1,
            batch_size=3,
            progress=False,
        )
        assert sizes == [3, 3, 1]
        assert history.losses == [pytest.approx((3 * 3 + 3 * 3 + 1) / 7)]

    def test_every_sample_once_an_epoch_in_an_order_that_the_seed_decides(self):
        def orders(**options):
            seen = []
            line = Line()

            def loss(a, y):
                seen.extend(y)
                return mse_loss(a, y)

            fit(
                line,
                range(20),
                range(20),
                loss=loss,
                optimizer=SGD(line.parameters(), 0.0),
                epochs=2,
                batch_size=4,
                progress=False,
                **options,
            )
            return seen[:20], seen[20:]

        first, second = orders(seed=1)
        assert sorted(first) == sorted(second) == list(range(20))
        assert first != second != list(range(20))
        assert orders(seed=1) == (first, second) == orders(seed=random.Random(1))
        assert orders(seed=2) != (first, second)
        random.seed(1)
        assert orders() == (first, second)

    def test_all_samples_at_once_keep_their_order(self):
        seen = []

        def loss(a, y):
            seen.extend(y)
            return mse_loss(a, y)

        run(loss=loss, epochs=2, seed=1)
        assert seen == XOR * 2


class TestStopping:
    def test_at_epochs(self):
        history, _ = run(epochs=7)
        assert (history.stop_reason, history.epochs, len(history.losses)) == ("epochs", 7, 7)
        assert history.seconds > 0.0

    def test_at_two_losses_that_differ_by_less_than_tol(self):
        history, _ = run(epochs=100_000, tol=1e-6, lr=3.0)
        assert history.stop_reason == "tol"
        *_, before, last = history.losses
        assert abs(last - before) < 1e-6
        differences = [abs(b - a) for a, b in zip(history.losses, history.losses[1:])]
        assert min(differences[:-1]) >= 1e-6

    def test_a_rising_loss_does_not_count_as_a_small_difference(self):
        line = Line()
        history = fit(
            line,
            [1.0],
            [1.0],
            loss=mse_loss,
            optimizer=SGD(line.parameters(), lr=0.6),
            epochs=5,
            tol=1e-9,
            progress=False,
        )
        assert history.stop_reason == "epochs"
        assert history.losses == sorted(history.losses)

    def test_an_interrupted_run_tells_what_it_has(self):
        calls = []

        def loss(a, y):
            calls.append(1)
            if len(calls) == 4:
                raise KeyboardInterrupt
            return mse_loss(a, y)

        history, weights = run(loss=loss)
        assert (history.stop_reason, history.epochs) == ("interrupted", 3)
        assert weights == run(epochs=3)[1]

    def test_history_is_read_at_a_glance(self):
        assert repr(History([7200.0, 1.5], "tol", 0.25)) == (
            "History(2 epochs, loss 7200 → 1.5, stop_reason='tol', seconds=0.25)"
        )
        assert repr(History()) == "History(0 epochs, stop_reason='epochs', seconds=0)"


class TestNonFinite:
    def test_the_operation_the_value_and_the_epoch_are_named_and_nothing_is_updated(self):
        class Log(Module):
            def __init__(self):
                self.p = Value(1.0)

            def __call__(self, x):
                return log(self.p) * x

        model = Log()
        # d(-ln p)/dp = 1 at p = 1, so lr = 1 brings p to 1 - 1 = 0, whose logarithm is -inf
        with pytest.raises(NonFiniteLossError) as caught:
            fit(
                model,
                [1.0],
                [0.0],
                loss=lambda a, y: a[0],
                optimizer=SGD(model.parameters(), lr=1.0),
                epochs=10,
                progress=False,
            )
        message = str(caught.value)
        assert "the loss became -inf in epoch 1" in message
        assert "(p) = -inf" in message
        history = caught.value.history
        assert (history.losses, history.stop_reason) == ([0.0], "non-finite")
        assert model.p.data == 0.0
        assert model.p.label == ""

    def test_a_label_of_the_users_own_is_kept(self):
        p = Value(0.0, label="chance")
        with pytest.raises(ArithmeticError, match=r"\(chance\) = -inf"):
            fit(
                lambda x: log(p),
                [1.0],
                [0.0],
                loss=mse_loss,
                optimizer=SGD([p], 0.1),
                epochs=1,
                progress=False,
            )
        assert p.label == "chance"

    def test_a_parameter_of_a_model_is_named_by_its_path(self):
        model = MLP(1, [1, 1], init=lambda nin, nout, rng: 1e200, activation=None)
        with pytest.raises(NonFiniteLossError, match=r"layers\.0\.neurons\.0\.w\.0"):
            fit(
                model,
                [[1e200]],
                [0.0],
                loss=mse_loss,
                optimizer=SGD(model.parameters(), 0.1),
                epochs=1,
                progress=False,
            )

    @pytest.mark.parametrize("outputs", [1, 2])
    def test_the_sample_that_a_missing_number_is_in_is_named(self, outputs):
        model = MLP(2, [2, outputs])
        with pytest.raises(NonFiniteLossError, match=r"nan in epoch 0, with the sample X\[2\]"):
            fit(
                model,
                [[1.0, 2.0], [3.0, 4.0], [5.0, math.nan], [math.nan, 8.0]],
                [[0.0] * outputs if outputs > 1 else 0.0] * 4,
                loss=mse_loss,
                optimizer=SGD(model.parameters(), 0.1),
                epochs=1,
                progress=False,
            )

    def test_the_prediction_that_a_loss_cannot_take_is_named(self):
        model = Line()
        with pytest.raises(NonFiniteLossError, match=r"epoch 0: .*ŷ\[1\]"):
            fit(
                model,
                [1.0, 1e200],
                [1.0, 1.0],
                loss=lambda a, y: (a[0] - y[0]) ** 2 + (a[1] + 1e200) ** 2,
                optimizer=SGD(model.parameters(), 0.1),
                epochs=1,
                progress=False,
            )

    def test_a_gradient_that_is_not_finite_is_not_used_either(self):
        x = Value(0.0, label="x")
        with pytest.raises(NonFiniteLossError, match=r"gradient.*in epoch 0.*\(x\)"):
            fit(
                lambda _: sqrt(x),
                [1.0],
                [0.0],
                loss=lambda a, y: a[0] + 1.0,
                optimizer=SGD([x], 0.1),
                epochs=1,
                progress=False,
            )
        assert x.data == 0.0

    def test_a_learning_rate_that_is_too_large_ends_in_this_error(self):
        line = Line()
        with pytest.raises(NonFiniteLossError, match="learning rate"):
            fit(
                line,
                [10.0],
                [1.0],
                loss=mse_loss,
                optimizer=SGD(line.parameters(), 10.0),
                epochs=1000,
                progress=False,
            )
        assert math.isfinite(line.w.data)


class TestReporting:
    def test_log_every(self, capsys):
        history, _ = run(epochs=11, log_every=5)
        out, err = capsys.readouterr()
        lines = out.splitlines()
        assert [line.split() for line in lines] == [
            ["epoch", str(e), "loss", f"{history.losses[e]:.10g}"] for e in (0, 5, 10)
        ]
        assert err == ""

    def test_the_bar_shows_the_loss(self, capsys):
        history, _ = run(epochs=10, progress=True)
        out, err = capsys.readouterr()
        assert out == ""
        assert "10/10" in err
        assert f"loss {history.losses[-1]:.6g}" in err

    def test_silence(self, capsys):
        run()
        assert capsys.readouterr() == ("", "")

    @pytest.mark.parametrize("widgets", [True, False])
    def test_in_a_notebook(self, widgets):
        """With ipywidgets its bar, without them a line of text, and no warning in either case."""
        pytest.importorskip("ipykernel", reason="Jupyter is needed to look like Jupyter")
        pytest.importorskip("ipywidgets", reason="the widgets of notebooks are looked at")
        code = f"""if True:
            import sys, warnings
            warnings.simplefilter("error")
            if not {widgets}:
                sys.modules["ipywidgets"] = None
            import ipykernel.zmqshell
            from tinygrad_edu.training import _progress_bar
            with _progress_bar(3, True) as bar:
                print(type(bar).__mro__[1].__module__)
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert ("tqdm.notebook" in done.stdout) == widgets
        assert "Warning" not in done.stderr


class TestRefusals:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"epochs": 0}, "epochs is a whole number of at least 1, not 0"),
            ({"epochs": 2.5}, r"epochs is a whole number of at least 1, not 2\.5"),
            ({"batch_size": 0}, "batch_size is a whole number of at least 1, not 0"),
            ({"log_every": -1}, "log_every is a whole number of at least 1, not -1"),
            ({"tol": 0.0}, r"tol is above 0, not 0\.0"),
        ],
    )
    def test_numbers(self, options, message):
        with pytest.raises(ValueError, match=message):
            run(**options)

    @pytest.mark.parametrize(("samples", "targets"), [([], []), (X, XOR[:3]), (X[:1], XOR)])
    def test_sizes(self, samples, targets):
        model = xor_net()
        with pytest.raises(ValueError, match=f"not {len(samples)} and {len(targets)}"):
            fit(
                model,
                samples,
                targets,
                loss=mse_loss,
                optimizer=SGD(model.parameters(), 1.0),
                epochs=1,
            )

    def test_an_optimiser_of_another_model(self):
        with pytest.raises(ValueError, match="none of the model's parameters"):
            fit(
                xor_net(),
                X,
                XOR,
                loss=mse_loss,
                optimizer=SGD(xor_net().parameters(), 1.0),
                epochs=1,
            )

    def test_what_is_no_optimiser(self):
        with pytest.raises(TypeError, match=r"optimizer is one such as SGD\(model\.parameters"):
            fit(xor_net(), X, XOR, loss=mse_loss, optimizer=SGD, epochs=1)

    def test_a_loss_that_is_no_value(self):
        with pytest.raises(TypeError, match=r"a loss returns one Value, not 3\.0"):
            run(loss=lambda a, y: 3.0)

    def test_targets_that_do_not_fit_the_loss(self):
        model = Neuron(2, nonlin=False)
        with pytest.raises(ValueError, match="targets -1 and 1, not 0"):
            run(model, loss=hinge_loss)


def test_importing_the_package_imports_nothing_for_training():
    code = "import sys, tinygrad_edu; print({'tqdm', 'numpy', 'asyncio'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
