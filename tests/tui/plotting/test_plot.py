"""Whole charts as text."""

import math

import numpy as np
import pytest

from logwatch.tui.plotting.axis import Axis, span_axis
from logwatch.tui.plotting.plot import Frame, Label, Level, Picture, compose
from logwatch.tui.plotting.raster import Curve

X = np.arange(1.0, 26.0)
LOSS = Curve(X, 5.7 * X**-0.2)
FRAME = Frame(span_axis([X]), Axis(0.5, 6.0))


def inks(picture: Picture, style: str) -> list[str]:
    """The texts in one style, from top to bottom."""
    return [text for row in picture.rows for text, found in row if found == style]


def test_a_chart_in_full() -> None:
    """Curve, round numbers at both axes, a level with its name, a restart."""
    frame = Frame(FRAME.x, FRAME.y, levels=(Level(0.8, "target 0.8"),), restarts=(20.0,))
    picture = compose(frame, [LOSS], (44, 9))

    assert [
        "6┤⢤⡀                              ┊         ",
        " │ ⠳⣄⡀                            ┊         ",
        " │   ⠉⠓⠦⠤⣄⣀⡀                      ┊         ",
        "4┤         ⠉⠉⠙⠒⠒⠒⠲⠤⠤⠤⠤⢤⣀⣀⣀⣀⣀⣀⡀    ┊         ",
        " │                           ⠉⠉⠉⠉⠉⠉⠉⠉⠉⠙⠒⠒⠒⠒⠒",
        "2┤                                ┊         ",
        " │                                ┊         ",
        " │┈┈ target 0.8 ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈",
        " └──────────────10───────────────20──── step",
    ] == picture.text().splitlines()


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3, 2), (5, 3), (20, 5), (200, 60)])
def test_any_size_is_filled_exactly(size: tuple[int, int]) -> None:
    """The picture has as many rows and cells as it was given, and blanks where nothing fits."""
    picture = compose(FRAME, [LOSS], size)

    assert [size[0]] * size[1] == [sum(len(text) for text, _ in row) for row in picture.rows]


def test_names_stand_at_the_ends_of_their_curves() -> None:
    """Each label is near its newest value, no two share a row, NaN has the style of a mark."""
    labels = (Label(3.0, "train 3.00"), Label(3.01, "eval 3.01", 1), Label(math.nan, "kl NaN", 2))
    picture = compose(Frame(FRAME.x, FRAME.y, labels=labels), [LOSS], (70, 12))
    rows = picture.text().splitlines()
    at = {
        name: next(n for n, row in enumerate(rows) if name in row)
        for name in ("train", "eval", "kl")
    }

    assert 3 == len({*at.values()})
    assert 1 == at["train"] - at["eval"]
    assert (0, ["kl NaN"]) == (at["kl"], inks(picture, "mark"))


def test_a_narrow_chart_spends_nothing_on_names() -> None:
    """In forty cells the curve needs them all."""
    picture = compose(Frame(FRAME.x, FRAME.y, labels=(Label(3.0, "train"),)), [LOSS], (40, 8))

    assert "train" not in picture.text()


def test_ascii_only() -> None:
    """The whole chart, frame and all, is ASCII."""
    frame = Frame(FRAME.x, FRAME.y, levels=(Level(0.8, "t"),), cursor=5, band=(1, 9), restarts=(3,))

    assert compose(frame, [LOSS], (60, 12), ascii_only=True).text().isascii()


def test_cursor_and_band_are_drawn_where_they_are() -> None:
    """The cursor is a line at its x, the steps of a finding are a bar on the axis."""
    frame = Frame(Axis(0, 10), Axis(0, 1), cursor=5.0, band=(0.0, 5.0))
    picture = compose(frame, [], (30, 6))
    column = picture.left + round(0.5 * (picture.width - 1))

    assert {"│"} == {row[column] for row in picture.text().splitlines()[:5]}
    assert "━" in "".join(inks(picture, "band"))
