"""The worked derivation: its form, and its formulas read back and evaluated."""

import math
import re
import time
from random import Random

import pytest
from formula_parsing import evaluate, mention

import tinygrad_edu as tg
import tinygrad_edu.calculus
from tinygrad_edu import Value, topological_order
from tinygrad_edu.losses import cross_entropy, mse_loss
from tinygrad_edu.nn import MLP
from tinygrad_edu.systems import chain_111, delta_231, linear_231, logistic
from tinygrad_edu.teach import derive
from tinygrad_edu.teach.derivation.lines import Line
from tinygrad_edu.teach.derivation.shorten import shortened
from tinygrad_edu.teach.notation.expression import Symbol
from tinygrad_edu.teach.notation.labels import name_of


def lines(derivation, title):
    """The lines of a section, each with its rows joined."""
    section = re.search(rf"^{title}\n(.*?)(?:\n\n|\Z)", str(derivation), re.DOTALL | re.M)[1]
    section = re.sub(r"   since .*", "", section)  # why a line holds
    return re.sub(r"\n {3,}", " ", section).replace("\n  ", "\n").strip().split("\n")


def title(document):
    return str(document).split("\n")[0]


def line(derivation, title, left):
    [found] = [row for row in lines(derivation, title) if re.match(rf"{left}\s+[=←]", row)]
    return re.sub(r"\s+", " ", found)


# The worked systems, as their tutorials write them


def test_linear_231_is_derived_gradient_by_gradient():
    network = linear_231.Network()
    d = derive(network().loss, network.parameters(), lr=1e-5)

    assert line(d, "Forward pass", "z₁") == (
        "z₁ = w′₁₁ · x₁ + w′₁₂ · x₂ = 0.5 · 40 + 0.5 · 80 = 60"
    )
    assert lines(d, "Loss") == ["L = ½ · (y − ŷ)² = ½ · (60 − 180)² = 7200"]
    assert lines(d, "Backward pass")[:2] == [
        "∂L/∂ŷ = ½ · 2 · (y − ŷ) · (−1) = ŷ − y = 180 − 60 = 120",
        "∂L/∂w″₁₁ = ∂L/∂ŷ · ∂ŷ/∂w″₁₁ = (ŷ − y) · z₁ = 120 · 60 = 7200",
    ]
    assert line(d, "Backward pass", "∂L/∂w′₁₁") == (
        "∂L/∂w′₁₁ = ∂L/∂ŷ · ∂ŷ/∂z₁ · ∂z₁/∂w′₁₁ = (ŷ − y) · w″₁₁ · x₁ = 120 · 1 · 40 = 4800"
    )
    # ∂L/∂ŷ, three ∂L/∂z that two weights each need, and nine weights
    assert len(lines(d, "Backward pass")) == 13
    assert line(d, "Update", "w′₁₁") == ("w′₁₁ ← w′₁₁ − η · ∂L/∂w′₁₁ = 0.5 − 1e-5 · 4800 = 0.452")
    assert line(d, "Update", "w″₁₁").endswith("= 0.928")
    assert lines(d, "Update")[0] == "The learning rate is η = 1e-5."
    assert len(lines(d, "Update")) == 10


def test_chain_111():
    d = derive(chain_111.graph(), ["w₁", "w₂"])
    assert lines(d, "Backward pass") == [
        "∂L/∂ŷ = ½ · 2 · (y − ŷ) · (−1) = ŷ − y = 3 − 1 = 2",
        "∂L/∂w₂ = ∂L/∂ŷ · ∂ŷ/∂w₂ = (ŷ − y) · z₁ = 2 · 1 = 2",
        "∂L/∂w₁ = ∂L/∂ŷ · ∂ŷ/∂z₁ · ∂z₁/∂w₁ = (ŷ − y) · w₂ · x = 2 · 3 · 2 = 12",
    ]


def test_logistic_cancels_to_a_minus_y():
    d = derive(logistic.graph(), ["w₁", "b"])
    assert line(d, "Backward pass", "∂J/∂w₁") == (
        "∂J/∂w₁ = ∂J/∂a · ∂a/∂z · ∂z/∂w₁ = (−y/a + (1 − y) / (1 − a)) · a · (1 − a) · x₁"
        " = (a − y) · x₁ = (0.7941296 − 1) · 1.5 = −0.308806"
    )


