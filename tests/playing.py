"""Both players of tapes for tests, also where the package was not built: C is compiled here."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tinygrad_edu.arrays.tapes.player as built

SOURCE = Path(__file__).parents[1] / "replay.c"


def module(name: str, path: str | Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@cache
def with_native() -> Any:
    """The module `player` with its player in C; the test is skipped without a compiler."""
    if built.native is not None:
        return built
    compiler = shutil.which("cc")
    if compiler is None or sys.platform == "win32":
        pytest.skip("the package is not compiled, and there is no compiler here")
    folder = Path(tempfile.mkdtemp())
    library = folder / ("_replay" + sysconfig.get_config_var("EXT_SUFFIX"))
    command = [compiler, "-O3", "-Wall", "-Wextra", "-Werror", "-Wno-cast-function-type"]
    command += ["-Wno-missing-field-initializers", "-ffp-contract=off", "-shared", "-fPIC"]
    command += [f"-I{sysconfig.get_path('include')}", "-o", str(library), str(SOURCE), "-lm"]
    if sys.platform == "darwin":
        command += ["-undefined", "dynamic_lookup"]
    subprocess.run(command, check=True)
    name = "tinygrad_edu.arrays.tapes._replay"
    sys.modules[name] = module(name, library)
    try:
        return module("tinygrad_edu.arrays.tapes.player_with_native", built.__file__)
    finally:
        del sys.modules[name]
        shutil.rmtree(folder)


def players() -> dict[str, Any]:
    """What makes a player, by its name."""
    return {"plain": built.PlainPlayer, "native": with_native().native_player}
