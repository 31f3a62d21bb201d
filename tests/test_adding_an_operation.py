"""What the head of functions.py promises: one block there, and everything else finds it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import tinygrad_edu

BLOCK = '''

def sech(x: Scalar) -> Value:
    """1/cosh x; derivative -tanh x / cosh x."""
    x = as_value(x)
    e = math.exp(-math.fabs(x.data))  # at most 1: cosh x = (1 + e²)/(2e) overflows
    y = 2.0 * e / (1.0 + e * e)
    return record(y, SECH, x, -math.tanh(x.data) * y)


SECH: Final = define("sech", sech, lambda x, y: -y * tanh(x))
'''

USE = """
from math import cosh, tanh
from tinygrad_edu import OPS, Value
from tinygrad_edu.calculus import gradients
from tinygrad_edu.functions import sech
from tinygrad_edu.nn import Neuron
from tinygrad_edu.teach import check_gradients, derive, latex, text
from tinygrad_edu.view import draw_dot, explore

x = Value(2.0, label="x")
y = x.sech() + 1
y.backward()
assert abs(x.grad + tanh(2) / cosh(2)) < 1e-16
assert text(y) == "sech(x) + 1"
assert r"\\operatorname{sech}" in latex(y)
assert "−0.25624" in str(derive(y, wrt=[x]))
assert "right" in str(check_gradients(y, {"x": -0.2562}))
assert "sech" in draw_dot(y).svg()
assert "sech: functions_sech" in explore(y).html()  # the page computes it too
assert Neuron(1, activation="sech", init="zeros")([1.0]).data == 1.0
"""

SUITE = ["test_functions.py", "test_calculus.py", "test_gradcheck.py", "test_typing.py"]


def test_one_block_is_all(tmp_path: Path) -> None:
    source = Path(tinygrad_edu.__file__).parent
    # Without compiled modules, which would be imported in place of the changed file.
    shutil.copytree(
        source, tmp_path / "tinygrad_edu", ignore=shutil.ignore_patterns("*.so", "*.pyd")
    )
    functions = tmp_path / "tinygrad_edu" / "functions.py"
    functions.write_text(functions.read_text(encoding="utf-8") + BLOCK, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    subprocess.run([sys.executable, "-c", USE], cwd=tmp_path, check=True, env=environment)
    # and the suite measures it: its accuracy by mpmath, which has a function of that name
    tests = [str(Path(__file__).with_name(name)) for name in SUITE]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "sech", *tests]
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout
    assert int(ran.stdout.splitlines()[-1].split(" passed")[0]) >= 20, ran.stdout
