"""Compiles the engine with mypyc, where that is possible; pyproject.toml holds all the rest.

Only wheels are compiled (``pip install .``, ``python -m build``), so that an editable install runs
the very files that are edited. Where the engine cannot be compiled, the wheel holds the plain
Python files, which do the same. The environment variable TINYGRAD_EDU_COMPILE decides otherwise:
with 1 it is an error if the engine cannot be compiled, with 0 it is not compiled.
"""

import os
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup

MODULES = ["engine", "functions", "ieee", "normal", "reductions"]
HEADER = "trashcan.h"


def extensions() -> list[Extension]:
    """The C extensions that mypyc makes of MODULES."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        sys.exit("only CPython with its global interpreter lock runs compiled modules")
    from mypyc.build import mypycify

    compiled = mypycify(
        ["--follow-imports=silent", *[f"tinygrad_edu/{name}.py" for name in MODULES]],
        group_name="tinygrad_edu",
        debug_level="0",
    )
    header = str(Path(HEADER).resolve())
    if sys.platform == "win32":
        flags = ["/FI" + header]
    else:
        flags = [
            *["-include", header],
            "-ffp-contract=off",  # a fused multiply-add would round unlike Python's a * b + c
            "-fvisibility=hidden",  # so that functions of the engine may be inlined
            "-Wno-error",  # a newer compiler's new warning must not stop an installation
        ]
    for extension in compiled:
        extension.depends.append(HEADER)
        extension.extra_compile_args = [*extension.extra_compile_args, *flags]
    return list(compiled)


choice = os.environ.get("TINYGRAD_EDU_COMPILE", "")
if choice not in ("", "0", "1"):
    sys.exit(f"TINYGRAD_EDU_COMPILE is 0, 1 or unset, not {choice!r}")
if "bdist_wheel" not in sys.argv or choice == "0":
    setup()
else:
    try:
        setup(ext_modules=extensions())
    except (ImportError, SystemExit) as error:
        if choice == "1":
            raise
        print(f"tinygrad_edu: not compiled ({error}); installing the plain Python files")
        setup()
