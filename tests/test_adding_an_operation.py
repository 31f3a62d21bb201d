"""What the head of functions.py promises: one block there, and everything else finds it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import tinygrad_edu

BLOCK = '''

def cube(x: Scalar) -> Value:
    """x³; derivative 3x²."""
    x = as_value(x)
    return record(x.data**3, CUBE, x, 3.0 * x.data**2)


CUBE: Final = define("cube", r"\\operatorname{cube}", cube, lambda x, y: 3.0 * x * x)
'''

USE = """
from tinygrad_edu import OPS, Value
from tinygrad_edu.calculus import gradients
from tinygrad_edu.functions import cube
from tinygrad_edu.gradcheck import gradcheck
from tinygrad_edu.nn import Neuron
from tinygrad_edu.teach import check_gradients, derive, latex, text
from tinygrad_edu.view import draw_dot

x = Value(2.0, label="x")
y = x.cube() + 1
y.backward()
assert (y.data, x.grad) == (9.0, 12.0)
assert OPS["cube"].function is cube
(slope,) = gradients(y, [x])
(second,) = gradients(slope, [x])
assert (slope.data, second.data) == (12.0, 12.0)
assert gradcheck(cube, 2.0, -0.5).ok
assert text(y) == "cube(x) + 1"
assert r"\\operatorname{cube}" in latex(y)
assert "12" in str(derive(y, wrt=[x]))
assert "right" in str(check_gradients(y, {"x": 12}))
assert "cube" in draw_dot(y).svg()
assert Neuron(1, activation="cube", init="zeros")([1.0]).data == 0.0
"""


def test_one_block_is_all(tmp_path: Path) -> None:
    source = Path(tinygrad_edu.__file__).parent
    # Without compiled modules, which would be imported in place of the changed file.
    shutil.copytree(
        source, tmp_path / "tinygrad_edu", ignore=shutil.ignore_patterns("*.so", "*.pyd")
    )
    functions = tmp_path / "tinygrad_edu" / "functions.py"
    functions.write_text(functions.read_text(encoding="utf-8") + BLOCK, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": "."}
    subprocess.run([sys.executable, "-c", USE], cwd=tmp_path, check=True, env=environment)
