"""Networks: what they compute, what their parameters are called, what they refuse."""

import copy
import gc
import math
import pickle
import random
import statistics
from dataclasses import dataclass

import numpy as np
import pytest

from tinygrad_edu import OPS, Value, sigmoid, tanh
from tinygrad_edu.nn import MLP, Layer, Module, Neuron, live_modules


def set_weights(neuron, w, b=None):
    for p, number in zip(neuron.w, w):
        p.data = number
    if b is not None:
        neuron.b.data = b


class TestNeuron:
    @pytest.mark.parametrize("wrong", [{1.0, 2.0}, {1: 2, 3: 4}, b"ab", "ab"])
    def test_what_has_no_order_or_no_numbers_is_no_input(self, wrong):
        for model in (Neuron(2), Layer(2, 1), MLP(2, [1])):
            with pytest.raises(TypeError, match="takes a list of Values or numbers, not a "):
                model(wrong)

    def test_is_the_activation_of_the_weighted_sum_and_the_bias(self):
        neuron = Neuron(2)
        set_weights(neuron, [0.5, -0.25], 0.1)
        # 0.1 + 0.5 · 1.5 + (-0.25) · (-2) = 0.1 + 0.75 + 0.5 = 1.35
        assert neuron([1.5, -2.0]).data == 1.35
        # 0.1 + 0.5 · (-1.5) + (-0.25) · 2 = -1.15, and ReLU cuts that off
        assert neuron([-1.5, 2.0]).data == 0.0

    def test_gradients_are_the_inputs_and_one(self):
        neuron = Neuron(2, nonlin=False)
        x = [Value(3.0), Value(4.0)]
        neuron(x).backward()
        assert [w.grad for w in neuron.w] == [3.0, 4.0]
        assert neuron.b.grad == 1.0
        assert [v.grad for v in x] == [w.data for w in neuron.w]

    @pytest.mark.parametrize("name", [n for n, op in OPS.items() if len(op.rules) == 1])
    def test_every_function_of_one_value_is_an_activation_by_name(self, name):
        neuron = Neuron(1, activation=name)
        set_weights(neuron, [0.5])
        assert neuron([1.0]).op == name
        assert repr(neuron([1.0]).data) == repr(OPS[name].function(Value(0.5)).data)

    def test_an_activation_may_be_a_callable_or_none(self):
        for activation, expected in ((tanh, math.tanh(2.0)), (lambda z: z * z, 4.0), (None, 2.0)):
            neuron = Neuron(1, activation=activation)
            set_weights(neuron, [1.0])
            assert neuron([2.0]).data == expected
        assert Neuron(1, activation="linear")([1.0]).op == "+"

    def test_an_activation_may_be_a_module_with_a_parameter_of_its_own(self):
        class PReLU(Module):
            def __init__(self):
                self.slope = Value(0.25)

            def __call__(self, z):
                return z.maximum(0.0) + self.slope * z.minimum(0.0)

        model = MLP(1, [2, 1], activation=PReLU(), init=lambda nin, nout, rng: -1.0)
        assert len(model.parameters()) == 4 + 3 + 1
        y = model(2.0)  # two neurons with z = -2, each 0.25 · (-2) = -0.5; then their sum times -1
        y.backward()
        assert y.data == 1.0
        # ∂y/∂slope = 2 · (-1) · (-2)
        assert dict(model.named_parameters())["layers.0.neurons.0.activation.slope"].grad == 4.0

    def test_without_bias(self):
        neuron = Neuron(2, bias=False, nonlin=False)
        assert neuron.parameters() == neuron.w
        assert neuron.b is None
        assert neuron([1.0, 1.0]).op == "+"
        assert neuron([1.0, 1.0]).data == neuron.w[0].data + neuron.w[1].data

    @pytest.mark.parametrize(
        "x",
        [
            (1.5, -2.0),
            [1.5, Value(-2.0)],
            np.array([1.5, -2.0]),
            list(np.array([1.5, -2.0])),
            map(float, ("1.5", "-2")),
        ],
        ids=["tuple", "mixed", "array", "scalars", "iterator"],
    )
    def test_inputs_may_come_in_any_sequence(self, x):
        neuron = Neuron(2)
        set_weights(neuron, [0.5, -0.25], 0.1)
        assert neuron(x).data == 1.35

    def test_one_input_may_come_without_a_list(self):
        neuron = Neuron(1, nonlin=False)
        assert neuron(2.0).data == neuron([2.0]).data == neuron(Value(2.0)).data

    @pytest.mark.parametrize("x", [[1.0], [1.0, 2.0, 3.0], 1.0, []])
    def test_a_wrong_number_of_inputs_is_an_error_with_both_numbers(self, x):
        n = 1 if isinstance(x, float) else len(x)
        with pytest.raises(ValueError, match=rf"ReLUNeuron\(2\) takes 2 inputs, not {n}"):
            Neuron(2)(x)

    def test_an_activation_that_loses_the_gradient_is_an_error(self):
        with pytest.raises(TypeError, match="not a Value"):
            Neuron(2, activation=math.tanh)([1.0, 2.0])

    def test_what_it_refuses(self):
        with pytest.raises(ValueError, match=r"activation is one of linear, .*relu.*not 'rleu'"):
            Neuron(2, activation="rleu")
        with pytest.raises(ValueError, match="activation is one of"):
            Neuron(2, activation="maximum")
        with pytest.raises(ValueError, match=r"init is one of uniform, .*not 'he'"):
            Neuron(2, init="he")
        with pytest.raises(TypeError, match=r"a seed is an int.*not 'x'"):
            Neuron(2, seed="x")
        for nin in (0, -1, 2.0, True, "2", None):
            with pytest.raises(ValueError, match="nin is a whole number of at least 1"):
                Neuron(nin)


