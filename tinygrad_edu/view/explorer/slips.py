"""What a wrong gradient in the page's predict mode means: the slips of the checker, tried out."""

from __future__ import annotations

import math

from ...engine import Value
from ...nn import Module
from ...teach.checking.slips import Slip
from ...teach.checking.wrong_answers import WrongAnswers
from ...teach.notation.wording import Wording


class PageWording(Wording):
    """Wording that calls every value by the name that the page shows."""

    def _is_known(self, v: Value) -> bool:
        return True


def slips(root: Value, model: Module | None) -> dict[Value, list[Slip]]:
    """For each value, the usual slips in ∂root/∂value and what each gives.

    None is left that gives the right number, nor one that is no number.
    """
    answers = WrongAnswers(PageWording(root, model))
    return {
        v: answers.told_apart(v)
        for v, right in answers.right.items()
        if v is not root and math.isfinite(right)
    }
