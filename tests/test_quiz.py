"""A quiz for Moodle and for nbgrader: well-formed, right, and with the slips as feedback."""

import contextlib
import io
import json
import re
import xml.etree.ElementTree as ET

import moodle_reading
import pytest
from graphs import random_graph

from tinygrad_edu import Value, sigmoid
from tinygrad_edu.language import using_language
from tinygrad_edu.nn import MLP
from tinygrad_edu.teach import check_gradients, names, quiz


def neuron():
    w, x, b = Value(0.8, "w"), Value(1.7, "x"), Value(-0.6, "b")
    a = sigmoid(w * x + b)
    a.label = "a<b&c"
    return (a - 0.3) ** 2


def test_every_wrong_answer_is_wrong_and_told_apart_by_its_number():
    for question in quiz(neuron()).questions:
        numbers = [x for x, _ in question.wrong]
        assert len(set(numbers)) == len(numbers) >= 5
        assert all(abs(x - question.right) > 1e-12 for x in numbers)
        assert all(says for _, says in question.wrong)


def test_moodle_numbers():
    root = neuron()
    made = ET.fromstring(quiz(root, ["w", "b"], title="Week 3").moodle().split("\n", 1)[1])
    first, second = made.findall("question")
    assert first.get("type") == "numerical"
    assert first.findtext("name/text") == "Week 3: ∂L/∂w"
    text = first.findtext("questiontext/text")
    assert r"\(w = 0.8,\; x = 1.7,\; b = -0.6\)" in text
    assert r"\frac{\partial L}{\partial w}" in text
    root.backward()
    w = root.operands[0].operands[0].operands[0].operands[0].operands[0]
    answers = first.findall("answer")
    assert answers[0].get("fraction") == "100"
    assert float(answers[0].findtext("text")) == pytest.approx(w.grad, rel=1e-5)
    assert all(a.get("fraction") == "0" for a in answers[1:])
    assert any("exponent" in a.findtext("feedback/text") for a in answers)
    assert all("<b" not in a.findtext("feedback/text") for a in answers)  # a label is text
    right, tolerance = float(answers[0].findtext("text")), float(answers[0].findtext("tolerance"))
    assert all(abs(float(a.findtext("text")) - right) > tolerance for a in answers[1:])
    assert second.findtext("name/text") == "Week 3: ∂L/∂b"


def test_a_wrong_answer_that_rounds_to_the_right_one_is_no_answer():
    w, x = Value(2.0, label="w"), Value(1.001, label="x")
    made = quiz((w * x) ** 2, "w")  # 2wx² = 4.008, and 4.004 without one of the x
    assert 4.004 in [pytest.approx(answer) for answer, _ in made.questions[0].wrong]
    answers = [float(text) for text in re.findall(r"<text>(-?[0-9.]+)</text>", made.moodle())]
    assert answers[0] == 4.008
    assert all(abs(answer - 4.008) > 0.01 for answer in answers[1:])


def test_moodle_choices():
    made = ET.fromstring(quiz(neuron(), "w", choices=True).moodle().split("\n", 1)[1])
    (question,) = made.findall("question")
    assert question.get("type") == "multichoice"
    assert question.findtext("single") == "true"
    answers = [a.findtext("text") for a in question.findall("answer")]
    assert len(answers) == len(set(answers)) == 5


def graphs():
    """The systems' graphs, and random ones."""
    from tinygrad_edu.systems import chain_111, delta_231, linear_231, logistic

    yield from (system.graph() for system in (chain_111, delta_231, linear_231, logistic))
    yield from (random_graph(seed, 6) for seed in range(12))
    yield neuron()


