"""The screen of one run, driven by keys."""

from pathlib import Path

import pytest

from logwatch.tui.screens.run import RunScreen
from tests.tui.conftest import Open
from tests.tui.fakes import show_screen, wait_for, wait_for_text


def log_of(count: int, first: int = 1) -> str:
    """A healthy log."""
    return "".join(f"step {n}: loss {1 + 4 / n:.4f} lr 3e-4\n" for n in range(first, first + count))


@pytest.fixture
def sick_log(tmp_path: Path) -> Path:
    """A log whose loss becomes NaN at its line 201, and goes on for 50 lines."""
    nan = "".join(f"step {n}: loss nan lr 3e-4\n" for n in range(201, 251))
    path = tmp_path / "sick.log"
    path.write_text(log_of(200) + nan)
    return path


def screen_of(pilot) -> RunScreen:
    """The screen of the run."""
    screen = pilot.app.screen
    assert isinstance(screen, RunScreen)
    return screen


async def test_the_verdict_is_at_the_top(open_app: Open, sick_log: Path) -> None:
    """In one look: the state, what is wrong, the figures, the curve and the last lines."""
    async with open_app("sick.log") as pilot:
        await wait_for_text(pilot, "train/loss", "NaN since step 201", "step 250: loss nan")
        rows = show_screen(pilot.app).splitlines()

        assert "sick.log" in rows[0] and "step 250" in rows[0]
        assert rows[1].lstrip().startswith("✗ ")
        assert "NaN since step 201" in rows[1]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60), (40, 12), (20, 5), (3, 1)])
async def test_every_size_is_drawn(open_app: Open, sick_log: Path, size: tuple[int, int]) -> None:
    """From a tiny split to a whole wall, each row fills the width, and nothing fails."""
    async with open_app("sick.log", size=size) as pilot:
        await pilot.press("e", "m", "m", "tab", "1", "2", "1", "2")

        assert [size[0]] * size[1] == [len(row) for row in show_screen(pilot.app).splitlines()]


async def test_a_resize_redraws_everything(open_app: Open, sick_log: Path) -> None:
    """From large to small and back the same panes are there."""
    async with open_app("sick.log", size=(120, 40)) as pilot:
        await wait_for_text(pilot, "─ metrics", "─ diagnosis", "─ log")
        await pilot.resize_terminal(30, 8)
        await wait_for(pilot, lambda: "─ metrics" not in show_screen(pilot.app))
        await pilot.resize_terminal(120, 40)
        await wait_for_text(pilot, "─ metrics", "─ diagnosis", "─ log", "NaN since step 201")


async def test_e_goes_to_the_line_of_the_finding(open_app: Open, sick_log: Path) -> None:
    """The log shows the first line that proves the finding, marked, and follows no longer."""
    async with open_app("sick.log") as pilot:
        await wait_for_text(pilot, "NaN since step 201", "FOLLOW")
        await pilot.press("e")
        await wait_for_text(pilot, "201 ▸ step 201: loss nan", "PAUSED")


async def test_enter_goes_through_the_lines_of_a_finding(open_app: Open, sick_log: Path) -> None:
    """Each Enter shows the next line of evidence of the chosen finding."""
    async with open_app("sick.log") as pilot:
        await wait_for_text(pilot, "NaN since step 201")
        screen = screen_of(pilot)
        screen.findings.focus()
        seen = set()
        for _ in screen.findings.findings[0].evidence:
            await pilot.press("enter")
            await wait_for(pilot, lambda: screen.log_view.current is not None)
            seen.add(screen.log_view.current)

        assert {proof.offset for proof in screen.findings.findings[0].evidence} == seen


async def test_a_sample_leads_to_its_line(open_app: Open, sick_log: Path) -> None:
    """The cursor in the chart tells step, value and line; Enter shows the line."""
    async with open_app("sick.log", size=(120, 40)) as pilot:
        await wait_for_text(pilot, "train/loss")
        screen_of(pilot).chart.focus()
        await pilot.press("left")
        await wait_for_text(pilot, "step 250, NaN, line 250")
        await pilot.press("enter")
        await wait_for_text(pilot, "250 ▸ step 250: loss nan")


