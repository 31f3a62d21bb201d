"""Marks, reports and hints for a class."""

import csv
import io
import re

import pytest

from tinygrad_edu import Value, log, sigmoid, topological_order
from tinygrad_edu.language import using_language
from tinygrad_edu.teach import class_set, grade, hint
from tinygrad_edu.teach.classroom.answer_file import read_answers
from tinygrad_edu.teach.notation.wording import Wording
from tinygrad_edu.teach.record.ledger import Ledger

FILE = """\
name,z=,∂L/∂a,∂L/∂z,w,b
Ada,0.76,0.7627,0.1656,0.2815,"2(a - 0.3)a(1-a)"
Ben,,0.3814,0.08279,0.1407,0.0828
Cem,,0.7627,0.7627,1.2966,
Dai,0.8,0.7627,0.1656,0.2815,0.1656
Eve,,,,2q,=1+1
"""


def neuron():
    """L = (a - 0.3)², a = σ(z), z = wx + b = 0.76: ∂L/∂a = 0.7627, ∂L/∂z = 0.1656."""
    w, x, b = Value(0.8, "w"), Value(1.7, "x"), Value(-0.6, "b")
    z = w * x + b
    z.label = "z"
    a = sigmoid(z)
    a.label = "a"
    root = (a - 0.3) ** 2
    root.label = "L"
    return root


@pytest.fixture
def book(tmp_path):
    file = tmp_path / "class.csv"
    file.write_text(FILE, encoding="utf-8")
    return grade(neuron(), file)


def test_each_answer_has_its_mark(book):
    verdicts = {p.student: [mark.verdict for mark in p.marks] for p in book.papers}
    assert verdicts == {
        "Ada": ["right"] * 4,
        "Ben": ["wrong", "follows", "follows", "follows"],
        "Cem": ["right", "wrong", "follows", "blank"],
        "Dai": ["right"] * 4,
        "Eve": ["blank", "blank", "unreadable", "wrong"],
    }
    assert [p.points for p in book.papers] == [4.0, 3.0, 2.0, 4.0, 0.0]


def test_reports_name_the_slip_and_what_cannot_be_read(book):
    assert str(book["Ada"]).startswith("Ada: 4 of 4\n")
    assert "the exponent of L = (a − 0.3)² is not brought down" in str(book["Ben"])
    assert "3 are wrong only because they follow from a wrong one" in str(book["Ben"])
    assert "the inner derivative ∂a/∂z = 0.217111 of a = σ(z) is left out" in str(book["Cem"])
    assert "The forward pass goes wrong first: z = " in str(book["Dai"])
    assert "q is no name of this graph" in str(book["Eve"])
    with pytest.raises(KeyError, match="no paper of 'Max'; there are Ada, Ben"):
        book["Max"]


def test_the_tables(book, tmp_path):
    assert str(book).split("\n")[0] == "Marks: 13 of 20"
    rows = list(csv.reader(io.StringIO(book.marks.csv())))
    assert rows[0] == ["student", "∂L/∂a", "∂L/∂z", "∂L/∂w", "∂L/∂b", "points"]
    assert rows[2] == ["Ben", "✗", "✓ (follows)", "✓ (follows)", "✓ (follows)", "3"]
    with using_language("zh"):
        assert book.marks.rows[1][2] == "✓（推导无误）"
    slips = book.misconceptions.rows
    assert [row[0] for row in slips] == ["1", "1", "1"]
    assert {row[3] for row in slips} == {"Ben", "Cem", "Eve"}
    for suffix in (".csv", ".md", ".html"):
        book.save(tmp_path / f"marks{suffix}")
        assert "Ben" in (tmp_path / f"marks{suffix}").read_text(encoding="utf-8")
    # A spreadsheet takes the file for UTF-8 by its first bytes.
    assert (tmp_path / "marks.csv").read_bytes().startswith(b"\xef\xbb\xbfstudent,")
    page = (tmp_path / "marks.html").read_text(encoding="utf-8")
    assert "inner derivative" in page
    assert "width=device-width" in page
    with pytest.raises(ValueError, match=r"\.csv, \.md or \.html"):
        book.save(tmp_path / "marks.xlsx")


def test_a_graph_whose_leaves_have_moved_marks_nobody():
    w = Value(2.0, "w")
    root = (w * 3.0) ** 2
    w.data = 1.5
    with pytest.raises(ValueError, match=r"w has changed .* before you mark a class by it"):
        grade(root, {"Ada": {"w": "18 w"}})