@pytest.mark.parametrize("choices", [False, True])
def test_moodle_reads_each_question_as_it_is_meant(tmp_path, choices):
    """Its answer is the engine's, and each wrong one is told the slip that the check finds."""
    wrong = explained = 0
    for root in graphs():
        made = quiz(root, title="Week <3> & 王芳", choices=choices)
        made.save(tmp_path / "quiz.xml")
        root.backward()
        by_name = {f"∂{names(root)[root]}/∂{name}": v for v, name in names(root).items()}
        read = moodle_reading.questions((tmp_path / "quiz.xml").read_bytes())
        assert len(read) == len(made.questions)
        for question in read:
            title, _, name = question.name.partition(": ")
            assert title == "Week <3> & 王芳"
            v = by_name[name]
            assert made.formula in question.text
            right, *others = question.answers
            assert float(right.text) == pytest.approx(v.grad, rel=1e-5, abs=1e-12)
            assert right.feedback == "Right."
            if not choices:
                for digits in (3, 4, 12):
                    assert question.response(f"{v.grad:.{digits}g}") == (100.0, "Right.")
                assert question.response(f"{1.02 * v.grad + 1e-3:.6g}")[0] == 0.0
            seen = [f"{float(answer.text):.3g}" for answer in question.answers]
            assert len(set(seen)) == len(seen)
            for answer in others[:: 1 if choices else 3]:  # (of many, some)
                wrong += 1
                if not choices:
                    assert question.response(f"{float(answer.text):.3g}") == (0.0, answer.feedback)
                report = check_gradients(root, {v: float(answer.text)})
                assert answer.feedback.startswith("It may be that ")
                slips = report.first.slips if report.first else ()
                explained += any(slip.says in answer.feedback for slip in slips)
    assert wrong > 300
    assert explained > 0.99 * wrong


@pytest.mark.parametrize("choices", [False, True])
def test_a_worksheet_is_one_question_with_a_blank_for_each_step(tmp_path, choices):
    """Moodle's embedded answers: each the engine's number, and wrong ones are told their slip."""
    wrong = explained = 0
    for root in graphs():
        made = quiz(root, title="Week {3} & 王芳", steps=True, choices=choices)
        made.save(tmp_path / "quiz.xml")
        root.backward()
        named = names(root)
        (question,) = moodle_reading.questions((tmp_path / "quiz.xml").read_bytes())
        assert question.kind == "cloze"
        assert question.name == "Week {3} & 王芳"
        assert len(question.blanks) == len(made.questions) == question.text.count("=\\) {#")
        by_name = {f"∂{named[root]}/∂{name}": v for v, name in named.items()}
        forward = [v for v, name in named.items() if v.op and str(name) == made.questions[0].name]
        assert float(question.blanks[0].answers[0].text) == pytest.approx(forward[0].data, rel=1e-5)
        for q, blank in zip(made.questions, question.blanks):
            right, *others = blank.answers
            assert float(right.text) == pytest.approx(q.right, rel=1e-5, abs=1e-12)
            assert right.feedback == "Right."
            assert f"\\({q.latex} =\\)" in question.text
            if blank.kind == "numerical":
                for digits in (3, 12):
                    assert blank.response(f"{q.right:.{digits}g}") == (100.0, "Right.")
            if q.name not in by_name:
                assert not others
                continue
            v = by_name[q.name]
            assert q.right == pytest.approx(v.grad, rel=1e-12, abs=1e-12)
            for answer in others[:: 1 if choices else 3]:
                wrong += 1
                report = check_gradients(root, {v: float(answer.text)})
                slips = report.first.slips if report.first else ()
                explained += any(slip.says in answer.feedback for slip in slips)
    assert wrong > 300
    assert explained > 0.4 * wrong  # the others have a number in them that is asked for


def test_the_steps_of_a_worksheet_come_in_their_order():
    made = quiz(neuron(), "w", steps=True)
    assert [q.name for q in made.questions] == [
        *("z₁", "a<b&c", "L"),
        *("∂L/∂a<b&c", "∂L/∂z₁", "∂L/∂w"),
    ]
    assert made.questions[0].latex == r"z_{1} = w \cdot x + b"
    cells = [cell["source"] for cell in made.notebook()["cells"]]
    assert r"Find $z_{1} = w \cdot x + b$." in cells
    (question,) = moodle_reading.questions(made.moodle().encode())
    percent, says = question.blanks[-1].response("1.2966")
    assert percent == 0.0
    assert says.startswith("It may be that the inner derivative ∂a<b&c/∂(w · x + b)")


def test_signs_of_a_blanks_syntax_are_text_there():
    w, x = Value(0.8, label="w#1~2}/\\"), Value(1.7, label='x"{1:')
    (question,) = moodle_reading.questions(quiz((w * x) ** 2, [w], steps=True).moodle().encode())
    assert len(question.blanks) == 2
    said = " ".join(answer.feedback for answer in question.blanks[-1].answers)
    assert "(w#1~2}/\\) · x" in said
    assert 'x"{1:' in said


def test_a_slip_does_not_tell_another_answer_of_the_quiz():
    """∂L/∂z = 0.1656 is asked for too: no feedback has it in it."""
    w, x, b = Value(0.8, "w"), Value(1.7, "x"), Value(-0.6, "b")
    z = w * x + b
    z.label = "z"
    for question in quiz((sigmoid(z) - 0.3) ** 2, ["z", "w"]).questions:
        assert question.wrong
        for _, says in question.wrong:
            assert "0.165" not in says
            assert "0.281" not in says


