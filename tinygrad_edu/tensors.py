"""Named tensors of float64 in files: safetensors, the format in which weights travel.

A tensor is a number, or a list of tensors of one shape: `2.0`, `[1.0, 2.0]`, `[[1.0], [2.0]]`.
Files need the extra ``export`` (safetensors and NumPy); nothing of it is imported before.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from .files import write_atomically

Tensor: TypeAlias = Any
"""A number, or a list of tensors of one shape."""


class TensorFileError(ValueError):
    """What is wrong with a file of tensors, and with which file."""


def shape_of(tensor: Tensor) -> tuple[int, ...]:
    """The shape of a tensor: () of a number, (2, 3) of two lists of three numbers.

    A ValueError where lists side by side have different shapes.
    """
    if not isinstance(tensor, list | tuple):
        return ()
    if not _nested(tensor):
        return (len(tensor),)
    shapes = {shape_of(part) for part in tensor}
    if len(shapes) > 1:
        raise ValueError(f"the parts of a tensor have one shape, not {sorted(shapes)}")
    return (len(tensor), *(shapes.pop() if shapes else ()))


def elements(tensor: Tensor) -> Iterator[Any]:
    """The numbers of a tensor, in the order in which they are read."""
    if not isinstance(tensor, list | tuple):
        yield tensor
    elif _nested(tensor):
        for part in tensor:
            yield from elements(part)
    else:
        yield from tensor


def _nested(tensor: Sequence[Tensor]) -> bool:
    """Whether a list has lists in it: most of those that are long have not."""
    return any(issubclass(kind, list | tuple) for kind in {*map(type, tensor)})


def write_tensors(
    path: str | os.PathLike[str],
    tensors: Mapping[str, Tensor],
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write tensors of float64, and what is said of them, to a safetensors file in one step.

    `metadata` is anything that JSON can hold, by name.
    """
    np, safetensors = file_libraries()
    arrays = {name: np.array(tensor, dtype=np.float64) for name, tensor in tensors.items()}
    said = {name: json.dumps(text) for name, text in (metadata or {}).items()}
    write_atomically(path, safetensors.save(arrays, said or None))


def read_tensors(path: str | os.PathLike[str]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors of a safetensors file as lists of floats, and its metadata.

    Numbers of any width become float64. A `TensorFileError` that names the file where it is not
    whole, or not of that format; an OSError where it cannot be read.
    """
    np, safetensors = file_libraries()
    file = Path(path)
    if not file.is_file() and file.exists():
        raise TensorFileError(f"{path} is not a file")
    content = file.read_bytes()
    try:
        arrays = safetensors.load(content)
        header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    except Exception as error:  # the library's own kind, and what NumPy says of an odd header
        raise TensorFileError(f"{path} is no whole safetensors file: {error}") from error
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu":
            raise TensorFileError(f"{path}: {name} holds {array.dtype}, not real numbers")
    tensors = {name: array.astype(np.float64).tolist() for name, array in arrays.items()}
    said = header.get("__metadata__") or {}
    return tensors, {name: _from_json(text) for name, text in said.items()}


def _from_json(text: str) -> Any:
    """What `write_tensors` wrote, or the bare text that another program did."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def file_libraries() -> tuple[Any, Any]:
    """NumPy and safetensors' part for it; a ModuleNotFoundError that says what to install."""
    try:
        import numpy
        import safetensors.numpy
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f"files of weights need {missing.name}: pip install 'tinygrad_edu[export]'",
            name=missing.name,
        ) from missing
    return numpy, safetensors.numpy
