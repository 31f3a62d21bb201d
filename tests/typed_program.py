"""A user's program, as type checkers read it: tests/test_typing.py says what they must find."""

from typing import assert_type

from tinygrad_edu import Value, __version__, tanh
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP, Layer, Neuron
from tinygrad_edu.optim import SGD

a = Value(2.0, label="a")
b = Value(-3.0, label="b")
y = (a * b + a).tanh()
assert_type(y, Value)
y.backward()

assert_type(a.grad, float)
assert_type(tanh(a), Value)
assert_type(a.exp().log().relu().sigmoid(), Value)
assert_type(a.maximum(b), Value)
assert_type(a.leaky_relu(negative_slope=0.1), Value)
assert_type(abs(-a), Value)
assert_type(a < b, bool)
name: str = __version__

z: Value = 2 * a + b / 3 - a**2
z = 1.0 - 2.0 / z + z**b + 2.0**z
sign: float = z.data
z.backward()

neuron = Neuron(2, seed=0)
assert_type(neuron([1.0, a]), Value)
assert_type(MLP(2, [3, 1], seed=0)([1.0, a]), Value | list[Value])
assert_type(MLP(2, [3, 1], "tanh", seed=0).outputs([1.0, a]), list[Value])
assert_type(Layer(2, 3, seed=0)([1.0, a]), Value | list[Value])

model = MLP(2, [3, 1], seed=0)
optimizer = SGD(model.parameters(), lr=0.1)
for _ in range(3):
    loss = mse_loss([model(x) for x in ([1.0, 2.0], [0.0, 1.0])], [1.0, 0.0])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

[prediction] = model.outputs([1.0, 2.0])
assert_type((prediction - 1.0) ** 2, Value)
