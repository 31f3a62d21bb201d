"""Graphs of scalars as tables of numbers: recorded once, and run again and again."""

from .tape import Tape

__all__ = ["Tape"]
