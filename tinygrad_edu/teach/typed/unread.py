"""What is said of what was typed and cannot be read."""

from __future__ import annotations

from ...language import say


class Unread(ValueError):
    """What was typed cannot be read: in English as an error, and in the language of a report.

    >>> str(Unread("“{text}” is not expected there", text="?"))
    '“?” is not expected there'
    """

    def __init__(self, sentence: str, **parts: object) -> None:
        super().__init__(sentence.format(**parts))
        self._sentence, self._parts = sentence, parts

    def said(self) -> str:
        """The same in the current language."""
        parts = {k: p.said() if isinstance(p, Unread) else p for k, p in self._parts.items()}
        return say(self._sentence, **parts)