class TestLayerAndMLP:
    def test_a_layer_gives_a_list_and_one_output_bare(self):
        assert [type(y) for y in Layer(2, 3)([1.0, 2.0])] == [Value] * 3
        assert type(Layer(2, 1)([1.0, 2.0])) is Value
        assert type(MLP(2, [3, 1])([1.0, 2.0])) is Value
        assert len(MLP(2, [3, 2])([1.0, 2.0])) == 2

    def test_layers_of_one_neuron_can_follow_each_other(self):
        model = MLP(1, [1, 1], init=lambda nin, nout, rng: 2.0)
        assert model(3.0).data == 12.0

    def test_by_hand(self):
        # Two inputs, three linear neurons, one linear output: 60, 60, 60, then their sum.
        model = MLP(2, [3, 1], activation=None, bias=False)
        for neuron in model.layers[0].neurons:
            set_weights(neuron, [0.5, 0.5])
        set_weights(model.layers[1].neurons[0], [1.0, 1.0, 1.0])
        loss = 0.5 * (60.0 - model([40.0, 80.0])) ** 2
        loss.backward()
        assert loss.data == 7200.0
        assert [p.grad for p in model.parameters()] == [4800.0, 9600.0] * 3 + [7200.0] * 3

    def test_hidden_and_output_activation(self):
        model = MLP(2, [3, 3, 2], activation="tanh", output_activation="sigmoid")
        x = [1.0, 2.0]
        for layer, op in zip(model.layers, ("tanh", "tanh", "sigmoid")):
            x = layer(x)
            assert {y.op for y in x} == {op}

    @pytest.mark.parametrize("x", [[1.0], [1.0, 2.0, 3.0]])
    def test_a_wrong_number_of_inputs_is_an_error_with_both_numbers(self, x):
        for model in (Layer(2, 3), MLP(2, [3, 1])):
            with pytest.raises(ValueError, match=f"takes 2 inputs, not {len(x)}"):
                model(x)

    def test_an_iterator_of_inputs_reaches_every_neuron(self):
        model = MLP(2, [3, 1], seed=0)
        assert model(iter([1.0, 2.0])).data == model([1.0, 2.0]).data

    @pytest.mark.parametrize("nouts", [16, [], "16", None])
    def test_layer_sizes_are_a_list(self, nouts):
        with pytest.raises(TypeError, match=r"layer sizes such as \[16, 16, 1\]"):
            MLP(2, nouts)

    def test_layer_sizes_are_positive_whole_numbers(self):
        assert len(MLP(2, (3, np.int64(2)))([1.0, 2.0])) == 2
        for size in (0, -3, 1.5):
            with pytest.raises(ValueError, match=f"nout is a whole number.*not {size}"):
                MLP(2, [size, 1])
        with pytest.raises(ValueError, match="nin is a whole number"):
            MLP(0, [1])

    def test_repr_is_micrograds_and_short_for_many_neurons(self):
        assert (
            repr(MLP(2, [1, 1])) == "MLP of [Layer of [ReLUNeuron(2)], Layer of [LinearNeuron(1)]]"
        )
        assert repr(Layer(784, 1000, activation="leaky_relu")) == (
            "Layer of [1000 × LeakyReLUNeuron(784)]"
        )
        assert repr(Neuron(3, activation=sigmoid)) == "SigmoidNeuron(3)"
        assert repr(Neuron(3, activation="linear")) == "LinearNeuron(3)"


