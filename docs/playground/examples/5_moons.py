# Two moons | 双月数据
from tinygrad_edu.data import moons
from tinygrad_edu.losses import hinge_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.optim import SGD
from tinygrad_edu.training import fit

X, y = moons(60, noise=0.1, seed=0)
y = [2 * label - 1 for label in y]  # the hinge loss takes -1 and 1 | 合页损失的目标值是 -1 和 1
model = MLP(2, [8, 8, 1], seed=0)
history = fit(
    model,
    X,
    y,
    loss=hinge_loss,
    optimizer=SGD(model.parameters(), lr=0.1),
    epochs=30,
    backend="replay",
)
right = sum((model(x).data > 0) == (target > 0) for x, target in zip(X, y))
print(right, "/", len(X))  # points on their side | 落在自己一侧的点
history
