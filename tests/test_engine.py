"""The contract of `Value`, row by row."""

import copy
import gc
import math
import operator
import pickle
import signal
import sys
import threading
import tracemalloc
import weakref
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import tinygrad_edu
from tinygrad_edu import Value, engine, exp, no_grad, topological_order
from tinygrad_edu.engine import COMPILED
from tinygrad_edu.recording import observing
from tinygrad_edu.teardown import free_node_by_node

inf, nan = math.inf, math.nan


def same(x, y):
    """Equal to the last bit, nan like nan and -0.0 unlike 0.0."""
    return (x != x and y != y) or (x == y and math.copysign(1.0, x) == math.copysign(1.0, y))


class TestConstruction:
    @pytest.mark.parametrize(
        "number",
        [
            3,
            3.0,
            np.float16(3),
            np.float32(3),
            np.float64(3),
            np.longdouble(3),
            np.int8(3),
            np.uint64(3),
            Fraction(3),
        ],
        ids=lambda number: type(number).__name__,
    )
    def test_keeps_any_real_number_as_float64(self, number):
        for v in (Value(number), Value(0.0)):
            v.data = number
            v.grad = number
            assert type(v.data) is float
            assert v.data == 3.0
            assert type(v.grad) is float

    def test_starts_as_a_leaf(self):
        v = Value(2.5, label="x")
        assert (v.data, v.grad, v.label, v.op) == (2.5, 0.0, "x", "")
        assert v.operands == v.local_grads == v.arguments == ()
        assert Value(1.0).label == ""

    @pytest.mark.parametrize(
        "wrong",
        [
            *("2.0", b"2", True, np.True_, None, 1j, np.complex128(1), Decimal(1), object()),
            *([1.0], (1.0,), np.ones(1), np.array(1.0), Value(1.0)),
        ],
        ids=lambda wrong: type(wrong).__name__,
    )
    def test_refuses_anything_else_by_name(self, wrong):
        with pytest.raises(TypeError, match=type(wrong).__name__):
            Value(wrong)
        v = Value(1.0)
        with pytest.raises(TypeError, match=type(wrong).__name__):
            v.data = wrong
        if wrong is not None:  # which a gradient may be set to
            with pytest.raises(TypeError, match=type(wrong).__name__):
                v.grad = wrong
        assert (v.data, v.grad) == (1.0, 0.0)

    @pytest.mark.parametrize("label", [None, 3, b"x", ["x"]])
    def test_refuses_a_label_that_is_no_string(self, label):
        with pytest.raises(TypeError, match="str"):
            Value(1.0, label)

    def test_rounds_an_int_beyond_float64_to_infinity(self):
        assert Value(10**400).data == inf
        assert Value(-(10**400)).data == -inf

    def test_has_no_other_attributes(self):
        with pytest.raises(AttributeError):
            Value(1.0).colour = "red"


