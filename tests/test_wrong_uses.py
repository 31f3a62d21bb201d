"""Wrong uses of all that is public: each is told what would be right, alike in both builds."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tinygrad_edu
from tinygrad_edu.engine import COMPILED

for name in ("numpy", "torch", "matplotlib", "PIL", "onnx", "sympy", "sklearn", "safetensors"):
    pytest.importorskip(name, reason=f"{name} is in the list of wrong uses")

PROGRAM = Path(__file__).with_name("wrong_uses.py")
KINDS = "TypeError ValueError TableError TensorFileError NotVectorizable FileNotFoundError Unread"
KINDS = f"{KINDS} FileExistsError IsADirectoryError".split()
# What Python itself says where an operation of its own meets something that it does not know.
RAW = re.compile(
    r"unsupported operand|not supported between|has no attribute|is not (iterable|callable|subscr)"
    r"|has no len|could not convert|must be real|index out of range|sequence by non-int"
)


def answers(root: Path) -> dict[str, str]:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", str(PROGRAM)],
        env={**os.environ, "PYTHONPATH": str(root), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    return answers(Path(tinygrad_edu.__file__).parents[1])


def is_an_operator(use: str) -> bool:
    """Whether Python words the error, in which it names the types, as of 1 + "a"."""
    operators = r"[-+*/%@<>=]+|//"
    pattern = rf"(\S+ ({operators}) \S+|(int|len|list|pow)\(.*v.*\)|v\[0\]|v\(\))"
    return re.fullmatch(pattern, use) is not None


def test_each_is_refused_with_what_would_be_right(said):
    assert len(said) > 500
    for use, answer in said.items():
        kind, _, words = answer.partition(": ")
        if use.startswith("delattr"):
            assert kind == "AttributeError"
        elif use.startswith("assert_gradients(y, {"):
            assert kind == "AssertionError"
        elif "argnums=" in use and kind == "IndexError":  # as it is documented
            assert re.search(r"argnums has -?\d, and there are \d arguments", words)
        else:
            assert kind in KINDS, (use, answer)
            assert is_an_operator(use) or not RAW.search(words), (use, answer)
        assert "AND LEFT" not in answer, (use, answer)


def about_arguments(answer: str) -> bool:
    """Whether it is on how many arguments there are, which each build's Python has words for."""
    return re.search(r"argument|__init__\(\)", answer) is not None


@pytest.mark.skipif(not COMPILED, reason="the engine is not compiled")
def test_both_builds_use_the_same_words(said, tmp_path):
    ignore = shutil.ignore_patterns("*.so", "*.pyd", "__pycache__")
    source = Path(tinygrad_edu.__file__).parent
    shutil.copytree(source, tmp_path / "tinygrad_edu", ignore=ignore)
    plain = answers(tmp_path)
    assert plain.keys() == said.keys()
    for use, answer in plain.items():
        if re.sub(r"0x\w+", "", answer) != re.sub(r"0x\w+", "", said[use]):
            kinds = [words.partition(":")[0] for words in (answer, said[use])]
            assert about_arguments(answer), (use, answer, said[use])
            assert kinds[0] == kinds[1]