def test_delta_231_is_the_delta_recursion():
    model = delta_231.network(0)
    d = derive(delta_231.cost(model), model.parameters())
    output = line(d, "Backward pass", "δ²₁")
    assert output.startswith(
        "δ²₁ = ∂C/∂z²₁ = ∂C/∂a²₁ · ∂a²₁/∂z²₁ = (a²₁ − y) · σ′(z²₁) = (a²₁ − y) · a²₁ · (1 − a²₁)"
    )
    hidden = line(d, "Backward pass", "δ¹₂")
    assert "= δ²₁ · w²₁₂ · σ′(z¹₂) = δ²₁ · w²₁₂ · a¹₂ · (1 − a¹₂) =" in hidden
    assert "= δ¹₂ · x₁ =" in line(d, "Backward pass", "∂C/∂w¹₂₁")
    assert "= δ¹₂ =" in line(d, "Backward pass", "∂C/∂b¹₂")
    assert "δ is the gradient of a weighted sum: δ²₁ = ∂C/∂z²₁." in str(d)


def test_xor_and_relu_networks_are_derived():
    for sizes, activation in (((2, [4, 1]), "sigmoid"), ((3, [4, 1]), "relu")):
        model = MLP(*sizes, activation=activation, seed=0)
        samples = [[0.1 * (i + j) for j in range(sizes[0])] for i in range(3)]
        loss = mse_loss([model(x) for x in samples], [0.0, 1.0, 1.0])
        d = derive(loss, model.parameters()[:3], model=model, detail="full", digits=0)
        check_against_engine(d, loss)


# What holds of any derivation


def check_against_engine(derivation, root, **tolerance):
    """Evaluate each formula of the text with the text's own numbers, and compare to the engine.

    The forward lines give the values that later formulas mention, the backward lines the
    gradients. Parts that mention ∂a/∂b of inner steps are the chain rule in symbols; the factors'
    formulas follow them.
    """
    tolerance = tolerance or {"rel": 1e-9, "abs": 1e-9}
    known = {}
    for row in lines(derivation, "Given"):
        known |= {k: _float(v) for k, v in re.findall(r"(\S+) = (\S+)", row)}
    forward = lines(derivation, "Forward pass") if "Forward pass" in str(derivation) else []
    last = "Loss" if "\nLoss\n" in str(derivation) else "Result"
    for row in [*forward, *lines(derivation, last)]:
        if " = " not in row:
            continue  # a remark in words
        name, formula, *others = re.split(r"\s+= ", row)
        known[name] = evaluate(formula, known)
        assert evaluate(others[-1] if others else formula, {}) == pytest.approx(
            known[name], **tolerance
        )
    assert known[name] == pytest.approx(root.data, **tolerance)
    checked = 0
    for row in lines(derivation, "Backward pass"):
        if not re.match(r"\S+\s+= ", row):
            continue  # a remark in words
        name, *parts = re.split(r"\s+= ", row)
        result = evaluate(parts[-1], {})
        formulas = [p for p in parts if not re.search(r"∂|′\(", _without(known, p))]
        assert formulas, row
        for formula in formulas:
            assert evaluate(formula, known) == pytest.approx(result, **tolerance), row
            checked += 1
        for part in parts[:1]:
            if re.fullmatch(r"∂\w+/∂\S+", part):  # δ = ∂C/∂z
                known[part] = result
        known[name] = result
    return known, checked


def _float(text):
    return float(text.replace("−", "-").replace("∞", "inf"))


def _without(known, text):
    for name in sorted(known, key=len, reverse=True):
        text = re.sub(mention(name), "", text)
    return text


FUNCTIONS = [
    tg.tanh, tg.sigmoid, tg.sin, tg.cos, tg.exp, tg.softplus, tg.relu, tg.silu, tg.gelu,
    tg.abs, tg.elu, tg.leaky_relu, tg.expm1,
]  # fmt: skip
BINARY = [
    lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a / b,
    tg.maximum, tg.minimum, tg.logaddexp,
]  # fmt: skip
WITH_NUMBER = [
    lambda a: a * 3.0, lambda a: 2.0 - a, lambda a: a / 4.0, lambda a: 0.5 * a, lambda a: a**2,
    lambda a: a**3, lambda a: 1.0 / (a * a + 1.0), lambda a: -a, lambda a: (a * a + 0.5) ** 0.5,
    lambda a: (a * a + 1.0).log(), lambda a: (a * a + 1.0).sqrt(), lambda a: 2.0 ** (-a),
    lambda a: (a * a + 0.25) ** a, lambda a: (a * a).log1p(),
]  # fmt: skip