async def test_search_finds_marks_and_wraps(open_app: Open, sick_log: Path) -> None:
    """From the top of the pane down, again with n, back with N; an end that is passed is told."""
    async with open_app("sick.log") as pilot:
        await wait_for_text(pilot, "FOLLOW")
        screen_of(pilot).log_view.focus()
        await pilot.press("slash", *"step 15:", "enter")
        await wait_for_text(pilot, "15 ▸ step 15: loss", "past the end")
        await pilot.press("slash", *"step 1[5-7]: loss", "enter")
        await wait_for_text(pilot, "15 ▸ step 15: loss")
        await pilot.press("n")
        await wait_for_text(pilot, "16 ▸ step 16: loss")
        await pilot.press("N")
        await wait_for_text(pilot, "15 ▸ step 15: loss")


async def test_a_search_for_nothing_there_says_so(open_app: Open, sick_log: Path) -> None:
    """The pane stays where it is, and Esc takes the words away."""
    async with open_app("sick.log") as pilot:
        await wait_for_text(pilot, "FOLLOW")
        screen_of(pilot).log_view.focus()
        await pilot.press("slash", *"[no such", "enter")
        await wait_for_text(pilot, "not found", "FOLLOW")
        await pilot.press("escape")
        await wait_for(pilot, lambda: "not found" not in show_screen(pilot.app))


async def test_following_stops_and_begins_again(open_app: Open, tmp_path: Path) -> None:
    """Scrolling up stays there while the log grows and counts what came; G follows again."""
    log = tmp_path / "a.log"
    log.write_text(log_of(100))
    async with open_app("a.log") as pilot:
        await wait_for_text(pilot, "100 ✓ step 100", "FOLLOW")
        screen_of(pilot).log_view.focus()
        await pilot.press("k")
        await wait_for_text(pilot, "PAUSED")
        with log.open("a") as growing:
            growing.write(log_of(5, 101))
        await wait_for_text(pilot, "PAUSED +5 lines", "99   step 99")
        await pilot.press("G")
        await wait_for_text(pilot, "105 ✓ step 105", "FOLLOW")


async def test_a_bar_shows_only_its_last_drawing(open_app: Open, tmp_path: Path) -> None:
    """A progress bar is one line, however often it was drawn."""
    bar = "".join(
        f"\r{n}%|#| {n}/100 [00:01<00:09, 5.0it/s, loss={4 - n / 50:.3f}]" for n in range(60)
    )
    (tmp_path / "bar.log").write_text(f"begin{bar}")
    async with open_app("bar.log") as pilot:
        await wait_for_text(pilot, "59%|#| 59/100")
        shown = show_screen(pilot.app).partition("─ log")[2]

        assert "58%|#|" not in shown and "begin" not in shown


async def test_hostile_lines_are_only_text(open_app: Open, tmp_path: Path) -> None:
    """Markup, escape codes and controls in names and lines neither crash nor reach the terminal."""
    hostile = (
        "step 1: loss 2.0\n[bold]x[/] [/nope] [red\n\x1b]0;PWNED\x07 \u202e \x9b31m \x00\x01\n"
    )
    (tmp_path / "a[bold].log").write_text(hostile)
    async with open_app("a[bold].log") as pilot:
        await wait_for_text(pilot, "a[bold].log", "[bold]x[/] [/nope] [red")

        assert "PWNED" not in show_screen(pilot.app)
        assert show_screen(pilot.app).replace("\n", "").isprintable()


async def test_keys_change_how_the_chart_is_seen(open_app: Open, sick_log: Path) -> None:
    """Log axis, smoothing, zoom: each is said in the chart's title."""
    async with open_app("sick.log", size=(120, 40)) as pilot:
        await wait_for_text(pilot, "train/loss")
        chart = screen_of(pilot).chart
        await pilot.press("s", "s", "plus")
        await wait_for_text(pilot, "EMA 0.6", "zoomed")
        before = chart.view.log
        await pilot.press("y", "0", "x")

        assert before != chart.view.log
        assert None is chart.view.zoom
        assert "the log tells no other x than this" in show_screen(pilot.app)


async def test_choosing_a_metric_shows_its_curve(open_app: Open, sick_log: Path) -> None:
    """j goes down the table, and the chart goes with it."""
    async with open_app("sick.log", size=(120, 40)) as pilot:
        await wait_for_text(pilot, "train/loss", "lr")
        await pilot.press("j")

        assert "lr" == screen_of(pilot).chart.scene.title


