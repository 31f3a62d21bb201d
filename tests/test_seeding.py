"""Where random numbers come from."""

import random

import pytest

from tinygrad_edu.seeding import generator


def test_an_int_starts_a_generator_of_its_own():
    state = random.getstate()
    assert generator(5).random() == generator(5).random() == random.Random(5).random()
    assert random.getstate() == state


def test_a_generator_is_used_as_it_is():
    rng = random.Random(5)
    assert generator(rng) is rng


def test_none_is_the_shared_generator():
    random.seed(5)
    expected = [random.gauss(0.0, 1.0), random.random()]
    random.seed(5)
    shared = generator(None)
    assert [shared.gauss(0.0, 1.0), shared.random()] == expected
    assert generator(shared) is shared


@pytest.mark.parametrize("seed", ["5", 5.0, True, random])
def test_anything_else_is_an_error(seed):
    with pytest.raises(TypeError, match=r"a seed is an int, a random\.Random or None, not"):
        generator(seed)
