"""Start here: gradients worked out on paper, and the engine's beside them.

Each test is an exercise with its solution. The numbers are chosen so that the working fits in a
comment and comes out exact in binary, so most comparisons are plain ==. First single rules, then
what goes wrong most often, then the six worked systems of `tinygrad_edu.systems`.
"""

import math

import pytest

from tinygrad_edu import Value, log, relu, sigmoid, tanh
from tinygrad_edu.losses import cross_entropy, mse_loss, quadratic_cost
from tinygrad_edu.nn import MLP
from tinygrad_edu.systems import chain_111, delta_231, linear_231, logistic
from tinygrad_edu.systems.graphs import labelled


def grads(*values):
    return [v.grad for v in values]


# One rule at a time


def test_sum_and_product():
    # y = a·b + c        ∂y/∂a = b = -3        ∂y/∂b = a = 2        ∂y/∂c = 1
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    y = a * b + c
    y.backward()
    assert y.data == 4.0
    assert grads(a, b, c) == [-3.0, 2.0, 1.0]


def test_difference_and_quotient():
    # y = (a - b)/c = (5 - 1)/2 = 2
    # ∂y/∂a = 1/c = ½        ∂y/∂b = -1/c = -½        ∂y/∂c = -(a - b)/c² = -4/4 = -1
    a, b, c = Value(5.0), Value(1.0), Value(2.0)
    y = (a - b) / c
    y.backward()
    assert y.data == 2.0
    assert grads(a, b, c) == [0.5, -0.5, -1.0]


def test_power():
    # y = x³        ∂y/∂x = 3x² = 3·4 = 12
    x = Value(2.0)
    y = x**3
    y.backward()
    assert y.data == 8.0
    assert x.grad == 12.0


def test_power_of_a_value():
    # y = aᵇ = 2³        ∂y/∂a = b·aᵇ⁻¹ = 3·4 = 12        ∂y/∂b = aᵇ·ln a = 8·ln 2
    a, b = Value(2.0), Value(3.0)
    (a**b).backward()
    assert grads(a, b) == [12.0, 8.0 * math.log(2.0)]


def test_relu():
    # relu(x) = x above 0, with slope 1; 0 below, with slope 0; at the kink the slope is taken as 0
    for x, y, slope in [(3.0, 3.0, 1.0), (-3.0, 0.0, 0.0), (0.0, 0.0, 0.0)]:
        v = Value(x)
        out = relu(v)
        out.backward()
        assert (out.data, v.grad) == (y, slope)


def test_logarithm():
    # y = ln x        ∂y/∂x = 1/x = ¼
    x = Value(4.0)
    log(x).backward()
    assert x.grad == 0.25


def test_sigmoid():
    # σ(ln 3) = 1/(1 + e^-ln 3) = 1/(1 + ⅓) = ¾        σ′ = σ(1 - σ) = ¾·¼ = 3/16
    x = Value(math.log(3.0))
    y = sigmoid(x)
    y.backward()
    assert y.data == pytest.approx(3 / 4, rel=1e-15)
    assert x.grad == pytest.approx(3 / 16, rel=1e-15)


def test_tanh_neuron():
    # o = tanh(n) with n = x₁w₁ + x₂w₂ + b = -6 + 0 + b. The bias is such that tanh n = 1/√2,
    # so ∂o/∂n = 1 - tanh² n = ½, and by the chain rule each gradient is ½ times the other factor:
    # ∂o/∂x₁ = ½·w₁ = -1½    ∂o/∂w₁ = ½·x₁ = 1    ∂o/∂x₂ = ½·w₂ = ½    ∂o/∂w₂ = ½·x₂ = 0
    x1, x2, w1, w2 = Value(2.0), Value(0.0), Value(-3.0), Value(1.0)
    b = Value(6.0 + math.atanh(math.sqrt(0.5)))
    o = tanh(x1 * w1 + x2 * w2 + b)
    o.backward()
    assert o.data == pytest.approx(math.sqrt(0.5), rel=1e-14)
    assert grads(x1, w1, x2, w2, b) == pytest.approx([-1.5, 1.0, 0.5, 0.0, 0.5], rel=1e-14)


# What goes wrong most often


def test_a_value_used_twice_gets_the_sum_of_both_paths():
    # y = a + a            ∂y/∂a = 1 + 1 = 2
    # y = a·a              ∂y/∂a = a + a = 6 (the rule of a product, with both factors the same)
    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2.0
    a = Value(3.0)
    (a * a).backward()
    assert a.grad == 6.0


