"""What commands take as options: kinds of number and a file, each with its complaint."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError
from pathlib import Path

from ..arrays.fitting.backends import engine_of


def count(text: str) -> int:
    """A whole number of at least 1."""
    return _whole(text, 1)


def seed(text: str) -> int:
    """A whole number of at least 0."""
    return _whole(text, 0)


def real(text: str) -> float:
    """Any finite number."""
    try:
        x = float(text)
    except ValueError:
        x = math.nan
    if not math.isfinite(x):
        raise ArgumentTypeError(f"{text!r} is not a finite number")
    return x


def positive(text: str) -> float:
    """A finite number above 0."""
    x = real(text)
    if x <= 0.0:
        raise ArgumentTypeError(f"{text!r} is not a number above 0")
    return x


def fraction(text: str) -> float:
    """A number between 0 and 1, both excluded."""
    x = real(text)
    if not 0.0 < x < 1.0:
        raise ArgumentTypeError(f"{text!r} does not lie between 0 and 1")
    return x


def sizes(text: str) -> list[int]:
    """Whole numbers of at least 1 with commas between them: 16,16."""
    return [count(size) for size in text.split(",")]


def drawing(text: str) -> Path:
    """A file to draw in: its name ends in .svg, .dot, .png or .pdf, and its folder exists."""
    path = Path(text)
    if path.suffix.lower() not in {".svg", ".dot", ".png", ".pdf"}:
        raise ArgumentTypeError(f"{text!r} does not end in .svg, .dot, .png or .pdf")
    if not path.parent.is_dir():
        raise ArgumentTypeError(f"{text!r} lies in a folder that does not exist")
    return path


def weights(text: str) -> Path:
    """A file for a network: its name ends in .safetensors, and its folder exists."""
    path = Path(text)
    if path.suffix.lower() != ".safetensors":
        raise ArgumentTypeError(f"{text!r} does not end in .safetensors")
    if not path.parent.is_dir():
        raise ArgumentTypeError(f"{text!r} lies in a folder that does not exist")
    return path


def backend(text: str) -> str:
    """What runs batches: one of BACKENDS, or a library with a device and a width."""
    try:
        engine_of(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
    return text


def _whole(text: str, least: int) -> int:
    try:
        n = int(text)
    except ValueError:
        n = least - 1
    if n < least:
        raise ArgumentTypeError(f"{text!r} is not a whole number of at least {least}")
    return n
