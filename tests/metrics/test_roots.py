"""Which series is the run's."""

import pytest

from logwatch.metrics.roots import choose_names


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({}, {}),
        ({"a": 3}, {"a": "a"}),
        ({"a_estimate": 3}, {"a_estimate": "a"}),
        ({"a": 9, "a_estimate": 3}, {"a": "a", "a_estimate": "a_estimate"}),
        ({"a": 3, "a_estimate": 3}, {"a": "a", "a_estimate": "a_estimate"}),
        ({"a": 1, "a_estimate": 3}, {"a": "a_other", "a_estimate": "a"}),
    ],
)
def test_the_finest_series_has_the_plain_name(
    counts: dict[str, int], shown: dict[str, str]
) -> None:
    """Names stay apart, and the plain one goes to the series with the most samples."""
    assert shown == choose_names(counts)
    assert len(counts) == len(set(choose_names(counts).values()))
