"""Catalogues of sentences and their Chinese as files, of the package and of the site alike."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tinygrad_edu.files import write_atomically

WHENEVER = datetime(2026, 1, 1, tzinfo=UTC)  # so that nothing changes where nothing has changed


def empty(comment: str) -> Catalog:
    """A catalogue in which nothing is yet, with a line at its head."""
    return Catalog(
        locale="zh_CN",
        project="tinygrad_edu",
        version="0",
        header_comment=f"# {comment}",
        last_translator="The tinygrad_edu developers",
        language_team="zh_CN",
        msgid_bugs_address="none",
        creation_date=WHENEVER,
        revision_date=WHENEVER,
        fuzzy=False,
    )


def read(path: Path) -> Catalog:
    """The catalogue of a .po file; one without sentences where there is no such file."""
    if not path.is_file():
        return empty("")
    with open(path, "rb") as stream:
        return read_po(stream, locale="zh_CN")


def write(path: Path, catalogue: Catalog) -> None:
    """Keep a catalogue as a .po file, in its own order."""
    out = BytesIO()
    write_po(out, catalogue, width=100, sort_output=False)
    lines = out.getvalue().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(b'"Generated-By: ')]
    write_atomically(path, b"".join(kept))  # (whichever Babel it is)


def translations(catalogue: Catalog) -> dict[str, str]:
    """The sentences of a catalogue with what they are in Chinese: "" where nothing is yet."""
    return {message.id: message.string for message in catalogue if message.id}