def random_graph(rng):
    values = [Value(round(rng.uniform(-2, 2), 2), label=label) for label in "abc"]
    for _ in range(rng.randint(2, 8)):
        kind = rng.random()
        a, b = rng.choice(values[-4:]), rng.choice(values)
        if kind < 0.35:
            new = rng.choice(FUNCTIONS)(a)
        elif kind < 0.7:
            new = rng.choice(BINARY)(a, b)
        else:
            new = rng.choice(WITH_NUMBER)(a)
        if rng.random() < 0.3:
            new.label = f"h_{len(values)}"
        values.append(new)
    return values[-1]


def test_derivations_of_200_random_graphs_evaluate_to_the_engines_gradients():
    rng, done, checked = Random(0), 0, 0
    while done < 200:
        root = random_graph(rng)
        order = topological_order(root)
        leaves = [v for v in order if not v.op]
        if not root.op or not all(math.isfinite(v.data) and abs(v.data) < 1e4 for v in order):
            continue
        for v in leaves:
            v.grad = 0.0
        root.backward()
        if not all(math.isfinite(v.grad) and abs(v.grad) < 1e6 for v in order):
            continue
        d = derive(root, leaves, detail="full", digits=0)
        known, count = check_against_engine(d, root, rel=1e-7, abs=1e-9)
        for v in leaves:
            name = f"∂{root.label or 'L'}/∂{v.label}"
            assert known[name] == pytest.approx(v.grad, rel=1e-9, abs=1e-12)
        done, checked = done + 1, checked + count
    assert checked > 800


def test_every_gradient_of_a_network_is_the_engines():
    model = MLP(2, [3, 2, 1], activation="tanh", seed=1)
    loss = (model([0.7, -0.3]) - 1.0) ** 2
    loss.backward()
    d = derive(loss, model.parameters(), model=model, detail="full", digits=0)
    known, _ = check_against_engine(d, loss)
    paths = dict(model.named_parameters())
    assert known["∂L/∂w⁽¹⁾₃₂"] == pytest.approx(paths["layers.0.neurons.2.w.1"].grad, rel=1e-12)
    assert known["∂L/∂b⁽²⁾₁"] == pytest.approx(paths["layers.1.neurons.0.b"].grad, rel=1e-12)


# Paths, sharing and shortening


def test_a_value_used_twice_gives_a_sum_over_its_paths():
    x = Value(0.5, label="x")
    p, q = x.tanh(), x.sigmoid()
    p.label, q.label = "p", "q"
    root = p * q
    root.label = "y"
    assert line(derive(root, "x"), "Backward pass", "∂y/∂x") == (
        "∂y/∂x = ∂y/∂p · ∂p/∂x + ∂y/∂q · ∂q/∂x = q · (1 − p²) + p · q · (1 − q)"
        " = 0.622459 · 0.786448 + 0.462117 · 0.235004 = 0.598131"
    )


def test_a_direct_derivative_is_not_called_like_the_whole_one():
    x = Value(2.0, label="x")
    h = x * x
    h.label = "h"
    d = derive(h * x, "x")
    assert line(d, "Backward pass", "∂L/∂x") == (
        "∂L/∂x = ∂L/∂h · ∂h/∂x + ∂⁺L/∂x = x · 2 · x + h = 2 · 4 + 4 = 12"
    )
    assert "∂⁺ is a direct derivative" in str(d)


def test_a_number_added_to_a_name_is_explained():
    rows = [Value(x, label="h") for x in (1.0, 2.0)]
    first, second = (h * 2.0 + 1.0 for h in rows)
    first.label = second.label = "z"
    text = str(derive(first * second))
    assert "  h[2] is the second of the values called h.\n" in text
    assert "∂L/∂h[2] = ∂L/∂z[2] · ∂z[2]/∂h[2] = z · 2 = 3 · 2 = 6" in text


