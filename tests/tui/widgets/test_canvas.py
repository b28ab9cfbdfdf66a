"""Only what changed goes to the terminal."""

from hypothesis import given
from hypothesis import strategies as st

from logwatch.tui.text.styles import make_strip
from logwatch.tui.widgets.canvas import _find_change

ROWS = st.lists(
    st.tuples(st.text("ab 日", max_size=6), st.sampled_from(["", "bold", "error"])), max_size=5
)


@given(ROWS, ROWS)
def test_the_change_is_all_that_must_be_sent(old: list, new: list) -> None:
    """Outside of the cells that are sent, the old row and the new one are the same."""
    before, after = make_strip(old, 20), make_strip(new, 20)
    region = _find_change(before, after, 3)

    if region is None:
        assert before == after
        return
    assert (3, 1) == (region.y, region.height)
    assert before.crop(0, region.x) == after.crop(0, region.x)
    assert before.crop(region.right, 20).text == after.crop(region.right, 20).text


def test_an_unchanged_row_sends_nothing() -> None:
    """Over a slow link a cell that stays costs nothing."""
    row = [("step 3 ", ""), ("NaN", "error")]

    assert None is _find_change(make_strip(row, 20), make_strip(row, 20), 0)
