"""Compiles the engine with mypyc, where that is possible; pyproject.toml holds all the rest.

Only wheels are compiled (``pip install .``, ``python -m build``), so that an editable install runs
the very files that are edited. Where the engine cannot be compiled, the wheel holds the plain
Python files, which do the same. The environment variable TINYGRAD_EDU_COMPILE decides otherwise:
with 1 it is an error if the engine cannot be compiled, with 0 it is not compiled.
"""

import ast
import os
import re
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup

MODULES = [
    *("blocks", "declarations", "ops", "ieee", "accurate", "engine", "functions", "activations"),
    *("elementary", "reductions", "updates", "rules", "arrays/tapes/tape"),
]
HEADERS = ["node_memory.h", "node_teardown.h"]
LARGE = ["jax", "matplotlib", "numpy", "onnx", "sympy", "torch"]
# A fused multiply-add would round unlike Python's a * b + c.
FLAGS = [] if sys.platform == "win32" else ["-ffp-contract=off"]


def extensions() -> list[Extension]:
    """The C extensions: those that mypyc makes of MODULES, and the one that replays graphs."""
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        sys.exit("only CPython with its global interpreter lock runs compiled modules")
    from mypyc.build import mypycify

    compiled = mypycify(
        [
            f"--config-file={_mypy_settings()}",
            "--follow-imports=silent",
            *[f"tinygrad_edu/{name}.py" for name in MODULES],
        ],
        group_name="tinygrad_edu",
        debug_level="0",
    )
    c_file = Path("build/__native_tinygrad_edu.c")
    text = c_file.read_text(encoding="utf-8")
    text = with_node_memory(with_pythons_errors(with_docstrings(text)))
    c_file.write_text(text, encoding="utf-8")
    for extension in compiled:
        extension.depends.extend(HEADERS)
        if sys.platform != "win32":
            extension.extra_compile_args += [
                *FLAGS,
                "-fvisibility=hidden",  # so that functions of the engine may be inlined
                "-Wno-error",  # a newer compiler's new warning must not stop an installation
            ]
    fast = [] if sys.platform == "win32" else ["-O3"]
    replay = Extension(
        "tinygrad_edu.arrays.tapes._replay",
        ["replay.c"],
        depends=["replay_table.h", "replay_play.h", "replay_functions.h"],
        extra_compile_args=FLAGS + fast,
    )
    return [*compiled, replay]


def _mypy_settings() -> str:
    """A file that keeps mypy from reading large libraries, which takes minutes, if they are here.

    Compiled modules import none of them; others of the package do.
    """
    path = Path("build/mypy.ini")
    path.parent.mkdir(exist_ok=True)
    sections = [f"[mypy-{name}.*]\nfollow_imports = skip\n" for name in LARGE]
    path.write_text("[mypy]\n" + "".join(sections), encoding="utf-8")
    return str(path)


def with_node_memory(text: str) -> str:
    """The C code `text` with HEADERS, and with what they define as the memory of Values."""
    include = '#include "__native_internal_tinygrad_edu.h"\n'
    headers = "".join(f'#include "{Path(name).resolve().as_posix()}"\n' for name in HEADERS)
    alloc = "(tinygrad_edu___engine___ValueObject *)type->tp_alloc(type, 0)"
    dealloc = ".tp_dealloc = (destructor)engine___Value_dealloc,"
    size = ".tp_basicsize = sizeof(tinygrad_edu___engine___ValueObject),"
    weak = ".tp_weaklistoffset = offsetof(Node, weak_references),"
    for old, new in (
        (include, include + headers),
        (alloc, "(tinygrad_edu___engine___ValueObject *)node_alloc(type, 0)"),
        (dealloc, ".tp_dealloc = node_dealloc, .tp_alloc = node_alloc, .tp_free = node_free,"),
        (size, f".tp_basicsize = sizeof(Node), {weak}"),
    ):
        if text.count(old) != 1:
            sys.exit(
                f"mypyc's C code is not as it is known: {old} is in it {text.count(old)} times"
            )
        text = text.replace(old, new)
    return text


def with_pythons_errors(text: str) -> str:
    """The C code `text` with what Python says where mypyc's code says it otherwise, or crashes.

    Its setters of properties know nothing of ``del value.data``, and its ``**`` forgets that it is
    `pow` too.
    """
    setter = r"char retval = 2;\s+retval = CPyDef_\w+?___(\w+?)_____mypyc_setter__(\w+)\("
    refusal = (
        r"if (value == NULL) {PyErr_SetString(PyExc_AttributeError, "
        r""""property '\2' of '\1' object has no deleter"); return -1;} \g<0>"""
    )
    text, setters = re.subn(setter, refusal, text)
    power = 'CPy_CallReverseOpMethod(obj_left, obj_right, "**",'
    if not setters or power not in text:
        sys.exit("mypyc's C code is not as it is known: it has no setters, or no power")
    return text.replace(power, power.replace("**", "** or pow()"))


def with_docstrings(text: str) -> str:
    """The C code `text` with the docstrings, which mypyc leaves out, so that help() works."""
    for module in MODULES:
        tree = ast.parse(Path(f"tinygrad_edu/{module}.py").read_text(encoding="utf-8"))
        prefix = module.replace("/", "___")
        for node in tree.body:
            text = document(text, f"{prefix}___", node)
            for member in node.body if isinstance(node, ast.ClassDef) else []:
                text = document(text, f"{prefix}___{node.name}___", member)
    return text


def document(text: str, prefix: str, node: ast.stmt) -> str:
    """The C code `text` with the docstring of a function, method, property or class."""
    if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return text
    docstring = ast.get_docstring(node)
    if docstring is None:
        return text
    literal = '"' + "".join(rf"\\{byte:03o}" for byte in docstring.encode()) + '"'
    name, getter = prefix + node.name, prefix.removesuffix("___") + "_get_" + node.name
    signature = r'PyDoc_STR\("[^"]*--\\n\\n"'
    for pattern in (
        rf"(\(PyCFunction\)CPyPy_{name},\s[\w |]+, {signature})()",
        rf"(\.tp_dealloc = \(destructor\){name}_dealloc,[^;]+{signature})()",
        rf"(\(getter\){getter},\s+(?:\(setter\)\w+|NULL),\s+)NULL(, NULL\}})",
    ):
        text = re.sub(pattern, rf"\1 {literal}\2", text)
    return text


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
