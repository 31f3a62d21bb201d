"""Each of these was once planted in the source, and no other test noticed it."""

import json
import math
import re
from xml.etree import ElementTree

import mpmath
import pytest

from tinygrad_edu import Value, logsumexp, no_grad, sigmoid, tanh
from tinygrad_edu.arrays.tapes.watch import Watch
from tinygrad_edu.losses import binary_cross_entropy, cross_entropy, mse_loss
from tinygrad_edu.modules import Module
from tinygrad_edu.nn import Layer
from tinygrad_edu.optim import SGD, clip_grad_norm_, clip_grad_value_
from tinygrad_edu.teach import check_gradients, derive, diagnose, ledger, quiz
from tinygrad_edu.teach.checking.working import Interval, Precision
from tinygrad_edu.teach.classroom.table import Table
from tinygrad_edu.teach.new_numbers import _alike
from tinygrad_edu.teach.notation.textbook import textbook
from tinygrad_edu.teach.record.moment import moved_leaves
from tinygrad_edu.teach.record.paths import Paths
from tinygrad_edu.training import NonFiniteLossError, fit
from tinygrad_edu.view import draw_dot, explore
from tinygrad_edu.view.placing import places

try:
    import numpy as np
except ImportError:
    np = None


@pytest.mark.parametrize(
    "operation",
    [
        lambda x: x / 2.0,
        lambda x: 2.0 / x,
        lambda x: x / x,
        lambda x: x - 1.0,
        lambda x: 1.0 - x,
        lambda x: x**2,
        lambda x: 2.0**x,
        lambda x: -x,
        lambda x: abs(x),
    ],
)
def test_inside_no_grad_no_operator_records(operation):
    x = Value(3.0)
    with no_grad():
        y = operation(x)
    assert y.operands == ()
    assert y.data == operation(x).data


def test_a_number_over_a_value_falls_with_its_square():
    # d(6/x)/dx = -6/x² = -6/9 at 3
    x = Value(3.0)
    (6.0 / x).backward()
    assert x.grad == pytest.approx(-2.0 / 3.0, rel=1e-15)


def test_fit_looks_at_the_gradient_of_every_parameter():
    first, second = Value(1.0), Value(0.0)

    def loss(predictions, targets):
        return predictions[0] + second**0.5  # whose slope at 0 is inf

    with pytest.raises(NonFiniteLossError, match="no longer finite"):
        fit(
            lambda x: first * x,
            [1.0],
            [1.0],
            loss=loss,
            optimizer=SGD([first, second], lr=0.1),
            epochs=1,
            progress=False,
        )
    assert (first.data, second.data) == (1.0, 0.0)


def test_no_label_ends_the_script_of_the_explorer():
    x = Value(2.0, label="</script><script>alert(1)</script>")
    page = explore(x * x).html()
    assert page.count("</script>") == page.count("<script")
    assert "<script>alert" not in page
    model = re.search(r"<script [^>]*application/json[^>]*>(.*?)</script>", page, re.DOTALL)[1]
    assert "<" not in model
    assert any("</script>" in node["name"] for node in json.loads(model)["nodes"])


@pytest.mark.parametrize(("x", "n"), [(1e-200, 1e-3), (1e300, 0.017), (3e-280, -0.3)])
def test_the_slope_of_a_power_with_a_small_exponent_keeps_its_digits(x, n):
    # n - 1 is rounded, and a large |ln x| would magnify what it lost
    (slope,) = (Value(x) ** n).local_grads
    with mpmath.workdps(50):
        exact = mpmath.mpf(n) * mpmath.mpf(x) ** (mpmath.mpf(n) - 1)
        assert abs(slope - exact) <= 4 * math.ulp(float(exact))


def test_the_slope_of_a_power_by_an_exponent_at_base_0_is_0():
    a, n = Value(0.0), Value(2.0)
    (a**n).backward()
    assert (a.grad, n.grad) == (0.0, 0.0)


def test_target_probabilities_that_miss_1_by_a_little_are_refused():
    with pytest.raises(ValueError, match="has the sum 1, not"):
        cross_entropy([Value(0.0), Value(1.0)], [0.5, 0.505])


