"""The checks that several modules make of what a caller gives."""

import numpy as np
import pytest

from tinygrad_edu.checks import count


def test_a_count_is_returned_as_an_int():
    for n in (3, np.int64(3)):
        assert count(n, "n") == 3
        assert type(count(n, "n")) is int


@pytest.mark.parametrize("n", [0, -1, 1.0, True, "1", None, np.float64(2.0)])
def test_anything_else_is_an_error_that_names_it(n):
    with pytest.raises(ValueError, match="width is a whole number of at least 1, not"):
        count(n, "width")
