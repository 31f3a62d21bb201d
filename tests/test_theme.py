"""One object has all colours: every theme can be read, and nothing else in `view` has a colour."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path
from typing import Any

import pytest

from tinygrad_edu import Value
from tinygrad_edu.nn import MLP
from tinygrad_edu.view import THEMES, Theme, draw_dot, draw_network, plots, theme
from tinygrad_edu.view.theme import Paint

NAMES = ["light", "dark", "print"]
COLOR = re.compile("#[0-9a-f]{6}")


def luminance(color: str) -> float:
    """As WCAG 2 defines it."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def graph() -> Value:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    y = (a * b + a * 2.0).tanh()
    y.backward()
    return y


def test_contrast_is_as_wcag_has_it() -> None:
    assert contrast("#ffffff", "#000000") == 21.0
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)  # the known grey


@pytest.mark.parametrize("name", NAMES)
def test_all_text_can_be_read(name: str) -> None:
    look = THEMES[name]
    texts = [look.ink, look.soft, look.forward, look.backward, look.path, look.right, look.wrong]
    for color in texts:
        assert contrast(color, look.paper) >= 4.5, color
        assert contrast(color, look.panel) >= 4.5, color
    assert contrast(look.lit, look.paper) >= 4.5
    assert contrast(look.ink, look.current) >= 4.5
    for field in fields(look):
        paint = getattr(look, field.name)
        if isinstance(paint, Paint):
            behind = look.paper if paint.fill == "transparent" else paint.fill
            assert contrast(paint.text, behind) >= 4.5, field.name
    for line in (look.plain, look.lit, look.positive, look.negative):
        assert contrast(line, look.paper) >= 3.0, line


def test_no_colour_is_written_anywhere_else() -> None:
    folder = Path(theme.__file__).parent
    for file in folder.glob("*.py"):
        if file.name != "theme.py":
            text = file.read_text(encoding="utf-8")
            assert not re.search(
                r"[\"'](#[0-9a-fA-F]{3,6}|white|black|gr[ea]y|red|blue)\b", text
            ), file


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_the_colours_of_its_theme_alone(name: str) -> None:
    look = THEMES[name]
    known = set(COLOR.findall(repr(look)))
    model = MLP(2, [3, 1], seed=0)
    for drawing in (
        draw_dot(graph(), theme=name),
        draw_dot(graph(), theme=name, highlight="a"),
        draw_dot(model([1.0, 2.0]), theme=name, fold=True),
        draw_network(model, [1.0, 2.0], theme=name),
    ):
        svg = drawing.svg()
        assert set(COLOR.findall(svg.lower())) <= known
        assert "@media" not in svg
        assert f'fill="{look.paper}"' in svg or look.paper == "#ffffff"
        if name == "print":
            assert not re.search('(fill|stroke)="(?!none|transparent|black|white|#)', svg)
            assert all(c[1:3] == c[3:5] == c[5:7] for c in COLOR.findall(svg))  # greys


def test_auto_turns_dark_by_a_style_sheet() -> None:
    svg = draw_dot(graph()).svg()
    light, dark = svg.split("@media (prefers-color-scheme:dark)")[1].split("</style>")[::-1]
    assert set(COLOR.findall(dark)) <= set(COLOR.findall(repr(THEMES["dark"])))
    assert set(COLOR.findall(light)) <= set(COLOR.findall(repr(THEMES["light"])))


def test_a_theme_of_ones_own() -> None:
    mine = replace(
        THEMES["light"], font="Times", root=Paint("#123456", "#654321", "#ffffff"), thick=9.0
    )
    source = draw_dot(graph(), theme=mine).source
    assert 'fillcolor="#123456"' in source
    assert "fontname=Times" in source
    assert "penwidth=9.00" in source
    with pytest.raises(FrozenInstanceError):
        mine.font = "Arial"  # type: ignore[misc]


def test_what_is_no_theme() -> None:
    with pytest.raises(ValueError, match="one of auto, light, dark, print, not 'blue'"):
        draw_dot(Value(1.0), theme="blue")
    with pytest.raises(TypeError, match="a Theme or a name, not int: 3"):
        draw_network(MLP(1, [1]), theme=3)  # type: ignore[arg-type]


@pytest.fixture
def ax() -> Iterator[Any]:
    pytest.importorskip("matplotlib", reason="the plots are drawn with matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    yield figure.subplots()
    FigureCanvasAgg(figure).draw()


def surface(ax: Any, look: Theme | str) -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    plots.loss_surface(lambda: a * a + b * b, a, b, path=[(0, 0)], resolution=4, ax=ax, theme=look)


@pytest.mark.parametrize("name", NAMES)
def test_a_plot_is_dressed_with_its_colour_bar(ax: Any, name: str) -> None:
    from matplotlib.colors import to_hex

    surface(ax, name)
    look = THEMES[name]
    assert to_hex(ax.figure.get_facecolor()) == look.paper
    assert len(ax.figure.axes) == 2
    for axes in ax.figure.axes:
        labels = [*axes.get_yticklabels(), axes.yaxis.label]
        assert {to_hex(text.get_color()) for text in labels} == {look.ink}
    assert {to_hex(t.get_color()) for t in ax.get_legend().get_texts()} == {look.ink}


def test_auto_leaves_matplotlibs_style_and_follows_it(ax: Any) -> None:
    from matplotlib.colors import to_hex

    plots.activation("tanh", ax=ax)
    assert to_hex(ax.lines[1].get_color()) == THEMES["light"].series[0]
    assert to_hex(ax.title.get_color()) == "#000000"
    ax.set_facecolor((0.0, 0.0, 0.0, 0.0))  # what shows is the figure
    ax.figure.set_facecolor("black")
    plots.activation("tanh", ax=ax)
    assert to_hex(ax.lines[-2].get_color()) == THEMES["dark"].series[0]
    assert to_hex(ax.figure.get_facecolor()) == "#000000"


@pytest.mark.parametrize(
    ("settings", "paper"),
    [
        ('{"theme": "JupyterLab Dark"}', "#12161b"),
        ('// mine\n{\n  "theme": "JupyterLab Dark",\n  "adaptive-theme": false\n}', "#12161b"),
        ('{\n  "theme": "JupyterLab Dark",\n  "adaptive-theme": true\n}', "#ffffff"),
        ('{\n  // "theme": "JupyterLab Dark"\n}', "#ffffff"),
        ('{"theme": "JupyterLab Light"}', "#ffffff"),
        (None, "#ffffff"),
    ],
)
def test_a_dark_notebook_gets_dark_plots(
    ax: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str | None, paper: str
) -> None:
    from matplotlib.colors import to_hex

    folder = tmp_path / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True)
    if settings is not None:
        (folder / "themes.jupyterlab-settings").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("JUPYTERLAB_SETTINGS_DIR", raising=False)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    plots.activation("tanh", ax=ax)
    assert to_hex(ax.figure.get_facecolor()) == "#ffffff"  # no notebook
    monkeypatch.setenv("JPY_SESSION_NAME", "lesson.ipynb")
    plots.activation("tanh", ax=ax)
    assert to_hex(ax.figure.get_facecolor()) == paper
    plots.activation("tanh", ax=ax, theme="light")
    assert to_hex(ax.figure.get_facecolor()) == "#ffffff"
