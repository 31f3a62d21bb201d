"""State dicts and files of weights: as PyTorch has them, all or nothing, the same bits."""

import math
import random
import struct

import numpy as np
import pytest

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP, Layer, Module, Neuron
from tinygrad_edu.tensors import TensorFileError, elements, read_tensors, shape_of, write_tensors

safetensors = pytest.importorskip("safetensors", reason="files of weights are safetensors")


class Attention(Module):
    """A net of one's own: parameters in matrices, vectors, alone, and in other modules."""

    def __init__(self):
        self.query = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)], [Value(5.0), Value(6.0)]]
        self.scale = Value(0.5)
        self.ragged = [[Value(7.0)], [Value(8.0), Value(9.0)]]
        self.norm = {"gain": [Value(1.5), Value(2.5)]}
        self.head = MLP(2, [2, 1], activation="tanh", seed=0)
        self.blocks = [Neuron(1, seed=1), Neuron(1, bias=False, seed=2)]
        self.width = 3


def numbers(model):
    return [p.data for p in model.parameters()]


def test_only_activations_that_there_are_count_among_the_modules():
    names = ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert list(MLP(2, [2, 1], activation="linear").state_dict()) == names
    assert list(MLP(2, [2, 1]).state_dict()) == [n.replace("1.", "2.") for n in names]


def test_a_layer_is_pytorchs_linear():
    layer = Layer(2, 3, seed=0)
    rows = [[w.data for w in neuron.w] for neuron in layer.neurons]
    assert layer.state_dict() == {"weight": rows, "bias": [0.0, 0.0, 0.0]}
    assert Layer(2, 3, bias=False, seed=0).state_dict() == {"weight": rows}


def test_attributes_are_tensors_of_their_names():
    state = Attention().state_dict()
    assert {name: shape_of(tensor) for name, tensor in state.items()} == {
        "query": (3, 2),
        "scale": (),
        "ragged.0": (1,),
        "ragged.1": (2,),
        "norm.gain": (2,),
        "head.0.weight": (2, 2),
        "head.0.bias": (2,),
        "head.2.weight": (1, 2),
        "head.2.bias": (1,),
        "blocks.0.weight": (1, 1),
        "blocks.0.bias": (1,),
        "blocks.1.weight": (1, 1),
    }
    assert state["query"] == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


def test_every_parameter_is_in_a_tensor_and_cycles_end():
    model = Attention()
    model.blocks.append(Neuron(2, activation=Neuron(1)))  # an activation with parameters
    model.head.above = model
    tensors = model.tensors().values()
    assert {p for tensor in tensors for p in elements(tensor)} == set(model.parameters())


def test_a_state_moves_to_another_model():
    first, second = Attention(), Attention()
    for i, p in enumerate(first.parameters()):
        p.data = i / 3.0
    assert not any(second.load_state_dict(first.state_dict()))
    assert numbers(second) == numbers(first)
    arrays = {name: np.array(tensor, "float32") for name, tensor in first.state_dict().items()}
    second.load_state_dict(arrays)
    assert numbers(second) == [float(np.float32(x)) for x in numbers(first)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("scale"), "it lacks scale"),
        (lambda s: s.update(more=1.0), "the model has no more"),
        (lambda s: s.update(scale=[1.0]), r"scale has the shape \(\) here, not \(1,\)"),
        (lambda s: s.update(query=[[1.0], [2.0, 3.0]]), "query is not a tensor of numbers"),
        (lambda s: s.update(scale="0.5"), "scale is not a tensor of numbers"),
        (lambda s: s.update(scale=None), "scale is not a tensor of numbers"),
    ],
)
def test_what_does_not_fit_changes_nothing(change, message):
    model = Attention()
    before, state = numbers(model), Attention().state_dict()
    state["query"] = [[0.0, 0.0]] * 3
    change(state)
    with pytest.raises(ValueError, match=message):
        model.load_state_dict(state)
    assert numbers(model) == before
    with pytest.raises(TypeError, match="a state is a dict of tensors by name, not 5"):
        model.load_state_dict(5)


def test_not_strict_says_what_it_left_out():
    model = Attention()
    difference = model.load_state_dict({"scale": 9.0, "other": 1.0}, strict=False)
    assert model.scale.data == 9.0
    assert "query" in difference.missing_keys
    assert difference.unexpected_keys == ["other"]


def test_a_shared_parameter_has_one_number():
    class Tied(Module):
        def __init__(self):
            self.a = Value(1.0)
            self.b = self.a

    model = Tied()
    assert model.state_dict() == {"a": 1.0, "b": 1.0}
    model.load_state_dict({"a": 3.0, "b": 3.0})
    with pytest.raises(ValueError, match=r"b gives a shared parameter 5\.0, not 4\.0"):
        model.load_state_dict({"a": 4.0, "b": 5.0})
    assert model.a.data == 3.0


