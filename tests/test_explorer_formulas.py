"""Formulas in the explorer's predict mode: judged as `check_gradients` judges them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from explorer_page import gradients
from graphs import random_graph

from tinygrad_edu import Value, log, maximum, relu, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach import check_gradients
from tinygrad_edu.teach.notation.expression import Expression, Number, Symbol
from tinygrad_edu.teach.notation.formula import expression, names
from tinygrad_edu.teach.notation.plain import Text
from tinygrad_edu.teach.record.ledger import Ledger
from tinygrad_edu.teach.typed.folding import folded
from tinygrad_edu.teach.typed.formula import Point, Reader
from tinygrad_edu.view.explorer.explore import explore

JUDGE = """([asked]) => {
  const explorer = document.querySelector("tinygrad-explorer");
  return asked.map(([i, typed]) => {
    const node = explorer.graph.nodes[i];
    let formula;
    try {
      formula = explorer.quiz.read(typed);
      const { right, elsewhere } = explorer.quiz.formulas.judge(formula, node);
      return right ? "right" : elsewhere ? "chance" : "wrong";
    } catch (error) {
      if (error.constructor.name !== "Unreadable") throw error;
      return "unreadable";
    }
  });
}"""


def neuron() -> Value:
    w, x, b, y = Value(0.8, "w"), Value(1.5, "x"), Value(-0.6, "b"), Value(0.3, "y")
    z = w * x + b
    z.label = "z"
    a = z.sigmoid()
    a.label = "a"
    root = (a - y) ** 2
    root.label = "L"
    return root


class Derivation:
    """Right formulas for the gradients of a graph, in the plain notation, expanded at random."""

    def __init__(self, root: Value, draw: random.Random) -> None:
        self.root, self.draw, self.names = root, draw, names(root)
        self.entries = list(Ledger(root))
        self.symbols = {v: Symbol(name, v.data) for v, name in self.names.items()}

    def gradient(self, v: Value, depth: int = 0) -> str:
        terms = []
        for e in self.entries:
            if e.operand is not v:
                continue
            above = f"∂{self.in_brackets(self.root)}/∂{self.in_brackets(e.node)}"
            if e.node is self.root:
                above = "1"
            elif depth < 3 and self.draw.random() < 0.7:
                above = f"({self.gradient(e.node, depth + 1)})"
            terms.append(f"{above} · ({self.local(e)})")
        return " + ".join(terms)

    def in_brackets(self, v: Value) -> str:
        return self.names[v].text

    def local(self, e: Any) -> str:
        (place,) = [i for i, x in enumerate(e.node.arguments) if isinstance(x, Value)][
            e.position : e.position + 1
        ]
        leaves = [Value(x.data) if isinstance(x, Value) else x for x in e.node.arguments]
        output = Value(e.node.data)
        symbols = {
            copy: self.symbols[x]
            for copy, x in zip(leaves, e.node.arguments, strict=True)
            if isinstance(x, Value)
        }
        symbols[output] = self.symbols[e.node]
        found = e.node.op.rules[place](*leaves, output)
        written: Expression = Number(found)
        if isinstance(found, Value):
            written = symbols.get(found) or expression(found, symbols)
        return Text(digits=17).write(written)


def spoilt(text: str, d: Derivation) -> str:
    """The text with a slip in it, or one that only these numbers hide, or no formula any more."""
    draw, values = d.draw, list(d.names)
    v = draw.choice(values)
    name = d.names[v].text
    match draw.randrange(7):
        case 0:
            return text.replace(name, repr(v.data), 1)
        case 1:
            return text.replace(name, d.names[draw.choice(values)].text, 1)
        case 2:
            return text.replace("+", "-", 1)
        case 3:
            return f"2 * ({text})"
        case 4:
            return text + f" * {name} / {v.data!r}"
        case 5:
            i = draw.randrange(len(text))
            return text[:i] + text[i + 1 :]
        case _:
            i = draw.randrange(len(text))
            return text[:i] + draw.choice("()+*^_,'|²=q\\{") + text[i:]


def verdict(root: Value, v: Value, typed: str) -> str:
    try:
        report = check_gradients(root, {v: typed})
    except ValueError:
        return "unreadable"
    if report:
        return "right"
    assert report.first is not None
    return "chance" if report.first.where else "wrong"


def graphs() -> Iterator[Value]:
    for seed in range(9):
        yield random_graph(seed, size=7, labels=seed % 2 == 0)
    yield neuron()
    a, b = Value(2.0, "a"), Value(-0.5, "b")
    yield maximum(relu(a * b + 3.0), a) * (a.leaky_relu(0.2) + b.abs() + b.exp())
    yield log(a) / (b - a.sin()) + (a**b).atan2(b)
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    yield (model([0.5, -1.0]) - 1.0) ** 2.0


@pytest.mark.parametrize("root", list(graphs()))
def test_the_page_judges_as_python_does(visit: Callable[..., Any], root: Value) -> None:
    draw = random.Random(len(topological_order(root)))
    d = Derivation(root, draw)
    order = topological_order(root)
    asked: list[tuple[Value, str]] = []
    for _ in range(60):
        v = draw.choice(order[:-1])
        text = d.gradient(v)
        if len(text) > 1500:
            continue
        asked.append((v, text if draw.random() < 0.3 else spoilt(text, d)))
    page = visit(explore(root))
    found = page.evaluate(JUDGE, [[[order.index(v), text] for v, text in asked]])
    expected = [verdict(root, v, text) for v, text in asked]
    wrong = [(t, e, f) for (_, t), e, f in zip(asked, expected, found, strict=True) if e != f]
    assert wrong == []
    assert expected.count("right") >= 10
    assert {"wrong", "unreadable"} <= set(expected)


def test_a_number_that_is_worked_out_from_one_decimal_has_all_its_digits(
    visit: Callable[..., Any],
) -> None:
    # 0.3/7 = 0.0428571… is 0.0429 only where it is written with two, as 0.3/7.0
    w = Value(2.0, label="w")
    root = w * 0.0429
    typed = ["0.3/7", "0.3/7.0", "0.0429", ".3/7", "0.3/7.0 + 0.0"]
    expected = ["wrong", "right", "right", "wrong", "right"]
    assert [verdict(root, w, text) for text in typed] == expected
    assert visit(explore(root)).evaluate(JUDGE, [[[0, text] for text in typed]]) == expected


def predict(page: Any, name: str, answer: str) -> str:
    page.select_option("#asked", label=name)
    page.fill("#answer", answer)
    page.keyboard.press("Enter")
    return str(page.locator("#verdict").inner_text())


def test_a_right_formula_shows_the_gradient(visit: Callable[..., Any]) -> None:
    page = visit(explore(neuron()))
    page.click("#predict")
    typed = r"2\left(a - y\right) a (1-a) \cdot x"
    page.select_option("#asked", label="w")
    page.fill("#answer", typed)
    assert page.locator("#understood").inner_text() == "read as 2 · (a − y) · a · (1 − a) · x"
    assert gradients(page)["w"] == "?"
    said = predict(page, "w", typed)
    assert said.startswith("Right: ∂L/∂w = 2 · (a − y) · a · (1 − a) · x = 0.237242.")
    assert page.locator("#understood").inner_text() == ""
    assert gradients(page)["w"] == pytest.approx(of_names(neuron())["w"], rel=1e-5)


def of_names(root: Value) -> dict[str, float]:
    named = names(root)
    return {named[v].text: x for v, x in Ledger(root).gradients.items()}


def test_a_formula_that_is_right_by_coincidence_is_found_out(visit: Callable[..., Any]) -> None:
    x, w = Value(2.0, label="x"), Value(2.0, label="w")
    page = visit(explore(w * x * x))
    page.click("#predict")
    said = predict(page, "x", "w^2 x")  # 2wx = 8 is right, and w²x is 8 too
    assert said.startswith("∂L/∂x is right with these numbers alone: with")
    # What it should be at those numbers, and what the formula gives, are worked out by them.
    found = {
        name: float(value) for name, value in re.findall(r"(\w) = ([\d.]+)", said.split("with ")[2])
    }
    right, given = (
        float(s.strip(" .")) for s in said.split("should be ")[1].split(", and your w² · x gives ")
    )
    assert right == pytest.approx(2 * found["w"] * found["x"], rel=1e-4)
    assert given == pytest.approx(found["w"] ** 2 * found["x"], rel=1e-4)
    assert "?" in gradients(page).values()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("2*(a-q)", "q is no name of this graph; there are w, x, b"),
        ("2*(a-y", "“)” is missing at the end"),
        ("2*(a-y]*x", "“)” is missing before “]*x”"),
        ("a+*y", "“*” is not expected there, before “y”"),
        ("σ''(z)", "σ″ is a second derivative"),
        ("max(1)", "max takes 2 arguments, not 1"),
        ("∂L/∂w", "the formula for ∂L/∂w has ∂L/∂w in it"),
        ("x/(x-x)", "gives ∞ here"),
        (r"\constructor{a}", "is no name of this graph"),
        ("constructor(a)", "is no name of this graph"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    visit: Callable[..., Any], typed: str, says: str
) -> None:
    page = visit(explore(neuron()))
    page.click("#predict")
    assert says in predict(page, "w", typed)


def test_a_slip_in_a_formula_is_explained(visit: Callable[..., Any]) -> None:
    page = visit(explore(neuron()))
    page.click("#predict")
    said = predict(page, "w", "2 (a - y) x")
    assert said.startswith("Not yet: 2 · (a − y) · x gives ")
    assert "the inner derivative" in said
    assert "None" not in said
    assert predict(page, "w", "7 x").endswith("here, and that is not ∂L/∂w.")
    assert predict(page, "w", "∂L/∂a · ∂a/∂z · x").startswith("Right")


TYPED = [
    *(
        "2*(ŷ - y)*ŷ*(1-ŷ)*x1",
        r"2\left(\hat{y}-y\right)\sigma'(z_1)\,x_1",
        "2·(yhat − y)·σ′(z₁)·x₁",
    ),
    *("2 (y_hat - y) sigmoid'(z1) x_{1}", r"$\frac{\partial L}{\partial z_1} \cdot x_1$", "δ₁x₁"),
    *("dL/dz_1 * x_1", "∂ŷ/∂w₁", "-z1^2", "(-z1)²", "½ z1", r"\frac12 z_1", "1/2z1", "1e-3 x1"),
    *("1/(1+e^-z1)", "sin² z1 + cos^2(z1)", "|−z1|", "√z1", "max(b, 0) + relu(z1)", "z1z1"),
    *("log10(x1) + log₁₀(x1) + log_{10} x1", r"\operatorname{ReLU}(z_1)", "[2{z1}(b)]", "elu(b)"),
    *("２×（ŷ－ｙ）ŷ（1－ŷ）𝑥₁", "w_1x_1 + w_1x1", r"\frac z_1 2 + \frac1{2} + \frac\pi2", "2**3"),
    *(r"\sqrt z_1 \sqrt 4", r"\(\sigma^\prime(z_1)\,\{2\}\)", "∣−z1∣ · lg 100 + ⅛", "x1\u2062z1"),
]

REFUSED = (
    *("1.2.3", "1 000", "2··3", "sin⁻¹(z1)", "d/dz σ(z1)", "2^" * 900 + "2", "2/" * 900 + "1"),
    *("sin " * 450 + "1", "(" * 1999, r"\frac" * 300, r"\|z1\|", "z1 = 2"),
)


def test_what_is_typed_is_read_as_python_reads_it(visit: Callable[..., Any]) -> None:
    w, x, b, y = Value(0.8, "w1"), Value(1.7, "x₁"), Value(-0.6, "b"), Value(0.3, "y")
    z = w * x + b
    z.label = "z_1"
    out = z.sigmoid()
    out.label = "ŷ"
    root = (out - y) ** 2
    root.label = "L"
    reader = Reader(root, names(root))
    point = Point(root, {v: v for v in topological_order(root)})
    page = visit(explore(root))
    page.evaluate("document.querySelector('tinygrad-explorer').quiz.read('1')")
    of_page = """(texts) => texts.map((text) => {
      const { formulas } = document.querySelector("tinygrad-explorer").quiz;
      const { reader, here } = formulas;
      const formula = reader.read(text);
      const again = reader.read(formulas.written(formula));
      return [reader.folding.fold(text), here.evaluate(formula), here.evaluate(again)];
    })"""
    for text, (fold, value, again) in zip(TYPED, page.evaluate(of_page, TYPED), strict=True):
        formula = reader.read(text)
        assert fold == folded(text)
        assert value == pytest.approx(formula(point.numbers(formula)), rel=1e-12), text
        assert again == pytest.approx(value, rel=1e-5), text  # what is shown says the same
    refused = """(texts) => texts.map((text) => {
      try {
        document.querySelector("tinygrad-explorer").quiz.read(text);
        return "read";
      } catch (error) {
        return error.constructor.name;
      }
    })"""
    assert page.evaluate(refused, list(REFUSED)) == ["Unreadable"] * len(REFUSED)
    for text in REFUSED:
        with pytest.raises(ValueError, match="cannot be read"):
            reader.read(text)