class TestWhatANodeKnows:
    def test_operands_keep_their_order_and_repeats(self):
        a, b = Value(2.0), Value(3.0)
        assert (a - b).operands == (a, b)
        assert (b - a).operands == (b, a)
        assert (a * a).operands == (a, a)

    def test_local_grads_are_the_partial_derivatives(self):
        a, b = Value(6.0), Value(2.0)
        assert (a + b).local_grads == (1.0, 1.0)
        assert (a - b).local_grads == (1.0, -1.0)
        assert (a * b).local_grads == (2.0, 6.0)
        assert (a / b).local_grads == (0.5, -1.5)  # 1/b and -a/b²
        assert (a**b).local_grads == (12.0, 36.0 * math.log(6.0))  # b·a^(b-1) and a^b ln a
        assert (-a).local_grads == (-1.0,)
        assert (a * a).local_grads == (6.0, 6.0)

    def test_plain_numbers_are_kept_but_are_no_operands(self):
        x = Value(3.0)
        for node, arguments, local_grads in [
            (x + 2, (x, 2.0), (1.0,)),
            (2 + x, (2.0, x), (1.0,)),
            (x - 2, (x, 2.0), (1.0,)),
            (2 - x, (2.0, x), (-1.0,)),
            (x * 2, (x, 2.0), (2.0,)),
            (2 * x, (2.0, x), (2.0,)),
            (x / 2, (x, 2.0), (0.5,)),
            (6 / x, (6.0, x), (-6.0 / 9.0,)),
            (x**2, (x, 2.0), (6.0,)),
            (2**x, (2.0, x), (8.0 * math.log(2.0),)),
        ]:
            assert node.arguments == arguments
            assert node.operands == (x,)
            assert node.local_grads == pytest.approx(local_grads, rel=1e-15)

    def test_contributions_are_what_backward_sends(self):
        a, b = Value(6.0), Value(4.0)
        y = a / b
        (y * 3.0).backward()
        assert y.contributions == (3.0 / 4.0, 3.0 * (-6.0 / 16.0)) == (a.grad, b.grad)

    def test_micrograds_spelling(self):
        a, b = Value(2.0), Value(3.0)
        assert (a * b)._prev == {a, b}
        assert (a * a)._prev == {a}
        assert a._prev == set()
        spelled = [a, a + b, a * b, a**3, a**-0.5, a**b, a.relu(), a.tanh(), a.exp()]
        assert [v._op for v in spelled] == [
            "",
            "+",
            "*",
            "**3",
            "**-0.5",
            "**",
            "ReLU",
            "tanh",
            "exp",
        ]

    def test_an_op_is_its_name(self):
        y = Value(1.0) * Value(2.0)
        assert y.op == "*"
        assert f"{y.op}" == "*"
        assert not Value(1.0).op

    def test_repr(self):
        assert repr(Value(2)) == "Value(data=2.0, grad=0.0)"
        assert repr(Value(2, label="w₁")) == "Value(data=2.0, grad=0.0, label='w₁')"

    def test_format(self):
        assert f"{Value(2.0):.3f}" == "2.000"
        assert f"{Value(2.0)}" == "Value(data=2.0, grad=0.0)"


OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}


class TestArithmetic:
    @pytest.mark.parametrize("name", OPERATORS)
    def test_values_and_numbers_on_either_side(self, name):
        op = OPERATORS[name]
        for two in (2, 2.0, np.float32(2), np.int64(2), Fraction(2)):
            for left, right in [
                (Value(5.0), Value(2.0)),
                (Value(5.0), two),
                (two, Value(5.0)),
            ]:
                y = op(left, right)
                assert type(y) is Value
                assert y.op == name
                assert y.data == op(float(left), float(right))

    @pytest.mark.parametrize("name", OPERATORS)
    @pytest.mark.parametrize(
        "other", ["2", None, [2.0], 1j, True, {}], ids=lambda o: type(o).__name__
    )
    def test_any_other_type_is_pythons_own_type_error(self, name, other):
        op = OPERATORS[name]
        for arguments in ((Value(2.0), other), (other, Value(2.0))):
            with pytest.raises(TypeError):
                op(*arguments)

    def test_division_is_division(self):
        assert (Value(49.0) / Value(49.0)).data == 1.0
        assert (Value(49.0) / 49).data == 1.0
        assert (49 / Value(49.0)).data == 1.0

    def test_unary(self):
        x = Value(-3.0)
        assert (-x).data == 3.0
        y = abs(x)
        y.backward()
        assert (y.data, x.grad) == (3.0, -1.0)

    def test_pythons_sum(self):
        xs = [Value(1.0), Value(2.0)]
        assert sum(xs).data == 3.0


