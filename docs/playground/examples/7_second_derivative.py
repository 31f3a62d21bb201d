# Derivatives of derivatives | 高阶导数
from tinygrad_edu import Value
from tinygrad_edu.calculus import gradients

x = Value(0.5, label="x")
y = x.tanh()
[first] = gradients(y, [x])
[second] = gradients(first, [x])
print("y   =", y.data)
print("y'  =", first.data)
print("y'' =", second.data, "= -2 y y' =", -2 * y.data * first.data)
