"""Nodes of one's own: by their numbers alone, and of operations that are defined."""

import math

import pytest

from tinygrad_edu import (
    OPS,
    Value,
    as_value,
    define,
    make_node,
    maximum,
    no_grad,
    softmax,
)
from tinygrad_edu.arrays import Replay
from tinygrad_edu.calculus import gradients
from tinygrad_edu.gradcheck import gradcheck
from tinygrad_edu.teach import check_gradients, derive, latex, text
from tinygrad_edu.teach.worksheets import worksheet
from tinygrad_edu.view import draw_dot, explore


def clamped_log(x):
    inside = max(x.data, 1e-12)
    return make_node(math.log(inside), (x, 1.0 / inside), op="clamped_log")


def fused_softmax(xs):
    """All of its derivatives as numbers, n operands a node."""
    numbers = [math.exp(x.data) for x in xs]
    s = [e / sum(numbers) for e in numbers]
    return [
        make_node(si, *[(x, si * ((i == j) - s[j])) for j, x in enumerate(xs)], op="fused")
        for i, si in enumerate(s)
    ]


@pytest.fixture
def leaves():
    return [Value(3.0, label="x"), Value(4.0, label="y"), Value(1.0, label="z")]


@pytest.fixture
def root(leaves):
    x, y, z = leaves
    return clamped_log(x) * make_node(5.0, (x, 0.6), (y, 0.8), (z, -0.2), op="distance") + y


class TestByNumbers:
    def test_backward(self, root, leaves):
        root.backward()
        # ln 3 · 5 + 4; by x: 5/3 + 0.6 ln 3, by y: 0.8 ln 3 + 1, by z: -0.2 ln 3
        ln3 = math.log(3.0)
        assert root.data == 5.0 * ln3 + 4.0
        assert [v.grad for v in leaves] == pytest.approx(
            [5 / 3 + 0.6 * ln3, 0.8 * ln3 + 1, -0.2 * ln3]
        )

    @pytest.mark.parametrize("n", [1, 2, 3, 7])
    def test_as_many_operands_as_one_likes(self, n):
        xs, same = ([Value(0.3 * i) for i in range(n)] for _ in range(2))
        fused, ours = fused_softmax(xs), softmax(same)
        for a, b in zip(fused, ours):
            a.backward()
            b.backward()
            assert a.data == pytest.approx(b.data, rel=1e-15)
        assert [x.grad for x in xs] == pytest.approx([x.grad for x in same], abs=1e-15)

    def test_a_straight_through_estimator(self):
        x = Value(0.4)
        y = make_node(round(x.data), (x, 1.0), op="rounded") * 3.0
        y.backward()
        assert (y.data, x.grad) == (0.0, 3.0)

    def test_a_plain_number_beside_the_operand(self, leaves):
        y = make_node(6.0, (2, 0.0), (leaves[0], 2.0), op="twice")
        assert y.arguments == (2.0, leaves[0])
        assert y.local_grads == (2.0,)
        assert text(y) == "twice(2, x)"

    def test_inside_no_grad_it_is_a_leaf(self, leaves):
        with no_grad():
            assert make_node(1.0, *[(x, 1.0) for x in leaves]).op == ""

    def test_first_derivatives_as_values_and_no_second(self, root, leaves):
        root.backward()
        first = gradients(root, leaves)
        assert [g.data for g in first] == [v.grad for v in leaves]
        with pytest.raises(ValueError, match="define its operation with a rule"):
            gradients(first[0], leaves)

    def test_formulas_and_derivations(self, root):
        assert text(root) == "clamped_log(x) · distance(x, y, z) + y"
        assert r"\operatorname{distance}(x, y, z)" in latex(root)
        assert "= −0.2 · clamped_log(x)" in str(derive(root, wrt="z"))

    def test_drawings_and_the_explorer(self, root):
        assert "clamped_log" in draw_dot(root).svg()
        assert "distance of 2" in explore(root).html()

    def test_checks(self, root, leaves):
        root.backward()
        right = {v.label: v.grad for v in leaves}
        assert check_gradients(root, right)
        assert "∂L/∂z should be" in str(check_gradients(root, right | {"z": 7.0}))
        assert gradcheck(clamped_log, 3.0, 0.5, order=1).ok
        assert not gradcheck(lambda x: make_node(x.data**2, (x, x.data)), 3.0, order=1)

    def test_it_cannot_be_computed_elsewhere(self, root, leaves):
        for again in (lambda: Replay(root, leaves).run([1.0] * 3), lambda: worksheet(root, seed=1)):
            with pytest.raises(ValueError, match="has numbers for one point"):
                again()

    @pytest.mark.parametrize(
        ("arguments", "op", "error", "message"),
        [
            (("1.0", (Value(1.0), 1.0)), "f", TypeError, "a node holds one real number"),
            ((1.0,), "f", ValueError, "a node has operands"),
            ((1.0, (2.0, 1.0)), "f", ValueError, "a node has operands"),
            ((1.0, Value(1.0)), "f", TypeError, r"a pair \(Value, local derivative\)"),
            ((1.0, (Value(1.0), "1")), "f", TypeError, "a local derivative holds"),
            ((1.0, (None, 1.0)), "f", TypeError, "a Value or a number, not NoneType"),
            ((1.0, (Value(1.0), 1.0)), "tanh", ValueError, "no operation of OPS has, not 'tanh'"),
            ((1.0, (Value(1.0), 1.0)), "a b", ValueError, "not 'a b'"),
            ((1.0, (Value(1.0), 1.0)), OPS["+"], ValueError, "for 2 arguments, not 1"),
        ],
    )
    def test_bad_input(self, arguments, op, error, message):
        with pytest.raises(error, match=message):
            make_node(*arguments, op=op)

    def test_micrograds_and_microgpts_spelling_is_told_ours(self):
        with pytest.raises(TypeError, match="make_node"):
            Value(1.0, (Value(2.0),))


