"""Numbers and times at the ticks of an axis."""

from logwatch.tui.plotting.ticks import show_clock, show_tick


def test_ticks_are_short() -> None:
    """Thousands and millions are k and M, and fractions have the digits of their step."""
    ticks = [show_tick(20000, 5000), show_tick(1.5e6, 5e5), show_tick(2.91, 0.005), show_tick(0, 1)]

    assert ["20k", "1.5M", "2.910", "0"] == ticks


def test_clocks_are_short() -> None:
    """A time since the start needs no more than the distance between ticks."""
    clocks = [
        show_clock(90, 30),
        show_clock(5400, 1800),
        show_clock(7200, 3600),
        show_clock(120, 60),
    ]

    assert ["1:30", "1:30", "2 h", "2 min"] == clocks
