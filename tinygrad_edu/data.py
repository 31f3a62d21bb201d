"""Small data sets to learn on, and what is done to data before training.

`xor` and `moons` are computed here; `iris` and `digits` are real measurements that come with
scikit-learn. A table of your own is read by `tables.read_table`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from random import Random
from typing import Any

from .checks import count, elements, number_in, sized
from .ieee import float64
from .seeding import generator

Rows = list[list[float]]


def xor() -> tuple[Rows, list[float]]:
    """The exclusive or as four points of the plane and their labels: 1 where the inputs differ."""
    return [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]


def moons(
    n: int = 100, noise: float = 0.1, seed: int | Random | None = None
) -> tuple[Rows, list[int]]:
    """Two interleaved half circles in the plane, one class each: no straight line parts them.

    Class 0 lies at (cos t, sin t), class 1 at (1 - cos t, ½ - sin t), with t at equal steps from
    0 to π. They are the points of scikit-learn's `make_moons(n, shuffle=False, noise=noise)`, but
    for the random numbers in the noise.

    n      number of points: the first n // 2 of class 0, the others of class 1
    noise  standard deviation of the normal noise added to each coordinate, ≥ 0
    seed   of the noise: an int, a `random.Random`, or None for Python's shared generator

    A ValueError for n < 2 or a noise that is negative or not finite.
    """
    if count(n, "n") < 2:
        raise ValueError(f"moons takes n ≥ 2 points, not {n}")
    number_in(noise, "the noise of moons")
    rng = generator(seed)
    upper, lower = n // 2, n - n // 2
    X = [[math.cos(t), math.sin(t)] for t in _steps(upper)]
    X += [[1.0 - math.cos(t), 0.5 - math.sin(t)] for t in _steps(lower)]
    return [[v + rng.gauss(0.0, noise) for v in x] for x in X], [0] * upper + [1] * lower


def _steps(n: int) -> list[float]:
    """n angles at equal steps from 0 to π."""
    return [math.pi * i / max(n - 1, 1) for i in range(n)]


@dataclass(frozen=True)
class Dataset:
    """A table to learn from: one row of features and one target for each sample.

    For classification `classes` names the classes and `y` holds their indices (0, 1, …); for
    regression `classes` is empty and `y` holds numbers.
    """

    X: Rows
    y: Sequence[float]
    features: tuple[str, ...]
    classes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """A ValueError for rows, targets and names that do not fit, a TypeError for no lists."""
        sized(self.X, "X is a list of rows")
        sized(self.y, "y is a list of targets")
        sized(self.features, "features are a tuple of names")
        if len(self.X) != len(self.y):
            raise ValueError(
                f"X and y are as many rows as targets, not {len(self.X)} and {len(self.y)}"
            )
        for i, row in enumerate(self.X):
            if type(row) is not list:
                sized(row, "a row is a list of numbers")
            if len(row) != len(self.features):
                raise ValueError(
                    f"row {i} has {len(row)} numbers for {len(self.features)} features"
                )

    def split(
        self, test_fraction: float = 0.25, seed: int | Random | None = None
    ) -> tuple[Dataset, Dataset]:
        """Two data sets, to train on and to test on, with the rows drawn at random.

        Each class is split by itself, so that both parts hold the classes in the same
        proportion and no class is left without a row to train on. At least one row goes to each
        part. A ValueError for a fraction that is not between 0 and 1, or for fewer than two rows.
        """
        if not 0.0 < float64(test_fraction, "test_fraction") < 1.0:
            raise ValueError(f"test_fraction lies between 0 and 1, not at {test_fraction}")
        if len(self.y) < 2:
            raise ValueError(f"a split takes at least two rows, not {len(self.y)}")
        rng = generator(seed)
        groups: dict[float, list[int]] = {}
        for i, target in enumerate(self.y):
            groups.setdefault(target if self.classes else 0.0, []).append(i)
        train: list[int] = []
        test: list[int] = []
        for _, group in sorted(groups.items()):
            rng.shuffle(group)
            size = min(round(test_fraction * len(group)), len(group) - 1)
            test += group[:size]
            train += group[size:]
        if not test:  # so few rows that every class rounded to none: take one of the largest
            largest = max(groups.values(), key=len)
            test.append(largest[0])
            train.remove(largest[0])
        return self._rows(sorted(train)), self._rows(sorted(test))

    def _rows(self, indices: Sequence[int]) -> Dataset:
        X, y = [self.X[i] for i in indices], [self.y[i] for i in indices]
        return Dataset(X, y, self.features, self.classes)


@dataclass(frozen=True)
class Standardizer:
    """Standardisation of columns: z = (x - mean) / deviation, column by column.

    Take it `of` the training rows only, then `apply` it to training and test rows alike: the
    test rows must not leak into what is learned from. A column that is constant in training
    teaches nothing and becomes 0 (its deviation counts as infinite).
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]]) -> Standardizer:
        """The mean and standard deviation √(Σ(x - mean)²/n) of each column of n ≥ 1 rows.

        A ValueError without rows, for rows of several lengths and for what is not finite, a
        TypeError for what is no number.
        """
        table = _numbers(rows)
        if not table:
            raise ValueError("a Standardizer is made of at least one row")
        for i, row in enumerate(table):
            if len(row) != len(table[0]):
                raise ValueError(
                    f"row {i} has {len(row)} numbers and row 0 has {len(table[0])}: rows of one "
                    "length make columns"
                )
            if not all(map(math.isfinite, row)):
                raise ValueError(f"row {i} is {row!r:.80}, and means are of finite numbers")
        means, deviations = [], []
        for column in zip(*table):
            n = len(column)
            mean = sum(x / n for x in column)
            constant = min(column) == max(column)
            deviation = math.hypot(*(x - mean for x in column)) / math.sqrt(n)
            means.append(mean)
            deviations.append(math.inf if constant else deviation)
        return cls(tuple(means), tuple(deviations))

    def apply(self, rows: Sequence[Sequence[float]]) -> Rows:
        """The rows, standardised. A ValueError for one that has more columns, or fewer."""
        table = _numbers(rows)
        for i, row in enumerate(table):
            if len(row) != len(self.means):
                raise ValueError(f"row {i} has {len(row)} numbers for {len(self.means)} columns")
        return [
            [(x - mean) / s for x, mean, s in zip(row, self.means, self.deviations)]
            for row in table
        ]