class TestFiles:
    ODD = (-0.0, 5e-324, -math.inf, math.nan, 1.7976931348623157e308, 0.1, 1 / 3)

    def test_bits_survive(self, tmp_path):
        first, second = Attention(), Attention()
        for p, x in zip(first.parameters(), self.ODD * 9):
            p.data = x
        first.save(tmp_path / "a.safetensors")
        second.load(tmp_path / "a.safetensors")
        assert [struct.pack("d", x) for x in numbers(second)] == [
            struct.pack("d", x) for x in numbers(first)
        ]

    def test_what_is_said_of_them_comes_back(self, tmp_path):
        MLP(1, [1]).save(tmp_path / "m.safetensors", classes=["a", "β"], seed=3)
        _, said = read_tensors(tmp_path / "m.safetensors")
        assert said == {"classes": ["a", "β"], "seed": 3}

    def test_pytorch_takes_them_and_gives_them_back(self, tmp_path):
        torch = pytest.importorskip("torch", reason="PyTorch is the oracle here")
        from safetensors.torch import load_file, save_file

        model = MLP(2, [3, 4, 2], activation="tanh", output_activation="sigmoid", seed=4)
        for p in model.parameters():
            p.data += 0.25
        linear, tanh, sigmoid = torch.nn.Linear, torch.nn.Tanh, torch.nn.Sigmoid
        net = torch.nn.Sequential(
            linear(2, 3), tanh(), linear(3, 4), tanh(), linear(4, 2), sigmoid()
        ).double()
        model.save(tmp_path / "ours.safetensors")
        net.load_state_dict(load_file(tmp_path / "ours.safetensors"))
        x = [0.3, -1.7]
        theirs = net(torch.tensor(x, dtype=torch.float64)).tolist()
        assert [y.data for y in model(x)] == pytest.approx(theirs, rel=1e-14)

        with torch.no_grad():
            for p in net.parameters():
                p.mul_(-1.5)
        save_file(net.state_dict(), tmp_path / "theirs.safetensors")
        model.load(tmp_path / "theirs.safetensors")
        theirs = net(torch.tensor(x, dtype=torch.float64)).tolist()
        assert [y.data for y in model(x)] == pytest.approx(theirs, rel=1e-14)
        save_file(net.half().state_dict(), tmp_path / "half.safetensors")
        model.load(tmp_path / "half.safetensors")
        assert numbers(model)[0] == net[0].weight[0, 0].item()

    def test_a_file_that_is_missing_or_is_none(self, tmp_path):
        with pytest.raises(FileNotFoundError, match="nowhere"):
            MLP(1, [1]).load(tmp_path / "nowhere.safetensors")
        with pytest.raises(TensorFileError, match="is not a file"):
            MLP(1, [1]).load(tmp_path)
        (tmp_path / "text").write_text("hello")
        with pytest.raises(TensorFileError, match="text is no whole safetensors file"):
            MLP(1, [1]).load(tmp_path / "text")

    def test_a_file_of_another_model_is_named(self, tmp_path):
        MLP(2, [2]).save(tmp_path / "two.safetensors")
        with pytest.raises(ValueError, match=r"two\.safetensors: 0\.weight has the shape \(2, 3\)"):
            MLP(3, [2]).load(tmp_path / "two.safetensors")
        with pytest.raises(ValueError, match=r"two\.safetensors: the state does not fit: it lacks"):
            MLP(2, [2, 1]).load(tmp_path / "two.safetensors")

    @pytest.mark.parametrize("kind", ["bool", "complex64"])
    def test_what_is_no_real_number_is_refused(self, kind, tmp_path):
        from safetensors.numpy import save_file

        save_file({"0.weight": np.ones((1, 1), kind), "0.bias": np.zeros(1)}, tmp_path / "b")
        with pytest.raises(TensorFileError, match=f"b: 0\\.weight holds {kind}, not real numbers"):
            MLP(1, [1]).load(tmp_path / "b")

    def test_corrupted_files_are_refused_whole_or_load_whole(self, tmp_path):
        """Ten thousand files with bytes changed, cut or added: an error, or numbers that fit."""
        model = MLP(2, [3, 1], seed=0)
        file = tmp_path / "m.safetensors"
        model.save(file, note="x")
        good, rng = file.read_bytes(), random.Random(0)
        header = 8 + int.from_bytes(good[:8], "little")
        refused = 0
        for _ in range(10_000):
            bad = bytearray(good)
            kind = rng.randrange(4)
            if kind == 0:
                del bad[rng.randrange(len(bad)) :]
            elif kind == 1:
                bad += rng.randbytes(rng.randint(1, 9))
            else:
                reach = header if kind == 2 else len(bad)
                for _ in range(rng.randint(1, 4)):
                    bad[rng.randrange(reach)] = rng.randrange(256)
            file.write_bytes(bad)
            before = numbers(model)
            complaint = ""
            try:
                model.load(file)
            except ValueError as error:
                complaint = str(error)
            if complaint:
                refused += 1
                assert str(file) in complaint
                after = numbers(model)
                assert list(map(struct.Struct("d").pack, after)) == list(
                    map(struct.Struct("d").pack, before)
                )
        assert refused > 5000

    def test_a_failed_write_leaves_the_old_file(self, tmp_path):
        file = tmp_path / "m.safetensors"
        write_tensors(file, {"a": [1.0]})
        with pytest.raises(TypeError, match="not JSON serializable"):
            write_tensors(file, {"a": [2.0]}, {"note": object()})
        assert read_tensors(file) == ({"a": [1.0]}, {})