def test_the_cells_are_as_nbgraders_schema_has_them():
    """Version 3: what a cell is for, an id that no other has, and points where it is graded."""
    cells = quiz(neuron(), title="Week 3").notebook()["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells) == 1 + 3 * 3
    marked = [cell["metadata"]["nbgrader"] for cell in cells if cell["metadata"]]
    ids = [data.pop("grade_id") for data in marked]
    assert len(set(ids)) == len(ids)
    assert all(name.replace("_", "").isalnum() for name in ids)
    for data in marked[::2]:
        assert data == {
            "schema_version": 3,
            "grade": False,
            "locked": False,
            "solution": True,
            "task": False,
        }
    for data in marked[1::2]:
        assert data.pop("points") == 1
        assert data == {
            "schema_version": 3,
            "grade": True,
            "locked": True,
            "solution": False,
            "task": False,
        }
    for cell in cells[2::3]:
        inside = cell["source"].split("### BEGIN SOLUTION\n")[1].split("\n### END SOLUTION")
        assert len(inside) == 2
        assert cell["source"].count("SOLUTION") == 2


def test_the_notebook_runs_with_its_solutions_and_not_without():
    nbformat = pytest.importorskip("nbformat", reason="checks the notebook's format")
    made = quiz(neuron(), ["w", "b"]).notebook()
    nbformat.validate(nbformat.from_dict(made))
    cells = [cell for cell in made["cells"] if cell["cell_type"] == "code"]
    names = [cell["metadata"]["nbgrader"]["grade_id"] for cell in cells]
    assert names == ["answer_1", "test_1", "answer_2", "test_2"]
    scope = {}
    for cell in cells:
        exec(cell["source"], scope)
    for cell in cells[::2]:
        before, _, rest = cell["source"].partition("### BEGIN SOLUTION")
        exec(before + rest.partition("### END SOLUTION")[2], scope)
    with pytest.raises(AssertionError, match="put your own numbers in place of None"):
        exec(cells[1]["source"], scope)
    scope["answer_1"] = 1.2966
    with pytest.raises(AssertionError, match="inner derivative"):
        exec(cells[1]["source"], scope)
    locked = [cell["metadata"]["nbgrader"]["locked"] for cell in cells]
    assert locked == [False, True, False, True]
    assert "0.28" not in cells[1]["source"]


def test_a_quiz_in_chinese_answers_in_chinese():
    with using_language("zh"):
        made = quiz(neuron(), "w", title="第三周")
        cells = [c["source"] for c in made.notebook()["cells"] if c["cell_type"] == "code"]
        (question,) = moodle_reading.questions(made.moodle().encode())
    assert question.name == "第三周: ∂L/∂w"
    assert question.answers[0].feedback == "正确。"
    scope = {"answer_1": 1.2966}
    with pytest.raises(AssertionError, match=r"^还不对：漏掉了"):
        exec(cells[1], scope)


def test_files(tmp_path):
    made = quiz(neuron(), "w")
    made.save(tmp_path / "quiz.xml")
    made.save(tmp_path / "quiz.ipynb")
    ET.parse(tmp_path / "quiz.xml")
    assert json.loads((tmp_path / "quiz.ipynb").read_text(encoding="utf-8"))["nbformat"] == 4
    with pytest.raises(ValueError, match=r"\.xml or \.ipynb"):
        made.save(tmp_path / "quiz.html")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        print(made)
    assert out.getvalue().startswith("Quiz on ∂L/∂w; ")


def test_a_network_and_a_gradient_that_is_not_finite():
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    made = quiz((model([0.5, -1.0]) - 0.25) ** 2, model.parameters()[:2], model=model)
    assert [q.name for q in made.questions] == ["∂L/∂w⁽¹⁾₁₁", "∂L/∂w⁽¹⁾₁₂"]
    x = Value(0.0, "x")
    with pytest.raises(ValueError, match="∂L/∂x is inf"):
        quiz(x**0.5)
    y = Value(1e300, "y")
    z = y * 1e300
    z.label = "z"
    assert quiz((-z).exp(), "y").questions[0].right == 0.0
    with pytest.raises(ValueError, match="z is inf"):
        quiz((-z).exp(), "y", steps=True)
