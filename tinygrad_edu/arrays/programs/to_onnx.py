"""A model's array program as an ONNX file, for any runtime that reads the format."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from ...files import write_atomically
from ..instructions.ir import Array, Operand, needed_for
from ..instructions.views import Shape, View

OPSET: Final = 20  # the first that has Gelu; onnxruntime reads it from version 1.17 on

_ONE_NODE: Final = {
    "+": "Add",
    "-": "Sub",
    "*": "Mul",
    "/": "Div",
    "**": "Pow",
    "neg": "Neg",
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "sin": "Sin",
    "cos": "Cos",
    "tan": "Tan",
    "asin": "Asin",
    "acos": "Acos",
    "atan": "Atan",
    "sinh": "Sinh",
    "cosh": "Cosh",
    "tanh": "Tanh",
    "asinh": "Asinh",
    "acosh": "Acosh",
    "atanh": "Atanh",
    "erf": "Erf",
    "abs": "Abs",
    "sign": "Sign",
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "gelu": "Gelu",
    "maximum": "Max",
    "minimum": "Min",
}
"""Operations that are one node of ONNX."""
_COMPARE: Final = {"<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual"}


def write_onnx(
    path: str | os.PathLike[str],
    theta: Any,
    output: Array,
    x: Array,
    steps: list[Array],
    dtype: str = "float32",
) -> None:
    """Write what computes `output` from the input `x`, with the numbers of θ as its weights."""
    graph = _Graph(np.asarray(theta), dtype)
    needed = needed_for([output])
    for node in steps:
        if node in needed:
            graph.add(node, x)
    write_atomically(path, graph.model(x, output))


class _Graph:
    """The nodes and weights of an ONNX graph, as they are added."""

    def __init__(self, theta: Any, dtype: str) -> None:
        try:
            import onnx
        except ModuleNotFoundError as missing:
            raise ModuleNotFoundError(
                "to_onnx needs onnx: pip install 'tinygrad_edu[export]'", name=missing.name
            ) from missing
        if dtype not in ("float32", "float64"):
            raise ValueError(f"dtype is float32 or float64, not {dtype!r}")
        self._onnx, self._dtype = onnx, np.dtype(dtype)
        self._kind = onnx.TensorProto.FLOAT if dtype == "float32" else onnx.TensorProto.DOUBLE
        self._kind_of_x = self._kind
        self._nodes: list[Any] = []
        self._weights: dict[str, Any] = {}
        self._names: dict[Array, str] = {}
        self._folded: dict[Array, Any] = {}  # what does not depend on the input, as numbers
        self._theta = theta
        self._count = 0

    def model(self, x: Array, output: Array) -> bytes:
        """The file."""
        helper = self._onnx.helper
        info = helper.make_tensor_value_info
        self._nodes.append(helper.make_node("Identity", [self._name(output)], ["output"]))
        graph = helper.make_graph(
            self._nodes,
            "model",
            [info("X", self._kind_of_x, ["samples", *x.own])],
            [info("output", self._kind, ["samples", *output.own])],
            [self._onnx.numpy_helper.from_array(a, name) for name, a in self._weights.items()],
        )
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="tinygrad_edu")
        model.ir_version = 9
        self._onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString()
        return content

    # Names, weights and nodes

    def _weight(self, numbers: Any, name: str = "") -> str:
        """A name for numbers that are kept in the file."""
        array = np.asarray(numbers)
        if array.dtype.kind == "f":
            array = array.astype(self._dtype)
        if not name:
            for known, kept in self._weights.items():
                same = kept.dtype == array.dtype and kept.shape == array.shape
                if same and np.array_equal(kept, array, equal_nan=array.dtype.kind == "f"):
                    return known
            name = f"c{len(self._weights)}"
        self._weights[name] = np.ascontiguousarray(array)
        return name

    def _name(self, x: Operand) -> str:
        if not isinstance(x, Array):
            return self._weight(np.float64(x))
        if x not in self._names:
            self._names[x] = self._weight(self._folded[x], x.name if x.name else "")
        return self._names[x]

    def _node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        self._count += 1
        name = f"v{self._count}"
        self._nodes.append(self._onnx.helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def _reshaped(self, name: str, shape: Shape, lanes: bool) -> str:
        whole = ((-1,) if lanes else ()) + shape
        return self._node("Reshape", name, self._weight(np.array(whole, dtype=np.int64)))

    # Instructions

    def add(self, node: Array, x: Array) -> None:
        """The nodes of one instruction; what needs no input is worked out here."""
        if node is x:
            self._names[node] = "X"
        elif node.op == "theta":
            self._folded[node] = self._theta
        elif node.op == "constant":
            self._folded[node] = node.info
        elif node.op in ("view", "take") and node.arrays[0] in self._folded:
            source = self._folded[node.arrays[0]]
            self._folded[node] = (
                node.info.of(source) if node.op == "view" else source.ravel()[node.info]
            )
        elif node.op == "broadcast" and not node.lanes and node.args[0] in self._folded:
            self._folded[node] = np.broadcast_to(self._folded[node.arrays[0]], node.shape)
        else:
            self._names[node] = self._written(node)

    def _written(self, node: Array) -> str:
        writer: dict[str, Callable[[Array], str]] = {
            "view": self._view,
            "take": self._take,
            "broadcast": self._broadcast,
            "contraction": lambda n: self._node(
                "Einsum", *map(self._name, n.args), equation=n.info
            ),
            "total": lambda n: self._node(
                "ReduceSum", self._name(n.args[0]), self._integers(n.info), keepdims=0
            ),
            "logsumexp": lambda n: self._node(
                "ReduceLogSumExp", self._name(n.args[0]), self._integers((-1,)), keepdims=0
            ),
            "rows": self._rows,
            "samples": lambda n: self._name(n.args[0]),
            "lanes": lambda n: self._name(n.args[0]),
        }
        return writer.get(node.op, self._elementwise)(node)

    def _integers(self, numbers: tuple[int, ...]) -> str:
        return self._weight(np.array(numbers, dtype=np.int64))

    def _view(self, node: Array) -> str:
        source, seen = node.arrays[0], node.info
        assert isinstance(seen, View)
        name, lead, shape = self._name(source), int(source.lanes), source.own
        if seen.split is not None:
            name, shape = self._reshaped(name, seen.split, source.lanes), seen.split
        if seen.key is not None:
            runs = [k if isinstance(k, slice) else slice(k, k + 1, 1) for k in seen.key]
            name = self._node(
                "Slice",
                name,
                self._integers(tuple(run.start for run in runs)),
                self._integers(tuple(run.stop for run in runs)),
                self._integers(tuple(range(lead, lead + len(runs)))),
                self._integers(tuple(run.step or 1 for run in runs)),
            )
            kept = [len(range(*k.indices(n))) for k, n in zip(seen.key, shape) if type(k) is slice]
            name, shape = self._reshaped(name, tuple(kept), source.lanes), tuple(kept)
        if seen.joined is not None:
            name, shape = self._reshaped(name, seen.joined, source.lanes), seen.joined
        if seen.axes is not None:
            order = [0] * lead + [axis + lead for axis in seen.axes]
            name = self._node("Transpose", name, perm=order)
            shape = tuple(shape[axis] for axis in seen.axes)
        return name if shape == seen.shape else self._reshaped(name, seen.shape, source.lanes)

    def _take(self, node: Array) -> str:
        source = node.arrays[0]
        flat = self._reshaped(self._name(source), (math.prod(source.own),), source.lanes)
        places = self._weight(node.info.astype(np.int64))
        return self._node("Gather", flat, places, axis=int(source.lanes))

    def _rows(self, node: Array) -> str:
        self._kind_of_x = self._onnx.TensorProto.INT64  # (a model's numbers are all such, or none)
        return self._node("Gather", *map(self._name, node.args), axis=0)

    def _broadcast(self, node: Array) -> str:
        name = self._name(node.args[0])
        if not node.lanes:
            return self._node("Expand", name, self._integers(node.shape))
        samples = self._node("Shape", "X", start=0, end=1)
        shape = self._node("Concat", samples, self._integers(node.own), axis=0)
        return self._node("Expand", name, shape)

    # Elementwise operations

    def _number(self, condition: str) -> str:
        return self._node("Cast", condition, to=self._kind)

    def _elementwise(self, node: Array) -> str:
        op = node.op
        if op in ("leaky_relu", "elu"):
            kind = "LeakyRelu" if op == "leaky_relu" else "Elu"
            alpha = node.args[1]
            assert isinstance(alpha, float)  # a parameter of the function, which is a plain number
            return self._node(kind, self._name(node.args[0]), alpha=alpha)
        args = [self._name(a) for a in node.args]
        if op in _ONE_NODE:
            return self._node(_ONE_NODE[op], *args)
        if op in _COMPARE:
            return self._number(self._node(_COMPARE[op], *args))
        if op not in _SEVERAL:
            raise ValueError(
                f"to_onnx knows no {op}; it knows {', '.join([*_ONE_NODE, *_SEVERAL])}"
            )
        return _SEVERAL[op](self, *args)

    def step(self, x: str) -> str:
        """1 where x is above 0, else 0."""
        return self._number(self._node("Greater", x, self._name(0.0)))

    def differs(self, a: str, b: str) -> str:
        """1 where a is not b, else 0."""
        return self._number(self._node("Not", self._node("Equal", a, b)))

    def silu(self, x: str) -> str:
        """x σ(x)."""
        return self._node("Mul", x, self._node("Sigmoid", x))

    def normal_cdf(self, x: str) -> str:
        """½ (1 + erf(x/√2))."""
        erf = self._node("Erf", self._node("Mul", x, self._name(math.sqrt(0.5))))
        return self._node("Mul", self._node("Add", erf, self._name(1.0)), self._name(0.5))

    def logaddexp(self, a: str, b: str) -> str:
        """max(a, b) + softplus(-|a - b|)."""
        apart = self._node("Neg", self._node("Abs", self._node("Sub", a, b)))
        return self._node("Add", self._node("Max", a, b), self._node("Softplus", apart))

    def log1p(self, x: str) -> str:
        """ln(1 + x)."""
        return self._node("Log", self._node("Add", x, self._name(1.0)))

    def expm1(self, x: str) -> str:
        """eˣ - 1."""
        return self._node("Sub", self._node("Exp", x), self._name(1.0))

    def hypot(self, a: str, b: str) -> str:
        """√(a² + b²)."""
        squares = self._node("Add", self._node("Mul", a, a), self._node("Mul", b, b))
        return self._node("Sqrt", squares)

    def xlogy(self, a: str, b: str) -> str:
        """a ln b, and 0 where a is 0."""
        nothing = self._node("Equal", a, self._name(0.0))
        product = self._node("Mul", a, self._node("Log", b))
        return self._node("Where", nothing, self._name(0.0), product)

    def remainder(self, a: str, b: str) -> str:
        """a - b ⌊a/b⌋."""
        wholes = self._node("Floor", self._node("Div", a, b))
        return self._node("Sub", a, self._node("Mul", b, wholes))

    def log2(self, x: str) -> str:
        """ln x/ln 2."""
        return self._node("Div", self._node("Log", x), self._name(math.log(2.0)))

    def log10(self, x: str) -> str:
        """ln x/ln 10."""
        return self._node("Div", self._node("Log", x), self._name(math.log(10.0)))


_SEVERAL: Final[dict[str, Callable[..., str]]] = {
    "step": _Graph.step,
    "!=": _Graph.differs,
    "silu": _Graph.silu,
    "normal_cdf": _Graph.normal_cdf,
    "logaddexp": _Graph.logaddexp,
    "log1p": _Graph.log1p,
    "expm1": _Graph.expm1,
    "hypot": _Graph.hypot,
    "xlogy": _Graph.xlogy,
    "remainder": _Graph.remainder,
    "log2": _Graph.log2,
    "log10": _Graph.log10,
}
"""Operations that are several nodes."""