def test_a_path_of_its_own_beside_a_path_through_a_node():
    # z = a·b, y = z·a        y = a²b        ∂y/∂a = 2ab = 12        ∂y/∂b = a² = 4
    # By paths: ∂y/∂a directly is z = 6, and through z it is ∂y/∂z·∂z/∂a = a·b = 6.
    a, b = Value(2.0), Value(3.0)
    z = a * b
    y = z * a
    y.backward()
    assert z.grad == 2.0  # ∂y/∂z = a
    assert grads(a, b) == [12.0, 4.0]


def test_gradients_of_leaves_accumulate_over_calls_those_of_nodes_do_not():
    # The same graph again: leaves hold twice the gradient, z holds that of one call.
    a, b = Value(2.0), Value(3.0)
    z = a * b
    y = z * a
    y.backward()
    y.backward()
    assert grads(a, b) == [24.0, 8.0]
    assert z.grad == 2.0


def test_the_slope_belongs_to_the_point_where_it_was_recorded():
    # y = x² at x = 3 has the slope 6, whatever x is set to after the forward pass.
    x = Value(3.0)
    y = x * x
    x.data = 100.0
    y.backward()
    assert x.grad == 6.0


def test_softmax_with_cross_entropy():
    # Logits (0, ln 3): e⁰ = 1 and e^ln 3 = 3, so p = (¼, ¾). Of class 0 the loss is -ln ¼ = ln 4,
    # and its gradient is p - (1, 0) = (-¾, ¾).
    logits = [Value(0.0), Value(math.log(3.0))]
    loss = cross_entropy([logits], [0])
    loss.backward()
    assert loss.data == pytest.approx(math.log(4.0), rel=1e-15)
    assert grads(*logits) == pytest.approx([-0.75, 0.75], rel=1e-15)


# System 1: two inputs, three linear neurons, one linear output


def test_system_1_linear_231():
    # zⱼ = w′ⱼ₁x₁ + w′ⱼ₂x₂ = ½·40 + ½·80 = 60, for j = 1, 2, 3
    # ŷ  = 1·60 + 1·60 + 1·60 = 180
    # L  = ½(y - ŷ)² = ½(60 - 180)² = ½·14400 = 7200
    network = linear_231.Network()
    run = network()
    assert [z.data for z in run.z] == [60.0, 60.0, 60.0]
    assert run.prediction.data == 180.0
    assert run.loss.data == 7200.0

    # ∂L/∂ŷ    = -(y - ŷ) = ŷ - y                  = 120
    # ∂L/∂w″₁ⱼ = ∂L/∂ŷ · ∂ŷ/∂w″₁ⱼ = 120 · zⱼ       = 120 · 60     = 7200
    # ∂L/∂zⱼ   = ∂L/∂ŷ · ∂ŷ/∂zⱼ   = 120 · w″₁ⱼ     = 120 · 1      = 120
    # ∂L/∂w′ⱼ₁ = ∂L/∂zⱼ · ∂zⱼ/∂w′ⱼ₁ = 120 · x₁     = 120 · 40     = 4800
    # ∂L/∂w′ⱼ₂ = ∂L/∂zⱼ · ∂zⱼ/∂w′ⱼ₂ = 120 · x₂     = 120 · 80     = 9600
    run.loss.backward()
    assert run.prediction.grad == 120.0
    assert grads(*network.output) == [7200.0, 7200.0, 7200.0]
    assert grads(*run.z) == [120.0, 120.0, 120.0]
    assert [grads(*row) for row in network.hidden] == [[4800.0, 9600.0]] * 3

    # One step at the learning rate 10⁻⁵:
    # w″ ← 1 - 0.072 = 0.928        w′ⱼ₁ ← 0.5 - 0.048 = 0.452        w′ⱼ₂ ← 0.5 - 0.096 = 0.404
    for w in network.parameters():
        w.data -= 1e-5 * w.grad
    assert [w.data for w in network.output] == pytest.approx([0.928] * 3, rel=1e-15)
    for row in network.hidden:
        assert [w.data for w in row] == pytest.approx([0.452, 0.404], rel=1e-15)

    # The next forward pass: zⱼ = 0.452·40 + 0.404·80 = 18.08 + 32.32 = 50.4
    # ŷ = 3·0.928·50.4 = 140.3136        L = ½·80.3136² = 3225.13717248
    run = network()
    assert run.prediction.data == pytest.approx(140.3136, rel=1e-15)
    assert run.loss.data == pytest.approx(3225.13717248, rel=1e-14)


# System 2: one neuron a layer


