"""How NumPy spells one instruction: expressions, with how tightly they bind."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..instructions.ir import COMPARISONS, Array
from ..instructions.views import Shape, View

COMPARE, SUM, MATRICES, PRODUCT, SIGN, POWER, ATOM = range(7)


class Text(NamedTuple):
    """An expression, how tightly its outermost operation binds, and of `a @ b` a and b."""

    text: str
    binds: int = ATOM
    factors: tuple[str, str] | None = None

    def within(self, level: int) -> str:
        """It as a part of an expression that binds so tightly."""
        return f"({self.text})" if self.binds < level else self.text


def number(x: float) -> Text:
    """A plain number."""
    text = repr(x)
    if text in ("inf", "-inf", "nan"):
        return Text(f'float("{text}")')
    return Text(text, SIGN if text.startswith("-") else ATOM)


_INFIX: Final = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT}
_CALLS: Final = {
    "relu": "np.maximum({0}, 0.0)",
    "softplus": "np.logaddexp({0}, 0.0)",
    "xlogy": "xlogy({0}, {1})",
    "logsumexp": "logsumexp({0})",
    "leaky_relu": "np.where({0} > 0.0, {0}, {1} * {0})",
    "elu": "np.where({0} > 0.0, {0}, {1} * np.expm1({0}))",
}
HELPERS: Final = ("logsumexp", "xlogy")
"""What is imported from `numeric`."""
_ELEMENTARY: Final = ("exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "abs", "sign")
_ANGLES: Final = ("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "hypot")
_HYPERBOLIC: Final = ("sinh", "cosh", "tanh", "asinh", "acosh", "atanh")
_PAIRS: Final = ("maximum", "minimum", "logaddexp", "remainder")
_IN_NUMPY: Final = frozenset((*_ELEMENTARY, *_ANGLES, *_HYPERBOLIC, *_PAIRS))
TWICE: Final = ("leaky_relu", "elu")
"""Operations whose argument is written twice."""


def is_called(op: str) -> bool:
    """Whether NumPy has no expression for an operation, so that it is called element by element."""
    spelled = op in _INFIX or op in _CALLS or op in _IN_NUMPY or op in COMPARISONS
    return not spelled and op not in ("neg", "**", "step", "sigmoid", "silu")


def elementwise(op: str, args: list[Text]) -> Text:
    """An elementwise operation, or logsumexp, of these arguments."""
    if op in _INFIX:
        binds = _INFIX[op]
        return Text(f"{args[0].within(binds)} {op} {args[1].within(binds + 1)}", binds)
    if op == "neg":
        return Text(f"-{args[0].within(SIGN)}", SIGN)
    if op == "**":
        power = args[1].within(SIGN)
        return Text(f"{args[0].within(ATOM)} ** {power.removesuffix('.0')}", POWER)
    if op in COMPARISONS:
        return Text(f"{args[0].within(SUM)} {op} {args[1].within(SUM)}", COMPARE)
    if op == "step":
        return Text(f"{args[0].within(SUM)} > 0.0", COMPARE)
    if op == "sigmoid":
        return Text(f"1.0 / (1.0 + np.exp(-{args[0].within(SIGN)}))", PRODUCT)
    if op == "silu":
        return Text(f"{args[0].within(PRODUCT)} / (1.0 + np.exp(-{args[0].within(SIGN)}))", PRODUCT)
    if op in TWICE:
        return Text(_CALLS[op].format(args[0].within(ATOM), args[1].within(SIGN)))
    default = f"{'np.' if op in _IN_NUMPY else ''}{op}({', '.join(['{}'] * len(args))})"
    return Text(_CALLS.get(op, default).format(*[a.text for a in args]))


def viewed(source: Text, seen: View, own: Shape, lanes: bool) -> Text:
    """A view of an array whose own shape is that (of each sample's part, where there are lanes).

    Of an array that lies as it is it is no copy, so that it can be assigned to.
    """
    text, shape = source.within(ATOM), own
    if seen.split is not None:
        text, shape = _reshaped(text, seen.split, lanes), seen.split
    entries: list[str] = [":"] * len(shape)
    if seen.key is not None:
        entries = [_slice(k, n) for k, n in zip(seen.key, shape)]
        lengths = [len(range(*k.indices(n))) for k, n in zip(seen.key, shape) if type(k) is slice]
        shape = tuple(lengths)
    in_place = seen.joined is None and seen.axes is None and _dense(shape) == _dense(seen.shape)
    if in_place and 1 not in shape:
        entries = _with_new_axes(entries, seen.shape)
        shape = seen.shape
    while entries and entries[-1] == ":" and "None" not in entries:
        entries.pop()
    if entries:
        text = f"{text}[{', '.join([':'] * lanes + entries)}]"
    if seen.joined is not None and seen.joined != shape:
        text, shape = _reshaped(text, seen.joined, lanes), seen.joined
    if seen.axes is not None:
        if len(shape) == 2 and not lanes:
            text = f"{text}.T"
        else:
            text = _transposed(text, [0] * lanes + [k + lanes for k in seen.axes])
        shape = tuple(shape[k] for k in seen.axes)
        if shape != seen.shape and _dense(shape) == _dense(seen.shape):
            entries = _with_new_axes([":"] * len(shape), seen.shape)
            return Text(f"{text}[{', '.join([':'] * lanes + entries)}]")
    if shape != seen.shape:
        text = _reshaped(text, seen.shape, lanes)
    return Text(text)


def _reshaped(text: str, to: Shape, lanes: bool) -> str:
    text = _unshaped(text)
    if lanes and not to:
        return f"{text}.reshape(-1)"
    lead = "-1, " if lanes else ""
    return f"{text}.reshape({lead}{', '.join(map(str, to))})" if to else f"{text}.reshape(())"


def _unshaped(text: str) -> str:
    """An array without the shape that it is given last."""
    return re.sub(r"\.reshape\([^()]*\)$", "", text)


def _dense(shape: Shape) -> list[int]:
    return [n for n in shape if n > 1]


def _with_new_axes(entries: list[str], shape: Shape) -> list[str]:
    """An index whose slices are the axes of `shape` longer than 1, with None where it has 1."""
    wanted, found = list(shape), []
    for entry in entries:
        if ":" in entry:
            while wanted and wanted[0] == 1:
                found.append("None")
                wanted.pop(0)
            wanted.pop(0)
        found.append(entry)
    return found + ["None"] * len(wanted)


def _slice(k: int | slice, n: int) -> str:
    if not isinstance(k, slice):
        return str(k)
    start = "" if k.start == 0 else str(k.start)
    last = range(n)[k][-1] + 1
    stop = "" if last == n else str(last)
    return f"{start}:{stop}" + (f":{k.step}" if k.step > 1 else "")


def summed(x: Text, shape: Shape, axes: Shape) -> Text:
    """The sum over some axes of an array of that shape."""
    over = "" if len(axes) == len(shape) else f"{axes[0] if len(axes) == 1 else axes}"
    return Text(f"{x.within(ATOM)}.sum({over})")


def dot(a: Text, b: Text, axes: int) -> Text:
    """The sum of products over the last axis of two arrays with so many axes."""
    return _product(a, b) if axes == 1 else Text(f"np.vecdot({a.text}, {b.text})")


def contracted(node: Array, a: Text, b: Text) -> Text:
    """A contraction as a matrix product where it is one."""
    x, y = node.arrays
    sides, lo = node.info.split("->")
    la, lb = sides.split(",")
    gone = [k for k in la if k in lb and k not in lo]
    both = [k for k in lo if k in la and k in lb]
    left = [k for k in lo if k in la and k not in lb]
    right = [k for k in lo if k in lb and k not in la]
    if not gone:
        return _outer(a, la, b, lb, lo)
    if not left and not right and la == lb and lo == la[: len(lo)]:
        if not lo and len(la) == 1:
            return _product(a, b)
        if lo and len(gone) == 1:
            return dot(a, b, len(la))
        product = Text(f"{a.within(PRODUCT)} * {b.within(SIGN)}", PRODUCT)
        return summed(product, x.shape, tuple(range(len(lo), len(la))))
    turned = left and right and lo.index(left[0]) > lo.index(right[0])
    if turned or (not left and len(gone) == 1 and lb != "".join([*both, *gone, *right])):
        a, b, la, lb, left, right, x, y = b, a, lb, la, right, left, y, x
    if len(gone) > 1 and not both:
        found = _joined(a, la, x.shape, gone, left), _joined(b, lb, y.shape, gone, right)
        if all(found) and lo == "".join(left + right):
            return _product(Text(found[0] + ".T" if left else found[0]), Text(found[1]))
    plain = "".join([*both, *left, *right])
    if len(gone) == 1 and len(right) <= 1 and (not both or len(left) == len(right) == 1):
        first = _ordered(a, la, "".join([*both, *left, *gone]))
        second = _ordered(b, lb, "".join([*both, *gone, *right]))
        return _ordered(_product(first, second), plain, lo)
    return Text(f'np.einsum("{la},{lb}->{lo}", {a.text}, {b.text})')


def _product(a: Text, b: Text) -> Text:
    return Text(f"{a.within(SIGN)} @ {b.within(SIGN)}", MATRICES, (a.text, b.text))


def _joined(text: Text, labels: str, shape: Shape, gone: list[str], kept: list[str]) -> str:
    """A matrix whose first axis is all that is summed over: "" if it is not so already."""
    if labels != "".join(gone + kept) or len(kept) > 1:
        return ""
    return (
        f"{_unshaped(text.within(ATOM))}.reshape(-1{''.join(f', {n}' for n in shape[len(gone) :])})"
    )


def _ordered(text: Text, labels: str, wanted: str) -> Text:
    """An array with its axes in another order."""
    if labels == wanted:
        return text
    axes = [labels.index(k) for k in wanted]
    inner = text.within(ATOM)
    if len(axes) == 2:
        return Text(inner.removesuffix(".T") if inner.endswith(".T") else f"{inner}.T")
    return Text(_transposed(inner, axes))


def _transposed(text: str, axes: list[int]) -> str:
    """An array with its axes in that order."""
    moved = [k for k, axis in enumerate(axes) if k != axis]
    if moved == [len(axes) - 2, len(axes) - 1]:
        return f"{text}.swapaxes(-1, -2)"
    if len(moved) == 2:
        return f"{text}.swapaxes({moved[0]}, {moved[1]})"
    return f"np.transpose({text}, ({', '.join(map(str, axes))}))"


def _outer(a: Text, la: str, b: Text, lb: str, lo: str) -> Text:
    """A product with nothing summed: each factor with an axis of length 1 where it lacks one."""
    factors = []
    for text, labels in ((a, la), (b, lb)):
        ordered = _ordered(text, labels, "".join(k for k in lo if k in labels))
        marks = [":" if k in labels else "None" for k in lo]
        while marks and marks[0] == "None":
            marks.pop(0)
        factors.append(
            Text(f"{ordered.within(ATOM)}[{', '.join(marks)}]") if "None" in marks else ordered
        )
    return Text(f"{factors[0].within(PRODUCT)} * {factors[1].within(SIGN)}", PRODUCT)