def test_the_same_slip_of_several_students_is_counted():
    answers = {name: {"w": 1.2966} for name in ("Ada", "Ben", "Cem")} | {"Dai": {"w": 0.1408}}
    table = grade(neuron(), answers).misconceptions
    assert [(row[0], row[3]) for row in table.rows] == [("3", "Ada, Ben, Cem"), ("1", "Dai")]


def test_one_slip_on_sheets_with_other_numbers_is_one_slip():
    sheets = class_set(neuron(), ["Ada", "Ben"], "w", seed=1)
    answers = {}
    for student, sheet in sheets.sheets.items():
        v = {u.label: u.data for u in topological_order(sheet.root)}
        above = 2 * (v["a"] - 0.3)
        answers[student] = {"a": above, "z": above, "w": above * v["a"] * v["x"]}
    rows = sheets.grade(answers).misconceptions.rows
    assert rows == (
        ("2", "∂L/∂z", "the inner derivative ∂a/∂z of a = σ(z) is left out", "Ada, Ben"),
        ("2", "∂L/∂w", "a = σ(z) itself stands where its derivative … belongs", "Ada, Ben"),
    )


@pytest.mark.parametrize(
    ("cells", "verdicts"),
    [  # ∂L/∂a = 2(a − 0.3) = 0.7627, σ′ = 0.2171, x = 1.7; worked out by hand
        (("0.7627", "0.7627", "1.2966", "0.7627"), "right wrong follows follows"),  # σ′ left out
        (("0.7627", "0.5197", "0.8834", "0.5197"), "right wrong follows follows"),  # σ for σ′
        (("0.3814", "0.0828", "0.1408", "0.0828"), "wrong follows follows follows"),  # 2 lost
        (("0.7627", "0.7627", "1.2966", "1.2966"), "right wrong follows wrong"),  # and x at b
        (("0.7627", "0.7627", "0.2815", "0.7627"), "right wrong right follows"),  # w is right anew
    ],
)
def test_what_follows_from_an_own_mistake_by_hand(cells, verdicts):
    answers = dict(zip("azwb", cells))
    for follow in (1.0, 0.5, 0.0):
        paper = grade(neuron(), {"Ada": answers}, follow=follow)["Ada"]
        assert [mark.verdict for mark in paper.marks] == verdicts.split()
        worth = {"right": 1.0, "follows": follow, "wrong": 0.0}
        assert paper.points == sum(worth[verdict] for verdict in verdicts.split())


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [
        *[
            (cell, "right")
            for cell in ("0.2815", "+0.2815", ".2815", "'0.2815", "0,2815", "2.815e-1")
        ],
        *[
            (cell, "right")
            for cell in ("2.815×10⁻¹", "2.815*10^-1", "０．２８１５", "0.28151", "≈0.2815")
        ],
        *[(cell, "right") for cell in ("=0.2815", "∂L/∂w = 0.2815", "dL/dw=2(a-0.3)a(1-a)x")],
        *[(cell, "right") for cell in (r"$2(a-0.3)\sigma'(z)\,x$", "２（a－０．３）a（1－a）x")],
        *[(cell, "blank") for cell in ("", " ", "-", "–", "—")],
        *[
            (cell, "wrong")
            for cell in ("1/3", "−0,299", "2e-3", "1.2×10⁻³", "x", "28.15", "0.2851")
        ],
        *[
            (cell, "unreadable")
            for cell in ("0.2815 V", "28%", "?", "n/a", "#REF!", "1,500", "nan")
        ],
        *[(cell, "unreadable") for cell in ("∂L/∂b = 0.2815", "2.815 e-1", "0.281 5", "<b>1</b>")],
        *[(cell, "unreadable") for cell in ("__import__('os')", "(" * 10_000, "0.28 or 0.3")],
    ],
)
def test_whatever_stands_in_a_cell(tmp_path, cell, verdict):
    file = tmp_path / "class.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([("name", "w", "b"), ("Ada", cell, "0.1656")])
    paper = grade(neuron(), file)["Ada"]
    assert [mark.verdict for mark in paper.marks] == [verdict, "right"]
    assert len(str(paper)) < 600


def test_follow_through_credit_can_be_less():
    book = grade(neuron(), {"Ben": {"a": 0.3814, "z": 0.0828}}, follow=0.5)
    assert book["Ben"].points == 0.5