class TestIEEE:
    @pytest.mark.parametrize(
        ("compute", "expected"),
        [
            (lambda: 1 / Value(0), inf),
            (lambda: 1 / Value(-0.0), -inf),
            (lambda: Value(-1) / 0, -inf),
            (lambda: Value(0) / Value(0), nan),
            (lambda: Value(nan) / 0, nan),
            (lambda: Value(-2.0) ** 0.5, nan),
            (lambda: Value(0.0) ** -1, inf),
            (lambda: Value(-0.0) ** -1, -inf),
            (lambda: Value(-0.0) ** -2, inf),
            (lambda: Value(10.0) ** 400, inf),
            (lambda: Value(-10.0) ** 401, -inf),
            (lambda: Value(-10.0) ** 400, inf),
            (lambda: 10 ** Value(400), inf),
            (lambda: (-2) ** Value(0.5), nan),
            (lambda: 0 ** Value(-2), inf),
            (lambda: Value(nan) ** 0, 1.0),
            (lambda: Value(1e308) * 10, inf),
            (lambda: Value(inf) - Value(inf), nan),
        ],
    )
    def test_nothing_raises(self, compute, expected):
        y = compute()
        assert same(y.data, expected)
        y.backward()

    def test_gradients_at_the_edges(self):
        for compute, x, expected in [
            (lambda x: 1 / x, 0.0, -inf),
            (lambda x: x / 0, 1.0, inf),
            (lambda x: x**0, 0.0, 0.0),
            (lambda x: x**1, 0.0, 1.0),
            (lambda x: x**2, 0.0, 0.0),
            (lambda x: x**0.5, 0.0, inf),
            (lambda x: x**-1, 0.0, -inf),
            (lambda x: 0**x, 2.0, 0.0),
            (lambda x: 0**x, -1.0, -inf),
            (lambda x: (-2) ** x, 2.0, nan),
        ]:
            leaf = Value(x)
            compute(leaf).backward()
            assert same(leaf.grad, expected)


