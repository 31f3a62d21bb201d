"""Pictures: graphs, networks, plots, and the explorer that steps through a graph.

Each is loaded when it is first used, so that the import of one does not load the others.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .backward import animate_backward as animate_backward
    from .explorer.explore import explore as explore
    from .explorer.recording import Recording as Recording
    from .film import TrainingFilm as TrainingFilm
    from .graph import draw_dot as draw_dot
    from .network import draw_network as draw_network
    from .program import draw_program as draw_program
    from .sources import record_sources as record_sources
    from .theme import THEMES as THEMES
    from .theme import Theme as Theme

_HOME: Final = {
    "THEMES": ".theme",
    "Recording": ".explorer.recording",
    "Theme": ".theme",
    "TrainingFilm": ".film",
    "animate_backward": ".backward",
    "draw_dot": ".graph",
    "draw_network": ".network",
    "draw_program": ".program",
    "explore": ".explorer.explore",
    "record_sources": ".sources",
}

__all__ = [
    "THEMES",
    "Recording",
    "Theme",
    "TrainingFilm",
    "animate_backward",
    "draw_dot",
    "draw_network",
    "draw_program",
    "explore",
    "record_sources",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name], __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