async def test_panes_can_be_hidden_and_shown_alone(open_app: Open, sick_log: Path) -> None:
    """Digits hide panes, m gives one the whole screen, and the last one stays."""
    async with open_app("sick.log") as pilot:
        await wait_for_text(pilot, "diagnosis")
        await pilot.press("3")
        await wait_for(pilot, lambda: "diagnosis" not in show_screen(pilot.app))
        await pilot.press("m")
        await wait_for(pilot, lambda: "─ log" not in show_screen(pilot.app))
        await pilot.press("m", "3", "1", "2", "4", "3")
        await wait_for_text(pilot, "diagnosis")


async def test_the_help_lists_every_key(open_app: Open, sick_log: Path) -> None:
    """It is made from the bindings, under headings; q closes it and not the program."""
    async with open_app("sick.log", size=(100, 70)) as pilot:
        await wait_for_text(pilot, "train/loss")
        await pilot.press("question_mark")
        await wait_for_text(pilot, "next finding", "smoothing", "Program", "follow the end")
        await pilot.press("q")
        await wait_for_text(pilot, "train/loss")

        assert pilot.app.is_running


async def test_c_copies_what_is_chosen(open_app: Open, sick_log: Path) -> None:
    """The metric, the finding or the line, wherever the focus is."""
    async with open_app("sick.log") as pilot:
        await wait_for_text(pilot, "NaN since step 201")
        copied = []
        for pane in (
            screen_of(pilot).metrics,
            screen_of(pilot).findings,
            screen_of(pilot).log_view,
        ):
            pane.focus()
            await pilot.press("c")
            copied.append(pilot.app.clipboard)

        assert "train/loss NaN" == copied[0]
        assert "NaN since step 201" in copied[1]
        assert "step 250: loss nan lr 3e-4" == copied[2]


async def test_a_replaced_log_begins_anew(open_app: Open, tmp_path: Path) -> None:
    """A requeued job that overwrites its log is a new run, and the screen says so."""
    log = tmp_path / "a.log"
    log.write_text(log_of(100))
    async with open_app("a.log", size=(120, 30)) as pilot:
        await wait_for_text(pilot, "step 100")
        log.write_text(log_of(7))
        await wait_for_text(pilot, "this is a new one", "7   step 7", "step 7")


async def test_a_log_without_numbers_is_shown_as_it_is(open_app: Open, tmp_path: Path) -> None:
    """There is still a log to read, and the screen says that it found nothing to judge."""
    (tmp_path / "a.log").write_text("hello\nworld\n")
    async with open_app("a.log") as pilot:
        await wait_for_text(pilot, "no numbers of a training found in 2 lines", "2   world")


async def test_ascii_only_sends_nothing_else(open_app: Open, sick_log: Path) -> None:
    """With --ascii every sign on the screen is ASCII."""
    async with open_app("sick.log", ascii_only=True) as pilot:
        await wait_for_text(pilot, "NaN since step 201")

        assert show_screen(pilot.app).isascii()


async def test_q_ends_the_program(open_app: Open, sick_log: Path) -> None:
    """At the only screen, back is out."""
    async with open_app("sick.log") as pilot:
        await wait_for_text(pilot, "train/loss")
        await pilot.press("q")
        await wait_for(pilot, lambda: not pilot.app.is_running)

        assert not pilot.app.return_code


async def test_slash_in_the_metrics_filters_them(open_app: Open, tmp_path: Path) -> None:
    """As it is typed; Esc shows all again, and the pane says where one stands."""
    line = "step {n}: loss {n}.5 kl {n}.25 grad_norm 1.{n} lr 0.00{n}\n"
    (tmp_path / "a.log").write_text("".join(line.format(n=n) for n in range(1, 9)))
    async with open_app("a.log", size=(120, 40)) as pilot:
        await wait_for_text(pilot, "1 of 4")
        await pilot.press("slash", *"gr")
        await wait_for_text(pilot, "1 of 1, /gr")
        await pilot.press("enter")
        assert "train/grad_norm" == pilot.app.screen.metrics.chosen
        await pilot.press("escape")
        await wait_for_text(pilot, "of 4")


async def test_space_pins_a_metric(open_app: Open, tmp_path: Path) -> None:
    """A pinned metric stands first."""
    line = "step {n}: loss {n}.5 kl {n}.25 lr 0.00{n}\n"
    (tmp_path / "a.log").write_text("".join(line.format(n=n) for n in range(1, 9)))
    async with open_app("a.log", size=(120, 40)) as pilot:
        await wait_for_text(pilot, "1 of 3")
        await pilot.press("G", "end", "space")

        assert pilot.app.screen.metrics.chosen == pilot.app.screen.metrics.names[0] != "train/loss"
