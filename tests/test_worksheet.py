"""Worksheets: the blanks, the new numbers, and a key that matches its sheet."""

import math
import re

import pytest

from tinygrad_edu import Value, exp, log, topological_order
from tinygrad_edu.systems import delta_231, linear_231, logistic
from tinygrad_edu.teach import check_gradients, class_set, derive, worksheet
from tinygrad_edu.teach.checking.wrong_answers import WrongAnswers
from tinygrad_edu.teach.notation.wording import Wording
from tinygrad_edu.teach.record.ledger import Ledger


def linear():
    network = linear_231.Network()
    return network().loss, network.parameters()


def test_without_a_seed_the_key_is_the_derivation():
    root, weights = linear()
    made = worksheet(root, weights, digits=6)
    assert str(made.key).split("\n")[1:] == str(derive(root, weights)).split("\n")[1:]
    assert str(made.key).startswith("Answer key: The derivation of ∂L/∂w′₁₁")
    assert str(made.sheet).startswith("Worksheet: ")


def test_what_is_blank():
    root, _ = linear()
    line = {
        blanks: re.search("∂L/∂w′₁₁ = .*", str(worksheet(root, "w′₁₁", blanks=blanks)))[0]
        for blanks in ("numbers", "formulas", "rules")
    }
    chain = "∂L/∂w′₁₁ = ∂L/∂ŷ · ∂ŷ/∂z₁ · ∂z₁/∂w′₁₁"
    assert re.fullmatch(rf"{chain} = \(ŷ − y\) · w″₁₁ · x₁ = _+ = _+", line["numbers"])
    assert re.fullmatch(rf"{chain} = _+ = _+ = _+", line["formulas"])
    assert re.fullmatch("∂L/∂w′₁₁ = _+ = _+ = _+ = _+", line["rules"])


def test_the_sheet_gives_no_result_away():
    root, weights = linear()
    made = worksheet(root, weights, seed=3, lr=1e-5, blanks="rules", detail="brief")
    after_given = str(made.sheet).split("Forward pass")[1]
    results = re.findall(r"= (−?[\d.]+)$", str(made.key).split("Forward pass")[1], re.MULTILINE)
    assert len(results) > 6
    assert not [r for r in results if len(r) > 2 and r in after_given]


def test_a_seed_gives_the_same_sheet_and_another_one_another():
    root, weights = linear()
    one, again, other = (worksheet(root, weights, seed=seed) for seed in (1, 1, 2))
    assert str(one.sheet) == str(again.sheet)
    assert str(one.key) == str(again.key)
    assert str(one.sheet) != str(other.sheet)
    assert str(one.sheet).startswith("Worksheet 1: ")


@pytest.mark.parametrize("seed", range(6))
def test_the_key_belongs_to_the_numbers_of_its_sheet(seed):
    root, weights = linear()
    made = worksheet(root, weights, seed=seed, digits=12)
    for document in (made.sheet, made.key):
        given = dict(re.findall(r"(\S+) = (\S+)", str(document).split("\n\n")[1]))
        x1, x2, y = (float(given[name]) for name in ("x₁", "x₂", "y"))
        hidden = [[float(given[f"w′{j}{i}"]) for i in "₁₂"] for j in "₁₂₃"]
        output = [float(given[f"w″₁{j}"]) for j in "₁₂₃"]
    error = sum(v * (w1 * x1 + w2 * x2) for v, (w1, w2) in zip(output, hidden)) - y
    for j, v in zip("₁₂₃", output):
        for i, x in zip("₁₂", (x1, x2)):
            answer = re.search(rf"∂L/∂w′{j}{i} = .* = (\S+)$", str(made.key), re.MULTILINE)[1]
            assert float(answer.replace("−", "-")) == pytest.approx(error * v * x, rel=1e-9)


