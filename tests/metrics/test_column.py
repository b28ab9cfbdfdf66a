"""Columns grow, and a view of them stays as it was."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.metrics.column import FIRST_ROOM, Column, SparseColumn

FLOATS = st.floats(width=64)
PARTS = st.lists(st.lists(FLOATS, max_size=2 * FIRST_ROOM), max_size=5)


def bits(values: np.ndarray) -> list[int]:
    """The values bit by bit, so that NaN equals NaN."""
    return np.asarray(values, np.float64).view(np.uint64).tolist()


class TestColumn:
    @given(parts=PARTS)
    def test_holds_all_in_order(self, parts: list[list[float]]) -> None:
        """What is appended in parts is held as a whole."""
        column = Column(np.float64)
        for part in parts:
            column.extend(np.array(part, np.float64))

        assert bits(np.array(list(itertools.chain(*parts)), np.float64)) == bits(column.view())

    @given(parts=PARTS)
    def test_views_never_change(self, parts: list[list[float]]) -> None:
        """A view taken at any time is the same after any growth."""
        column, views, copies = Column(np.float64), [], []
        for part in parts:
            column.extend(np.array(part, np.float64))
            views.append(column.view())
            copies.append(bits(column.view()))

        assert copies == [bits(view) for view in views]

    @given(parts=PARTS, ends=st.lists(st.integers(0, 3 * FIRST_ROOM), max_size=5))
    def test_views_outlive_a_cut(self, parts: list[list[float]], ends: list[int]) -> None:
        """What is cut off and written anew stays in views that were taken before."""
        column, views, copies, kept = Column(np.float64), [], [], []
        for part, end in itertools.zip_longest(parts, ends, fillvalue=0):
            column.extend(np.array(part or [], np.float64))
            kept += part or []
            views.append(column.view())
            copies.append(bits(column.view()))
            column.cut(end)
            kept = kept[:end]
            assert bits(np.array(kept, np.float64)) == bits(column.peek(0))

        assert copies == [bits(view) for view in views]

    def test_views_cannot_be_written(self) -> None:
        """Nobody writes into what others look at."""
        column = Column(np.int64)
        column.extend(np.array([1, 2, 3]))

        with pytest.raises(ValueError, match="read-only"):
            column.view()[0] = 9

        column.extend(np.array([4]))
        assert [1, 2, 3, 4] == column.view().tolist()


class TestSparseColumn:
    @given(parts=st.lists(st.lists(st.sampled_from([math.nan, 1.0, math.inf]), max_size=9)))
    def test_holds_what_a_column_holds(self, parts: list[list[float]]) -> None:
        """Silence at the beginning is kept as a number, and nobody sees a difference."""
        sparse, plain = SparseColumn(), Column(np.float64)
        for part in parts:
            sparse.extend(np.array(part, np.float64))
            plain.extend(np.array(part, np.float64))

            assert np.array_equal(plain.view(), sparse.view(), equal_nan=True)
            assert np.array_equal(plain.peek(len(part)), sparse.peek(len(part)), equal_nan=True)
            assert len(plain) == len(sparse)
            assert not sparse.view().flags.writeable

    def test_is_cut_as_a_column_is(self) -> None:
        """Silent or not, what is left is what came first."""
        column = SparseColumn()
        column.extend(np.full(5, math.nan))
        column.cut(3)
        column.extend(np.array([1.0, 2.0]))
        column.cut(4)

        assert bits(np.array([math.nan] * 3 + [1.0])) == bits(column.view())
