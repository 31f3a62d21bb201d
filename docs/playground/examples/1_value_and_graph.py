# A value and its graph | 数值与计算图
from tinygrad_edu import Value

a = Value(2.0, label="a")
b = Value(-3.0, label="b")
p = a * b
p.label = "p"
L = p + a
L.label = "L"

L.backward()
print("L =", L.data)
print("∂L/∂a =", a.grad, "  ∂L/∂b =", b.grad)

# a is used twice, so two contributions meet in its gradient. | a 用了两次，两份贡献在梯度里相加。
# See "Graph", and step through it in "Explorer". | 看“计算图”，再到“逐步演示”里一步一步走。
L