class TestInitialWeights:
    def test_a_seed_decides_them(self):
        def weights(**options):
            return [p.data for p in MLP(3, [4, 2], **options).parameters()]

        assert weights(seed=7) == weights(seed=7) == weights(seed=random.Random(7))
        assert weights(seed=7) != weights(seed=8)
        random.seed(7)
        shared = weights()
        random.seed(7)
        assert weights() == shared == weights(seed=7)

    def test_neurons_and_layers_draw_different_weights(self):
        weights = [
            w.data for layer in MLP(4, [4, 4], seed=0).layers for n in layer.neurons for w in n.w
        ]
        assert len(set(weights)) == len(weights)

    def test_the_caller_may_draw_on_from_the_same_generator(self):
        rng = random.Random(3)
        first, second = Neuron(2, seed=rng), Neuron(2, seed=rng)
        assert [w.data for w in first.w] != [w.data for w in second.w]

    @pytest.mark.parametrize(
        ("init", "low", "high", "deviation"),
        [
            ("uniform", -1.0, 1.0, 1.0 / math.sqrt(3.0)),
            ("normal", -6.0, 6.0, 1.0),
            # U(-a, a) with a = √(6/(50 + 100)) = 0.2 has the standard deviation a/√3
            ("xavier", -0.2, 0.2, 0.2 / math.sqrt(3.0)),
            # √(2/50) = 0.2
            ("kaiming", -1.2, 1.2, 0.2),
            ("zeros", 0.0, 0.0, 0.0),
        ],
    )
    def test_their_distribution(self, init, low, high, deviation):
        layer = Layer(50, 100, init=init, seed=0)
        weights = [w.data for neuron in layer.neurons for w in neuron.w]
        assert low <= min(weights)
        assert max(weights) <= high
        # 5000 draws: the mean is within 4 standard errors, the deviation within 5 %.
        assert abs(statistics.fmean(weights)) <= 4.0 * deviation / math.sqrt(5000.0)
        assert statistics.pstdev(weights) == pytest.approx(deviation, rel=0.05)
        assert all(neuron.b.data == 0.0 for neuron in layer.neurons)

    def test_a_callable_gets_both_sizes_and_the_generator(self):
        calls = []

        def init(nin, nout, rng):
            calls.append((nin, nout))
            return rng.random()

        model = MLP(3, [2, 1], init=init, seed=5)
        assert calls == [(3, 2)] * 6 + [(2, 1)] * 2
        rng = random.Random(5)
        weights = [w.data for layer in model.layers for n in layer.neurons for w in n.w]
        assert weights == [rng.random() for _ in range(8)]


class Net(Module):
    """As a learner writes it: no super().__init__(), parameters kept anywhere."""

    def __init__(self):
        self.scale = Value(2.0, label="scale")
        self.name = "a net"
        self.heads = {"left": Neuron(2), "right": (Neuron(2), Value(1.0))}
        self.hidden = Layer(2, 2, bias=False)
        self.seen = None

    def __call__(self, x):
        self.seen = self.scale * self.heads["left"](x)
        return self.seen