def test_one_step_is_one_line():
    x, w = Value(3.0, label="x"), Value(2.0, label="w")
    assert lines(derive(w * x, "w"), "Backward pass") == ["∂L/∂w = x = 3"]


def test_a_gradient_that_several_need_is_derived_once():
    model = MLP(2, [4, 4, 1], activation="tanh", seed=0)
    loss = (model([0.5, 0.1]) - 1.0) ** 2
    rows = lines(derive(loss, model.parameters(), model=model, detail="full"), "Backward pass")
    left = [row.split(" = ")[0].strip() for row in rows if " = " in row]
    assert len(left) == len(set(left))
    assert left.index("δ⁽²⁾₁") < left.index("∂L/∂w⁽²⁾₁₁") < left.index("δ⁽¹⁾₁")


@pytest.fixture(scope="module")
def big():
    model = MLP(2, [16, 16, 1], activation="tanh", seed=1)
    loss = (model([0.5, -1.2]) - 1.0) ** 2
    assert len(topological_order(loss)) == 979
    return model, loss


def test_one_parameter_of_979_values_stays_readable(big):
    model, loss = big
    text = str(derive(loss, model.parameters()[0], model=model))
    assert len(text.split("\n")) < 60
    assert max(map(len, text.split("\n"))) <= 110
    assert "… 14 more lines of the same form: z⁽¹⁾₃ = " in text
    assert "… [13 more paths of the same form]" in text
    loss.backward()
    result = re.search(r"∂L/∂w⁽¹⁾₁₁ = .*?= (−[\d.]+)$", text, re.DOTALL)[1]
    assert _float(result) == pytest.approx(model.parameters()[0].grad, rel=1e-5)


def test_the_levels_of_detail(big):
    model, loss = big
    lengths = {
        detail: len(str(derive(loss, model.parameters(), model=model, detail=detail)).split("\n"))
        for detail in ("brief", "normal", "full")
    }
    assert lengths["brief"] < lengths["normal"] < 150 < 600 < lengths["full"]
    assert "…" not in str(derive(loss, model.parameters()[:1], model=model, detail="full"))


def test_a_short_form_among_many_lines_is_written_out():
    lines = [Line(Symbol(name_of(f"x_{i}"), 0.0), ()) for i in range(20)]
    few, many = lines[:5], lines[5:]
    found = shortened(lines, lambda line: line, lambda line: line in few, "normal")
    assert [e for e in found if isinstance(e, Line)] == [*few, *many[:2]]
    [omission] = [e for e in found if not isinstance(e, Line)]
    assert (omission.count, *omission.ends) == (13, many[2], many[-1])


def test_what_is_left_out_is_counted(big):
    model, loss = big
    for row in str(derive(loss, model.parameters(), model=model)).split("\n"):
        found = re.match(r"  … (\d+) more lines of the same form: ∂L/∂w⁽²⁾", row)
        if found:
            assert int(found[1]) == 16 * 16 - 2


def test_a_logsumexp_has_the_derivative_that_its_formula_has():
    xs = [Value(x, label=f"x{i}") for i, x in enumerate((0.3, -1.2, 0.8))]
    root = tg.logsumexp(xs)
    d = derive(root, xs, digits=0)
    assert line(d, "Backward pass", "∂L/∂x0").startswith(
        "∂L/∂x0 = exp(x0) / (exp(x0) + exp(x1) + exp(x2)) = "
    )
    check_against_engine(d, root)
    inner = tg.logsumexp([xs[0] * xs[1], xs[1] - 2.0, xs[2] * 3.0, 1.0]) * xs[0]
    check_against_engine(derive(inner, xs, digits=0), inner)


def test_a_deep_graph_is_derived_in_short_chains():
    x = Value(0.3, label="x")
    y = x
    for _ in range(1000):
        y = y.sin()
    d = derive(y, "x")
    text = str(d)
    assert len(text.split("\n")) < 700
    assert re.search(r"… \d+ more lines: ", text)
    assert max(row.count("·") for row in lines(d, "Backward pass")) < 20
    [result] = re.findall(r"∂L/∂x = .* = (\S+)$", text, re.MULTILINE | re.DOTALL)
    assert _float(result) == pytest.approx(tg.calculus.gradients(y, [x])[0].data, rel=1e-5)


