"""The playground's side in Python: runs a program and says what the page is to show of it.

It is imported by `worker.js` in the browser's Python. Nothing in it needs a browser, so that the
tests run it in any Python.
"""

from __future__ import annotations

import ast
import json
import linecache
import sys
import traceback
from collections.abc import Callable
from typing import Any

from tinygrad_edu import Value, topological_order
from tinygrad_edu.history import History
from tinygrad_edu.language import current_language, using_language
from tinygrad_edu.teach import derive
from tinygrad_edu.view import draw_dot, explore

FILE = "program.py"
LARGEST = 500
"""The most values of which the page shows pictures: of more, none is readable, and each is slow."""

ELSEWHERE = {
    "en": "{name} is not in this page. With the package installed, it can be had.\n",
    "zh": "这个网页里没有 {name}；在自己的机器上安装本软件包之后，就可以用它。\n",
}
MISSING = {"numpy", "matplotlib", "sklearn", "scipy", "torch", "jax", "pandas", "safetensors"}


def run(code: str, language: str = "en") -> str:
    """Run a program and tell as JSON what came of it.

    shown        what its last line is, as {"kind": "text" | "svg" | "html", "data": …}
    error        {"text": …, "line": …} of the exception that ended it, or null
    graph        the picture of the last root that it made; explorer and derivation are its pages
    large        how many values that root has, in place of these three, where it has too many
    losses       those of the last training
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    answer: dict[str, Any] = {"error": None, "shown": None}
    with using_language(language):
        try:
            last = _execute(code, names)
            if last is not None:
                answer["shown"] = _shown(last)
        except BaseException as error:
            answer["error"] = _told(error)
            last = None
        root = last if isinstance(last, Value) and last.op else _root(names)
        size = 0 if root is None else len(topological_order(root))
        if size > LARGEST:
            answer["large"] = size
        elif root is not None:
            answer["graph"] = _made(lambda: draw_dot(root).svg())
            answer["explorer"] = _made(lambda: explore(root).html())
            answer["derivation"] = _made(lambda: derive(root).html())
    answer["losses"] = next((x.losses for x in [last, *_newest(names)] if _is_run(x)), None)
    return json.dumps(answer)


def _execute(code: str, names: dict[str, Any]) -> Any:
    """Run the program; the value of its last line if that is an expression, otherwise None."""
    lines = code.splitlines(keepends=True)
    linecache.cache[FILE] = (len(code), None, lines, FILE)  # for the lines of tracebacks
    tree = ast.parse(code, FILE)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, FILE, "exec"), names)
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), FILE, "eval"), names)


def _shown(thing: Any) -> dict[str, str]:
    """A value as a notebook would show it."""
    for method, kind in (("_repr_svg_", "svg"), ("html", "html")):
        if hasattr(thing, method):
            return {"kind": kind, "data": getattr(thing, method)()}
    return {"kind": "text", "data": repr(thing)}


def _told(error: BaseException) -> dict[str, Any]:
    """An exception as Python tells it, from the program's own lines on, and the line."""
    if isinstance(error, SyntaxError) and error.filename == FILE:
        text = "".join(traceback.format_exception_only(error))
        return {"text": text, "line": error.lineno}
    frames = traceback.extract_tb(error.__traceback__)
    own = [i for i, frame in enumerate(frames) if frame.filename == FILE]
    text = "".join(traceback.format_list(frames[own[0] :] if own else frames))
    text += "".join(traceback.format_exception_only(error))
    if isinstance(error, ModuleNotFoundError) and error.name in MISSING:
        text = ELSEWHERE[current_language()].format(name=error.name)
    return {"text": text, "line": frames[own[-1]].lineno if own else None}


def _newest(names: dict[str, Any]) -> list[Any]:
    return list(names.values())[::-1]


def _is_run(thing: Any) -> bool:
    return isinstance(thing, History) and bool(thing.losses)


def _root(names: dict[str, Any]) -> Value | None:
    """The newest result that no other result in the program's variables was made of."""
    results = [x for x in _newest(names) if isinstance(x, Value) and x.op]
    inside: set[Value] = set()
    for result in results:
        if result not in inside:
            inside.update(topological_order(result)[:-1])
    return next((result for result in results if result not in inside), None)


def _made(make: Callable[[], str]) -> dict[str, str]:
    """What is made, or why it cannot be."""
    try:
        return {"data": make()}
    except (ValueError, RuntimeError, RecursionError) as error:
        return {"why": str(error)}


class Out:
    """A stream that hands over what is written, now and then rather than letter by letter."""

    def __init__(self, send: Callable[[str], object], now: Callable[[], float]) -> None:
        self._send, self._now = send, now
        self._parts: list[str] = []
        self._sent = 0.0

    def write(self, text: str) -> int:
        """Keep a text, and hand over all that is kept if a twentieth of a second is over."""
        self._parts.append(text)
        if self._now() - self._sent > 0.05:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Hand over what is kept."""
        self._sent = self._now()
        if self._parts:
            self._send("".join(self._parts))
            self._parts.clear()

    def isatty(self) -> bool:
        """It is no terminal: no progress bars."""
        return False


def use(out: Out) -> None:
    """Print there from now on."""
    sys.stdout = sys.stderr = out  # type: ignore[assignment]
