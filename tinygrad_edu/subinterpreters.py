"""Imported before anything else: refuses a subinterpreter where the engine is compiled.

What mypyc makes keeps one state for the whole process; in a second interpreter of it Python
crashes, at once or at the end. The plain build has no such state, and runs in as many as there are.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any


def _is_main() -> bool:
    for name in ("_interpreters", "_xxsubinterpreters"):  # the latter before Python 3.13
        try:
            interpreters: Any = import_module(name)
        except ImportError:
            continue
        return bool(interpreters.get_current() == interpreters.get_main())
    return True  # a Python that has no others


def _is_compiled() -> bool:
    engine = find_spec("tinygrad_edu.engine")
    return engine is not None and not str(engine.origin).endswith(".py")


if not _is_main() and _is_compiled():
    raise ImportError(
        "the compiled tinygrad_edu runs in the main interpreter of a process only: import it "
        "there, use processes, or install the plain build (TINYGRAD_EDU_COMPILE=0 pip install)"
    )