def test_it_is_the_same_inside_no_grad():
    root = logistic.graph()
    expected = str(derive(root))
    with tg.no_grad():
        assert str(derive(root)) == expected


def test_non_finite_numbers_are_shown():
    x = Value(0.0, label="x")
    text = str(derive(x.log() * 2.0, "x"))
    assert "= −∞" in text
    assert "∂L/∂x = 2 · 1/x = 2/x = 2/0 = ∞" in text


def test_the_update_step():
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    d = derive((w * x) ** 2, "w", lr=0.25)
    assert lines(d, "Update") == [
        "The learning rate is η = 0.25.",
        "w ← w − η · ∂L/∂w = 2 − 0.25 · 36 = −7",
    ]
    rate = Value(0.25, label="α")
    assert lines(derive((w * x) ** 2, "w", lr=rate), "Update")[1].startswith("w ← w − α · ∂L/∂w =")
    assert w.data == 2.0
    assert "Update" not in str(derive(w * x))


def test_numbers_are_rounded_for_display_only():
    x = Value(1.0 / 3.0, label="x")
    d = derive((x * 3.0) ** 2, "x", digits=3)
    assert "x = 0.333" in str(d)
    assert "(3 · 0.3333)² = 1" in str(d)  # 0.333 would make 0.998


def test_the_graph_is_left_alone():
    root = chain_111.graph()
    before = [(v.data, v.grad, v.label) for v in topological_order(root)]
    derive(root, lr=0.1)
    assert [(v.data, v.grad, v.label) for v in topological_order(root)] == before


def test_without_wrt_the_labelled_leaves_are_derived():
    x = Value(2.0, label="x")
    assert title(derive(x * Value(3.0))) == "The derivation of ∂L/∂x"
    assert title(derive(Value(2.0) * Value(3.0))) == "The derivation of ∂L/∂x₁, ∂L/∂x₂"


def test_inner_values_can_be_wanted_with_or_without_a_label():
    x = Value(0.5, label="x")
    inner = x * 3.0
    root = inner + 1.0
    assert lines(derive(root * root, inner), "Backward pass")[-1].endswith("= 2 · 2.5 = 5")


# As files and in a notebook


def test_markdown_sets_every_line_as_mathematics():
    derivation = derive(chain_111.graph(), ["w₁"], lr=0.1)
    markdown = derivation.markdown()
    assert derivation._repr_markdown_().startswith("#### The derivation")
    assert markdown.startswith(r"## The derivation of $\frac{\partial L}{\partial w_{1}}$")
    assert markdown.count("$$") % 2 == 0
    assert r"w_{1} \leftarrow w_{1} - \eta \cdot \frac{\partial L}{\partial w_{1}}" in markdown
    assert not hasattr(derive(chain_111.graph()), "_repr_html_")  # else exporters drop this


@pytest.mark.parametrize("suffix", ["md", "tex", "html"])
def test_it_is_saved(tmp_path, suffix):
    path = tmp_path / f"derivation.{suffix}"
    derive(chain_111.graph()).save(path)
    text = path.read_text(encoding="utf-8")
    assert "Backward pass" in text
    assert {"md": "$$", "tex": r"\begin{document}", "html": "<math"}[suffix] in text
    if suffix == "html":
        assert not re.search(r"<script|https?://|src=", text)


def test_plain_text_takes_a_width():
    text = derive(logistic.graph()).text(60)
    assert max(map(len, text.split("\n"))) <= 60
    assert len(text.split("\n")) > len(derive(logistic.graph()).text().split("\n"))
    with pytest.raises(ValueError, match="20 columns or more, not 5"):
        derive(logistic.graph()).text(5)


def test_latex_with_chinese_labels_asks_for_the_fonts_that_it_needs():
    layer = Value(2.0, label="隐藏")
    assert r"\usepackage[UTF8, scheme=plain]{ctex}" in derive(layer.tanh(), layer).latex()
    assert "ctex" not in derive(chain_111.graph()).latex()


