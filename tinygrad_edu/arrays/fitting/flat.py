"""The numbers of parameters while arrays train them: in arrays too, until somebody looks.

A Value is read and written one by one, which takes longer than a step of a small network does. So
the parameters, and what an optimiser remembers of each, stay arrays from batch to batch, and the
Values have their numbers again when `settle` was called: before a batch that the engine runs,
before anybody else's code, and at the end, however it comes.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from ... import rules
from ...optim import ElementwiseOptimizer, Optimizer
from ...updates import commit, data_of, set_grads
from ..programs.program import Program
from ..programs.quiet import quietly

_HELD: Final = "_held"
"""The optimiser's attribute that is the array of the parameters, while there is one: with its other
attributes, so that one call in C sets them all, or none."""


@cache
def rules_on_arrays() -> ModuleType:
    """The lines of `rules.py` as plain Python, with NumPy's square root and division."""
    name = f"{rules.__package__}.rules_on_arrays"
    path = Path(rules.__file__).with_name("rules.py")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module).update(sqrt=np.sqrt, divide=np.divide)
    return module


class Flat:
    """The parameters of an optimiser, in its order, as arrays for programs, which have their own.

    The arrays stay only where the optimiser is an `ElementwiseOptimizer` whose `step` and `commit`
    nobody has written anew; otherwise every number is read from the Values and written to them.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer
        self._parameters = optimizer.parameters
        self._stays = (
            isinstance(optimizer, ElementwiseOptimizer)
            and getattr(optimizer.step, "__func__", None) is ElementwiseOptimizer.step
            and getattr(optimizer.commit, "__func__", None) is Optimizer.commit
        )
        self._order: Any = None  # the place in ours of each number in the arrays, while they stay
        self._programs: dict[Program, Any] = {}  # of each the places in the arrays, if others
        self._gradient: Any = None

    def data(self, program: Program) -> Any:
        """The numbers of a program's parameters, in its order; not to be changed."""
        if not self._stays:
            return program.data()
        held = vars(self._optimizer).get(_HELD)
        if held is None:
            held = self._take(program)
        places = self._places(program)
        return held if places is None else held[places]

    def give(self, program: Program, gradient: Any) -> None:
        """Give the parameters of a program their gradients."""
        if not self._stays:
            set_grads(program.parameters, gradient.tolist())
            return
        places = self._places(program)
        if places is None:
            self._gradient = np.asarray(gradient, dtype=float)
        else:
            self._gradient = np.empty(len(gradient))
            self._gradient[places] = gradient

    @property
    def holds_gradients(self) -> bool:
        """Whether the gradients are an array, and those of the Values stand for nothing."""
        return self._gradient is not None

    def step(self) -> None:
        """Make the optimiser's step."""
        optimizer = self._optimizer
        memory = vars(optimizer)
        held = memory.get(_HELD)
        if held is None or self._gradient is None:
            self.settle()
            optimizer.step()
            return
        assert isinstance(optimizer, ElementwiseOptimizer)
        rule, new = optimizer.rule(rules_on_arrays())
        names = optimizer.memory
        kept = [memory[name] if memory[name].size else 0.0 for name in names]
        m, v = [*kept, 0.0, 0.0][:2]
        data, *kept = quietly(rule.move, held, self._gradient, m, v)
        new |= dict(zip(names, kept))
        memory.update({**new, _HELD: data, "updates": optimizer.updates + 1})

    def show(self) -> None:
        """Give the parameters the numbers that they have; the arrays stay."""
        held = vars(self._optimizer).get(_HELD)
        if held is not None:
            commit(self._parameters, self._in_our_order(held), {}, {})

    def settle(self) -> None:
        """Give the parameters their numbers and gradients, and the optimiser its lists."""
        memory = vars(self._optimizer)
        if self._gradient is not None:
            set_grads(self._parameters, self._in_our_order(self._gradient))
            self._gradient = None
        held = memory.get(_HELD)
        if held is not None:
            lists = {name: self._in_our_order(memory[name]) for name in self._names()}
            commit(self._parameters, self._in_our_order(held), memory, {**lists, _HELD: None})
        memory.pop(_HELD, None)

    def _take(self, program: Program) -> Any:
        """Make arrays of the numbers, in the order of the first program that is run."""
        memory = vars(self._optimizer)
        if self._order is None:
            self._order = self._ours(program)
        lists = {name: np.array(memory[name]) for name in self._names()}
        arrays = {name: x[self._order] if x.size else x for name, x in lists.items()}
        held = np.array(data_of(self._parameters))[self._order]
        memory.update({**arrays, _HELD: held})
        return held

    def _in_our_order(self, numbers: Any) -> list[float]:
        found = np.empty(numbers.shape)
        found[self._order[: numbers.size]] = numbers
        listed: list[float] = found.tolist()
        return listed

    def _names(self) -> tuple[str, ...]:
        assert isinstance(self._optimizer, ElementwiseOptimizer)
        return self._optimizer.memory

    def _places(self, program: Program) -> Any:
        if program not in self._programs:
            at = np.empty(len(self._order), int)
            at[self._order] = np.arange(len(self._order))
            places = at[self._ours(program)]
            same = np.array_equal(places, np.arange(len(places)))
            self._programs[program] = None if same else places
        return self._programs[program]

    def _ours(self, program: Program) -> Any:
        """The place in our order of each of a program's parameters."""
        place = {v: i for i, v in enumerate(self._parameters)}
        return np.array([place[v] for v in program.parameters])