class TestModule:
    def test_names_of_an_mlp(self):
        names = [name for name, _ in MLP(2, [3, 1]).named_parameters()]
        assert names[:3] == [
            "layers.0.neurons.0.w.0",
            "layers.0.neurons.0.w.1",
            "layers.0.neurons.0.b",
        ]
        assert "layers.0.neurons.2.w.1" in names
        assert names[-1] == "layers.1.neurons.0.b"
        assert len(names) == 3 * 3 + 4

    def test_values_and_modules_are_found_in_attributes_lists_tuples_and_dicts(self):
        net = Net()
        assert [name for name, _ in net.named_parameters()] == [
            "scale",
            "heads.left.w.0",
            "heads.left.w.1",
            "heads.left.b",
            "heads.right.0.w.0",
            "heads.right.0.w.1",
            "heads.right.0.b",
            "heads.right.1",
            "hidden.neurons.0.w.0",
            "hidden.neurons.0.w.1",
            "hidden.neurons.1.w.0",
            "hidden.neurons.1.w.1",
        ]
        assert [name for name, _ in net.named_modules()] == [
            "",
            "heads.left",
            "heads.right.0",
            "hidden",
            "hidden.neurons.0",
            "hidden.neurons.1",
        ]
        assert net.parameters() == [p for _, p in net.named_parameters()]

    def test_a_computed_value_is_no_parameter(self):
        net = Net()
        before = net.parameters()
        net([1.0, 2.0])
        assert net.seen.op == "*"
        assert net.parameters() == before

    def test_what_is_shared_is_counted_once_and_a_cycle_ends(self):
        model = MLP(2, [2, 2])
        model.layers[1] = model.layers[0]
        model.parent = [model]
        assert len(model.parameters()) == len(model.named_parameters()) == 6
        assert len(model.named_modules()) == 4

    def test_a_subclass_of_a_ready_made_module_keeps_its_own_parameters(self):
        class Scaled(Neuron):
            def __init__(self, nin):
                super().__init__(nin)
                self.scale = Value(1.0)

        assert [name for name, _ in Scaled(1).named_parameters()] == ["w.0", "b", "scale"]
        assert len(Scaled(1).parameters()) == 3

    def test_a_subclass_may_define_parameters_as_micrograd_does(self):
        class Two(Module):
            def __init__(self):
                self.a, self.b = Neuron(1), Neuron(1)

            def parameters(self):
                return self.a.parameters()

        two = Two()
        for p in two.a.parameters() + two.b.parameters():
            p.grad = 1.0
        two.zero_grad()
        assert [p.grad for p in two.a.parameters() + two.b.parameters()] == [0.0, 0.0, 1.0, 1.0]

    def test_zero_grad(self):
        net = Net()
        net([1.0, 2.0]).backward()
        net.heads["right"][1].grad = 5.0
        net.zero_grad()
        assert all(p.grad == 0.0 for p in net.parameters())

    def test_repr(self):
        class Empty(Module):
            pass

        class Deep(Module):
            def __init__(self):
                self.blocks = [Layer(2, 3), Layer(3, 3)]
                self.out = Neuron(3, nonlin=False)
                self.gain = Value(1.0)
                self.parent = self

        assert repr(Empty()) == "Empty(0 parameters)"
        assert repr(Deep()) == (
            "Deep(blocks=[Layer of [3 × ReLUNeuron(2)], Layer of [3 × ReLUNeuron(3)]], "
            "out=LinearNeuron(3), parent=..., 26 parameters)"
        )

    def test_a_model_can_be_copied_and_pickled(self):
        model = MLP(2, [3, 1], activation="tanh", seed=1)
        for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert twin([1.0, 2.0]).data == model([1.0, 2.0]).data
            assert not set(twin.parameters()) & set(model.parameters())
            assert twin in live_modules()


class TestLiveModules:
    def test_every_module_is_among_them_until_it_is_gone(self):
        @dataclass
        class Pair(Module):  # a dataclass has no hash
            a: Neuron

        gc.collect()
        before = live_modules()
        model, pair = MLP(2, [2, 1]), Pair(Neuron(1))
        added = live_modules()[len(before) :]
        assert added[0] is model
        assert added[-1] is pair
        assert {id(m) for m in added} == {
            id(m) for m in (*dict(model.named_modules()).values(), pair, pair.a)
        }
        del model, pair, added
        gc.collect()
        assert len(live_modules()) == len(before)


def test_the_activation_may_be_given_without_its_name():
    short = MLP(2, [3, 1], "tanh", seed=0)
    long = MLP(2, [3, 1], activation="tanh", seed=0)
    assert short([1.0, -2.0]).data == long([1.0, -2.0]).data
    assert repr(short) == repr(long)
