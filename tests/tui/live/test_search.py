"""Finding a text in a log of any size."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwatch.tui.live.search import WINDOW, Hit, PatternError, compile_pattern, find
from tests.tui.fakes import pread_of


def search(text: bytes, wanted: str, start: int = 0, *, back: bool = False) -> Hit | None:
    """The hit, if any."""
    steps = list(find(pread_of(text), len(text), compile_pattern(wanted), start, back=back))
    return steps[-1] if steps and isinstance(steps[-1], Hit) else None


@given(st.binary(max_size=60), st.integers(0, 60), st.booleans())
def test_it_finds_what_is_there_and_nothing_else(text: bytes, start: int, back: bool) -> None:
    """Forwards the next one at or after the start, backwards the last before it, else around."""
    text = text.replace(b"x", b"y") if b"x" not in text[:5] else text
    hit = search(text, "x", start, back=back)
    at = min(start, len(text))
    places = [n for n, byte in enumerate(text) if byte in b"xX"]
    ahead = [n for n in places if (n < at if back else n >= at)]
    wanted = ahead or places

    assert (wanted[-1 if back else 0] if wanted else None) == (hit.start if hit else None)
    assert hit is None or hit.wrapped == (not ahead)


@pytest.mark.parametrize("shift", [-6, -3, -1, 0, 1])
def test_a_match_across_two_windows_is_found(shift: int) -> None:
    """No match is cut by the way in which the log is read."""
    at = WINDOW + shift
    text = b"." * at + b"needle" + b"." * 50

    assert Hit(at, at + 6) == search(text, "needle")
    assert Hit(at, at + 6) == search(text, "needle", len(text), back=True)


def test_small_letters_find_capitals() -> None:
    """As in less -i: a capital in what was typed is meant."""
    assert Hit(0, 5) == search(b"ERROR error", "error")
    assert Hit(0, 5) == search(b"ERROR error", "ERROR")
    assert Hit(6, 11) == search(b"Error ERROR", "ERROR")


def test_patterns_and_plain_text_both_work() -> None:
    """What is a regular expression is one; what is none is looked for as it stands."""
    assert Hit(5, 11) == search(b"step loss 3", r"loss \d")
    assert Hit(5, 10) == search(b"step [loss", "[loss")


def test_nothing_typed_is_a_sentence() -> None:
    """An empty search is refused in words."""
    with pytest.raises(PatternError, match="type what to search for"):
        compile_pattern("")


def test_it_tells_how_far_it_is_and_may_be_left_at_any_time() -> None:
    """Each window is a step, so that a search through gigabytes can be given up."""
    text = b"." * (3 * WINDOW)
    shares = list(find(pread_of(text), len(text), compile_pattern("x"), 0))

    assert [round(n / 3, 3) for n in (1, 2, 3)] == [round(float(share), 3) for share in shares]
