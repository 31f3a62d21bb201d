"""The sentences of the explorer's page, in the current language.

They stand in English where they are said, and are found there: in the page between double braces,
``<label>{{Step by}} …``, and in the scripts as what `say` or `phrase` is called with, whose
translations go with the page.
"""

from __future__ import annotations

import re

from ...language import say

_IN_PAGE = re.compile(r"\{\{(.+?)\}\}")
_IN_SCRIPT = re.compile(r'\.(?:say|phrase)\("(.+?)"')


def sentences(source: str) -> list[str]:
    """The English sentences in a part of the page.

    >>> sentences('graph.say("{node} is the root", { node })')
    ['{node} is the root']
    >>> sentences("<button>{{Fold}}</button>")
    ['Fold']
    """
    return _IN_PAGE.findall(source) + _IN_SCRIPT.findall(source)


def translated(page: str) -> str:
    """The page's HTML, in the current language where it is between double braces."""
    return _IN_PAGE.sub(lambda found: say(found[1]), page)


def translations(script: str) -> dict[str, str]:
    """What the script's sentences are in the current language, where they are not the same."""
    return {s: say(s) for s in sentences(script) if say(s) != s}
