# The chain rule, checked | 链式法则，自动批改
from tinygrad_edu import Value
from tinygrad_edu.teach import check_gradients

w, x, b = Value(0.5, label="w"), Value(2.0, label="x"), Value(-0.3, label="b")
z = w * x + b
z.label = "z"
a = z.sigmoid()
a.label = "a"
L = (a - 1) ** 2 / 2
L.label = "L"

# Work the gradients out on paper, and hand them in. | 在纸上算出梯度，写在这里。
mine = {"a": -0.332, "z": -0.332, "w": -0.664}
print(check_gradients(L, mine))
