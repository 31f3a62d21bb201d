"""The ledger is the backward pass, line by line and to the last bit."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from pathlib import Path

import pytest
from graphs import random_graph

from tinygrad_edu import Value, exp, no_grad, topological_order
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach.ledgers import SHOWN, ledger
from tinygrad_edu.teach.record.ledger import Entry

HOSTILE = (
    '=HYPERLINK("http://evil.example")',
    "+1+cmd|' /C calc'!A0",
    "-2",
    "@SUM(A1)",
    'a,"b"\r\nc',
    "a|b\n| c |",
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "**bold** `code` $\\frac$",
    "&lt;",
)


def by_hand() -> tuple[Value, Value, Value]:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    return a * b + a, a, b


def test_of_a_graph_worked_by_hand() -> None:
    y, a, b = by_hand()
    product = y.operands[0]
    # y = ab + a: ∂y/∂(ab) = 1, then ∂y/∂a = 1 directly, and through ab: b = -3; ∂y/∂b = a = 2
    assert list(ledger(y)) == [
        Entry(y, product, 0, 1.0, 1.0, 1.0, 1.0),
        Entry(y, a, 1, 1.0, 1.0, 1.0, 1.0),
        Entry(product, a, 0, 1.0, -3.0, -3.0, -2.0),
        Entry(product, b, 1, 1.0, 2.0, 2.0, 2.0),
    ]
    assert ledger(y).gradients == {a: -2.0, b: 2.0, product: 1.0, y: 1.0}
    assert ledger(y).completed == [y, product, a, b]


@pytest.mark.parametrize("seed", range(60))
def test_totals_are_those_of_backward_to_the_last_bit(seed: int) -> None:
    root = random_graph(seed, size=25)
    book = ledger(root)
    totals = {e.operand: e.total for e in book}
    root.backward()
    for v in topological_order(root):
        assert book.gradients[v] == v.grad
        assert v is root or totals[v] == v.grad
    for e in book:
        assert e.operand is e.node.operands[e.position]
        assert e.upstream == e.node.grad
        assert e.local == e.node.local_grads[e.position]
        assert e.contribution == e.node.contributions[e.position]


def test_a_quotient_contributes_what_backward_rounds_once() -> None:
    x = Value(49.0)
    y = (x / 49.0) * 0.1
    [_, last] = ledger(y)
    y.backward()
    assert last.contribution == x.grad == 0.1 / 49.0


def test_lines_come_in_the_order_in_which_gradients_are_finished() -> None:
    root = random_graph(7, size=25)
    seen: set[Value] = set()
    for e in ledger(root):
        assert e.operand not in seen  # nothing is added to a gradient that was passed on
        seen.add(e.node)
    completed = ledger(root).completed
    assert completed[0] is root
    assert set(completed) == set(topological_order(root))
    for e in ledger(root):
        assert completed.index(e.node) < completed.index(e.operand)


def test_it_disturbs_no_gradient() -> None:
    y, a, b = by_hand()
    a.grad, b.grad, y.grad = 7.0, 8.0, 9.0
    with no_grad():
        str(ledger(y)), ledger(y).csv(), ledger(y).markdown()
    assert (a.grad, b.grad, y.grad, y.operands[0].grad) == (7.0, 8.0, 9.0, 0.0)


def test_a_leaf_has_an_empty_ledger() -> None:
    x = Value(3.0, label="x")
    book = ledger(x)
    assert len(book) == 0
    assert book.gradients == {x: 1.0}
    assert book.completed == [x]
    assert str(book).startswith("The backward pass from x = 3: ∂x/∂x = 1")
    assert book.csv().count("\n") == 1


def test_as_a_table() -> None:
    y, _, _ = by_hand()
    assert str(ledger(y)) == (
        "The backward pass from L = −4: ∂L/∂L = 1; each line adds upstream · local to the gradient "
        "of its operand.\n"
        "step  from  operation  to  upstream  local  contribution  running total\n"
        "   1  L     a · b + a  v₁         1      1             1              1\n"
        "   2  L     a · b + a  a          1      1             1              1\n"
        "   3  v₁    a · b      a          1     −3            −3             −2\n"
        "   4  v₁    a · b      b          1      2             2              2"
    )


def test_parameters_are_named_by_their_model() -> None:
    model = MLP(2, [2, 1], seed=1)
    table = str(ledger(model([1.0, 2.0]), model))
    assert "w⁽¹⁾₂₁" in table
    assert "b⁽²⁾₁" in table


def test_a_long_table_says_what_it_leaves_out() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(1200):
        y = y + 1.0
    book = ledger(y)
    assert len(str(book).splitlines()) == SHOWN + 3
    for shown in (str(book), book.markdown(), book._repr_html_()):
        assert "… and 1,140 more contributions (csv() has them all)" in shown
    assert len(book.csv().splitlines()) == 1201


def test_csv_keeps_every_bit() -> None:
    root = random_graph(3)
    book = ledger(root)
    rows = list(csv.DictReader(io.StringIO(book.csv())))
    assert len(rows) == len(book)
    for i, (row, e) in enumerate(zip(rows, book), 1):
        assert (row["step"], row["from"], row["to"]) == (str(i), e.node.label, e.operand.label)
        numbers = [row[c] for c in ("upstream", "local", "contribution", "running total")]
        assert [float(x) for x in numbers] == [e.upstream, e.local, e.contribution, e.total]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_text_in_csv(label: str) -> None:
    x = Value(2.0, label=label)
    [row] = csv.DictReader(io.StringIO(ledger(exp(x)).csv()))
    assert None not in row
    for text in (row["to"], row["from"], row["operation"]):
        assert not text.startswith(("=", "+", "-", "@"))
    text = " ".join(label.split())
    assert row["to"].removeprefix("'") in (text, f"“{text}”")  # quoted if it reads as a number


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_text_in_markdown(label: str) -> None:
    lines = ledger(exp(Value(2.0, label=label))).markdown().splitlines()
    [row] = lines[4:]
    assert row.replace("\\|", "").count("|") == 9
    for mark in "<>":
        assert mark not in row
    for mark in "*`[]$":
        assert mark not in row.replace(f"\\{mark}", "")


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_text_in_html(label: str) -> None:
    class Reader(HTMLParser):
        tags: frozenset[str] = frozenset()
        text = ""

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.tags |= {tag}

        def handle_data(self, data: str) -> None:
            self.text += data

    reader = Reader()
    reader.feed(ledger(exp(Value(2.0, label=label)))._repr_html_())
    assert reader.tags == {"div", "p", "table", "thead", "tbody", "tr", "th", "td"}
    assert " ".join(label.split()) in reader.text


def test_it_is_saved_as_csv(tmp_path: Path) -> None:
    book = ledger(random_graph(1))
    book.save(tmp_path / "ledger.csv")
    assert (tmp_path / "ledger.csv").read_text(encoding="utf-8") == "\ufeff" + book.csv()
    with pytest.raises(ValueError, match=r"saved as \.csv, so .*ledger\.xlsx"):
        book.save(tmp_path / "ledger.xlsx")