def test_each_student_may_have_their_own_graph():
    graphs = {"Ada": neuron(), "Ben": neuron() * 2.0}
    book = grade(graphs, {"Ada": {"a": 0.7627}, "Ben": {"a": 1.5254}})
    assert [p.points for p in book.papers] == [1.0, 1.0]
    with pytest.raises(ValueError, match="no sheet for 'Max': there are Ada, Ben"):
        grade(graphs, {"Max": {"a": 0.7627}})
    with pytest.raises(ValueError, match="no sheet for 'ada': did you mean 'Ada'"):
        grade(graphs, {"ada": {"a": 0.7627}})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,w\n", "has no answers"),
        ("name,w\nAda,1\nAda,2\n", "line 3: 'Ada' is there twice"),
        ("name,w\nAda,1,2\n", "line 2 has 3 cells, and the header 2"),
        ("name,q\nAda,1\n", "'q' is about no value .* called by one of w, x, b, z, a, L"),
        ("name,ww,b\nAda,1,2\n", "the column 'ww' .*: did you mean 'w'\\?"),
        ("name,dL/dB\nAda,1\n", "the column 'dL/dB' .*: did you mean 'b'\\?"),
        ("name,grad W\nAda,1\n", "did you mean 'w'"),
        ("name,zz=,w\nAda,1,2\n", "the column 'zz=' .*: did you mean 'z'"),
        ("name,w,∂L/∂w\nAda,1,2\n", "the columns 'w' and '∂L/∂w' are for one value"),
        ("name,w,w\nAda,1,2\n", "there are 2 columns called 'w'"),
        ("name,,w\nAda,1,2\n", "column 2 has no name in the header"),
        ("name,w\n,1\n", "line 2 has answers and no name of a student"),
        ('name,w\nAda,"1\nBen,2\n', "is a quotation mark missing"),
        ("name\nAda\n", "no gradients to mark"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path, text, says):
    file = tmp_path / "class.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        grade(neuron(), file)


def test_other_delimiters_a_byte_order_mark_and_spreadsheets_apostrophes(tmp_path):
    file = tmp_path / "class.csv"
    file.write_text("\ufeffname;w;b\nAda;0.2815;'0.1656\n\n", encoding="utf-8")
    assert grade(neuron(), file)["Ada"].points == 2.0


def test_a_name_that_a_spreadsheet_would_run_is_text():
    book = grade(neuron(), {"=1+1": {"w": 0.2815}, "<b>|": {"w": 1}})
    assert "'=1+1" in book.marks.csv()
    assert "<b>" not in book.marks.html()
    assert "<b>|" not in book.marks.markdown()


# Hints


def test_hints_tell_more_and_more_of_the_next_step():
    answers = {"a": 0.7627, "z": 0.7, "w": None}
    assert [hint(neuron(), answers, level) for level in (1, 2, 3, 4)] == [
        "The next step is ∂L/∂z: z is used in a = σ(z).",
        "∂L/∂z = ∂L/∂a · ∂a/∂z",
        "∂L/∂z = 2 · (a − 0.3) · a · ______",
        "∂L/∂z = ∂L/∂a · ∂a/∂z = 2 · (a − 0.3) · a · (1 − a) = 0.762707 · 0.217111 = 0.165592",
    ]


def systems_graphs():
    """The graph of each worked system, and the model of those that have one."""
    from tinygrad_edu.systems import chain_111, delta_231, linear_231, logistic, relu_10_20_1, xor

    for system in (chain_111, delta_231, linear_231, logistic):
        yield system.graph(), None
    model = xor.numpy_network(0)
    yield xor.half_sum_of_squares([model([0.0, 1.0]), model([1.0, 1.0])], [1.0, 0.0]), model
    model = relu_10_20_1.network(0)
    X, y = relu_10_20_1.samples(0)
    yield (model(X[0]) - y[0]) ** 2, model


def numbers_in(text):
    return {
        float(x.replace("−", "-")) for x in re.findall(r"(?<![\w.₀-₉⁰-⁹])−?\d+\.\d+(?!\w)", text)
    }