def test_what_follows_a_wrong_gradient_is_not_blamed_and_what_is_right_again_is_right():
    w, x = Value(0.5, label="w"), Value(1.5, label="x")
    z = w * x
    z.label = "z"
    root = (z.tanh() - 1.0) ** 2
    root.backward()
    report = check_gradients(root, {"z": 2.0 * z.grad, "w": 2.0 * w.grad, "x": x.grad})
    assert report.first.node is z
    assert report.follow == (w,)
    assert report.right == (x,)


def test_what_follows_from_a_rounded_right_gradient_is_right_after_a_wrong_one():
    w, x = Value(0.5, label="w"), Value(1.234567, label="x")
    z = w * x
    z.label = "z"
    a = z.tanh()
    a.label = "a"
    root = (a - 1.0) ** 2
    root.backward()
    rounded = float(f"{z.grad:.3g}")
    assert rounded != z.grad
    given = {"a": 3.0 * a.grad, "z": rounded, "w": rounded * x.data}
    report = check_gradients(root, given)
    assert report.first.node is a
    assert set(report.right) == {z, w}


def test_a_factor_of_zero_hides_no_leaf_that_has_moved():
    # 0 · 3 = 0 · 5, but the local derivative by the zero was 3
    a, b = Value(0.0, label="a"), Value(3.0, label="b")
    product = a * b
    b.data = 5.0
    assert moved_leaves(product) == [b]


def test_each_comparison_is_noted_as_itself():
    a, b = Value(1.0) * 1.0, Value(1.0) * 1.0
    watch = Watch([])
    with watch.block():
        answers = [a < b, a <= b, a > b, a >= b]
    assert [(guard.what, guard.answer) for guard in watch.guards] == list(
        zip(["<", "<=", ">", ">="], answers)
    )
    assert answers == [False, True, False, True]


@pytest.mark.parametrize("nothing", ["", [], False])
def test_only_none_is_no_gradient(nothing):
    with pytest.raises(TypeError):
        Value(1.0).grad = nothing


def test_the_slope_of_0_to_the_0_by_its_exponent_is_0_as_in_pytorch():
    n = Value(0.0)
    (Value(0.0) ** n).backward()
    assert n.grad == 0.0


def test_a_gradient_that_is_nan_is_not_clipped_away():
    p = Value(1.0)
    p.grad = math.nan
    clip_grad_value_([p], 1.0)
    assert math.isnan(p.grad)


def test_a_leaf_that_another_operation_clears_has_not_moved():
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    root = (a + b) * (a * 2.0)  # the sum cannot tell which of its two has moved
    b.data = 5.0
    assert moved_leaves(root) == [b]


def test_contributions_that_overflow_together_are_found():
    x = Value(1e-3, label="x")
    found = diagnose(1e308 * x + 1e308 * x)
    assert (found.kind, found.number) == ("gradient", math.inf)


def test_a_float32_function_may_be_off_by_two_units():
    single = Precision(digits=10, places=0, single=True)
    assert single.half_unit(Interval(1.0, 0.0)) == 2.0**-22


def test_the_longest_of_several_paths_counts():
    x = Value(2.0)
    square = x * x
    root = square * 3.0 + x * square  # x is one edge below the product, and two by the square
    lines = ledger(root)
    into = {}
    for i, e in enumerate(lines):
        into.setdefault(e.operand, []).append((i, e))
    paths = Paths(x, into, lines.gradients, set())
    heights = {(edge.entry.node, edge.entry.operand): edge.height for edge in paths.edges}
    product = root.operands[1]
    assert heights[root, product] == 2
    assert heights[product, square] == 1


