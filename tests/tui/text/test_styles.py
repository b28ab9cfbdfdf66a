"""Text that the terminal shows and never obeys."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from logwatch.tui.text.styles import cut_row, fit, make_strip, show_safely


@given(st.text(max_size=60))
def test_no_control_reaches_the_terminal(text: str) -> None:
    """Whatever a log, a file name or a finding holds, no C0, C1, bidi or format sign gets out."""
    strip = make_strip([(text, "")], 40)

    assert strip.text.isprintable()
    assert show_safely(text).isprintable()


@given(st.text(max_size=40), st.integers(0, 50), st.booleans())
def test_a_text_fits_its_cells(text: str, width: int, right: bool) -> None:
    """Wide signs and combining ones too: what is fitted has exactly the cells it was given."""
    assert width == cell_len(fit(text, width, right=right))


@given(
    st.lists(st.tuples(st.text(max_size=20), st.sampled_from(["", "bold", "error"])), max_size=5)
)
def test_a_row_is_as_wide_as_the_pane(row: list[tuple[str, str]]) -> None:
    """A strip is exactly as wide as its pane, whatever it holds."""
    assert 30 == make_strip(row, 30).cell_length
    assert "".join(text for text, _ in cut_row(row, 30))


def test_markup_is_only_text() -> None:
    """What looks like Textual's or Rich's markup is shown as it stands."""
    assert "[bold]x[/] [/nope]" == make_strip([("[bold]x[/] [/nope]", "")], 18).text


def test_ascii_only_is_ascii() -> None:
    """Where the terminal has no other signs, none are sent."""
    strip = make_strip([("── ✗ 1 … é 日本 ━", "error")], 30, ascii_only=True)

    assert strip.text.isascii()