class TestBackward:
    def test_by_hand(self):
        # y = (a·b + c)·a,  a = 2, b = -3, c = 10:  y = 8
        # ∂y/∂a = (a·b + c) + a·b = 4 - 6 = -2;  ∂y/∂b = a² = 4;  ∂y/∂c = a = 2
        a, b, c = Value(2.0), Value(-3.0), Value(10.0)
        y = (a * b + c) * a
        y.backward()
        assert (y.data, y.grad, a.grad, b.grad, c.grad) == (8.0, 1.0, -2.0, 4.0, 2.0)

    def test_calling_twice_gives_exactly_twice(self):
        # (a·b)·a with a = 2, b = 3:  ∂/∂a = 2ab = 12, ∂/∂b = a² = 4; twice: 24 and 8
        a, b = Value(2.0), Value(3.0)
        y = (a * b) * a
        y.backward()
        y.backward()
        assert (a.grad, b.grad, y.grad) == (24.0, 8.0, 1.0)

    def test_twice_is_exact_where_the_parts_round(self):
        def third(n):
            x = Value(0.1)
            y = x * 0.1 + x * 0.7 + x * (1 / 3)
            for _ in range(n):
                y.backward()
            return x.grad

        assert third(2) == 2 * third(1)

    def test_two_roots_give_exactly_the_sum(self):
        def gradients(*roots):
            a, b = Value(0.3), Value(-1.7)
            shared = a * b + a.tanh()
            both = {"first": shared * a, "second": shared.exp() / b}
            for root in roots:
                both[root].backward()
            return a.grad, b.grad, shared.grad

        first, second = gradients("first"), gradients("second")
        assert gradients("first", "second")[:2] == (first[0] + second[0], first[1] + second[1])
        assert gradients("first", "second")[2] == second[2]  # an inner node: of this call alone

    def test_a_gradient_belongs_to_the_recorded_point(self):
        a, b = Value(2.0), Value(3.0)
        y = a * b
        a.data, b.data = 100.0, 200.0
        y.backward()
        assert (y.data, a.grad, b.grad) == (6.0, 3.0, 2.0)

    def test_of_a_leaf(self):
        x = Value(5.0)
        x.backward()
        x.backward()
        assert x.grad == 2.0

    @pytest.mark.parametrize("where", ["main", "thread"])
    def test_a_chain_of_a_million_nodes(self, where, request):
        result = []

        def chain():
            x = Value(1.0)
            y = x
            for _ in range(1_000_000):
                y = y + x
            y.backward()
            result.append((y.data, x.grad))
            del y

        if where == "main":
            chain()
        else:
            if sys.version_info[:2] == (3, 13) and not COMPILED:
                free_node_by_node()  # which small stacks need there
                request.addfinalizer(lambda: delattr(Value, "__del__"))
            before = threading.stack_size(256 * 1024)
            thread = threading.Thread(target=chain)
            thread.start()
            threading.stack_size(before)
            thread.join()
        assert result == [(1_000_001.0, 1_000_001.0)]

    def test_threads_that_share_leaves_lose_nothing(self):
        x = Value(1.0)
        threads, calls = 8, 200

        def work():
            y = x * 2.0 + x
            for _ in range(calls):
                y.backward()

        switch = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            workers = [threading.Thread(target=work) for _ in range(threads)]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        finally:
            sys.setswitchinterval(switch)
        assert x.grad == 3.0 * threads * calls

    @pytest.mark.skipif(COMPILED, reason="nothing in compiled code can be replaced")
    def test_an_interrupted_call_changes_no_leaf(self, monkeypatch):
        a, b = Value(2.0), Value(3.0)
        y = (a / b) * a + b / a
        y.backward()
        before = a.grad, b.grad
        for divisions in range(2):

            def interrupt(x, y, left=[divisions]):  # noqa: B006
                if left[0] == 0:
                    raise KeyboardInterrupt
                left[0] -= 1
                return x / y

            monkeypatch.setattr(engine, "divide", interrupt)
            with pytest.raises(KeyboardInterrupt):
                y.backward()
            assert (a.grad, b.grad) == before
            assert y.grad == y.operands[0].grad == 0.0
        monkeypatch.undo()
        y.backward()
        assert (a.grad, b.grad) == (2 * before[0], 2 * before[1])

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the platform has no timers")
    def test_a_signal_finds_all_leaves_changed_or_none(self):
        def interrupt(number, frame):
            raise KeyboardInterrupt

        leaves = [Value(1.0) for _ in range(2000)]
        y = tinygrad_edu.sum(leaves)
        calls = 0
        before = signal.signal(signal.SIGALRM, interrupt)
        try:
            for k in range(1, 40):
                try:
                    signal.setitimer(signal.ITIMER_REAL, 1e-4 * k)
                    while True:
                        y.backward()
                        calls += 1
                except KeyboardInterrupt:
                    grads = {leaf.grad for leaf in leaves}
                    assert len(grads) == 1
                    # The signal may also come between the end of a call and our count of it.
                    assert grads.pop() in (calls, calls + 1)
                    calls = int(leaves[0].grad)
        finally:
            signal.signal(signal.SIGALRM, before)

    def test_topological_order(self):
        a, b = Value(2.0), Value(3.0)
        c = a * b
        d = c + a
        y = d * c
        assert topological_order(y) == [a, b, c, d, y]
        assert topological_order(a) == [a]
        for wrong in ([y], 2.0, None):
            with pytest.raises(TypeError, match=type(wrong).__name__.removesuffix("Type")):
                topological_order(wrong)


class TestComparison:
    def test_order_is_by_value(self):
        a, b = Value(1.0), Value(2.0)
        assert a < b <= 2 <= b < 3 > b >= 2 >= b > a
        assert not b < a
        assert np.float64(1.5) < b
        assert max([a, b]) is b
        with pytest.raises(TypeError, match="not supported between"):
            assert a < "2"

    def test_equality_and_hash_are_by_identity(self):
        a, b = Value(1.0), Value(1.0)
        assert a != b
        assert a == a
        assert a != 1.0
        assert len({a, b}) == 2

    def test_truth_and_float(self):
        assert Value(0.5)
        assert not Value(0.0)
        assert float(Value(0.5)) == 0.5
        assert math.sqrt(float(Value(4.0))) == 2.0


