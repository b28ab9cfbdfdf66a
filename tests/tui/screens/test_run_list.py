"""The screen of many runs, driven by keys."""

from pathlib import Path

import pytest

from logwatch.tui.screens.run import RunScreen
from logwatch.tui.screens.run_list import RunListScreen
from tests.tui.conftest import Open
from tests.tui.fakes import show_screen, wait_for, wait_for_text, write_worsening_logs

NAMES = [f"run{number:02d}.log" for number in range(12)]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Twelve logs, each a little worse than the one before; run07 ends in NaN."""
    write_worsening_logs(tmp_path, NAMES)
    return tmp_path


def screen_of(pilot) -> RunListScreen:
    """The list."""
    screen = pilot.app.screen
    assert isinstance(screen, RunListScreen)
    return screen


def order_of(pilot) -> list[int]:
    """The numbers of the rows."""
    return list(screen_of(pilot).ordered())


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (60, 15), (20, 5)])
async def test_the_list_fits_every_screen(
    open_app: Open, logs: Path, size: tuple[int, int]
) -> None:
    """No row is longer than the screen, whatever keys are pressed."""
    async with open_app(*NAMES, size=size) as pilot:
        await wait_for_text(pilot, "12 runs")
        await pilot.press("j", "space", "o", "O", "p", "y", "v", "b", "G", "d")

        rows = show_screen(pilot.app).splitlines()
        assert [size[0]] * size[1] == [len(row) for row in rows]


async def test_the_failing_run_is_first_and_chosen(open_app: Open, logs: Path) -> None:
    """Enter opens it, q comes back to it."""
    async with open_app(*NAMES, size=(120, 40)) as pilot:
        await wait_for_text(pilot, "12 runs", "1 of 12", "is NaN")
        assert 7 == order_of(pilot)[0] == screen_of(pilot).chosen.number
        await pilot.press("enter")
        await wait_for_text(pilot, "run07.log", "diagnosis")
        assert isinstance(pilot.app.screen, RunScreen)
        await pilot.press("q")
        await wait_for_text(pilot, "12 runs")

        assert 7 == screen_of(pilot).chosen.number


async def test_a_filter_works_as_it_is_typed(open_app: Open, logs: Path) -> None:
    """Runs that do not fit go away at once; Esc shows all again."""
    async with open_app(*NAMES, size=(120, 40)) as pilot:
        await wait_for_text(pilot, "12 runs")
        await pilot.press("slash", *"loss<1.3")
        await wait_for(pilot, lambda: {0, 1, 2} == set(order_of(pilot)))
        await pilot.press("enter")
        await wait_for_text(pilot, "of 3, /loss<1.3")
        await pilot.press("escape")

        assert 12 == len(order_of(pilot))


async def test_o_sorts_and_capital_o_turns(open_app: Open, logs: Path) -> None:
    """The next column after the verdict is the name."""
    async with open_app(*NAMES, size=(120, 40)) as pilot:
        await wait_for_text(pilot, "12 runs")
        await pilot.press("o")
        assert list(range(12)) == order_of(pilot)
        await pilot.press("O")

        assert list(range(11, -1, -1)) == order_of(pilot)


async def test_space_chooses_what_is_drawn(open_app: Open, logs: Path) -> None:
    """Marked runs are in the chart, which says of how many."""
    async with open_app(*NAMES, size=(120, 40)) as pilot:
        await wait_for_text(pilot, "12 runs")
        await pilot.press("o", "g", "space", "space")
        await wait_for_text(pilot, "2 of 12 runs drawn")

        assert [0, 1] == [trace.owner for trace in screen_of(pilot).chart.scene.traces]


async def test_p_pins_and_d_hides(open_app: Open, logs: Path) -> None:
    """A pinned run stays first whatever sorts; a hidden one is counted."""
    async with open_app(*NAMES, size=(120, 40)) as pilot:
        await wait_for_text(pilot, "12 runs")
        await pilot.press("o", "G", "p")
        assert 11 == order_of(pilot)[0]
        await pilot.press("d")
        await wait_for_text(pilot, "1 hidden")

        assert 11 not in order_of(pilot)


async def test_a_head_that_is_clicked_sorts(open_app: Open, logs: Path) -> None:
    """The column under the mouse; again turns it."""
    async with open_app(*NAMES, size=(120, 40)) as pilot:
        await wait_for_text(pilot, "12 runs")
        await pilot.click("#runs", offset=(6, 1))
        assert ("name", list(range(12))) == (screen_of(pilot).sort, order_of(pilot))
        await pilot.click("#runs", offset=(6, 1))

        assert list(range(11, -1, -1)) == order_of(pilot)


async def test_a_click_chooses_and_a_second_opens(open_app: Open, logs: Path) -> None:
    """The row under the mouse."""
    async with open_app(*NAMES, size=(120, 40)) as pilot:
        await wait_for_text(pilot, "12 runs")
        await pilot.click("#runs", offset=(6, 4))
        assert order_of(pilot)[2] == screen_of(pilot).chosen.number
        await pilot.click("#runs", offset=(6, 4), times=2)
        await wait_for(pilot, lambda: isinstance(pilot.app.screen, RunScreen))
