"""Feedback on exercises: it tells right from wrong, and why, but never the solution."""

import pytest

from tinygrad_edu import Value
from tinygrad_edu.teach.exercise import sealed, try_gradients, try_number


def graph():
    """L = a·b + a, with ∂L/∂a = b + 1 = -2 and ∂L/∂b = a = 2."""
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    return a * b + a


def test_without_an_answer_it_asks_for_one():
    for feedback in (try_gradients(graph(), {"a": None, "b": None}), try_number(None, 3.0)):
        assert not feedback
        assert str(feedback).startswith("Not yet")


def test_right_gradients():
    feedback = try_gradients(graph(), {"a": -2.0, "b": 2.0})
    assert feedback
    assert "Right" in str(feedback)
    assert "∂L/∂a" in str(feedback)
    assert "∂L/∂b" in str(feedback)


def test_some_gradients_right_and_others_missing():
    feedback = try_gradients(graph(), {"a": -2.0, "b": None})
    assert not feedback
    assert "Right: ∂L/∂a" in str(feedback)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (1.0, "the path through a · b is missing"),
        (-3.0, "they add up"),
        (2.0, "the sign is wrong"),
        (7.5, "none of the usual slips"),
    ],
)
def test_a_wrong_gradient_is_explained_without_the_right_one(answer, says):
    root = graph()
    feedback = try_gradients(root, {"a": answer})
    assert not feedback
    assert says in str(feedback)
    assert "−2" not in str(feedback)
    assert "-2" not in str(feedback)
    root.backward()
    assert [v.grad for v in root.operands[0].operands] == [-2.0, 2.0]


def test_a_slip_is_told_without_the_number_that_is_asked_for_next():
    z = Value(1.0, label="z")
    a = z.sigmoid()
    a.label = "a"
    slope = a.data * (1.0 - a.data)  # ∂a/∂z, and ∂L/∂d too
    root = 4.0 * a + slope * Value(1.0, label="d")
    assert "0.196612" in str(try_gradients(root, {"z": 4.0}))
    feedback = try_gradients(root, {"z": 4.0, "d": None})
    assert "an inner derivative is left out" in str(feedback)
    assert "0.19" not in str(feedback)


def test_an_unknown_name_is_an_error():
    with pytest.raises(ValueError, match="no value of this graph is called 'c'"):
        try_gradients(graph(), {"c": 1.0})


def test_a_number():
    assert try_number(0.794, 0.7941296281990528)
    assert not try_number(0.79, 0.7941296281990528)
    assert "too large" in str(try_number(4.0, 3.0))
    assert "too small" in str(try_number(2.0, 3.0))
    assert "sign" in str(try_number(-3.0, 3.0))
    assert "half" in str(try_number(6.0, 3.0, {6.0: "the half is missing"}))


def test_an_answer_that_is_not_a_number_is_an_error_and_one_that_is_not_finite_is_wrong():
    with pytest.raises(TypeError, match="an answer is a number, not str: '12'"):
        try_number("12", 12.0)
    assert "finite" in str(try_number(float("inf"), 12.0))
    assert "finite" in str(try_number(float("nan"), 12.0))


def test_a_sealed_number_shows_neither_itself_nor_its_slips():
    word = sealed(12.0, {6.0: "that is half of it"})
    assert "12" not in word
    assert "half" not in word
    assert try_number(12.0, word)
    assert "that is half of it" in str(try_number(6.0, word))
    assert str(try_number(None, word)).startswith("Not yet")


def test_a_word_that_is_not_a_seal_is_refused():
    with pytest.raises(ValueError, match=r"not a word that sealed\(\) made: 'twelve'"):
        try_number(1.0, "twelve")