def test_new_numbers_are_like_the_old_ones():
    a, b = Value(40.0, label="a"), Value(-0.25, label="b")
    zero, one = Value(0.0, label="c"), Value(1.0, label="d")
    root = a * b + zero * one
    seen = {name: set() for name in "abcd"}
    for seed in range(30):
        sheet = str(worksheet(root, seed=seed).sheet)
        for name, value in re.findall(r"(\w) = (\S+)", sheet.split("\n\n")[1]):
            seen[name].add(float(value.replace("−", "-")))
    assert all(20 <= x <= 80 and x.is_integer() for x in seen["a"])
    assert all(-0.5 <= x <= -0.125 and float(f"{x:.2g}") == x for x in seen["b"])
    assert seen["c"] == {0.0}
    assert seen["d"] <= {1.0, 2.0, 3.0, 4.0}
    assert len(seen["a"]) > 10
    assert (a.data, b.data) == (40.0, -0.25)


def test_what_is_kept_is_kept():
    made = worksheet(logistic.graph(), ["w₁", "b"], seed=5, keep=["y"])
    assert "y = 1" in str(made.sheet)
    assert "= (a − y) · x₁" in str(made.key)


def test_numbers_that_would_not_be_finite_are_drawn_again():
    p = Value(0.6, label="p")
    root = (1.0 - p).log()
    for seed in range(40):  # p up to 1.2 is drawn, but only those below 1 are taken
        p_drawn = re.search(r"p = (\S+)", str(worksheet(root, "p", seed=seed).sheet))[1]
        assert float(p_drawn) < 1.0
    hopeless = Value(-1.0, label="x").log()
    with pytest.raises(ValueError, match="keep the numbers"):
        worksheet(hopeless, seed=1)


def test_the_names_of_a_model_stay():
    model = delta_231.network(0)
    made = worksheet(delta_231.cost(model), model.parameters(), seed=1, model=model)
    assert "δ²₁ = ∂C/∂z²₁" in str(made.key)


@pytest.mark.parametrize("suffix", [".md", ".tex", ".html"])
def test_sheet_and_key_are_saved_side_by_side(tmp_path, suffix):
    root, weights = linear()
    made = worksheet(root, weights, seed=4)
    sheet, key = made.save(tmp_path / f"week-3{suffix}")
    assert (sheet.name, key.name) == (f"week-3{suffix}", f"week-3-key{suffix}")
    assert "Worksheet 4" in sheet.read_text(encoding="utf-8")
    assert "Answer key 4" in key.read_text(encoding="utf-8")
    blank = "____" if suffix == ".html" else r"\underline{\hspace{8em}}"
    assert blank in sheet.read_text(encoding="utf-8")


def test_it_shows_the_sheet_in_a_notebook():
    made = worksheet(*linear(), seed=1)
    assert made._repr_markdown_() == made.sheet.markdown()
    assert str(made) == repr(made) == str(made.sheet)


def test_errors(tmp_path):
    root, weights = linear()
    with pytest.raises(ValueError, match="numbers, formulas, rules, not 'all'"):
        worksheet(root, weights, blanks="all")
    with pytest.raises(ValueError, match="'nobody'"):
        worksheet(root, weights, seed=1, keep=["nobody"])
    with pytest.raises(ValueError, match=r"\.md, \.tex or \.html"):
        worksheet(root, weights).save(tmp_path / "sheet.pdf")
    assert not list(tmp_path.iterdir())
    assert math.isfinite(root.data)


# Numbers that make a good exercise


def test_the_usual_slips_give_other_numbers_than_each_other():
    for seed in range(8):
        made = worksheet(logistic.graph(), ["w₁", "b"], seed=seed)
        answers = WrongAnswers(Wording(made.root))
        for v in made.wanted:
            numbers = [answers.right[v], *[slip.gives for slip in answers.of(v)]]
            assert len(numbers) > 8
            alike = len(numbers) - len({f"{x:.3g}" for x in numbers})
            assert alike <= 1