@pytest.mark.parametrize("number", range(6))
def test_the_hints_of_each_system_are_true_and_come_to_the_answer(number):
    root, model = list(systems_graphs())[number]
    words = Wording(root, model)
    gradients = Ledger(root).gradients
    wanted = [v for v in words.names if v is not root and (v.label or not v.op)][:20]
    answers = dict.fromkeys(wanted)
    for _ in range(len(wanted)):
        step, chain, factors, line = [hint(root, answers, k, model=model) for k in (1, 2, 3, 4)]
        v = next(v for v in wanted if f" {words.gradient(v)}:" in step)
        assert answers[v] is None
        answer = float(line.rsplit(" = ", 1)[-1].replace("−", "-"))
        assert answer == pytest.approx(gradients[v], rel=1e-5, abs=1e-12)
        assert "______" in factors
        assert "______" not in line
        assert line.startswith(words.gradient(v))
        for before in (step, chain, factors):  # none tells the answer
            assert not any(x == pytest.approx(answer, rel=1e-3) for x in numbers_in(before) if x)
        if " = " in chain and "Differentiate" not in chain:
            assert line.startswith(chain)
        answers[v] = gradients[v]
    assert hint(root, answers, model=model) == "Every gradient is right."


def test_the_third_hint_keeps_the_form_of_the_line():
    """A blank for the last factor or divisor of each term: of what is not simplified yet."""
    a, y = Value(0.8, "a"), Value(1.0, "y")
    loss = -(y * log(a) + (1.0 - y) * log(1.0 - a))
    assert hint(loss, {"a": None}, 3) == "∂L/∂a = −y/______ + (1 − y) / ______"
    assert hint(0.5 * (a - y) ** 2, {"a": None}, 3) == "∂L/∂a = ½ · 2 · ______"


def test_a_hint_for_a_value_that_is_used_twice():
    x = Value(2.0, "x")
    y = x * 3.0
    y.label = "y"
    u, v = y**2, sigmoid(y)
    u.label, v.label = "u", "v"
    root = u * v
    assert hint(root, {"y": None}) == (
        "The next step is ∂L/∂y: y is used 2 times, in u = y²; v = σ(y), and each gives a "
        "contribution; they add up."
    )


def test_hints_come_to_an_end():
    assert hint(neuron(), {"w": 0.2815}) == "Every gradient is right."
    root = neuron()
    assert hint(root, {root: None}) == "∂L/∂L is 1, as ever."
    assert hint(root, {"a": None}, 2) == "Differentiate L = (a − 0.3)² by a."
    with pytest.raises(ValueError, match="level is 1 to 4, not 5"):
        hint(root, {"w": None}, 5)
    with pytest.raises(ValueError, match="no gradients are asked for"):
        hint(root, {})


def test_a_spreadsheet_may_have_decimal_commas_where_semicolons_separate(tmp_path):
    w, x = Value(0.5, "w"), Value(0.25, "x")
    root = (w * x) ** 2
    file = tmp_path / "klasse.csv"
    lines = ["姓名;w;x", "王芳;0,0625;0,125", "李伟; −0,0625 ;2·(w·x)·w", "赵敏;;6,25e-2"]
    file.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
    book = grade(root, file)
    assert [book[name].points for name in ("王芳", "李伟", "赵敏")] == [2.0, 1.0, 0.0]
    assert "?" not in str(book)


def test_a_file_in_another_encoding_is_refused_in_words(tmp_path):
    file = tmp_path / "class.csv"
    file.write_bytes("姓名;w\n王芳;1\n".encode("gbk"))
    w = Value(0.5, "w")
    with pytest.raises(ValueError, match="is not in UTF-8: save it as UTF-8"):
        grade(w * w, file)


def test_a_comma_in_a_file_separated_by_commas_is_no_decimal_point(tmp_path):
    """1,500 may be fifteen hundred there: it stays as it is, and is not read as a number."""
    file = tmp_path / "answers.csv"
    file.write_text('student,w,b\nAda,"1,500","-0,25"\n', encoding="utf-8")
    assert read_answers(file) == {"Ada": {"w": "1,500", "b": "-0.25"}}


def penalised():
    """J = (a - 1)² + 0.1 (w₁² + w₂²) of a neuron with two inputs."""
    w1, w2, b = Value(0.5, "w1"), Value(-0.25, "w2"), Value(0.1, "b")
    z = w1 * 1.5 + w2 * -2.0 + b
    z.label = "z"
    a = sigmoid(z)
    a.label = "a"
    root = (a - 1.0) ** 2 + 0.1 * (w1**2 + w2**2)
    root.label = "J"
    return root


