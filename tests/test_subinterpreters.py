"""In a second interpreter of one process the plain build works, and the compiled one refuses."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import tinygrad_edu
from tinygrad_edu.engine import COMPILED

MODULE = next((m for m in ("_interpreters", "_xxsubinterpreters") if find_spec(m)), None)
PROGRAM = f"""
import {MODULE} as interpreters

INSIDE = '''
try:
    from tinygrad_edu import Value
    x = Value(3.0)
    (x * x).backward()
    print("gradient", x.grad)
except ImportError as error:
    print("refused:", error)
'''
for _ in range(2):
    interpreter = interpreters.create()
    interpreters.run_string(interpreter, INSIDE)
    interpreters.destroy(interpreter)
print("end")
"""


@pytest.mark.skipif(MODULE is None, reason="this Python has no subinterpreters")
@pytest.mark.parametrize("first", ["", "import tinygrad_edu"])
def test_a_subinterpreter_computes_or_is_refused_and_the_process_lives(first):
    root = str(Path(tinygrad_edu.__file__).parents[1])
    run = subprocess.run(
        [sys.executable, "-c", first + PROGRAM],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
        timeout=60,
        check=False,
    )
    refusal = "refused: the compiled tinygrad_edu runs in the main interpreter of a process only: "
    answers = run.stdout.splitlines()
    assert (run.returncode, answers[-1], len(answers)) == (0, "end", 3), run.stderr
    assert all(line.startswith(refusal if COMPILED else "gradient 6.0") for line in answers[:2])
