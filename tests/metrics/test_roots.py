"""Which series is the run's."""

import pytest

from logwatch.metrics.roots import choose_names
from logwatch.parsing.record import MEAN

A_MEAN = "a" + MEAN


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({}, {}),
        ({"a": 3}, {"a": "a"}),
        ({A_MEAN: 3}, {A_MEAN: "a"}),
        ({"a": 9, A_MEAN: 3}, {"a": "a", A_MEAN: "a_mean"}),
        ({"a": 3, A_MEAN: 3}, {"a": "a", A_MEAN: "a_mean"}),
        ({"a": 1, A_MEAN: 3}, {"a": "a_other", A_MEAN: "a"}),
        ({"a_mean": 9}, {"a_mean": "a_mean"}),
        ({"a": 9, "a_mean": 9, A_MEAN: 3}, {"a": "a", "a_mean": "a_mean", A_MEAN: "a_mean_"}),
    ],
)
def test_the_finest_series_has_the_plain_name(
    counts: dict[str, int], shown: dict[str, str]
) -> None:
    """Names stay apart, and the plain one goes to the series with the most samples."""
    assert shown == choose_names(counts)
    assert len(counts) == len(set(choose_names(counts).values()))