def test_system_2_chain_111():
    # x = 2, y = 1, w₁ = ½, w₂ = 3:    z₁ = ½·2 = 1    ŷ = 3·1 = 3    L = ½(1 - 3)² = 2
    loss = chain_111.graph(x=2.0, y=1.0, w1=0.5, w2=3.0)
    assert loss.data == 2.0

    # ∂L/∂w₂ = ∂L/∂ŷ · ∂ŷ/∂w₂            = -(y - ŷ) · z₁     = 2 · 1     = 2
    # ∂L/∂w₁ = ∂L/∂ŷ · ∂ŷ/∂z₁ · ∂z₁/∂w₁  = -(y - ŷ) · w₂ · x = 2 · 3 · 2 = 12
    loss.backward()
    values = labelled(loss)
    assert values["w₂"].grad == 2.0
    assert values["w₁"].grad == 12.0


# System 3: one sigmoid neuron with binary cross-entropy


def test_system_3_logistic():
    # z = 0.5·1.5 + (-0.25)·(-2) + 0.1 = 0.75 + 0.5 + 0.1 = 1.35
    # a = σ(1.35) = 1/(1 + e^-1.35) = 1/1.2592402606 = 0.7941296282
    # y = 1, so J = -ln a = 0.2305085714
    cost = logistic.graph()
    values = labelled(cost)
    assert values["z"].data == pytest.approx(1.35, rel=1e-15)
    assert values["a"].data == 0.7941296281990528
    assert cost.data == pytest.approx(0.2305085713638753, rel=1e-15)

    # ∂J/∂a = -y/a + (1-y)/(1-a) and ∂a/∂z = a(1-a), so
    # ∂J/∂z = -y(1-a) + (1-y)a = a - y            = 0.7941296282 - 1 = -0.2058703718
    # ∂J/∂wⱼ = ∂J/∂z · ∂z/∂wⱼ = (a - y)·xⱼ:       -0.2058703718 · 1.5  = -0.3088055577
    #                                             -0.2058703718 · (-2) =  0.4117407436
    # ∂J/∂b = ∂J/∂z · 1 = a - y
    cost.backward()
    delta = -0.20587037180094725
    assert values["w₁"].grad == pytest.approx(1.5 * delta, rel=1e-15)
    assert values["w₂"].grad == pytest.approx(-2.0 * delta, rel=1e-15)
    assert values["b"].grad == pytest.approx(delta, rel=1e-15)


# System 4: 2-4-1 with sigmoids


def test_system_4a_xor_as_in_numpy():
    # No biases, and E = ½(y - o)². With all hidden weights 0 the hidden neurons say σ(0) = ½; with
    # output weights v = (1, -1, 1, -1) the output is o = σ(½ - ½ + ½ - ½) = σ(0) = ½.
    # σ′(0) = ½·½ = ¼. At the point (1, 1), whose target is 0:
    model = sigmoid_network(hidden=4, bias=False)
    v = model.layers[1].neurons[0].w
    for v_j, value in zip(v, [1.0, -1.0, 1.0, -1.0]):
        v_j.data = value
    error = quadratic_cost([model([1.0, 1.0])], [0.0])
    assert error.data == 0.125  # ½(0 - ½)²

    # δ₂ = ∂E/∂z₂ = (o - y)·σ′(z₂) = ½·¼ = ⅛
    # ∂E/∂vⱼ = δ₂·aⱼ = ⅛·½ = 1/16
    # δ₁ⱼ = vⱼ·δ₂·σ′(z₁ⱼ) = vⱼ·⅛·¼ = vⱼ/32, and ∂E/∂wⱼᵢ = δ₁ⱼ·xᵢ = vⱼ/32
    error.backward()
    assert grads(*v) == [1 / 16] * 4
    for v_j, neuron in zip(v, model.layers[0].neurons):
        assert grads(*neuron.w) == [v_j.data / 32] * 2


def test_system_4b_xor_as_in_pytorch():
    # With biases, and the mean of (y - o)² over the four points. Weights as above and an output
    # bias of ln 3: o = σ(ln 3) = ¾ at every point, and σ′ = ¾·¼ = 3/16.
    model = sigmoid_network(hidden=4, bias=True)
    output = model.layers[1].neurons[0]
    for v_j, value in zip(output.w, [1.0, -1.0, 1.0, -1.0]):
        v_j.data = value
    output.b.data = math.log(3.0)
    points, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    loss = mse_loss([model(x) for x in points], targets)
    assert loss.data == pytest.approx(5 / 16, rel=1e-15)  # (9/16 + 1/16 + 1/16 + 9/16)/4

    # o - y = ¾, -¼, -¼, ¾ at the four points, and at each δ₂ = ¼·2(o - y)·3/16 = (o - y)·3/32.
    # ∂L/∂b₂ = Σδ₂ = (¾ - ¼ - ¼ + ¾)·3/32 = 3/32
    # ∂L/∂vⱼ = Σδ₂·½ = 3/64
    # δ₁ⱼ = vⱼ·δ₂·¼, so ∂L/∂b₁ⱼ = Σδ₁ⱼ = vⱼ·3/128
    # ∂L/∂wⱼ₁ = Σδ₁ⱼ·x₁: only the points with x₁ = 1 count, (-¼ + ¾)·3/32·¼·vⱼ = vⱼ·3/256;
    # ∂L/∂wⱼ₂ is the same by symmetry.
    loss.backward()
    assert output.b.grad == pytest.approx(3 / 32, rel=1e-14)
    assert grads(*output.w) == pytest.approx([3 / 64] * 4, rel=1e-14)
    for v_j, neuron in zip(output.w, model.layers[0].neurons):
        assert neuron.b.grad == pytest.approx(v_j.data * 3 / 128, rel=1e-14)
        assert grads(*neuron.w) == pytest.approx([v_j.data * 3 / 256] * 2, rel=1e-14)


