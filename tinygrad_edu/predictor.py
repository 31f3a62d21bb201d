"""A trained network with what its numbers mean: names, classes, scales; saved and loaded as one.

A file of weights alone says nothing of the columns that they were learned on. A `Predictor`
travels with it: the features by name, how they were standardised, and what is predicted.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

from .data import Dataset, Rows, Standardizer
from .ieee import float64
from .language import say
from .nn import MLP, activation_name
from .ops import OPS
from .recording import no_grad
from .reductions import softmax
from .tensors import TensorFileError, read_tensors
from .text import number


@dataclass(frozen=True)
class Scale:
    """Between a target of a regression and the standardised number that a network works with."""

    mean: float = 0.0
    deviation: float = 1.0

    def __post_init__(self) -> None:
        """A ValueError for a deviation that is not above 0, and for what is not finite."""
        for name, x in (("mean", self.mean), ("deviation", self.deviation)):
            if not math.isfinite(float64(x, name)):
                raise ValueError(f"{name} is finite, not {x!r}")
        if not self.deviation > 0.0:
            raise ValueError(f"deviation is above 0, not {self.deviation!r}")

    @classmethod
    def of(cls, dataset: Dataset) -> Scale:
        """That of a data set's targets; of classes, whose indices stay as they are, none."""
        if dataset.classes:
            return cls()
        scale = Standardizer.of([[t] for t in dataset.y])
        # (a column that is constant in training has no deviation to divide by)
        deviation = scale.deviations[0]
        return cls(scale.means[0], deviation if math.isfinite(deviation) else 1.0)

    def apply(self, y: Sequence[float]) -> list[float]:
        """The targets, standardised."""
        return [(t - self.mean) / self.deviation for t in y]


@dataclass(frozen=True)
class Predictor:
    """An MLP that predicts one column of a table from others.

    model     takes a row of standardised features; one output, or one for each class
    features  the names of the columns that it takes, in their order
    inputs    how the features are standardised
    target    the name of the column that it predicts
    classes   the names of the classes; none for a regression
    scale     how the targets of a regression are standardised
    """

    model: MLP
    features: tuple[str, ...]
    inputs: Standardizer
    target: str
    classes: tuple[str, ...] = ()
    scale: Scale = Scale()

    def __post_init__(self) -> None:
        """A TypeError or ValueError for parts that are not these, or do not fit together."""
        if not isinstance(self.model, MLP):
            raise TypeError(f"a Predictor's model is an MLP, not {self.model!r:.80}")
        if isinstance(self.features, str):
            raise TypeError(f"features are a tuple of names, not the str {self.features!r}")
        if not isinstance(self.inputs, Standardizer):
            raise TypeError(f"inputs is a Standardizer, not {self.inputs!r:.80}")
        if not isinstance(self.target, str):
            raise TypeError(f"target is the name of a column, not {self.target!r:.80}")
        first, last = self.model.layers[0], self.model.layers[-1]
        inputs, outputs = len(first.neurons[0].w), len(last.neurons)
        if not inputs == len(self.features) == len(self.inputs.means):
            raise ValueError(
                f"{len(self.features)} features and {len(self.inputs.means)} standardised columns "
                f"do not fit a model of {inputs} inputs"
            )
        if outputs != max(1, len(self.classes)):
            raise ValueError(
                f"a model of {outputs} outputs does not fit {len(self.classes)} classes"
            )

    def targets(self, y: Sequence[float]) -> Sequence[float]:
        """What the model is trained to give for the targets `y`: class indices stay as they are."""
        return y if self.classes else self.scale.apply(y)

    def predict(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """For each row of features the predicted number, or the index of the likeliest class."""
        if self.classes:
            return [max(range(len(p)), key=p.__getitem__) for p in self.probabilities(rows)]
        with no_grad():
            outputs = [self.model.outputs(x) for x in self.inputs.apply(rows)]
        return [y.data * self.scale.deviation + self.scale.mean for [y] in outputs]

    def probabilities(self, rows: Sequence[Sequence[float]]) -> Rows:
        """For each row of features the softmax of the model's outputs, by class."""
        with no_grad():
            logits = [self.model.outputs(x) for x in self.inputs.apply(rows)]
            return [[p.data for p in softmax(z)] for z in logits]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the weights, and all of this, to a safetensors file (the extra ``export``).

        A ValueError for a model whose activation is a function of one's own, which has no name.
        """
        layers = self.model.layers
        sizes = [len(layer.neurons) for layer in layers]
        activation = activation_name(layers[0].neurons[0].activation) if layers[1:] else "linear"
        again = MLP(len(self.features), sizes, activation if activation in OPS else None)
        if (repr(again), [*again.tensors()]) != (repr(self.model), [*self.model.tensors()]):
            raise ValueError(
                f"a model that is to be saved with its columns is what MLP({len(self.features)}, "
                f"{sizes}, activation) makes, of a named activation, not {self.model!r}"
            )
        self.model.save(
            path,
            sizes=sizes,
            activation=activation,
            features=self.features,
            means=self.inputs.means,
            deviations=[s if math.isfinite(s) else None for s in self.inputs.deviations],
            target=self.target,
            classes=self.classes,
            scale=[self.scale.mean, self.scale.deviation],
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Predictor:
        """What `save` wrote; a `TensorFileError` that names the file where that is not so."""
        _, said = read_tensors(path)
        try:
            features = tuple(map(str, said["features"]))
            model = MLP(len(features), list(said["sizes"]), said["activation"])
            predictor = cls(
                model,
                features,
                Standardizer(
                    tuple(map(float, said["means"])),
                    tuple(math.inf if s is None else float(s) for s in said["deviations"]),
                ),
                str(said["target"]),
                tuple(map(str, said["classes"])),
                Scale(*map(float, said["scale"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise TensorFileError(
                f"{path} holds no model with the names of its columns ({error}); "
                "Predictor.save and `train --save` write one"
            ) from None
        model.load(path)
        return predictor


def quality(part: Dataset, predicted: Sequence[float]) -> str:
    """The accuracy of a classification; R² and the root of the mean squared error of a regression.

    R² = 1 − Σ(y − ŷ)²/Σ(y − ȳ)²: 1 is perfect, 0 is no better than always saying the mean.
    """
    n = len(part.y)
    if part.classes:
        right = sum(p == t for p, t in zip(predicted, part.y))
        percent = f"{100.0 * right / n:.1f}"
        return say("accuracy {percent} % ({count} right)", percent=percent, count=right)
    error = math.dist(predicted, part.y)
    rmse = f"RMSE {number(error / math.sqrt(n), 6)}"
    mean = sum(t / n for t in part.y)
    spread = math.dist(part.y, [mean] * n)
    if min(part.y) == max(part.y):
        return say("{rmse} (R² is undefined: all these targets are equal)", rmse=rmse)
    ratio = error / spread
    return f"R² {1.0 - ratio * ratio:.4f}, {rmse}"