class TestCopying:
    def test_a_leaf_can_be_copied_and_pickled(self):
        leaf = Value(1.5, label="w")
        leaf.grad = 2.0
        for twin in (copy.copy(leaf), copy.deepcopy(leaf), pickle.loads(pickle.dumps(leaf))):
            assert twin is not leaf
            assert (twin.data, twin.grad, twin.label) == (1.5, 2.0, "w")

    def test_deepcopy_keeps_shared_leaves_shared(self):
        leaf = Value(1.0)
        first, second = copy.deepcopy([leaf, leaf])
        assert first is second

    @pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, pickle.dumps])
    def test_a_node_refuses_and_says_what_to_save(self, make):
        with pytest.raises(TypeError, match=r"leaves \(a model's parameters\)"):
            make(Value(1.0) + 1)


class TestMemory:
    def test_a_dropped_graph_is_freed_without_the_collector(self):
        class Sentinel(str):
            """A label that can be watched."""

        gc.disable()
        try:
            x = Value(1.0, label=Sentinel("x"))
            watch = weakref.ref(x.label)
            y = x
            for _ in range(1000):
                y = (y * x).tanh() + x
            y.backward()
            assert watch() is not None
            del x, y
            assert watch() is None
        finally:
            gc.enable()

    def test_bytes_per_node(self):
        # The object, its collector's header, and the floats it holds; the operands are shared.
        x = Value(1.1)
        y = x
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(10_000):
            y = y * x
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (after - before) / 10_000 <= (120 if COMPILED else 200)


class TestNoGrad:
    def test_records_nothing(self):
        x = Value(3.0)
        with no_grad():
            y = exp(x * x) + 1
        assert y.op == ""
        assert y.operands == ()
        assert y.data == math.exp(9.0) + 1
        assert (x * x).operands == (x, x)

    def test_nests_and_ends_on_an_exception(self):
        x = Value(3.0)
        with no_grad():
            with no_grad():
                assert (x * x).operands == ()
            assert (x * x).operands == ()
        with pytest.raises(TypeError), no_grad():
            x * "2"
        assert (x * x).operands == (x, x)

    def test_decorates(self):
        @no_grad()
        def predict(x):
            return x * x

        assert predict(Value(3.0)).operands == ()
        assert predict(Value(3.0)).operands == ()

    def test_holds_for_its_own_thread(self):
        x = Value(3.0)
        operands = []
        with no_grad():
            thread = threading.Thread(target=lambda: operands.append((x * x).operands))
            thread.start()
            thread.join()
        assert operands == [(x, x)]


def test_observing_sees_each_node_of_its_block():
    x = Value(3.0)
    seen = []
    with observing(seen.append):
        y = x * x + 1
        with no_grad():
            x * 5
    x * 7
    assert seen == [y.operands[0], y]


def test_backward_starts_from_a_seed():
    a, b = Value(2.0), Value(-3.0)
    y = a * b + a
    y.backward(0.5)
    assert (y.grad, a.grad, b.grad) == (0.5, -1.0, 1.0)
    y.backward(seed=Value(2))
    assert (y.grad, a.grad, b.grad) == (2.0, -5.0, 5.0)
    a.backward(3)
    assert a.grad == -2.0


@pytest.mark.parametrize("seed", ["1", None, [1.0], True, 1j])
def test_a_seed_that_is_no_number_changes_nothing(seed):
    a = Value(2.0)
    y = a * a
    with pytest.raises(TypeError, match=type(seed).__name__):
        y.backward(seed)
    assert (y.grad, a.grad) == (0.0, 0.0)


def test_a_gradient_of_none_is_none_yet():
    a = Value(2.0)
    (a * a).backward()
    a.grad = None
    assert a.grad == 0.0
    (a * a).backward()
    assert a.grad == 4.0
