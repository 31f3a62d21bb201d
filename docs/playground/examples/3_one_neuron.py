# One neuron learns | 一个神经元的学习
from tinygrad_edu import Value

w, b = Value(0.1, label="w"), Value(0.0, label="b")
points = [(-2.0, 0.0), (-1.0, 0.0), (0.5, 1.0), (2.0, 1.0)]

for step in range(20):
    loss = sum(((w * x + b).sigmoid() - y) ** 2 for x, y in points) / 4
    w.grad = b.grad = 0.0
    loss.backward()
    w.data -= 2.0 * w.grad
    b.data -= 2.0 * b.grad
    print(f"step {step:2}  loss {loss.data:.4f}  w {w.data:.3f}  b {b.data:.3f}")