def test_one_slip_that_several_gradients_show_is_one_mistake():
    """tanh′ for σ′, with ∂J/∂z not written down: b is where it shows first."""
    a = 1 / (1 + 2.718281828459045**-1.35)
    delta = 2 * (a - 1) * (1 - a * a)
    answers = {"z": None, "b": delta, "w1": 1.5 * delta + 0.1, "w2": -2 * delta - 0.05}
    short = {v: None if x is None else f"{x:.5g}" for v, x in answers.items()}
    paper = grade(penalised(), {"Ada": short}, follow=0.5)["Ada"]
    assert [mark.verdict for mark in paper.marks] == ["blank", "wrong", "follows", "follows"]
    assert paper.points == 1.0


def test_two_gradients_that_are_exchanged_are_two_mistakes():
    answers = {"z": "-0.0673", "w1": "0.0846", "w2": "-0.000972", "z=": "1.35", "a=": "0.794"}
    paper = grade(penalised(), {"Ada": answers})["Ada"]
    assert [mark.verdict for mark in paper.marks] == ["right", "wrong", "wrong"]
    assert "∂J/∂w2 and ∂J/∂w1 are exchanged" in str(paper)


def test_a_report_names_every_slip_of_its_own():
    answers = {"a": "2(1 - a)", "z": "∂J/∂a · a(1 - a)", "b": "∂J/∂z + 0.2 b"}
    paper = grade(penalised(), {"Ada": answers})["Ada"]
    assert [mark.verdict for mark in paper.marks] == ["wrong", "follows", "wrong"]
    assert "by 2 · (1 − a): the sign is wrong.\n" in str(paper)
    says = "a term for b is added, as that of w1² for w1: b is in no penalty."
    assert str(paper).endswith(f"\n∂J/∂b: {says}")


def test_what_goes_wrong_besides_the_forward_pass_is_told():
    answers = {"z=": "0.35", "z": "-0.2005", "b": "0.2005"}
    report = str(grade(penalised(), {"Ada": answers})["Ada"])
    assert "should be 1.35 and you have 0.35." in report
    assert report.endswith("\nIt goes wrong besides, in ∂J/∂b.\n∂J/∂b: the sign is wrong.")


def test_the_lines_of_a_report_are_paragraphs_in_markdown(book, tmp_path):
    book.save(tmp_path / "book.md")
    text = (tmp_path / "book.md").read_text(encoding="utf-8")
    assert "\nBen: 3 of 4\n\n∂L/∂a should be" in text
    assert r"\.\n\nNone of the 4 gradients is right;".replace(r"\n", "\n") in text


def test_a_list_in_chinese():
    answers = {"z=": "0.8", "z": "0.16684", "w": "0.28363", "x": "0.13347", "b": "0.16684"}
    with using_language("zh"):
        report = str(grade(neuron(), {"王芳": answers})["王芳"])
    assert re.search("∂L/∂[zwxb]、∂L/∂[zwxb]、∂L/∂[zwxb] 和 ∂L/∂[zwxb]", report), report


def test_a_column_that_nobody_has_filled_in_counts(tmp_path):
    file = tmp_path / "class.csv"
    file.write_text("name,w,b\nAda,0.2815,\nBen\n", encoding="utf-8")
    assert read_answers(file) == {"Ada": {"w": "0.2815", "b": ""}, "Ben": {"w": "", "b": ""}}
    book = grade(neuron(), file)
    assert str(book).startswith("Marks: 1 of 4\n")
    assert book["Ben"].points == 0


def test_formulas_follow_from_a_wrong_forward_pass():
    """A formula is worked out with the student's own z and a, as a number would be."""
    formulas = {"a": "a - 1", "z": "∂J/∂a · σ'(z)", "w1": "∂J/∂z · 1.5 + 0.2 w1", "b": "dJ/dz"}
    paper = grade(penalised(), {"Ada": {"z=": "0.35", "a=": "0.5866", **formulas}})["Ada"]
    assert [mark.verdict for mark in paper.marks] == ["wrong", "follows", "follows", "follows"]
    assert str(paper).endswith("∂J/∂a: the exponent of (a − 1)² is not brought down as a factor.")
    right = {**formulas, "a": "2(a - 1)"}
    rounded = grade(penalised(), {"Ada": {"z=": "1.35", "a=": "0.794", **right}})["Ada"]
    assert [mark.verdict for mark in rounded.marks] == ["right"] * 4
