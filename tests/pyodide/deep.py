"""A chain of a million operations: built, differentiated and freed."""

from tinygrad_edu import Value

x = Value(1.0)
y = x
for _ in range(500_000):
    y = y * 0.9999999 + x
y.backward()
grad = x.grad
del y
print("freed", grad)
