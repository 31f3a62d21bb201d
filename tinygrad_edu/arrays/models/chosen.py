"""Parameters that a model chooses by the whole numbers of its sample: rows of tables.

A model that reads letters as ``table[letter]`` does the same for each letter, with other
parameters. Whether it does is not believed, but seen: it is recorded once for each value of each
number, and the records have to be one tape, but for arguments that are parameters. Where those
change, the tape gets inputs: the row of a table that the number's value stands for.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np

from ...engine import Value
from ..instructions.views import Index
from ..nested import flat, rebuilt
from ..tapes.tape import NONE, Tape

MOST_VALUES: Final = 1000
"""A number that has more values stands for no row of a table."""
MOST_RECORDS: Final = 5000
_UNUSED: Final = 20
"""A number is used for nothing if so many values of it make the same record."""
_SAMPLES: Final = 3
"""So many samples of any numbers are recorded too, to see that each number chooses by itself."""

Record = Callable[[Sequence[int]], "Tape | None"]


class Choice(NamedTuple):
    """Numbers of a sample each of which stands for a row of the same table.

    numbers  their places among the sample's numbers
    table    for each value of such a number, the places of the parameters that it stands for
    """

    numbers: list[int]
    table: Index


class Chosen(NamedTuple):
    """The tape of a model in which the parameters that it chooses are inputs.

    tape     its inputs are those of the first choice, then of the next: for each number a row
    choices  by which numbers what is chosen
    values   how many values each number has
    """

    tape: Tape
    choices: list[Choice]
    values: list[int]


def chosen(model: Callable[[Any], Any], sample: Any, parameters: Sequence[Value]) -> Chosen | None:
    """A model of whole numbers that choose parameters; None where they do anything else."""
    numbers = flat(sample)
    if {*map(type, numbers)} != {int}:
        return None

    def record(numbers: Sequence[int]) -> Tape | None:
        try:
            answer = flat(model(rebuilt(sample, lambda place, _: numbers[place])))
        except Exception:  # there is no such row, however the model says so
            return None
        return Tape.of(answer, parameters) if all(isinstance(v, Value) for v in answer) else None

    first, left, tables = record(numbers), MOST_RECORDS, list[Index]()
    if first is None:
        return None
    for place in range(len(numbers)):
        rows = _rows(record, first, numbers, place, min(left, MOST_VALUES))
        if rows is None:
            return None
        left -= len(rows)
        tables.append(rows)
    changing = [np.flatnonzero((rows != rows[0]).any(0)) for rows in tables]
    together = [cell for cells in changing for cell in cells.tolist()]
    if not together or len({*together}) < len(together):
        return None
    whole, rng = _arguments(first), Random(0)
    for _ in range(_SAMPLES):
        other = [rng.randrange(len(rows)) for rows in tables]
        for value, rows, cells in zip(other, tables, changing):
            whole[cells] = rows[value, cells]
        seen = record(other)
        if seen is None or not _is_like(seen, first) or (_arguments(seen) != whole).any():
            return None
    return _with_inputs(first, tables, changing)


def _rows(
    record: Record, first: Tape, numbers: Sequence[int], place: int, most: int
) -> Index | None:
    """The arguments in all rows of the tape, for each value of a number: 0, 1 … while there is one.

    None where another value makes another tape, or there are too many.
    """
    found: list[Index] = []
    while len(found) < most:
        tape = record([*numbers[:place], len(found), *numbers[place + 1 :]])
        if tape is None:
            return np.array(found) if found else None
        if not _is_like(tape, first):
            return None
        found.append(_arguments(tape))
        if len(found) == _UNUSED and (np.array(found) == found[0]).all():
            return np.array(found)
    return None


def _arguments(tape: Tape) -> Index:
    """The rows that a tape's rows use, and its roots."""
    return np.concatenate([tape.a, tape.b, tape.roots]).astype(int)


def _is_like(tape: Tape, other: Tape) -> bool:
    """Whether two tapes are the same but for arguments that are parameters."""
    if tape.ops != other.ops or tape.codes != other.codes:
        return False
    if list(map(repr, tape.constants.items())) != list(map(repr, other.constants.items())):
        return False
    a, b = _arguments(tape), _arguments(other)
    if len(a) != len(b):
        return False
    changed = np.concatenate([a[a != b], b[a != b]])
    return bool(((changed >= 0) & (changed < len(tape.parameters))).all())


def _with_inputs(tape: Tape, tables: list[Index], changing: list[Index]) -> Chosen:
    """A tape whose arguments in `changing` places are inputs, for each number those of a row."""
    own, of_table = len(tape.parameters), dict[tuple[Any, bytes], Choice]()
    columns: list[Index] = []  # for each number, which column of its table each place takes
    for number, (rows, cells) in enumerate(zip(tables, changing)):
        table, column = np.unique(rows[:, cells], axis=1, return_inverse=True)
        columns.append(column)
        if cells.size:
            choice = of_table.setdefault((table.shape, table.tobytes()), Choice([], table))
            choice.numbers.append(number)
    choices, inputs = list(of_table.values()), 0
    whole = _arguments(tape)
    new = sum(len(numbers) * table.shape[1] for numbers, table in choices)
    whole[whole >= own] += new
    for numbers, table in choices:
        for number in numbers:
            whole[changing[number]] = own + inputs + columns[number]
            inputs += table.shape[1]
    found, n = Tape(own), len(tape)
    found.inputs = list(range(own, own + new))
    found.ops = tape.ops
    found.constants = {row + new: x for row, x in tape.constants.items()}
    found.codes = tape.codes[:own] + array("H", [0]) * new + tape.codes[own:]
    blank = array("i", [NONE]) * (own + new)
    found.a = blank + array("i", whole[own:n].tolist())
    found.b = blank + array("i", whole[n + own : 2 * n].tolist())
    found.roots = whole[2 * n :].tolist()
    values = [len(rows) if cells.size else sys.maxsize for rows, cells in zip(tables, changing)]
    return Chosen(found, choices, values)
