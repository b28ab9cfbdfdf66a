"""The screen of several runs, driven by keys."""

from pathlib import Path

import pytest

from logwatch.tui.screens.compare import CompareScreen
from logwatch.tui.screens.run import RunScreen
from tests.tui.conftest import Open
from tests.tui.fakes import show_screen, wait_for, wait_for_text, write_worsening_logs

NAMES = [f"run{number}.log" for number in range(8)]


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Eight logs: each a little worse than the one before, the last one ends in NaN."""
    write_worsening_logs(tmp_path, NAMES)
    return tmp_path


def screen_of(pilot) -> CompareScreen:
    """The overview."""
    screen = pilot.app.screen
    assert isinstance(screen, CompareScreen)
    return screen


@pytest.mark.parametrize("count", [2, 4, 8])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (20, 5)])
async def test_runs_stand_side_by_side(
    open_app: Open, logs: Path, count: int, size: tuple[int, int]
) -> None:
    """A head with all, and the runs by letter, on screens of any size."""
    async with open_app(*NAMES[:count], size=size) as pilot:
        await wait_for_text(pilot, f"{count} runs")
        await pilot.press("j", "y", "v", "b", "G")

        rows = show_screen(pilot.app).splitlines()
        assert [size[0]] * size[1] == [len(row) for row in rows]


async def test_distances_are_told_at_equal_step(open_app: Open, logs: Path) -> None:
    """Once a baseline is chosen: each run's newest value against its at the same step."""
    async with open_app("run0.log", "run5.log", size=(120, 40)) as pilot:
        await wait_for_text(pilot, "2 runs")
        await pilot.press("b")
        await wait_for_text(pilot, "% from A at equal step", "B +48.1 %")


async def test_enter_opens_a_run_and_q_comes_back(open_app: Open, logs: Path) -> None:
    """The chosen run fills the screen; back is the overview, with the same run chosen."""
    async with open_app(*NAMES[:3]) as pilot:
        await wait_for_text(pilot, "3 runs", "C")
        await pilot.press("j", "enter")
        await wait_for_text(pilot, "B run1.log", "diagnosis", "log")
        assert isinstance(pilot.app.screen, RunScreen)
        await pilot.press("right_square_bracket")
        await wait_for_text(pilot, "C run2.log")
        await pilot.press("q")
        await wait_for_text(pilot, "3 runs")

        assert "run1.log" == screen_of(pilot).chosen.name


async def test_e_goes_to_a_run_with_something_wrong(open_app: Open, logs: Path) -> None:
    """Of eight runs the one with the NaN is chosen."""
    async with open_app(*NAMES, size=(120, 40)) as pilot:
        await wait_for_text(pilot, "1 with errors")
        await pilot.press("e")

        assert "run7.log" == screen_of(pilot).chosen.name


async def test_b_compares_the_others(open_app: Open, logs: Path) -> None:
    """With a baseline the diagnosis of the others says how they compare with it."""
    async with open_app("run0.log", "run7.log", "run5.log", size=(160, 50)) as pilot:
        await wait_for_text(pilot, "3 runs")
        await pilot.press("j", "b")  # after the run with the error
        await wait_for_text(pilot, "baseline A run0.log")
        await wait_for(
            pilot,
            lambda: any(
                one.rule == "worse-than-baseline"
                for one in pilot.app.watched.runs[2].snapshot.update.findings
            ),
        )


async def test_one_run_that_cannot_be_read_leaves_the_others(open_app: Open, logs: Path) -> None:
    """Its panel says why in one sentence; the other runs are shown."""
    async with open_app("run0.log", "missing.log", size=(120, 40)) as pilot:
        await wait_for_text(pilot, "1 with errors", "missing.log does not exist", "NO LOG")
        await wait_for_text(pilot, "A", "run0.log", "train/loss")
        await pilot.press("enter")
        await wait_for_text(pilot, "missing.log does not exist")


async def test_v_compares_another_metric(open_app: Open, tmp_path: Path) -> None:
    """The chart of all and the panels change together."""
    for name in ("a.log", "b.log"):
        lines = [f"step {n}: loss {1 + 4 / n:.4f} lr 3e-4\n" for n in range(1, 50)]
        (tmp_path / name).write_text("".join(lines))
    async with open_app("a.log", "b.log", size=(120, 40)) as pilot:
        await wait_for_text(pilot, "train/loss")
        await pilot.press("v")
        await wait_for(pilot, lambda: screen_of(pilot).chart.scene.title == "lr")


async def test_new_lines_reach_their_panel(open_app: Open, logs: Path) -> None:
    """A log that grows moves its own panel."""
    async with open_app("run0.log", "run1.log", size=(120, 40)) as pilot:
        await wait_for_text(pilot, "step 99")
        with (logs / "run1.log").open("a") as growing:
            growing.write("step 123: loss 0.9\n")
        await wait_for_text(pilot, "step 123")