def test_a_shape_is_not_broken_on_a_phone(browser, tmp_path):
    pytest.importorskip("numpy", reason="the matrix form is read from the array program")
    model = MLP(2, [3, 2], activation="tanh", seed=0)
    file = tmp_path / "derivation.html"
    derive(cross_entropy([model([0.5, -1.0])], [1]), form="matrix").save(file)
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(file.as_uri())
    rows = page.evaluate("""[...document.querySelectorAll("p.line > span")].map((shape) => {
        const range = document.createRange();
        range.selectNodeContents(shape);
        return range.getClientRects().length;
    })""")
    assert len(rows) > 5
    assert set(rows) == {1}
    page.close()


def test_a_page_fits_a_phone(browser, tmp_path):
    model = delta_231.network(0)
    derive(delta_231.cost(model), model.parameters(), lr=0.5).save(tmp_path / "page.html")
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto((tmp_path / "page.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()


def test_ten_times_the_samples_take_ten_times_the_time():
    def seconds(samples):
        model = MLP(2, [8, 8, 1], activation="tanh", seed=1)
        X = [[0.1 * i, 0.2 * i - 1.0] for i in range(samples)]
        loss = mse_loss([model(x) for x in X], [0.5] * samples)
        start = time.process_time()
        derive(loss, model.parameters(), model=model)
        return time.process_time() - start

    seconds(2)
    assert seconds(60) < 30 * seconds(6)


def test_another_suffix_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"\.md, \.tex or \.html, so '.*derivation.pdf'"):
        derive(chain_111.graph()).save(tmp_path / "derivation.pdf")
    assert not list(tmp_path.iterdir())


def test_labels_are_data_in_every_format():
    hostile = Value(2.0, label=r"<img src=x onerror=1> \input{a} $x$ %")
    d = derive(hostile * hostile, hostile)
    assert "<img" not in d.html()
    assert r"\input" not in d.latex()
    assert "<img" not in d.markdown()


def test_matplotlib_reads_every_formula_of_the_worked_systems():
    mathtext = pytest.importorskip("matplotlib.mathtext", reason="matplotlib reads the LaTeX")
    parser = mathtext.MathTextParser("path")
    model = delta_231.network(0)
    network = linear_231.Network()
    for d in (
        derive(network().loss, network.parameters(), lr=1e-5),
        derive(chain_111.graph()),
        derive(logistic.graph()),
        derive(delta_231.cost(model), model.parameters()),
    ):
        assert len(d.formulas()) > 5
        for formula in d.formulas()[::4]:
            width, *_ = parser.parse(f"${formula}$")
            assert width > 0


def test_errors_say_what_is_wrong():
    root = chain_111.graph()
    with pytest.raises(
        ValueError, match="no value of this graph is called 'w_1': did you mean 'w₁'"
    ):
        derive(root, "w_1")
    with pytest.raises(ValueError, match="is not in this graph"):
        derive(root, Value(1.0))
    with pytest.raises(TypeError, match="not int"):
        derive(root, [3])
    with pytest.raises(ValueError, match="wrt is empty"):
        derive(root, [])
    with pytest.raises(ValueError, match="root L itself"):
        derive(root, "L")
    with pytest.raises(ValueError, match="brief, normal, full, not 'long'"):
        derive(root, detail="long")
    with pytest.raises(TypeError, match="learning rate"):
        derive(root, lr="fast")
    twice = Value(1.0, label="w") * Value(2.0, label="w")
    with pytest.raises(ValueError, match="2 values have the label 'w'"):
        derive(twice, "w")


@pytest.mark.parametrize("suffix", [".tex", ".md", ".html"])
def test_a_file_has_no_control_characters_whatever_a_label_has(tmp_path, suffix):
    x = Value(2.0, label="a\x00\x07b\x1b\ud800c\x7f")
    path = tmp_path / f"worked{suffix}"
    derive(x * x).save(path)
    text = path.read_text("utf-8")
    assert not [c for c in text if ord(c) in (127, *range(32)) and c not in "\n\t"]


def test_a_mean_of_one_leaf_is_a_quotient() -> None:
    """Written as the leaf itself it would be no operation, of which there is nothing to derive."""
    x = Value(0.5, label="x")
    assert "L = x/1 = 0.5/1 = 0.5" in derive(x / 1.0).text()
