"""Graphs of scalars as tables of numbers: recorded once, and run again and again."""

from .replay import Replay
from .tape import Tape

__all__ = ["Replay", "Tape"]