def test_no_input_is_1_and_no_two_are_the_same_if_that_can_be():
    """A factor of 1 is left out unnoticed, and x₁ stands for an x₂ that is the same."""
    x1, x2, b = Value(1.0, "x_1"), Value(2.0, "x_2"), Value(0.25, "b")
    z = Value(0.5, "w_1") * x1 + Value(-0.5, "w_2") * x2 + b
    students = [f"Student {i}" for i in range(30)]
    sheets = class_set((z.tanh() - 1) ** 2, students, ["w_1", "w_2", "b"], seed=2026)
    telling = [len(set(row[2:])) == 3 for row in sheets.key.rows]
    assert sum(telling) >= 25  # 14 where only the slips' own results were compared


def test_labels_stay_labels_and_no_gradient_is_zero():
    seen = set()
    for seed in range(30):
        made = worksheet(logistic.graph(), ["w₁", "b"], seed=seed)
        gradients = Ledger(made.root).gradients
        assert all(gradients[v] for v in made.wanted)
        seen.add(next(v.data for v in gradients if v.label == "y"))
    assert seen == {0.0, 1.0}
    targets = {}
    for seed in range(20):
        z, y = Value(0.4, "z"), Value(1.0, "y")
        made = worksheet((z.sigmoid() - y) ** 2, "z", seed=seed)
        targets.setdefault(next(v.data for v in Ledger(made.root).gradients if v.label == "y"))
    assert set(targets) == {0.0, 1.0}
    # ReLU off would make every gradient 0
    w, x, b = Value(2.0, "w"), Value(1.5, "x"), Value(-1.0, "b")
    for seed in range(20):
        made = worksheet((w * x + b).relu() ** 2, seed=seed)
        assert made.root.data > 0.0


@pytest.mark.parametrize("targets", [(0.0, 1.0, 0.0), (0.1, 0.7, 0.2)])
def test_the_target_of_a_softmax_stays_one(targets):
    """Its sum is 1, on which the textbook's p − t hangs, and a single class stays single."""
    ts = [Value(t, f"t{i}") for i, t in enumerate(targets)]
    zs = [Value(z, f"z{i}") for i, z in enumerate((0.3, -0.2, 1.1))]
    s = exp(zs[0]) + exp(zs[1]) + exp(zs[2])
    root = -(
        ts[0] * log(exp(zs[0]) / s) + ts[1] * log(exp(zs[1]) / s) + ts[2] * log(exp(zs[2]) / s)
    )
    drawn = set()
    for seed in range(20):
        order = topological_order(worksheet(root, "z0", seed=seed).root)
        new = [v.data for v in order if v.label.startswith("t")]
        drawn.add(tuple(new))
        assert sum(new) == pytest.approx(1.0, abs=1e-12)
        assert min(new) >= 0.0
        assert (max(new) == 1.0) == (max(targets) == 1.0)
        assert all(len(f"{t:.6g}") <= 4 for t in new)
    assert len(drawn) >= 3
    p0 = "e^z0/(e^z0 + e^z1 + e^z2)"
    assert check_gradients(root, {"z0": f"{p0} - t0"})
    assert not check_gradients(root, {"z0": p0})
    kept = worksheet(root, "z0", seed=3, keep=["t1"]).root
    assert [v.data for v in topological_order(kept) if v.label == "t1"] == [targets[1]]


@pytest.mark.parametrize(("difficulty", "digits"), [("easy", 1), ("medium", 2), ("hard", 3)])
def test_difficulty(difficulty, digits):
    made = worksheet(logistic.graph(), ["w₁", "b"], seed=2, difficulty=difficulty)
    leaves = [v.data for v in Ledger(made.root).gradients if not v.op]
    assert all(float(f"{x:.{digits}g}") == x for x in leaves)
    blank = {"easy": r"= \(.*\) · x₁\n", "medium": "∂z/∂w₁ = _", "hard": "∂J/∂w₁ = _"}
    assert re.search(blank[difficulty], str(made.sheet))


