# XOR with a hidden layer | 用隐藏层解决异或
from tinygrad_edu.data import xor
from tinygrad_edu.losses import mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import Adam
from tinygrad_edu.training import fit
from tinygrad_edu.view import draw_network

X, y = xor()
model = MLP(2, [4, 1], activation="tanh", seed=0)
history = fit(model, X, y, loss=mse_loss, optimizer=Adam(model.parameters(), lr=0.05), epochs=150)
for x, target in zip(X, y):
    print(x, "→", round(model(x).data, 3), "  y =", target)

# The losses are in "Loss"; the network, with its weights: | 损失曲线在“损失”里；这是网络和权重：
draw_network(model, [1.0, 0.0])
