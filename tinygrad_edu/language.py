"""In which language sentences are written: English, or what a catalogue has for them.

A sentence is kept in English where it is written, with named places for its parts:
``say("{name} is right ({gradient})", name=…, gradient=…)``. Another language is a catalogue of
the same sentences, found by the English one, so that code stays readable and nothing has a key of
its own. What a program reads (errors, names of options) is English always.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = {"en": "English", "zh": "中文"}
"""The languages by their codes, each by its own name."""

_CATALOGUES: Final = Path(__file__).with_name("catalogues")
_CHOSEN: Final[ContextVar[str | None]] = ContextVar("language", default=None)


def current_language() -> str:
    """The code of the language that is written here: by `using_language`, by TINYGRAD_EDU_LANGUAGE
    in the environment, otherwise "en"."""
    return _CHOSEN.get() or _known(os.environ.get("TINYGRAD_EDU_LANGUAGE") or "en")


@contextmanager
def using_language(code: str | None) -> Iterator[None]:
    """Inside it, sentences are written in that language; None leaves the one that is current.

    A ValueError for a language that has no catalogue.
    """
    token = _CHOSEN.set(_CHOSEN.get() if code is None else _known(code))
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def say(sentence: str, **parts: object) -> str:
    """An English sentence in the current language, with its parts in their places.

    >>> say("{count} of {total} are right", count=3, total=4)
    '3 of 4 are right'
    """
    translated = _catalogue(current_language()).gettext(sentence)
    return translated.format(**parts) if parts else translated


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    file = _CATALOGUES / f"{code}.mo"
    if not file.is_file():
        return gettext.NullTranslations()
    with open(file, "rb") as stream:
        return gettext.GNUTranslations(stream)


def _known(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"a language is one of {', '.join(LANGUAGES)}, not {code!r}")
    return code