def _numbers(rows: Iterable[Iterable[float]]) -> Rows:
    """The rows as lists of floats; otherwise a TypeError."""
    right = "rows are lists of numbers, such as [[1.0, 2.0], [3.0, 4.0]]"
    return [
        [float64(x, "a cell") for x in elements(row, f"{right}; a row is a list")]
        for row in elements(rows, right)
    ]


def iris() -> Dataset:
    """150 irises of 3 species by the length and width of their sepals and petals in cm.

    Needs scikit-learn. Source: R. A. Fisher, "The use of multiple measurements in taxonomic
    problems", Annals of Eugenics 7(2), 1936.
    """
    return _from_scikit_learn("load_iris")


def digits() -> Dataset:
    """1797 handwritten digits as 8 × 8 grey levels from 0 to 16, row by row.

    Needs scikit-learn. Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten
    Digits", UCI Machine Learning Repository, 1998 (its test set).
    """
    return _from_scikit_learn("load_digits")


def _from_scikit_learn(loader: str) -> Dataset:
    try:
        datasets = import_module("sklearn.datasets")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{loader.removeprefix('load_')} comes with scikit-learn, which is not installed: "
            "pip install scikit-learn",
            name=error.name,
        ) from error
    bunch: Any = getattr(datasets, loader)()
    return Dataset(
        bunch.data.tolist(),
        bunch.target.tolist(),
        tuple(bunch.feature_names),
        tuple(str(name) for name in bunch.target_names),
    )
