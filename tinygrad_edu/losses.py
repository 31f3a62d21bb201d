"""Losses, named and defined as in torch.nn.functional.

Each takes predictions and targets and returns one Value, which is 0 or more and least where they
agree. Values, plain numbers and lists of them do, nested alike in both; of a list, the outermost
level is the samples of a batch. ``reduction="mean"`` divides the sum of the terms by their number,
``reduction="sum"`` does not. All are stable: far from the target, value and derivatives keep their
digits where the textbook's formula would give inf, nan or 0.

Sizes that differ, a target that a loss cannot have and an unknown reduction are a ValueError.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence, Set
from typing import Any, TypeAlias, TypeGuard

from .engine import Value, as_value
from .functions import exp, log, maximum, minimum, relu, softplus
from .ieee import float64, is_real
from .reductions import logsumexp, logsumexp_of_others
from .reductions import sum as sum_values

Scalar: TypeAlias = Value | float
Nested: TypeAlias = Any
"""A Value, a number, or a list, tuple or NumPy array of these, to any depth."""

_LEAST = math.exp(-100.0)  # the probability whose logarithm is -100


def mse_loss(input: Nested, target: Nested, reduction: str = "mean") -> Value:
    """The squared error, (input - target)²."""
    return _reduce([(as_value(x) - y) ** 2 for x, y in _pairs(input, target)], reduction)


def l1_loss(input: Nested, target: Nested, reduction: str = "mean") -> Value:
    """The absolute error, |input - target|."""
    return _reduce([abs(as_value(x) - y) for x, y in _pairs(input, target)], reduction)


def quadratic_cost(input: Nested, target: Nested, reduction: str = "mean") -> Value:
    """Half the squared distance, ½‖target - input‖² = ½ Σⱼ (yⱼ - aⱼ)², of each of N samples.

    The mean is C = 1/(2N) Σ ‖y - a‖², over the samples, where `mse_loss` divides by the number of
    all components. Source: M. Nielsen, "Neural Networks and Deep Learning" (2015), eq. 6.
    """
    samples = 1 if _is_scalar(input) else len(input)
    squares = [(as_value(y) - x) ** 2 for x, y in _pairs(input, target)]
    return _reduce(squares, reduction, samples) / 2.0


def smooth_l1_loss(
    input: Nested, target: Nested, reduction: str = "mean", beta: float = 1.0
) -> Value:
    """Squared near the target, absolute far from it, with d = input - target.

    ½ d²/beta where |d| < beta, |d| - ½ beta elsewhere; with a `beta` of 0 it is `l1_loss`. A
    ValueError for one below 0. Source: R. Girshick, "Fast R-CNN", arXiv:1504.08083, eq. 3.
    """
    if _width(beta, "beta", 0.0) == 0.0:
        return l1_loss(input, target, reduction)
    return huber_loss(input, target, reduction, beta) / beta


def huber_loss(input: Nested, target: Nested, reduction: str = "mean", delta: float = 1.0) -> Value:
    """Squared near the target, absolute far from it, with d = input - target.

    ½ d² where |d| ≤ delta, delta · (|d| - ½ delta) elsewhere, which is m · (|d| - ½ m) with
    m = min(|d|, delta). A ValueError for a `delta` that is not above 0. Source: P. Huber, "Robust
    estimation of a location parameter", The Annals of Mathematical Statistics 35(1), 1964.
    """
    width = _width(delta, "delta", math.ulp(0.0))
    distances = [abs(as_value(x) - y) for x, y in _pairs(input, target)]
    nearer = [minimum(d, width) for d in distances]
    return _reduce([m * (d - m / 2.0) for d, m in zip(distances, nearer)], reduction)


def hinge_loss(input: Nested, target: Nested, reduction: str = "mean") -> Value:
    """The hinge loss of a score, max(0, 1 - target · input), with target -1 or 1.

    It asks that the score have the target's sign and be at least 1 in size. (It is the loss of the
    support vector machine; torch.nn.functional.hinge_embedding_loss is another one.)
    """
    terms = []
    for x, y in _pairs(input, target):
        size: Any = abs(y)
        if not 1.0 <= size <= 1.0:  # (said by comparing, so that a record can say it again)
            raise ValueError(f"hinge_loss takes the targets -1 and 1, not {y}")
        terms.append(relu(1.0 - y * as_value(x)))
    return _reduce(terms, reduction)


def binary_cross_entropy(input: Nested, target: Nested, reduction: str = "mean") -> Value:
    """Minus the log-likelihood of a probability, -(y · ln p + (1 - y) · ln(1 - p)).

    Here p = input and y = target, both from 0 to 1. A logarithm is at least -100, and constant
    below. Where the input comes from a sigmoid, `binary_cross_entropy_with_logits` keeps the
    digits that the sigmoid loses.
    """
    terms = []
    for x, y in _pairs(input, target):
        p = as_value(x)
        _check_probability(p, "binary_cross_entropy: input")
        _check_probability(y, "binary_cross_entropy: target")
        likelihood = y * log(maximum(p, _LEAST)) + (1.0 - y) * log(maximum(1.0 - p, _LEAST))
        terms.append(-likelihood)
    return _reduce(terms, reduction)


def binary_cross_entropy_with_logits(
    input: Nested, target: Nested, reduction: str = "mean"
) -> Value:
    """The binary cross-entropy of a sigmoid's output p = σ(z), from the logit z = input itself.

    -(y · ln p + (1 - y) · ln(1 - p)) = y · softplus(-z) + (1 - y) · softplus(z), where y = target
    is from 0 to 1; its derivative is σ(z) - y.
    """
    terms = []
    for x, y in _pairs(input, target):
        z = as_value(x)
        _check_probability(y, "binary_cross_entropy_with_logits: target")
        terms.append(y * softplus(-z) + (1.0 - y) * softplus(z))
    return _reduce(terms, reduction)


def cross_entropy(input: Nested, target: Any, reduction: str = "mean") -> Value:
    """Minus the log-likelihood of the target under softmax(input): -Σⱼ targetⱼ · ln softmax(x)ⱼ.

    input   the logits of one sample, one for each class, or a list of such lists
    target  for each sample, the index of its class or a list of the classes' probabilities

    -ln softmax(x)ₜ is computed as softplus(ln Σⱼ₌ₜ̸ e^xⱼ - xₜ), which is the same and keeps all
    digits of the value and of the derivatives softmax(x)ⱼ - targetⱼ. The mean is over the samples.
    """
    terms = []
    for logits, t in _samples(input, target, "cross_entropy"):
        if _is_scalar(t):
            terms.append(_surprise(logits, _class_index(t, logits, "cross_entropy")))
        else:
            terms.append(_expected_surprise(logits, t))
    return _reduce(terms, reduction)


def nll_loss(input: Nested, target: Any, reduction: str = "mean") -> Value:
    """Minus the log-probability of the target's class, -inputₜ.

    input   the logarithms of one sample's class probabilities, or a list of such lists
    target  for each sample, the index of its class

    The mean is over the samples.
    """
    samples = _samples(input, target, "nll_loss")
    return _reduce([-as_value(x[_class_index(t, x, "nll_loss")]) for x, t in samples], reduction)


def kl_div(
    input: Nested, target: Nested, reduction: str = "mean", log_target: bool = False
) -> Value:
    """The pointwise terms of the Kullback-Leibler divergence, target · (ln target - input).

    input   logarithms of probabilities, such as a log-softmax gives
    target  probabilities, or with `log_target` their logarithms too

    A target of 0 contributes 0. reduction="mean" divides by the number of all components and
    "batchmean" by that of the samples, which is the divergence Σ p (ln p - ln q) itself. A
    ValueError for a target below 0. Source: S. Kullback, R. Leibler, "On information and
    sufficiency", The Annals of Mathematical Statistics 22(1), 1951.
    """
    terms = []
    for x, y in _pairs(input, target):
        if log_target:
            terms.append(exp(as_value(y)) * (as_value(y) - x))
        elif y < 0.0:
            raise ValueError(f"kl_div: target is a probability, 0 or more, not {float(y)}")
        else:
            terms.append(y * (log(y) - x) if y > 0.0 else as_value(x) * 0.0)
    if reduction == "batchmean":
        return _reduce(terms, "mean", 1 if _is_scalar(input) else len(input))
    return _reduce(terms, reduction)


def _width(x: object, name: str, least: float) -> float:
    width = float64(x, name)
    if not least <= width < math.inf:
        raise ValueError(f"{name} is {'above 0' if least else '0 or more'}, and finite, not {x!r}")
    return width


def _surprise(logits: list[Scalar], target: int) -> Value:
    """-ln softmax(logits) of one class."""
    x = as_value(logits[target])
    others = logits[:target] + logits[target + 1 :]
    return softplus(logsumexp(others) - x) if others else x - x


def _expected_surprise(logits: list[Scalar], probabilities: Sequence[Scalar]) -> Value:
    """-Σ pⱼ ln softmax(logits)ⱼ."""
    total: Any = 0.0
    for p in probabilities:
        _check_probability(p, "cross_entropy: target")
        total = total + p
    if not 1.0 - 1e-6 <= total <= 1.0 + 1e-6:
        raise ValueError(
            f"cross_entropy: a list of target probabilities has the sum 1, not {float(total)}"
        )
    if len(logits) == 1:
        return _surprise(logits, 0)
    xs = [as_value(x) for x in logits]
    return sum_values(
        p * softplus(rest - x) for p, x, rest in zip(probabilities, xs, logsumexp_of_others(xs))
    )


def _reduce(terms: list[Value], reduction: str, count: int | None = None) -> Value:
    """The sum of the terms, or its `count`-th part (their own number by default)."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f'reduction is "mean" or "sum", not {reduction!r}')
    if not terms:
        raise ValueError("a loss takes at least one prediction")
    total = sum_values(terms)
    return total if reduction == "sum" else total / (count or len(terms))


