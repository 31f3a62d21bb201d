"""Which build of the package runs, and on what: the first thing that a bug report should say."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from ..engine import COMPILED


def info() -> str:
    """The package's version, whether its engine is compiled, the Python and the platform.

    >>> print(info())  # doctest: +SKIP
    tinygrad_edu  0.1.0
    engine        compiled by mypyc
    Python        CPython 3.11.7
    platform      Linux x86_64
    """
    try:
        installed = version("tinygrad_edu")
    except PackageNotFoundError:
        installed = "not installed, run from its source"
    lines = {
        "tinygrad_edu": installed,
        "engine": "compiled by mypyc" if COMPILED else "plain Python",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": f"{platform.system()} {platform.machine()}",
    }
    return "\n".join(f"{name:<14}{text}" for name, text in lines.items())
