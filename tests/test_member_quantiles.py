"""Quantiles over members are those of NumPy, bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steppe.experiments.results.member_quantiles import member_quantiles

LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def same(values, levels=LEVELS):
    found, expected = member_quantiles(values, levels), np.quantile(values, levels, axis=0)
    assert found.shape == expected.shape and found.dtype == expected.dtype
    return np.array_equal(found.view(np.uint64), expected.view(np.uint64)) or np.array_equal(
        found, expected, equal_nan=True
    )


@pytest.mark.parametrize("members", [1, 2, 3, 10, 20, 21, 41, 500, 1000, 1001])
def test_any_number_of_members(members):
    drawn = np.random.default_rng(members)
    assert same(drawn.normal(size=(members, 3, 2)))
    assert same(np.round(drawn.random((members, 5)), 2))  # with ties
    assert same(drawn.random((4, 5, members)).transpose(2, 0, 1))  # not contiguous


@settings(max_examples=100)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=False, width=32), min_size=1, max_size=40),
    st.floats(0, 1),
)
def test_any_numbers(numbers, level):
    assert same(np.array(numbers, dtype=float), (level,))


def test_a_missing_member_makes_the_quantile_missing():
    values = np.array([[0.1, 0.2], [np.nan, 0.3], [0.4, 0.5]])
    found = member_quantiles(values, (0.5,))
    assert np.isnan(found[0, 0]) and found[0, 1] == 0.3
