"""Graphs with long lines: many samples, many classes, many factors, long labels."""

from __future__ import annotations

import math

from tinygrad_edu import Value
from tinygrad_edu.losses import binary_cross_entropy_with_logits, cross_entropy, kl_div, mse_loss
from tinygrad_edu.nn import MLP


def a_line_through_twelve_points():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    return mse_loss([w * x + b for x in range(12)], [0.3 * i + 0.1 for i in range(12)])


def twelve_named_points():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    points = [(Value(i / 7, f"x{i}"), Value(0.3 * i, f"y{i}")) for i in range(12)]
    return mse_loss([w * x + b for x, _ in points], [y for _, y in points])


def six_classes():
    return cross_entropy([Value(0.3 * i - 0.7, f"z{i + 1}") for i in range(6)], 2)


def a_softmax_by_hand():
    powers = [Value(0.3 * i - 0.7, f"score_{i + 1}").exp() for i in range(6)]
    p = powers[2] / sum(powers[1:], powers[0])
    p.label = "p"
    return -p.log()


def a_deep_network():
    model = MLP(2, [3, 3, 3, 1], activation="tanh", seed=1)
    return mse_loss([model([0.5, -1.0])], [1.0])


def a_network_of_six_classes():
    model = MLP(2, [4, 6], activation="tanh", seed=3)
    return cross_entropy([model([0.5, -1.0])], [2])


def many_factors():
    return math.prod([Value(1 + 0.1 * i, f"x{i + 1}") for i in range(25)], start=1.0)


def sums_over_sums():
    xs = [Value(1 + 0.1 * i, f"x{i + 1}") for i in range(16)]
    return (sum(xs[1:8], xs[0]) * sum(xs[9:], xs[8])).sqrt() / sum(x * x for x in xs)


def long_labels():
    n = Value(2.0, "number of observations")
    rate, decay = Value(3.0, "rate_of_learning"), Value(0.5, "weight_decay")
    return (n * rate + decay * n - rate / decay) * (n + rate + decay) / (n * rate * decay)


def chinese_labels():
    w, x, b = Value(0.5, "第一层的权重"), Value(1.5, "归一化的输入"), Value(0.1, "偏置")
    return ((w * x + b).tanh() * w - b * x) ** 2 / (w * w + x * x + b * b)


def many_divergences():
    return kl_div([Value(-0.5 * i, f"q{i}") for i in range(1, 7)], [0.1, 0.2, 0.3, 0.1, 0.2, 0.1])


def many_logits():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    logits = [w * (0.5 * x) + b for x in range(4)]
    return binary_cross_entropy_with_logits(logits, [1.0, 0.0, 1.0, 0.0])


def functions_of_sums():
    xs = [Value(0.1 * i, f"x_{i + 1}") for i in range(9)]
    total = sum(x * x.sin() for x in xs)
    return (abs(total - 7.0) + (total / 3.0).exp()).log() * (1.0 + total).cos()


GRAPHS = (
    *(a_line_through_twelve_points, twelve_named_points, six_classes, a_softmax_by_hand),
    *(a_deep_network, a_network_of_six_classes, many_factors, sums_over_sums, long_labels),
    *(chinese_labels, many_divergences, many_logits, functions_of_sums),
)
