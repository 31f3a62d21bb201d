"""What is printed in Chinese has Chinese punctuation, and no English sentences."""

import re

import pytest

from tinygrad_edu import Value
from tinygrad_edu.language import using_language
from tinygrad_edu.losses import cross_entropy, mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach import check_gradients, derive, diagnose, grade, hint, quiz, worksheet

# A half-width sign beside Chinese, a space after a full stop, and three English words.
WRONG = re.compile(
    r"[\u4e00-\u9fff] ?[,:;?!]|[,:;?!] ?[\u4e00-\u9fff]|[。，] +\S|[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}"
)


def graph():
    w, x, b = Value(3.0, "w"), Value(0.5, "x"), Value(1.0, "b")
    return ((w * x + b).tanh() * 2.0 - 1.0) ** 2


def of_kinks():
    model = MLP(2, [3, 1], seed=0)
    return mse_loss([model([1.0, 2.0]), model([-0.5, 1.0])], [1.0, 0.0]), model


def of_classes():
    model = MLP(2, [3, 3], activation="leaky_relu", seed=0)
    return cross_entropy([model([1.0, 2.0]), model([-0.5, 1.0])], [1, 0]), model


def marks():
    papers = {
        "Ada": {"w": 150, "x": "2 w^2 x", "b": "?"},
        "Ben": {"w": 30, "x": "q + 1", "b": "2*(w"},
        "Cy": {"w": "2 x", "x": "2/0", "b": "0,5"},
    }
    book = grade(graph(), papers)
    return "\n".join([str(book), *map(str, book.papers)])


def of_model(made, **options):
    root, model = made()
    return derive(root, model=model, **options)


PRINTED = {
    "a derivation": lambda: derive(graph(), lr=0.1),
    "reasons": lambda: of_model(of_kinks),
    "reasons in full": lambda: of_model(of_kinks, detail="full"),
    "lines left out": lambda: of_model(of_classes),
    "a worksheet": lambda: worksheet(of_kinks()[0]),
    "a check": lambda: check_gradients(graph(), {"w": "2 x w", "b": 3.0}),
    "a hint": lambda: hint(graph(), {"w": None}),
    "a quiz": lambda: repr(quiz(graph())).partition(".save")[0],
    "marks": marks,
    "a diagnosis": lambda: diagnose(Value(-1.0, "a") ** 0.5 + 1.0),
}


@pytest.mark.parametrize("name", PRINTED)
def test_chinese_is_punctuated_as_chinese(name):
    with using_language("zh"):
        text = str(PRINTED[name]())
    assert re.search("[\u4e00-\u9fff]", text)
    assert not WRONG.findall(text)


@pytest.mark.parametrize("made", [of_kinks, of_classes])
def test_the_matrix_form_too(made):
    pytest.importorskip("numpy", reason="the matrix form is read from the array program")
    with using_language("zh"):
        text = str(of_model(made, form="matrix", lr=0.1))
    assert not WRONG.findall(text)


def test_titles_list_gradients_as_chinese_does():
    with using_language("zh"):
        assert str(derive(graph(), ["w", "b"])).startswith("推导：∂L/∂w、∂L/∂b\n")


def test_a_cell_that_cannot_be_read_is_told_in_chinese():
    with using_language("zh"):
        assert "“b”的梯度：“?”无法读懂：那里不应有“?”" in marks()
    assert "the gradient of “b”: “?” cannot be read: “?” is not expected there" in marks()