# System 5: 10-20-1 with ReLU


def test_system_5_relu_10_20_1():
    # All ten inputs are 1. The weights of ten hidden units are ⅛, those of the other ten -⅛:
    # z = 10·⅛ = 1¼ and relu(z) = 1¼ for the first, z = -1¼ and relu(z) = 0 for the others.
    # Output weights ½: ŷ = 10·½·1¼ = 6¼. Target 4¼: L = (ŷ - y)² = 2² = 4.
    model = MLP(10, [20, 1], init="zeros")
    hidden, (output,) = model.layers[0].neurons, model.layers[1].neurons
    for j, (neuron, v_j) in enumerate(zip(hidden, output.w)):
        v_j.data = 0.5
        for w in neuron.w:
            w.data = 1 / 8 if j < 10 else -1 / 8
    loss = mse_loss([model([1.0] * 10)], [4.25])
    assert loss.data == 4.0

    # ∂L/∂ŷ = 2(ŷ - y) = 4
    # ∂L/∂vⱼ = 4·relu(zⱼ) = 4·1¼ = 5 for an active unit, 4·0 = 0 for one that is not
    # ∂L/∂zⱼ = 4·vⱼ·relu′(zⱼ) = 4·½·1 = 2, or 4·½·0 = 0; ∂L/∂wⱼᵢ = ∂L/∂zⱼ·1 and ∂L/∂bⱼ the same
    loss.backward()
    assert output.b.grad == 4.0
    assert grads(*output.w) == [5.0] * 10 + [0.0] * 10
    for j, neuron in enumerate(hidden):
        assert grads(*neuron.w, neuron.b) == [2.0 if j < 10 else 0.0] * 11


# System 6: the δ recursion


def test_system_6_delta_231():
    # W¹ = 0 and b¹ = 0: z¹ = 0 and a¹ = (½, ½, ½), whatever x is. W² = (1, -1, 2) and b² = -1:
    # z² = ½ - ½ + 1 - 1 = 0, a² = ½. For y = 1, C = ½(1 - ½)² = ⅛.
    model = delta_231.network(seed=0)
    hidden, (output,) = model.layers[0].neurons, model.layers[1].neurons
    for neuron in hidden:
        for w in neuron.w:
            w.data = 0.0
    for w, value in zip(output.parameters(), [1.0, -1.0, 2.0, -1.0]):
        w.data = value
    cost = delta_231.cost(model, x=[2.0, 3.0], y=1.0)
    assert cost.data == 1 / 8

    # δ² = (a² - y) ⊙ σ′(z²) = (½ - 1)·¼ = -⅛
    # δ¹ = (W²)ᵀδ² ⊙ σ′(z¹) = (1, -1, 2)·(-⅛)·¼ = (-1/32, 1/32, -1/16)
    cost.backward()
    values = labelled(cost)
    assert values["z²₁"].grad == -1 / 8
    assert grads(values["z¹₁"], values["z¹₂"], values["z¹₃"]) == [-1 / 32, 1 / 32, -1 / 16]

    # ∂C/∂w²₁ⱼ = δ²·a¹ⱼ = -⅛·½ = -1/16        ∂C/∂b² = δ² = -⅛
    # ∂C/∂w¹ⱼₖ = δ¹ⱼ·xₖ: δ¹ⱼ times 2 and 3    ∂C/∂b¹ⱼ = δ¹ⱼ
    assert grads(*output.parameters()) == [-1 / 16, -1 / 16, -1 / 16, -1 / 8]
    for neuron, delta in zip(hidden, [-1 / 32, 1 / 32, -1 / 16]):
        assert grads(*neuron.parameters()) == [delta * 2.0, delta * 3.0, delta]


def sigmoid_network(hidden, bias):
    """2-hidden-1 with sigmoids, all weights 0."""
    return MLP(
        2, [hidden, 1], activation="sigmoid", output_activation="sigmoid", bias=bias, init="zeros"
    )