@pytest.mark.skipif(np is None, reason="array programs need NumPy")
class TestArrays:
    def check(self, program, root, *inputs):
        root.backward()
        value, gradient = program(program.data(), *inputs)
        assert value == pytest.approx(root.data, rel=1e-14)
        expected = [p.grad for p in program.parameters]
        assert gradient.tolist() == pytest.approx(expected, rel=1e-13)

    def test_a_gradient_that_is_equal_for_all_samples_is_that_of_each(self):
        from tinygrad_edu.arrays import vectorize

        model = Layer(2, 3, activation=None, seed=0)
        X, y = [[1.0, 2.0], [0.5, -1.0], [3.0, 0.25], [0.0, 1.0]], [0.0] * 4

        def loss(predictions, targets):
            return sum((j + 1.0) * a for row in predictions for j, a in enumerate(row)) * 0.1

        program = vectorize(model, loss, X, y)
        self.check(program, loss([model(x) for x in X], y), np.array(X), np.array(y))

    def test_a_gradient_that_is_equal_along_an_axis_is_that_of_each(self):
        from tinygrad_edu.arrays import vectorize

        w = [[Value(0.3 * i - 0.2 * j + 0.1) for j in range(3)] for i in range(2)]
        b = [Value(0.2), Value(-0.3)]
        root = sum(tanh(sum(tanh(v) * b[i] for v in row)) for i, row in enumerate(w))
        self.check(vectorize(root, [v for row in (*w, b) for v in row]), root)

    def test_a_gradient_that_is_not_finite_is_noticed_though_the_loss_is(self):
        model = Layer(1, 1, activation=None, bias=False, init="zeros")

        def loss(predictions, targets):
            return sum(abs(a) ** 0.5 for a in predictions) + 1.0  # whose slope at 0 is inf

        with pytest.raises(NonFiniteLossError, match="gradient of the loss is no longer finite"):
            fit(
                model,
                [1.0, 2.0],
                [0.0, 0.0],
                loss=loss,
                optimizer=SGD(model.parameters(), lr=0.1),
                epochs=1,
                progress=False,
                backend="numpy",
            )

    @pytest.mark.parametrize(
        "numbers", [[-math.inf, -math.inf], [math.inf, 0.0], [math.inf, -math.inf], [1.0, math.nan]]
    )
    def test_logsumexp_at_the_edges_is_the_engines(self, numbers):
        from tinygrad_edu.arrays.numeric import logsumexp as of_arrays

        with np.errstate(all="ignore"):
            assert repr(float(of_arrays(np.array(numbers)))) == repr(logsumexp(numbers).data)

    def test_the_slope_of_relu_at_0_is_0_in_jax_too(self):
        jax = pytest.importorskip("jax", reason="JAX is not installed")
        from tinygrad_edu.arrays import vectorize

        w = [Value(0.0), Value(1.0)]
        functions = vectorize(w[0].relu() + w[1].relu(), w).to_jax()
        theta = np.array([0.0, 1.0], "float32")
        assert jax.grad(functions.loss)(theta).tolist() == [0.0, 1.0]

    def test_a_difference_the_other_way_round_is_another_loss(self):
        """Seen as losses of each sample's own class are those alone that follow the class."""
        from tinygrad_edu.arrays.models.classes import follows_the_class

        def own(outputs, classes):
            return (outputs[0][classes[0]] - outputs[0][1 - classes[0]]).exp()

        def first(outputs, classes):
            return (outputs[0][0] - outputs[0][1]).exp()

        assert follows_the_class(own, [], samples=1, classes=2)
        assert not follows_the_class(first, [], samples=1, classes=2)

    def test_an_array_without_a_name_takes_no_name_of_another(self):
        """A1 would be an activation's name, so the attribute of that name gets another."""
        from tinygrad_edu.arrays import vectorize

        class Model(Module):
            def __init__(self):
                self.A1 = [[Value(0.1 * i), Value(0.2)] for i in range(3)]
                self.W1 = [Value(0.5 + i) for i in range(3)]

            def __call__(self, x):
                return sum(w * tanh(u * x[0] + v * x[1]) for w, (u, v) in zip(self.W1, self.A1))

        program = vectorize(Model(), mse_loss, [[0.1, 0.2], [0.3, -0.4]], [1.0, 0.0])
        assert {name: shape for name, (_, shape) in program.views.items()} == {
            "W2": (3, 2),
            "W1": (3,),
        }


def test_a_slip_that_other_numbers_show_is_told_where_these_numbers_hide_it():
    w, x, b = (Value(number, label) for number, label in ((1.0, "w"), (2.0, "x"), (2.0, "b")))
    report = check_gradients(tanh(w * x + b), {"x": "x"})
    assert str(report).endswith("that is x itself, not its gradient.")


