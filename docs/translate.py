"""Keeps the catalogue of the package's sentences in Chinese.

    python docs/translate.py            take up new sentences, drop old ones, compile
    python docs/translate.py --check    say what is missing; the exit status is 1 if anything is

The translations are in `tinygrad_edu/catalogues/zh.po`, to be edited there; `zh.mo` is what the
package reads. A sentence is a string that `say`, `words` or `Unread` is called with, or a
`SUMMARY`, and what the explorer's page says (see `view.explorer.words`). (The site's are kept by
`translate_site.py`.)
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from string import Formatter

import catalogues
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from tinygrad_edu.view.explorer.words import sentences as of_page

PACKAGE = Path(__file__).resolve().parent.parent / "tinygrad_edu"
CATALOGUE = PACKAGE / "catalogues" / "zh.po"
CALLED = ("say", "words", "Unread")


def strings(node: ast.expr) -> Iterator[str]:
    """The strings that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from strings(node.body)
        yield from strings(node.orelse)


def sentences_of(source: str) -> Iterator[tuple[str, int]]:
    """The sentences in a program, each with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            if node.func.id in CALLED:
                yield from ((text, node.lineno) for text in strings(node.args[0]))
        elif isinstance(node, ast.Assign) and "SUMMARY" in map(ast.unparse, node.targets):
            yield from ((text, node.lineno) for text in strings(node.value))


def sentences() -> dict[str, str]:
    """The package's sentences, each with the module that it was first found in."""
    found: dict[str, str] = {}
    for file in sorted(PACKAGE.rglob("*.*")):
        text = file.read_text(encoding="utf-8") if file.suffix in (".py", ".html", ".js") else ""
        said = [s for s, _ in sentences_of(text)] if file.suffix == ".py" else of_page(text)
        for sentence in said:
            found.setdefault(sentence, file.relative_to(PACKAGE).as_posix())
    return found


def places(sentence: str) -> set[str]:
    """The named places of a sentence."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def problems(catalogue: Catalog) -> list[str]:
    """What is missing from a catalogue, is in it though nothing says it, or has other places."""
    wanted = sentences()
    translated = catalogues.translations(catalogue)
    found = [f"not translated: {text!r}" for text in wanted if not translated.get(text)]
    found += [f"no longer said: {text!r}" for text in translated if text not in wanted]
    found += [
        f"other places than in English: {text!r}"
        for text, chinese in translated.items()
        if chinese and places(text) != places(chinese)
    ]
    return found


def compiled(catalogue: Catalog) -> bytes:
    """What `zh.mo` holds."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def updated(old: Catalog) -> Catalog:
    """The catalogue of the sentences that are said now, with the translations that there are."""
    new = catalogues.empty("The sentences of tinygrad_edu in Chinese.")
    for text, module in sentences().items():
        message = old.get(text)
        new.add(text, message.string if message else "", locations=[(module, None)])
    return new


def main() -> int:
    """Update or check; the exit status."""
    catalogue = catalogues.read(CATALOGUE)
    if "--check" not in sys.argv[1:]:
        catalogue = updated(catalogue)
        catalogues.write(CATALOGUE, catalogue)
        CATALOGUE.with_suffix(".mo").write_bytes(compiled(catalogue))
    wrong = problems(catalogue)
    print("\n".join(wrong) or f"{len(catalogue)} sentences, all in Chinese")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
