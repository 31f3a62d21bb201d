r"""One spelling for formulas and names that are typed in many: x₁, x_1, x1 and x_{1} are x_{1}.

Unicode scripts, LaTeX commands and plain ASCII are folded into one alphabet: scripts in braces,
`*` for every sign of multiplication, `-` for every minus, Greek and accented letters as such, and
fractions as ``((a)/(b))``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from .unread import Unread

# The tables are the explorer's page's too, which folds what is typed there in the same way.
SUB: Final = {chr(c): unicodedata.normalize("NFKD", chr(c)) for c in range(0x2080, 0x208F)}
SUPER: Final = {
    chr(c): unicodedata.normalize("NFKD", chr(c))
    for c in (0x00B9, 0x00B2, 0x00B3, *range(0x2070, 0x207F))
    if unicodedata.decomposition(chr(c)).startswith("<super>")
}
SIGNS: Final[dict[str, str | int | None]] = {
    **dict.fromkeys("·⋅×∙•∗✕・", "*"),
    **dict.fromkeys("−–—‐‑‒", "-"),
    **dict.fromkeys("÷∕⁄", "/"),
    "∣": "|",
    "′": "'",
    "″": "''",
    "’": "'",
    "‘": "'",
    **{c: f"({unicodedata.normalize('NFKD', c).replace('⁄', '/')})" for c in "½¼¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"},
    "\u2009": " ",
    "\u00a0": " ",
}
_SIGNS: Final = str.maketrans(SIGNS)
GREEK: Final = {
    unicodedata.name(c).split()[-1].replace("LAMDA", "LAMBDA").lower(): c
    for c in "αβγδεζηθικλμνξπρστυφχψω"
}
ACCENTS: Final = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "tilde": "\u0303",
    "bar": "\u0304",
    "overline": "\u0304",
    "dot": "\u0307",
    "vec": "\u20d7",
}
SILENT: Final = re.compile(
    r"\\(?:left|right|big|Big|bigl|bigr|limits|displaystyle|quad|qquad)(?![A-Za-z])"
    r"|\\[,;:! ()\[\]]|[$&]|~|[\u200b-\u200d\u2060-\u2064\ufeff]"
)
WIDE: Final = re.compile("[\uff01-\uff5e\U0001d400-\U0001d7ff]")
"""Letters, digits and signs of another width or typeface: （, ２, 𝑥."""

COMMANDS: Final = {
    "cdot": "*",
    "times": "*",
    "ast": "*",
    "div": "/",
    "partial": "∂",
    "lvert": "|",
    "rvert": "|",
    "vert": "|",
    "lbrace": "(",
    "rbrace": ")",
    "prime": "'",
}
WRAPPERS: Final = ("operatorname", "mathrm", "mathit", "text", "textrm", "mathbf", "boldsymbol")

DEEPEST: Final = 60
"""How deep brackets may be nested."""


def folded(text: str) -> str:
    r"""The text in the one spelling.

    >>> folded(r"\frac{1}{2}\left(\hat{y} - w_{11}x_1\right)^2")
    '((1)/(2))(ŷ-w_{11}x_{1})^{2}'
    >>> folded("2·(a₁ − y)·w⁽²⁾₁₁")
    '2*(a_{1}-y)*w^{(2)}_{11}'

    A ValueError for braces that do not close.
    """
    text = WIDE.sub(
        lambda m: unicodedata.normalize("NFKC", m[0]), unicodedata.normalize("NFC", text)
    )
    text = SILENT.sub(" ", text).replace(r"\{", "(").replace(r"\}", ")").replace("**", "^")
    text = _scripts(text.translate(_SIGNS))
    text = _commands(text, 0)
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r" ?([-+*/^_(){}|,']) ?", r"\1", text)
    text = re.sub(r"\^(?:\{('+)\}|('+))", r"\1\2", text)  # σ^\prime
    text = _NUMBERED.sub(lambda m: m["number"] or f"{m['letter']}_{{{m['index']}}}", text)
    text = re.sub(r"\^(\(\d+\)|\d+)", r"^{\1}", text)
    return re.sub(r"_(\d+|[^\W_]+)", r"_{\1}", text).replace("} ", "}")


_NUMBERED: Final = re.compile(
    r"(?P<number>(?<![^\W\d_])(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\w)|_\{\w+|_\d+|_[^\W_]+)"
    r"|(?P<letter>[^\W\d_][\u0300-\u036f\u20d7]*'*)(?P<index>\d+)"
)


def _scripts(text: str) -> str:
    """Runs of Unicode sub- and superscripts in braces; ₁,₂ is one run."""
    for mark, table, run in _RUNS:
        text = run.sub(
            lambda m, mark=mark, table=table: (  # type: ignore[misc]
                f"{mark}{{{''.join(table.get(c, c) for c in m[0])}}}".replace("−", "-")
            ),
            text,
        )
    return text


def _run_of(table: Mapping[str, str]) -> re.Pattern[str]:
    inside = "".join(map(re.escape, table))
    return re.compile(rf"[{inside}]+(?:,[{inside}]+)*")


_RUNS: Final = [(mark, table, _run_of(table)) for mark, table in (("_", SUB), ("^", SUPER))]


def _commands(text: str, depth: int) -> str:
    r"""LaTeX's commands, from the left: \frac{a}{b}, \hat{y}, \alpha, \cdot."""
    if depth > DEEPEST:
        raise Unread("the brackets are nested more than {number} deep", number=DEEPEST)
    written, i = [], 0
    while (begins := text.find("\\", i)) >= 0:
        written.append(text[i:begins])
        command = _COMMAND.match(text, begins)
        if command is None:
            found = text[begins : begins + 2]
            raise Unread("a backslash begins a command, and “{text}” is none", text=found)
        name, i = command[1], command.end()
        if name in ("frac", "dfrac", "tfrac"):
            above, i = _group(text, i)
            below, i = _group(text, i)
            above, below = (_commands(part, depth + 1).strip() for part in (above, below))
            both = re.compile(r"(?:∂|d)(.+)")
            top, bottom = both.fullmatch(above), both.fullmatch(below)
            if top and bottom:
                written.append(f"∂{top[1].strip()}/∂{bottom[1].strip()} ")
            else:
                written.append(f"(({above})/({below}))")
        elif name == "sqrt":
            inner, i = _group(text, i)
            written.append(f"√({_commands(inner, depth + 1)})")
        elif name in ACCENTS:
            inner, i = _group(text, i)
            inner = _commands(inner, depth + 1).strip()
            written.append(unicodedata.normalize("NFC", inner[:1] + ACCENTS[name]) + inner[1:])
        elif name in WRAPPERS:
            inner, i = _group(text, i)
            written.append(f" {_commands(inner, depth + 1)} ")
        else:
            written.append(COMMANDS.get(name) or GREEK.get(name) or f" {name} ")
    return "".join([*written, text[i:]])


_COMMAND: Final = re.compile(r"\\([A-Za-z]+)\s*")


def _group(text: str, i: int) -> tuple[str, int]:
    """What stands in the braces that open at i, or the one digit or name there; where it ends."""
    found = _TOKEN.match(text, i)
    if not found:
        raise Unread("something is missing at the end")
    i = found.start(1)
    if text[i] != "{":
        return found[1], found.end()
    depth = 0
    for j in range(i, len(text)):
        depth += (text[j] == "{") - (text[j] == "}")
        if depth == 0:
            return text[i + 1 : j], j + 1
    raise Unread("the brace is not closed: “{text}”", text=text[i : i + 20])


_TOKEN: Final = re.compile(
    r" *(\\[A-Za-z]+|[^\W\d_][\u0300-\u036f\u20d7]*'*(?:_(?:\{[^{}]*\}|\w))?|[^ ])"
)
"""A command, a name with its subscript, or one character."""