def test_a_factor_whose_formula_is_0_is_0_without_the_rounding_of_its_terms():
    a, x = Value(1 / 7, "a"), Value(1 / 3, "x")
    q = a * x / a
    q.label = "q"
    assert str(derive(q**2, a)).endswith("\n  ∂L/∂a = ∂L/∂q · ∂q/∂a = 2 · q · 0 = 0")


def test_gradients_are_all_missing_where_their_norm_is():
    """As in torch.nn.utils, so that no step goes by some of them."""
    first, second = Value(1.0), Value(2.0)
    first.grad, second.grad = math.nan, 3.0
    assert math.isnan(clip_grad_norm_([first, second], 1.0))
    assert math.isnan(second.grad)


def test_a_loss_that_is_cut_off_is_not_written_as_a_logarithm():
    """-ln p is 115 for p = 10⁻⁵⁰, and the loss stops at 100."""
    loss = binary_cross_entropy([Value(1e-50, label="a")], [1.0])
    assert loss.data == pytest.approx(100.0)
    assert textbook(loss, None).root.data == loss.data


@pytest.mark.parametrize("names", ["abcd", "cdab", "dcba"])
def test_operands_stand_above_each_other_in_their_order(names):
    a, b, c, d = (Value(2.0 + i, label=name) for i, name in enumerate(names))
    texts = re.findall(
        r'<text[^>]* y="([-\d.]+)"[^>]*>([a-d])</text>', draw_dot((a - b) / (c - d)).svg()
    )
    heights = {name: float(y) for y, name in texts}
    assert sorted(heights, key=heights.__getitem__) == list(names)


def test_a_line_that_ends_before_a_number_does_not_drive_it_away():
    """The second would go through the middle of the first, but that it ends well before."""
    assert places([(0.0, 0.0, 100.0, 0.0), (50.0, -90.0, 50.0, -30.0)], [20.0, 0.0])[0] == (
        50.0,
        0.0,
    )


def test_a_title_with_signs_of_html_stays_text():
    assert "<p>a &lt; b &amp; c</p>" in Table("a < b & c", ("x",), ()).html()


def test_new_numbers_are_to_tell_slips_apart_in_three_digits():
    """∂L/∂a = 2.0005 and the other factor, 2, are one number for a student."""
    close, apart = ([Value(2.0, "a"), Value(b, "b")] for b in (2.0005, 3.0005))
    assert _alike(close[0] * close[1], close) > 0
    assert _alike(apart[0] * apart[1], apart) == 0


def test_a_letter_with_a_hat_is_not_read_as_the_letter():
    w, x = Value(2.0, "w"), Value(1.5, "x")
    with pytest.raises(ValueError, match="x\u0302 is no name of this graph"):
        check_gradients(w * x, {"w": "x\u0302"})
    hat = Value(0.5, "x\u0302")
    assert check_gradients(w * x * hat, {"w": r"x \hat{x}"})
    assert check_gradients(w * x * hat, {"w": "\\tfrac{x}{2} \\cdot 2 x\u0302"})


def test_a_letter_that_is_the_readers_own_is_no_gradient():
    """Where the reader has a δ, the gradients of weighted sums are not called so."""
    found = {}
    for name in ("b", "δ"):
        x, w1, w2 = Value(2.0, "x"), Value(0.3, "w1"), Value(-0.7, "w2")
        z1 = w1 * x + Value(0.5, name)
        a1 = tanh(z1)
        z2 = w2 * a1
        a2 = sigmoid(z2)
        for label, v in {"z1": z1, "a1": a1, "z2": z2, "a2": a2}.items():
            v.label = label
        found[name] = str(derive((a2 - 1) ** 2))
    assert "δ1 = ∂L/∂z1" in found["b"]
    assert "δ1" not in found["δ"]


def test_a_name_with_signs_of_html_stays_text_in_a_quiz():
    a, b = Value(2.0, "a<b"), Value(3.0, "b")
    text = ElementTree.fromstring(quiz(a * b + a, ["b"]).moodle()).findtext(".//questiontext/text")
    assert r"\(a&lt;b = 2" in text