def _pairs(input: Nested, target: Nested) -> list[tuple[Scalar, Scalar]]:
    """Each value of `input` with its target, the lists of lists made flat."""
    if _is_scalar(input) and _is_scalar(target):
        return [(input, target)]
    if _is_scalar(input) or _is_scalar(target) or len(input) != len(target):
        raise ValueError(f"input is {_size(input)}, but target is {_size(target)}")
    return [pair for x, y in zip(input, target) for pair in _pairs(x, y)]


def _samples(input: Nested, target: Any, name: str) -> list[tuple[list[Scalar], Any]]:
    """Each sample's list of values, one for each class, with its target."""
    if _is_scalar(input) or len(input) == 0:
        raise ValueError(f"{name}: input is a list of values, one for each class, not {input!r}")
    if _is_scalar(input[0]):
        input, target = [input], [target]
    if _is_scalar(target) or len(target) != len(input):
        raise ValueError(f"{name}: input is {_size(input)}, but target is {_size(target)}")
    for x, t in zip(input, target):
        if _is_scalar(x) or not (_is_scalar(t) or len(t) == len(x)):
            raise ValueError(f"{name}: a sample is {_size(x)}, but its target is {_size(t)}")
    return [(list(x), t) for x, t in zip(input, target)]


def _class_index(target: Any, values: list[Scalar], name: str) -> int:
    try:
        index = operator.index(target)
    except TypeError:
        index = -1
    if not 0 <= index < len(values):
        raise ValueError(
            f"{name}: of {len(values)} classes, the target is a whole number from 0 to "
            f"{len(values) - 1}, not {target!r}"
        )
    return index


def _check_probability(p: Scalar, name: str) -> None:
    p = p if isinstance(p, Value) else float64(p, name)
    if p < 0.0 or p > 1.0:  # nan goes through, to be found in the result
        raise ValueError(f"{name} is a probability, from 0 to 1, not {float(p)}")


def _is_scalar(x: object) -> TypeGuard[Scalar]:
    if type(x) is list:
        return False
    if isinstance(x, Value) or is_real(x):
        return True
    if not hasattr(x, "__len__") or isinstance(x, str | bytes | Set | Mapping):
        raise TypeError(f"a loss takes Values, numbers or lists of them, not {x!r}")
    if not isinstance(x, Sequence) and getattr(x, "ndim", 1) == 0:
        raise TypeError(f"a loss takes numbers or lists of them, not {x!r}: give it .tolist()")
    return False


def _size(x: Nested) -> str:
    return "one value" if _is_scalar(x) else f"a list of {len(x)}"