def test_room_to_write():
    narrow, wide = (str(worksheet(*linear(), room=n).sheet) for n in (0, 3))
    assert wide.count("_" * 60) >= narrow.count("=") / 2
    assert "_" * 40 not in narrow
    assert str(worksheet(*linear(), room=3).key) == str(worksheet(*linear()).key)


def test_a_mistake_to_find():
    told = set()
    for seed in range(12):
        made = worksheet(logistic.graph(), ["w₁", "w₂", "b"], seed=seed, mistakes=1)
        sheet, key = str(made.sheet), str(made.key)
        assert "Find the mistake" in sheet
        assert "Backward pass" not in sheet
        numbers = dict(re.findall(r"(∂J/∂\S+) = (\S+)", sheet.split("Find the mistake")[1]))
        report = made.check(numbers)
        assert report.first is not None
        assert len(report.first.slips) == 1
        assert not report.others
        assert report.first.slips[0].says in key.replace("\n  ", " ")
        told.add(report.first.slips[0].kind)
    assert len(told) >= 3
    with pytest.raises(ValueError, match="no mistake can be planted"):
        worksheet(Value(1.0, "x") + 2.0, mistakes=1)


def test_a_sheet_checks_answers_in_numbers_and_formulas():
    made = worksheet(logistic.graph(), ["w₁", "b"], seed=5)
    assert made.check({"w₁": "(a - y) x₁", "b": "a - y"})
    assert "the minus of" in str(made.check({"b": "y - a"}))


def test_a_class_set(tmp_path):
    names = ["Ada", "Ben Ö.", "Çem/../x"]
    made = class_set(logistic.graph(), names, ["w₁", "b"], seed=3, difficulty="hard")
    again = class_set(logistic.graph(), names[::-1], ["w₁", "b"], seed=3, difficulty="hard")
    assert str(made["Ada"].sheet) == str(again["Ada"].sheet)
    assert str(made["Ada"].sheet).startswith("Ada: Worksheet ")
    assert len({str(sheet.sheet).split("Given")[1] for sheet in made.sheets.values()}) == 3
    assert made.key.header == ("student", "J", "∂J/∂w₁", "∂J/∂b")
    key = {row[0]: row for row in made.key.rows}
    answers = {name: {"w₁": row[2], "b": row[3]} for name, row in key.items()}
    answers["Ada"]["b"] = key["Ben Ö."][3]
    book = made.grade(answers)
    assert [paper.points for paper in book.papers] == [1.0, 2.0, 2.0]
    paths = made.save(tmp_path / "set")
    assert [p.name for p in paths] == ["Ada.html", "Ben-Ö.html", "Çem-..-x.html", "key.csv"]
    assert all(path.is_file() and path.parent == tmp_path / "set" for path in paths)
    alike = class_set(logistic.graph(), ["Ada", "ADA"], ["b"], seed=3)
    assert [p.name for p in alike.save(tmp_path / "a")] == ["1-Ada.html", "2-ADA.html", "key.csv"]
    called_so = class_set(logistic.graph(), ["key", "Ada"], ["b"], seed=3)
    paths = called_so.save(tmp_path / "b")
    assert [p.name for p in paths] == ["1-key.html", "2-Ada.html", "key.csv"]
    with pytest.raises(ValueError, match="'Ada' is there twice"):
        class_set(logistic.graph(), ["Ada", "Ada"], seed=1)
    with pytest.raises(ValueError, match="at least one student"):
        class_set(logistic.graph(), [], seed=1)
    with pytest.raises(KeyError, match="no sheet for 'Eve'"):
        made["Eve"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"difficulty": "mean"}, "easy, medium, hard, not 'mean'"),
        ({"room": -1}, "room is 0 to 12 blanks, not -1"),
        ({"mistakes": 2}, "mistakes is 0 or 1, not 2"),
    ],
)
def test_options_that_there_are_not(options, says):
    with pytest.raises(ValueError, match=says):
        worksheet(*linear(), **options)
