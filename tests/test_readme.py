"""The README's Python runs from top to bottom, and prints what the README says it prints."""

import json
import re
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


def words(text):
    """A text without its line breaks, which the README sets by its own width."""
    return " ".join(text.split())


def test_the_first_picture_is_what_the_first_lines_draw():
    if not README.exists():
        pytest.skip("the tests are run apart from the README")
    text = README.read_text(encoding="utf-8")
    snippet = text.split("```python\n", 1)[1].split("```", 1)[0]
    variables = {}
    exec(snippet.replace("draw_dot(L", "picture = draw_dot(L"), variables)
    kept = README.parent / re.search(r"\((docs/pictures/.*?)\)", text)[1]
    assert variables["picture"].svg().strip() == kept.read_text(encoding="utf-8").strip()


@pytest.mark.parametrize(("name", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
def test_the_blocks_run_in_order_and_print_what_is_shown(
    name, language, tmp_path, monkeypatch, capsys
):
    readme = README.with_name(name)
    if not readme.exists():
        pytest.skip("the tests are run apart from the README")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TINYGRAD_EDU_LANGUAGE", language)
    text = readme.read_text(encoding="utf-8")
    variables = {}
    printed = ""
    for kind, block in re.findall(r"^```(python|text)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        if kind == "python":
            exec(compile(block, str(readme), "exec"), variables)
            printed = capsys.readouterr().out
            for line, comment in re.findall(r"^(print\(.*\))  # (.*)$", block, re.MULTILINE):
                exec(line, variables)
                assert capsys.readouterr().out.strip() == comment
        else:
            assert words(block) in words(printed)
    assert (tmp_path / "step.html").exists()


def test_the_times_are_those_of_the_table():
    results = README.parent / "benchmarks" / "results" / "results.json"
    if not results.exists():
        pytest.skip("the tests are run apart from the benchmarks")
    rows = json.loads(results.read_text(encoding="utf-8"))["moons"]
    ours = rows["tinygrad_edu.nn, compiled"]["step"], rows["tinygrad_edu.nn, plain Python"]["step"]
    compiled, plain = (f"{rows['micrograd nn']['step'] / step:.0f}" for step in ours)
    text = words(README.read_text(encoding="utf-8"))
    assert f"takes a {compiled}th of micrograd's time" in text
    assert f"and a {plain}nd in plain Python" in text
    chinese = README.with_name("README.zh-CN.md").read_text(encoding="utf-8")
    assert re.findall(r"1/(\d+)", chinese) == [compiled, plain]
    shown = [
        "tinygrad_edu.nn, compiled",
        "tinygrad_edu, compiled, replay",
        "tinygrad_edu, compiled, arrays",
        "NumPy by hand",
        "JAX jit",
        "PyTorch",
    ]
    row = " | ".join(f"{1e3 * rows[name]['step']:.3g} ms" for name in shown)
    assert f"| {row} |" in text