class TestDefined:
    @pytest.fixture
    def floored_log(self):
        def floored_log(x):
            x = as_value(x)
            inside = max(x.data, 1e-12)
            return make_node(math.log(inside), (x, 1.0 / inside), op=op)

        op = define("floored_log", floored_log, lambda x, y: 1.0 / maximum(x, 1e-12), text="ln⁺")
        yield floored_log
        del OPS["floored_log"]

    def test_it_is_differentiated_again_and_checked(self, floored_log):
        assert gradcheck(floored_log, 0.5, 3.0).ok
        x = Value(2.0)
        [first] = gradients(floored_log(x), [x])
        [second] = gradients(first, [x])
        assert (first.data, second.data) == (0.5, -0.25)
        assert floored_log(2).data == math.log(2.0)

    def test_it_is_replayed_derived_and_drawn(self, floored_log):
        x = Value(2.0, label="x")
        y = floored_log(x) * x
        assert Replay(y, [x]).run([4.0]) == (4.0 * math.log(4.0), [math.log(4.0) + 1.0])
        assert text(y) == "ln⁺(x) · x"
        assert "x / max(x, 1e-12)" in str(derive(y))
        assert "floored_log" in draw_dot(y).svg()
        assert worksheet(y, seed=1)

    def test_with_a_parameter(self):
        def scaled(x, k=2.0):
            x = as_value(x)
            return make_node(k * x.data, (x, k), (k, 0.0), op=op)

        op = define("scaled", scaled, lambda x, k, y: k, parameters=1)
        try:
            x = Value(3.0)
            y = scaled(x, 5.0)
            y.backward()
            assert (y.data, x.grad, y.arguments) == (15.0, 5.0, (x, 5.0))
            assert scaled(3.0).local_grads == (2.0,)
        finally:
            del OPS["scaled"]

    def test_a_name_may_be_defined_anew_but_not_one_of_the_packages(self, floored_log):
        assert define("floored_log", floored_log, lambda x, y: 1.0 / x) is OPS["floored_log"]
        for name in ("tanh", "a b", "+"):
            with pytest.raises(ValueError, match="one word, and none of the package's"):
                define(name, floored_log, lambda x, y: 1.0)
        with pytest.raises(TypeError, match="are functions"):
            define("f", floored_log, 1.0)
