"""Where random numbers come from."""

import random

import pytest

from tinygrad_edu.seeding import generator, shuffle


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


@pytest.mark.parametrize("n", [*range(36), 63, 64, 65, 1347])
def test_a_shuffle_is_the_generators_own(n):
    ours, theirs, items, expected = random.Random(n), random.Random(n), [*range(n)], [*range(n)]
    shuffle(items, ours)
    theirs.shuffle(expected)
    assert items == expected
    assert ours.getstate() == theirs.getstate()


def test_a_generator_that_shuffles_in_its_own_way_does_so():
    class Backwards(random.Random):
        def shuffle(self, x):
            x.reverse()

    items = [1, 2, 3]
    shuffle(items, Backwards(0))
    assert items == [3, 2, 1]
