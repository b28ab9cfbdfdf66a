"""Where the panes lie."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.tui.screens.arrangement import PANES, Box, arrange, arrange_runs

SIZES = st.tuples(st.integers(0, 250), st.integers(0, 80))


def cells(box: Box) -> set[tuple[int, int]]:
    """All cells of a box."""
    rows, columns = range(box.y, box.y + box.height), range(box.x, box.x + box.width)
    return {(row, column) for row in rows for column in columns}


@given(
    SIZES,
    st.sets(st.sampled_from(PANES), min_size=1),
    st.integers(1, 30),
    st.sampled_from(["", *PANES]),
)
def test_panes_never_overlap_nor_leave_the_screen(
    size: tuple[int, int], shown: set[str], rows: int, alone: str
) -> None:
    """On a screen of any size, with any panes, each cell belongs to one pane at most."""
    boxes = arrange(size, shown, {"findings": rows, "metrics": rows}, alone)
    screen = cells(Box(0, 0, size[0], max(size[1] - 1, 0)))

    assert all(cells(box) <= screen and cells(box) for box in boxes.values())
    for one, other in combinations(boxes.values(), 2):
        assert not cells(one) & cells(other)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_usual_screens_show_all_panes(size: tuple[int, int]) -> None:
    """The chart, the log and the findings have room for what they are for."""
    boxes = arrange(size, {*PANES}, {"findings": 8, "metrics": 10})

    assert {*PANES} == {*boxes}
    assert boxes["chart"].height >= 8 and boxes["chart"].width >= 40
    assert boxes["log"].height >= 4 and boxes["findings"].height >= 6


def test_a_pane_alone_has_the_whole_body() -> None:
    """All between the head and the foot is its."""
    assert {"log": Box(0, 2, 80, 21)} == arrange((80, 24), {*PANES}, {}, alone="log")


def test_wide_screens_put_the_findings_beside_the_chart() -> None:
    """Where there is width, nothing is below that can stand beside."""
    boxes = arrange((200, 60), {*PANES}, {"findings": 8})

    assert boxes["chart"].y == boxes["findings"].y


@given(SIZES, st.integers(1, 40), st.data())
def test_the_chosen_run_is_always_visible(
    size: tuple[int, int], count: int, data: st.DataObject
) -> None:
    """Of any number of runs, on any screen with room for one, the chosen one is shown."""
    chosen, top = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, 50))
    chart, boxes, first = arrange_runs(size, count, chosen, top)
    everything = [*boxes.values(), *([chart] if chart else [])]

    assert size[0] < 1 or size[1] < 3 or chosen in boxes
    assert all(box.y + box.height <= max(size[1] - 1, 0) for box in everything)
    assert first in boxes or not boxes


def test_two_runs_share_a_screen_with_their_chart() -> None:
    """In 24 rows two runs have a chart of both and a panel each."""
    chart, boxes, _ = arrange_runs((80, 24), 2, 0, 0)

    assert chart is not None and chart.height >= 8
    assert [6, 6] <= [box.height for box in boxes.values()]
